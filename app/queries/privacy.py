"""Small cells: the one place where figures about too few customers are taken out (C8)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

# Fewest distinct customers a figure may be about.
FEWEST = 10


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


def with_small_parts_joined(parts: pd.DataFrame, *, name: str, counts: str) -> pd.DataFrame:
    """Join the smallest parts of a whole until none counts fewer than `FEWEST` people.

    Joining, rather than hiding, keeps a small part from being found by subtraction.

    Parameters
    ----------
    parts : DataFrame
        One row per part; nobody is counted in two.
    name : str
        Column that names the part; joined parts are named ``joined``.
    counts : str
        Column that counts the people.

    Returns
    -------
    DataFrame with the columns `name` and `counts`
        Largest first, the joined part last; empty when fewer than two parts would be left.
    """
    sizes = parts[parts[counts] > 0].sort_values(counts, ascending=False)
    kept = sizes[sizes[counts] >= FEWEST]
    small = sizes[sizes[counts] < FEWEST]
    if small.empty:
        return kept[[name, counts]].reset_index(drop=True)
    while len(kept) and (small[counts].sum() < FEWEST or len(small) == 1):
        small = pd.concat([kept.tail(1), small])
        kept = kept.iloc[:-1]
    if kept.empty or small[counts].sum() < FEWEST:
        return pd.DataFrame(columns=[name, counts])
    rest = pd.DataFrame({name: ["joined"], counts: [small[counts].sum()]})
    return pd.concat([kept[[name, counts]], rest], ignore_index=True)


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
