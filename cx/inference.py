"""Which unknowns of a set of sums have one value only: what published figures tell of others."""

from __future__ import annotations

import numpy as np
from scipy.sparse import bmat, csr_matrix, identity
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

# What is free moves, as a rule, by tenths, and one in a thousand million by less than this; what
# is not free moves by rounding errors, a million times less.
_STILL = 1e-9
# Sums may follow from others, so that their matrix has no inverse: this much is added to it. Each
# pass of the refinement then leaves a millionth of what is to go.
_DAMPING = 1e-7
_PASSES = 4


def cells_that_follow(members: dict[str, np.ndarray]) -> tuple[list[int], list[int]]:
    """Return the ids of unpublished cells that follow from published ones, and those of few people.

    Parameters
    ----------
    members : dict of str to ndarray of shape (n_members,)
        `equation`, `unknown` and `sign` as of `determined`; `is_told_of`, that something of the
        equation is published; `cell`, the id of an unknown, `is_few`, and `is_asked`, where to
        look.
    """
    equation, unknown = members["equation"], members["unknown"]
    of_cell = {}
    for name in ("cell", "is_few", "is_asked"):
        of_cell[name] = np.zeros(unknown.max() + 1, members[name].dtype)
        of_cell[name][unknown] = members[name]
    tells = np.zeros(equation.max() + 1, bool)
    tells[equation] = members["is_told_of"]
    follows = determined(equation, unknown, members["sign"], tells, of_cell["is_asked"])
    return (
        of_cell["cell"][follows].tolist(),
        of_cell["cell"][follows & of_cell["is_few"]].tolist(),
    )


def determined(
    equation: np.ndarray,
    unknown: np.ndarray,
    sign: np.ndarray,
    tells: np.ndarray,
    asked: np.ndarray,
) -> np.ndarray:
    """Return which unknowns follow from the equations, whatever figures those hold.

    An unknown follows if it stands still in every direction that keeps all equations. So a random
    direction is projected on those that do, and what stands still then follows.

    Parameters
    ----------
    equation, unknown : ndarray of shape (n_members,), int
        The members of the equations, both numbered from 0.
    sign : ndarray of shape (n_members,)
        1 or -1: what an unknown counts for in its equation.
    tells : ndarray of shape (n_equations,), bool
        Whether something of the equation is known. Of what hangs together with nothing that is
        known no figure follows.
    asked : ndarray of shape (n_unknowns,), bool
        Where to look: at what hangs together with these.

    Returns
    -------
    ndarray of shape (n_unknowns,), bool
        False for what does not hang together with any that is asked for.

    References
    ----------
    Li, Demmel: SuperLU_DIST, a scalable distributed-memory sparse direct solver. 2003. (The factors
    are those of its sequential sister, of scipy.)
    """
    n_unknowns = len(asked)
    sums = csr_matrix((sign, (equation, unknown)), shape=(equation.max() + 1, n_unknowns))
    _, island = connected_components(bmat([[None, sums], [sums.T, None]]), directed=False)
    of_equation, of_unknown = np.split(island, [sums.shape[0]])
    islands = np.intersect1d(of_unknown[asked], of_equation[tells])
    follows = np.zeros(n_unknowns, dtype=bool)
    if not len(islands):
        return follows
    here = np.flatnonzero(np.isin(of_unknown, islands))
    sums = sums[np.isin(of_equation, islands)][:, here]
    factors = splu(
        (sums @ sums.T + _DAMPING * identity(sums.shape[0])).tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    direction = np.random.default_rng(0).standard_normal(len(here))
    for _ in range(_PASSES):
        direction -= sums.T @ factors.solve(sums @ direction)
    follows[here] = np.abs(direction) < _STILL
    return follows
