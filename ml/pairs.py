"""Pairs of columns: which are worth a table, and how a boosting's pairs are read out exactly."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.curves import AdditiveModel, Axis, Curve, PairTable

_BINS = 8
_SCREENED_ROWS = 20_000
_PURIFIED = 1e-10
_ROUNDS = 30


def screened_pairs(
    matrix: np.ndarray, residual: np.ndarray, variance: np.ndarray, n_pairs: int
) -> list[tuple[int, int]]:
    """Return the pairs of columns whose cells explain most of what single columns leave.

    Each column is cut into eight bins of equal size (a category into its commonest levels). A pair
    scores by the sum over its cells of residual² / variance, less the number of cells: what an
    independent pair would show.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns)
    residual : ndarray of shape (n_rows,)
        Outcome minus the additive model's probability, times the row's weight.
    variance : ndarray of shape (n_rows,)
        p (1 - p), times the row's weight.
    n_pairs : int

    Returns
    -------
    list of (int, int)
        Best first; only pairs that beat independence.

    References
    ----------
    Lou, Caruana, Gehrke, Hooker: Accurate intelligible models with pairwise interactions. KDD 2013.
    """
    rows = slice(0, _SCREENED_ROWS)
    residual, variance = residual[rows], variance[rows]
    bins = [_binned(column) for column in matrix[rows].T]
    sizes = [int(own.max()) + 1 for own in bins]
    found = []
    for second in range(1, len(bins)):
        for first in range(second):
            cell = bins[first] * sizes[second] + bins[second]
            n_cells = sizes[first] * sizes[second]
            total = np.bincount(cell, residual, n_cells)
            spread = np.bincount(cell, variance, n_cells)
            used = spread > 0
            # Each margin is explained already; what is left has that many fewer degrees.
            free = max(int(used.sum()) - sizes[first] - sizes[second] + 1, 0)
            gain = float((total[used] ** 2 / spread[used]).sum()) - free
            if gain > 2 * np.sqrt(2 * max(free, 1)):
                found.append((-gain, first, second))
    return [(first, second) for _, first, second in sorted(found)[:n_pairs]]


def _binned(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.intp)
    if known.any():
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _BINS + 1)[1:-1]))
        codes[known] = np.searchsorted(edges, values[known], side="left") + 1
    return np.unique(codes, return_inverse=True)[1]


def read_out(
    boosting: HistGradientBoostingClassifier,
    matrix: np.ndarray,
    is_category: np.ndarray,
    pairs: list[tuple[int, int]],
    weight: np.ndarray,
) -> AdditiveModel:
    """Turn a boosting that splits on single columns and given pairs into curves and tables.

    It is asked one value per bin (and pair of bins), everything else missing. Differences of such
    answers are the terms of the one sum that equals it everywhere. Tables are then centred over
    the rows (purified), so that what one column says alone stands in its curve.

    Parameters
    ----------
    boosting : HistGradientBoostingClassifier
        Fitted on a matrix whose categories come first.
    matrix : ndarray of shape (n_rows, n_columns)
    is_category : ndarray of shape (n_columns,)
    pairs : list of (int, int)
    weight : ndarray of shape (n_rows,)

    References
    ----------
    Lengerich et al.: Purifying interaction effects with the functional ANOVA. AISTATS 2020.
    """
    n_columns = matrix.shape[1]
    nodes = np.concatenate([tree.nodes for trees in boosting._predictors for tree in trees])
    splits = nodes[nodes["is_leaf"] == 0]
    axes, probes = [], []
    for position in range(n_columns):
        own = splits[splits["feature_idx"] == position]
        axis, values = Axis(), np.array([np.nan])
        if len(own) and is_category[position]:
            codes = np.arange(np.nanmax(matrix[:, position]) + 1)
            axis, values = Axis(places=np.arange(1, len(codes) + 1)), np.append(np.nan, codes)
        elif len(own):
            edges = np.unique(own["num_threshold"])
            edges = edges[np.isfinite(edges)]
            last = np.nextafter(edges[-1], np.inf) if len(edges) else 0.0
            axis, values = Axis(edges=edges), np.concatenate([[np.nan], edges, [last]])
        axes.append(axis)
        probes.append(values)

    def asked(columns: tuple[int, ...]) -> np.ndarray:
        grid = np.meshgrid(*(probes[column] for column in columns), indexing="ij")
        rows = np.full((grid[0].size, n_columns), np.nan)
        for column, values in zip(columns, grid, strict=True):
            rows[:, column] = values.ravel()
        return boosting.decision_function(rows).reshape(grid[0].shape)

    intercept = float(asked((0,))[0])
    alone = [asked((position,)) - intercept for position in range(n_columns)]
    tables = []
    for first, second in pairs:
        if len(probes[first]) == 1 or len(probes[second]) == 1:
            continue
        table = asked((first, second)) - intercept
        table -= alone[first][:, None] + alone[second][None, :]
        pair = PairTable(first, second, axes[first], axes[second], table)
        if np.abs(table).max() > 0:
            tables.append(pair)
    for pair in tables:
        rows, columns = _purified(pair, matrix, weight)
        alone[pair.first] = alone[pair.first] + rows
        alone[pair.second] = alone[pair.second] + columns
    curves = []
    for position, values in enumerate(alone):
        missing = float(values[0])
        if len(values) == 1:
            curves.append(Curve(missing=missing))
        elif is_category[position]:
            curves.append(Curve(missing=missing, levels=values[1:]))
        else:
            curves.append(Curve(missing=missing, edges=axes[position].edges, steps=values[1:]))
    return AdditiveModel(intercept, curves, tables)


def _purified(
    pair: PairTable, matrix: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Centre a table in place; return what the curves of its two columns gain."""
    table = pair.table
    first = pair.first_axis(matrix[:, pair.first])
    second = pair.second_axis(matrix[:, pair.second])
    mass = np.bincount(first * table.shape[1] + second, weight, table.size).reshape(table.shape)
    by_row, by_column = mass.sum(axis=1), mass.sum(axis=0)
    rows, columns = np.zeros(table.shape[0]), np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        shift = (table * mass).sum(axis=1) / np.where(by_row > 0, by_row, 1.0)
        table -= shift[:, None]
        rows += shift
        moved = np.abs(shift).max()
        shift = (table * mass).sum(axis=0) / np.where(by_column > 0, by_column, 1.0)
        table -= shift[None, :]
        columns += shift
        if max(moved, np.abs(shift).max()) < _PURIFIED:
            break
    return rows, columns
