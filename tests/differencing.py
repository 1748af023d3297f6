"""An attacker with nothing but published cells: which hidden ones follow by adding and subtracting?

Every sum that holds among the true figures is taken as known to the attacker: slices of a whole,
days of a week and of a month, reasons of an area, metrics of other metrics. The days a month has
beyond whole weeks are a figure too: nobody publishes it, and months less weeks may tell it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

KEYS = ["metric_id", "period_grain", "period_start", "dimension", "dimension_value"]
# What each metric of the whole base is the sum of: other metrics, and causes of M29 (None: all that
# the other metrics leave). In a slice the causes are unknown, and only differences remain.
SUMS = {
    "M31": [((), ["port_out"])],
    "M29v": [((), ["port_out", "cancel_other"]), (("M31",), ["cancel_other"])],
    "M29w": [((), ["port_out", "cancel_other", "move_out"]), (("M29v",), ["move_out"])],
    "M29i": [((), ["non_pay", "fraud", "deceased", "operator"])],
    "M28": [((), None), (("M29w", "M29i"), ["inactive", "unknown"])],
}
EDGE = "edge"
DIFFERENCES = [("M29v", "M31"), ("M29w", "M29v"), ("M28", "M29w"), ("M28", "M29i")]


def recovered(
    private: pd.DataFrame, published: pd.DataFrame, trees: dict[tuple[str, str], dict[str, str]]
) -> pd.DataFrame:
    """Return the suppressed cells whose figures follow exactly from the published ones.

    Parameters
    ----------
    private, published : DataFrame
        Columns of KEYS, numerator, customers; published also is_suppressed. The same cells in both.
    trees : dict
        (part dimension, whole dimension) to {part: whole}.
    """
    cells = private.merge(published[[*KEYS, "is_suppressed"]], on=KEYS)
    cells["period_start"] = pd.to_datetime(cells["period_start"])
    cells = pd.concat([cells, _edges(cells)], ignore_index=True)
    hidden = cells["is_suppressed"].to_numpy()
    sums = [each for each in _sums(cells, trees) if hidden[each].any()]
    if not sums:
        return cells[hidden].iloc[:0]
    rows = np.repeat(np.arange(len(sums)), [len(each) for each in sums])
    columns = np.concatenate(sums)
    # the first of each sum is the whole
    signs = np.concatenate([[-1.0, *np.ones(len(each) - 1)] for each in sums])
    keep = hidden[columns]
    index = np.full(len(cells), -1)
    index[hidden] = np.arange(hidden.sum())
    matrix = coo_matrix(
        (signs[keep], (rows[keep], index[columns[keep]])), (len(sums), hidden.sum())
    ).tocsr()
    return cells[hidden][_determined(matrix)]


def _edges(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of the days before a month's first Monday and after its last Sunday.

    Its customers are no fewer than those of the day that had most.
    """
    days = cells[cells["period_grain"] == "day"]
    edge = _edge_of(days["period_start"])
    line = ["metric_id", "dimension", "dimension_value"]
    found = days[edge.notna()].groupby([*line, edge.rename("start")])
    found = found.agg({"numerator": "sum", "customers": "max"}).reset_index()
    found["period_start"] = found.pop("start")
    return found.assign(period_grain=EDGE, is_suppressed=True)


def _edge_of(days: pd.Series) -> pd.Series:
    """Return the first day of the edge that each day lies in, else nothing."""
    weeks, months = days.dt.to_period("W-SUN"), days.dt.to_period("M")
    first, last = months.dt.start_time, months.dt.end_time
    begins = first.where(weeks.dt.start_time < first)
    return begins.fillna(weeks.dt.start_time.where(weeks.dt.end_time > last))


def _determined(matrix) -> np.ndarray:
    """Return which unknowns have one solution only: no direction of the null space moves them."""
    found = np.zeros(matrix.shape[1], dtype=bool)
    links = (abs(matrix).T @ abs(matrix)).tocsr()
    _, component = connected_components(links, directed=False)
    order = np.argsort(component, kind="stable")
    borders = np.flatnonzero(np.diff(component[order], prepend=-1, append=-1))
    for start, end in pairwise(borders):
        members = order[start:end]
        block = matrix[:, members]
        block = block[np.unique(block.nonzero()[0])].toarray()
        if not block.size:
            continue
        # of the square, whose entries are small whole numbers: ten times quicker than by SVD
        weights, directions = np.linalg.eigh(block.T @ block)
        free = directions[:, weights < 1e-9]
        found[members] = (free**2).sum(axis=1) < 1e-9
    return found


def _sums(cells: pd.DataFrame, trees: dict) -> list[np.ndarray]:
    """Return each true sum as cell numbers, the whole first."""
    numbered = cells.assign(cell=np.arange(len(cells)))
    is_all = numbered["dimension"] == "all"
    place = ["metric_id", "period_grain", "period_start"]
    wholes = numbered[is_all].set_index(place)["cell"]
    found = []
    for key, parts in numbered[~is_all].groupby([*place, "dimension"]):
        if key[:3] in wholes.index:
            found.append([wholes[key[:3]], *parts["cell"]])
    for (below, above), tree in trees.items():
        parts = numbered[numbered["dimension"] == below]
        parts = parts.assign(whole=parts["dimension_value"].map(tree))
        tops = numbered[numbered["dimension"] == above].set_index([*place, "dimension_value"])
        for key, members in parts.groupby([*place, "whole"]):
            if key in tops.index:
                found.append([tops.loc[key, "cell"], *members["cell"]])
    is_pair = numbered["dimension"].str.contains("+", regex=False)
    tops = numbered[~is_pair].set_index([*place, "dimension", "dimension_value"])["cell"]
    for side in (0, 1):
        pairs = numbered[is_pair].assign(
            above=numbered["dimension"].str.split("+").str[side],
            whole=numbered["dimension_value"].str.split(" + ", regex=False).str[side],
        )
        for key, members in pairs.groupby([*place, "above", "whole", "dimension"]):
            if key[:-1] in tops.index:
                found.append([tops[key[:-1]], *members["cell"]])
    line = ["metric_id", "dimension", "dimension_value"]
    days = numbered[numbered["period_grain"] == "day"]
    for grain, code in (("month", "M"), ("week", "W-SUN")):
        tops = numbered[numbered["period_grain"] == grain]
        tops = tops.set_index([*line, tops["period_start"].rename("start")])["cell"]
        starts = days["period_start"].dt.to_period(code).dt.start_time.rename("start")
        for key, members in days.groupby([*line, starts]):
            if key in tops.index:
                found.append([tops[key], *members["cell"]])
    tops = numbered[numbered["period_grain"] == EDGE]
    tops = tops.set_index([*line, "period_start"])["cell"]
    for key, members in days.groupby([*line, _edge_of(days["period_start"]).rename("start")]):
        found.append([tops[key], *members["cell"]])
    causes = numbered[(numbered["metric_id"] == "M29") & (numbered["dimension"] == "exit_cause")]
    by_period = dict(list(causes.groupby(["period_grain", "period_start"])))
    for place_, whole in wholes.items():
        for parts, names in SUMS.get(place_[0], []):
            told = by_period.get(place_[1:], causes.iloc[:0])
            those = told if names is None else told[told["dimension_value"].isin(names)]
            others = [wholes.get((part, *place_[1:])) for part in parts]
            if None not in others:
                found.append([whole, *others, *those["cell"]])
    true = cells["numerator"].to_numpy(dtype=float)
    return [
        np.array(each)
        for each in found
        if np.isclose(true[each[0]], true[each[1:]].sum(), rtol=1e-9, atol=1e-6)
    ]
