"""Cohorts of joining: how many have stayed, as far as that may be told."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

COHORTS = "marts.agg_cohort_month"
ALL = "all"

_COHORTS = """
select dimension_value, cohort_month, month_number, joined, customers, left_by, is_final
from marts.agg_cohort_month
where dimension = $dimension
order by dimension_value, cohort_month, month_number
"""

_PARTS = """
select dimension as field, dimension_value as code, sum(joined) as joined
from marts.agg_cohort_month
where month_number = 0 and dimension <> 'all'
group by dimension, dimension_value
order by dimension, joined desc, dimension_value
"""


def parts() -> pd.DataFrame:
    """Return the parts of the base that cohorts are told of, the largest first."""
    return ask(_PARTS) if shown().has(COHORTS) else pd.DataFrame(columns=["field", "code"])


def cohorts(dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return every cohort of a part of the base by month since joining.

    Cells that tell of few people are empty.
    """
    if not shown().has(COHORTS):
        return pd.DataFrame()
    whole = without_few_leavers(ask(_COHORTS, dimension=ALL))
    if dimension == ALL:
        return whole
    safe = without_few_in_any(ask(_COHORTS, dimension=dimension), whole)
    return safe[safe["dimension_value"] == code].reset_index(drop=True)


def without_few_leavers(rows: pd.DataFrame) -> pd.DataFrame:
    """Empty `left_by` wherever it, or its difference from a shown cell, is of few people (C8).

    Along a cohort a cell is shown only where nobody, or FEWEST or more, left since the last shown
    cell; so neither a cell nor a difference of two is about one to FEWEST - 1 leavers.

    Parameters
    ----------
    rows : DataFrame with columns cohort_month, month_number, joined, customers, left_by
        In order of cohort and month.

    Returns
    -------
    DataFrame with a new column `is_hidden`.
    """
    hidden: list[bool] = []
    for _, cohort in rows.groupby("cohort_month", sort=False):
        last = 0
        is_small = int(cohort["customers"].iloc[0]) < FEWEST
        for left, joined in zip(cohort["left_by"], cohort["joined"], strict=True):
            is_told = not is_small and _may_be_told(left - last, joined - left)
            hidden.append(not is_told)
            last = left if is_told else last
    return _emptied(rows, hidden, rows["customers"] < FEWEST)


def without_few_in_any(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Empty `left_by` of a month of a cohort in all parts unless it may be told of each.

    All parts or none: one hidden alone would be what the others leave of the whole. And only where
    the whole is told, lest their sum tell it.

    Parameters
    ----------
    rows : DataFrame
        Of every part, as for `without_few_leavers`, with dimension_value.
    whole : DataFrame
        The whole base, of `without_few_leavers`.
    """
    hidden_whole = whole.set_index(["cohort_month", "month_number"])["is_hidden"].to_dict()
    told: dict[tuple[object, int], bool] = {}
    for month, cohort in rows.groupby("cohort_month", sort=False):
        is_small = bool((cohort["customers"] < FEWEST).any())
        last: dict[str, int] = {}
        for number, cells in cohort.groupby("month_number", sort=True):
            now = list(
                zip(cells["dimension_value"], cells["left_by"], cells["joined"], strict=True)
            )
            is_told = not is_small and not hidden_whole.get((month, number), True)
            is_told = is_told and all(
                _may_be_told(left - last.get(part, 0), joined - left) for part, left, joined in now
            )
            told[month, number] = is_told
            if is_told:
                last = {part: left for part, left, _ in now}
    return _emptied(
        rows,
        [
            not told[month, number]
            for month, number in zip(rows["cohort_month"], rows["month_number"], strict=True)
        ],
        rows.groupby("cohort_month")["customers"].transform("min") < FEWEST,
    )


def _may_be_told(gone: int, stays: int) -> bool:
    return (gone == 0 or gone >= FEWEST) and (stays == 0 or stays >= FEWEST)


def _emptied(rows: pd.DataFrame, hidden: list[bool], is_small: pd.Series) -> pd.DataFrame:
    safe = rows.assign(is_hidden=hidden)
    for column, is_out in (("left_by", safe["is_hidden"]), ("joined", is_small)):
        safe[column] = safe[column].astype("Float64").mask(is_out).astype(float)
    return safe
