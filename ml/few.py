"""Which cells of a table may be told, so that none about few customers follows from the others."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def hidden_cells(
    customers: np.ndarray,
    groups: Iterable[np.ndarray],
    fewest: int,
    is_hidden: np.ndarray,
    worth: np.ndarray | None = None,
) -> np.ndarray:
    """Return the cells to hide: those given, and what would give them away.

    Of each group of cells that add up to a known whole either nothing is hidden, or everything, or
    two cells and more that are about `fewest` customers together: one alone is what the others
    leave over.

    Parameters
    ----------
    customers : ndarray of shape (n_cells,)
    groups : iterable of ndarray
        Places of the cells that add up to something known.
    fewest : int
    is_hidden : ndarray of bool, shape (n_cells,)
        Cells hidden for themselves.
    worth : ndarray of shape (n_cells,), optional
        What is worth least is hidden first; the fewest customers, without.
    """
    worth = customers if worth is None else worth
    hidden = np.array(is_hidden, dtype=bool)
    groups = list(groups)
    changed = True
    while changed:
        changed = False
        for cells in groups:
            own = hidden[cells]
            if not own.any() or own.all():
                continue
            if own.sum() < 2 or customers[cells[own]].sum() < fewest:
                shown = cells[~own]
                hidden[shown[np.argmin(worth[shown])]] = changed = True
    return hidden
