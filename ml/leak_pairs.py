"""The gate of pairs: two columns that say nothing alone and the outcome together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.columns import NUMBER, TableEncoder, row_hashes
from ml.evaluate import auc_with_interval
from ml.leak_columns import binned, rates_out_of_fold

# Two columns that interact honestly do not tell more together than this.
PAIR_REFUSED, PAIR_WARNED = 0.97, 0.93
_ALONE_AT_MOST, _GAIN = 0.80, 0.10
_ROWS, _LEVELS, _LOOKED_AT, _MOST_COLUMNS = 10_000, 10, 12, 250


def pairs(frame: pd.DataFrame, y: np.ndarray, alone: dict[str, float], seed: int) -> list[tuple]:
    """Ask pairs of columns, none of which is suspect alone.

    All pairs are looked at coarsely by counting (ten levels each) and, of numbers, by the
    covariances; the dozen most telling of each are asked out of fold: by cells, by the direction
    in which the classes lie apart, by their difference.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
        0 or 1.
    alone : dict of str to float
        The AUC of each column by itself.
    seed : int
    """
    names = [name for name in frame if alone.get(name, 1.0) < _ALONE_AT_MOST][:_MOST_COLUMNS]
    if len(names) < 2:
        return []
    encoder = TableEncoder().fit(frame[names])
    matrix = encoder.transform(frame[names])
    order = np.argsort(row_hashes(np.column_stack([matrix, y]), seed), kind="stable")[:_ROWS]
    matrix, y = matrix[order], y[order]
    if not 0 < y.mean() < 1:
        return []
    halves = np.arange(len(y)) % 2
    is_number = np.array([kind == NUMBER for kind in encoder.kinds_])
    coarse = [_coarse(matrix[:, place], own) for place, own in enumerate(is_number)]
    asked: dict[tuple[int, int], list[np.ndarray]] = {}
    for pair in _by_counts(coarse, y):
        cells = coarse[pair[0]] * (_LEVELS + 2) + coarse[pair[1]]
        asked.setdefault(pair, []).append(cells)
    for pair, views in _by_difference(matrix, y, np.flatnonzero(is_number)):
        asked.setdefault(pair, []).extend(binned(view) for view in views)
    found = []
    for (first, second), views in asked.items():
        auc = max(auc_with_interval(y, rates_out_of_fold(own, y, halves))[0] for own in views)
        pair = [encoder.names_[first], encoder.names_[second]]
        if auc < PAIR_WARNED or auc < max(alone[name] for name in pair) + _GAIN:
            continue
        told = (
            f"`{pair[0]}` and `{pair[1]}` rank with AUC {auc:.3f} together and not alone; leave "
            "one out, or show that both are known before the cut-off"
        )
        verdict = "refused" if auc >= PAIR_REFUSED else "warned"
        found.append(("pair", " and ".join(pair), verdict, float(auc), told))
    return found


def _coarse(values: np.ndarray, is_number: bool) -> np.ndarray:
    """Return codes below `_LEVELS` + 2: missing, bins or the most frequent levels, the rest."""
    known = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.intp)
    if not known.any():
        return codes
    own = values[known]
    if is_number and len(np.unique(own)) > _LEVELS:
        edges = np.unique(np.quantile(own, np.linspace(0, 1, _LEVELS + 1)[1:-1]))
        codes[known] = np.searchsorted(edges, own, side="left") + 1
        return codes
    levels, place, n = np.unique(own, return_inverse=True, return_counts=True)
    rank = np.empty(len(levels), dtype=np.intp)
    rank[np.argsort(-n, kind="stable")] = np.arange(len(levels))
    codes[known] = np.minimum(rank[place], _LEVELS) + 1
    return codes


def _by_counts(coarse: list[np.ndarray], y: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs whose cells explain most of the outcome's variance beyond each column."""
    width = _LEVELS + 2
    cells = np.zeros((len(y), len(coarse) * width), dtype=np.float32)
    for place, codes in enumerate(coarse):
        cells[np.arange(len(y)), place * width + codes] = 1.0
    rows = cells.T @ cells
    gap = (cells * (y - y.mean()).astype(np.float32)[:, None]).T @ cells
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(rows > 0, gap**2 / rows, 0.0)
    size = len(coarse)
    told = told.reshape(size, width, size, width).sum(axis=(1, 3))
    own = np.diag(told)
    return _strongest(told - np.maximum(own[:, None], own[None, :]), np.arange(size))


def _by_difference(
    matrix: np.ndarray, y: np.ndarray, numbers: np.ndarray
) -> list[tuple[tuple[int, int], list[np.ndarray]]]:
    """Return pairs of numbers that lie apart in one direction, or are near twins, with views."""
    if len(numbers) < 2:
        return []
    own = matrix[:, numbers]
    filled = np.where(np.isnan(own), np.nanmean(own, axis=0), own)
    spread = filled.std(axis=0)
    numbers, filled = numbers[spread > 0], filled[:, spread > 0] / spread[spread > 0]
    apart = filled[y == 1].mean(axis=0) - filled[y == 0].mean(axis=0)
    within = filled - filled.mean(axis=0) - np.outer(y - y.mean(), apart)
    inside = within.T @ within / len(y)
    variance = np.diag(inside)
    rest = np.maximum(variance[:, None] * variance[None, :] - inside**2, 1e-9)
    distance = (
        apart[:, None] ** 2 * variance[None, :]
        + apart[None, :] ** 2 * variance[:, None]
        - 2 * apart[:, None] * apart[None, :] * inside
    ) / rest
    alone = apart**2 / np.maximum(variance, 1e-12)
    gain = distance - np.maximum(alone[:, None], alone[None, :])
    with np.errstate(invalid="ignore"):
        near = np.abs(inside) / np.sqrt(variance[:, None] * variance[None, :])
    chosen = dict.fromkeys(
        _strongest(gain, np.arange(len(numbers)))
        + _strongest(np.nan_to_num(near), np.arange(len(numbers)))
    )
    found = []
    for first, second in chosen:
        weights = np.linalg.lstsq(
            inside[np.ix_([first, second], [first, second])], apart[[first, second]], rcond=None
        )[0]
        raw = matrix[:, numbers[[first, second]]]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = raw[:, 0] / raw[:, 1]
        views = [
            filled[:, [first, second]] @ weights,
            raw[:, 0] - raw[:, 1],
            np.where(np.isfinite(ratio), ratio, np.nan),
        ]
        found.append(((int(numbers[first]), int(numbers[second])), views))
    return found


def _strongest(gain: np.ndarray, places: np.ndarray) -> list[tuple[int, int]]:
    first, second = np.triu_indices(len(places), 1)
    best = np.argsort(-gain[first, second], kind="stable")[:_LOOKED_AT]
    return [(int(first[own]), int(second[own])) for own in best]
