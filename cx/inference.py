"""Which unknowns of a set of sums have one value only: what published figures tell of others."""

from __future__ import annotations

import numpy as np
from scipy.sparse import bmat, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsmr

# An unknown that is free moves, as a rule, by tenths, and one in a hundred thousand by less than
# this; what moves of one that is not is the error of the solver.
_STILL = 1e-5
_ACCURACY = 1e-10
_MOST_ITERATIONS = 20_000


def cells_that_follow(members: dict[str, np.ndarray]) -> tuple[list[int], list[int]]:
    """Return the ids of unpublished cells that follow from published ones, and those of few people.

    Parameters
    ----------
    members : dict of str to ndarray of shape (n_members,)
        `equation`, `unknown` and `sign` as of `determined`; `cell`, the id of an unknown,
        `is_few`, and `is_asked`, where to look.
    """
    unknown = members["unknown"]
    of_cell = {}
    for name in ("cell", "is_few", "is_asked"):
        of_cell[name] = np.zeros(unknown.max() + 1, members[name].dtype)
        of_cell[name][unknown] = members[name]
    follows = determined(members["equation"], unknown, members["sign"], of_cell["is_asked"])
    return (
        of_cell["cell"][follows].tolist(),
        of_cell["cell"][follows & of_cell["is_few"]].tolist(),
    )


def determined(
    equation: np.ndarray, unknown: np.ndarray, sign: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """Return which unknowns follow from the equations, whatever figures those hold.

    An unknown follows if it stands still in every direction that keeps all equations. So a random
    direction is projected on those that do (by LSMR): what stands still then follows, but for
    chance, and that is asked once more.

    Parameters
    ----------
    equation, unknown : ndarray of shape (n_members,), int
        The members of the equations, both numbered from 0.
    sign : ndarray of shape (n_members,)
        1 or -1: what an unknown counts for in its equation.
    asked : ndarray of shape (n_unknowns,), bool
        Where to look: at what hangs together with these.

    Returns
    -------
    ndarray of shape (n_unknowns,), bool
        False for what does not hang together with any that is asked for.

    References
    ----------
    Fong, Saunders: LSMR: an iterative algorithm for sparse least-squares problems. 2011.
    """
    n_unknowns = len(asked)
    matrix = csr_matrix((sign, (equation, unknown)), shape=(equation.max() + 1, n_unknowns))
    _, island = connected_components(bmat([[None, matrix], [matrix.T, None]]), directed=False)
    of_equation, of_unknown = np.split(island, [matrix.shape[0]])
    follows = np.isin(of_unknown, of_unknown[asked])
    random = np.random.default_rng(0)
    for _ in range(2):
        islands = np.unique(of_unknown[follows])
        here = np.flatnonzero(np.isin(of_unknown, islands))
        part = matrix[np.isin(of_equation, islands)][:, here]
        direction = random.standard_normal(len(here))
        moved = direction - lsmr(
            part, part @ direction, atol=_ACCURACY, btol=_ACCURACY, maxiter=_MOST_ITERATIONS
        )[0]  # fmt: skip
        follows[here] &= np.abs(moved) < _STILL
    return follows
