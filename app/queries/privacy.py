"""Small cells of what a page counts itself, such as problems and scores (C8).

Metric values come from the release already without them (cx/suppression.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cx.settings import fewest_customers

# Fewest distinct customers a figure may be about.
FEWEST = fewest_customers()


def without_small_cells(
    rows: pd.DataFrame, *, customers: str, figures: Sequence[str] = ()
) -> pd.DataFrame:
    """Take out the figures of rows that are about fewer than `FEWEST` customers.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    customers : str
        Column that counts the distinct customers of the cell.
    figures : sequence of str
        Columns emptied, with `customers`, where the cell is small.

    Returns
    -------
    DataFrame
        The rows with a new column `is_small`; a cell about nobody is not small.
    """
    safe = rows.copy()
    safe["is_small"] = (safe[customers] > 0) & (safe[customers] < FEWEST)
    for column in (customers, *figures):
        safe[column] = safe[column].astype(object).where(~safe["is_small"], None)
        if pd.api.types.is_numeric_dtype(rows[column]):
            safe[column] = pd.to_numeric(safe[column])
    return safe


def without_small_counts(rows: pd.DataFrame, counts: Sequence[str]) -> pd.DataFrame:
    """Take out counts of people between 1 and `FEWEST` - 1; zero stays zero."""
    safe = rows.copy()
    for column in counts:
        small = (safe[column] > 0) & (safe[column] < FEWEST)
        safe[column] = pd.to_numeric(safe[column].astype(object).where(~small, None))
    return safe


def without_few_leavers(rows: pd.DataFrame) -> pd.DataFrame:
    """Take out `exits_30d` where those who left are fewer than `FEWEST` customers (C8).

    Ten lines that left may be one customer's. A release built before `exit_customers_30d` was
    counted is judged by its lines.
    """
    if "exit_customers_30d" not in rows:
        return without_small_counts(rows, ["exits_30d"])
    exits, customers = rows[["exits_30d", "exit_customers_30d"]].to_numpy(dtype=float).T
    return rows.assign(exits_30d=np.where((exits > 0) & (customers < FEWEST), np.nan, exits))


def in_steps(count: float) -> float:
    """Round a count of people to the nearest multiple of `FEWEST`; a hidden one stays so.

    For people counted once over many overlapping groups, such as whom problems hit under whatever
    filters are set: of two groups that differ by fewer than `FEWEST`, nobody can tell by how many.
    """
    return count if math.isnan(count) else round(count / FEWEST) * float(FEWEST)


def without_small_parts(rows: pd.DataFrame, count: str) -> pd.DataFrame:
    """Take out small counts of people, and the least others until the hidden add up to no few.

    For counts whose sum is told elsewhere: one hidden alone, or a few people together, would be
    what the shown ones leave of it. Zero stays zero.
    """
    told = rows[count].astype(float)
    small = (told > 0) & (told < FEWEST)
    for place in told[(told >= FEWEST)].sort_values(kind="stable").index:
        if not small.any() or (small.sum() > 1 and told[small].sum() >= FEWEST):
            break
        small[place] = True
    return rows.assign(**{count: told.mask(small)})


def hidden_beside(counts: pd.Series, sums: Sequence[Sequence[pd.Series]]) -> pd.Series:
    """Tell which counts of people are hidden: small ones, and what would give one away by a sum.

    Where a small one is hidden, the least other of each sum it is part of is hidden with it, which
    may take one more of another sum. Zero stays zero.

    Parameters
    ----------
    sums : sequence of sequence of Series
        Each names groups of counts whose sum is told elsewhere, by what they have in common.
    """
    hidden = (counts > 0) & (counts < FEWEST)
    is_large = counts >= FEWEST
    for _ in range(len(counts)):
        before = hidden.copy()
        for alike in sums:
            groups = list(alike)
            many = hidden.groupby(groups, dropna=False).transform("sum")
            safe = (hidden & is_large).groupby(groups, dropna=False).transform("any") & (many > 1)
            others = counts.where(is_large & ~hidden).groupby(groups, dropna=False)
            hidden |= (many > 0) & ~safe & (others.rank(method="first") == 1)
        if hidden.equals(before):
            break
    return hidden


def with_small_bins_joined(bins: pd.DataFrame) -> pd.DataFrame:
    """Join neighbouring bins, from the top, until each is about `FEWEST` customers or more.

    Parameters
    ----------
    bins : DataFrame with columns low, high, subscriptions, customers
        In ascending order; each customer counted in one bin only.

    Returns
    -------
    DataFrame with the same columns
        Empty when all bins together are too small.
    """
    joined: list[dict[str, float]] = []
    for row in reversed(bins.to_dict("records")):
        if joined and joined[-1]["customers"] < FEWEST:
            last = joined[-1]
            last["low"] = row["low"]
            last["subscriptions"] += row["subscriptions"]
            last["customers"] += row["customers"]
        else:
            joined.append(dict(row))
    if joined and joined[-1]["customers"] < FEWEST:
        rest = joined.pop()
        if joined:
            joined[-1]["low"] = rest["low"]
            joined[-1]["subscriptions"] += rest["subscriptions"]
            joined[-1]["customers"] += rest["customers"]
    return pd.DataFrame(list(reversed(joined)), columns=list(bins.columns))
