"""Months of the base: how many lines each opened with, how many of those left, as far as told."""

from __future__ import annotations

import pandas as pd

from app.queries.cohorts import ALL, without_few_in_any, without_few_leavers
from app.queries.privacy import FEWEST
from app.serving import ask, shown

MONTHS = "marts.agg_base_month"

_MONTHS = """
select
    dimension_value, month_start, opening, customers, left_in, left_customers, came_and_left,
    came_and_left_customers, is_final
from marts.agg_base_month
where dimension = $dimension
order by dimension_value, month_start
"""

_PARTS = """
select dimension as field, dimension_value as code, max(opening) as opening
from marts.agg_base_month
where dimension <> 'all'
group by dimension, dimension_value
having max(opening) > 0
order by dimension, opening desc, dimension_value
"""


def has_months() -> bool:
    """Tell whether the release tells of months of the base: one built before lacks the table."""
    return shown().has(MONTHS)


def parts() -> pd.DataFrame:
    """Return the parts of the base that months are told of, the largest first."""
    return ask(_PARTS)


def months(dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return every month of a part of the base, as far as it may be told (`as_told`)."""
    whole = ask(_MONTHS, dimension=ALL)
    if dimension == ALL:
        return as_told(whole, whole)
    told = as_told(ask(_MONTHS, dimension=dimension), whole)
    return told[told["dimension_value"] == code].reset_index(drop=True)


def as_told(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Empty the figures of months about few people, alone or by a difference (C8).

    A month is told of all parts or of none, and only where nobody or FEWEST customers or more left,
    as with cohorts. Churn (M28) counts also who joined and left within the month: less those who
    left of the base as it opened, it would tell of them. Where they are few in any part, they are
    counted with the others, in all parts.

    Parameters
    ----------
    rows : DataFrame
        The months of every part of one dimension, or of the whole base.
    whole : DataFrame
        Those of the whole base.

    Returns
    -------
    DataFrame with columns dimension_value, month_start, opening, customers, left_in, is_final,
    is_hidden, and has_newcomers where whoever joined and left within the month is in `left_in`.
    """
    safe_whole = without_few_leavers(_as_cohorts(whole))
    safe = safe_whole if rows is whole else without_few_in_any(_as_cohorts(rows), safe_whole)
    came = rows["came_and_left_customers"]
    is_few = ((came > 0) & (came < FEWEST)).groupby(rows["month_start"]).transform("any")
    left = (rows["left_in"] + rows["came_and_left"].where(is_few, 0)).astype(float)
    is_hidden = safe["is_hidden"].astype(bool) | (left > rows["opening"])
    # A part whose size may not be told has lost its `joined`, too.
    is_small = safe["joined"].isna()
    return pd.DataFrame(
        {
            "dimension_value": rows["dimension_value"],
            "month_start": rows["month_start"],
            "opening": rows["opening"].astype(float).mask(is_small),
            "customers": rows["customers"].astype(float).mask(is_small),
            "left_in": left.mask(is_hidden),
            "is_final": rows["is_final"],
            "is_hidden": is_hidden,
            "has_newcomers": is_few & ~is_hidden,
        }
    )


def _as_cohorts(rows: pd.DataFrame) -> pd.DataFrame:
    """Write each month as a cohort of one month: what hides few leavers of cohorts does here."""
    cohorts = rows[["dimension_value", "customers"]]
    return cohorts.assign(
        cohort_month=rows["month_start"],
        month_number=0,
        joined=rows["customers"],
        left_by=rows["left_customers"],
    )
