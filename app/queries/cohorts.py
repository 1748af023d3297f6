"""Cohorts of joining: how many have stayed, as far as that may be told."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

COHORTS = "marts.agg_cohort_month"

_COHORTS = """
select cohort_month, month_number, joined, customers, left_by, is_final
from marts.agg_cohort_month
order by cohort_month, month_number
"""


def cohorts() -> pd.DataFrame:
    """Return every cohort by month since joining; cells that tell of few people are empty."""
    return without_few_leavers(ask(_COHORTS)) if shown().has(COHORTS) else pd.DataFrame()


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
            gone, stays = left - last, joined - left
            is_told = not is_small and (gone == 0 or gone >= FEWEST)
            is_told = is_told and (stays == 0 or stays >= FEWEST)
            hidden.append(not is_told)
            last = left if is_told else last
    safe = rows.assign(is_hidden=hidden)
    safe["left_by"] = safe["left_by"].astype("Float64").mask(safe["is_hidden"]).astype(float)
    return safe
