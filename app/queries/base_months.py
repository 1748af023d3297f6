"""Months of the base: how many lines each opened with, how many of those left, as far as told."""

from __future__ import annotations

import pandas as pd

from app.queries import metrics
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
    rows = whole if dimension == ALL else ask(_MONTHS, dimension=dimension)
    told = as_told(rows, whole, metrics.values(["M28"], dimension))
    return told[told["dimension_value"] == code].reset_index(drop=True)


def as_told(rows: pd.DataFrame, whole: pd.DataFrame, churn: pd.DataFrame) -> pd.DataFrame:
    """Empty the figures of months about few people, alone or by a difference (C8).

    A month is told of all parts or of none, and only where nobody or FEWEST customers or more left,
    as with cohorts, and where churn (M28), which counts nearly the same people, is told as well.
    Churn less those who left of the base as it opened are who joined and left within the month:
    where they are not FEWEST or more in each part that has any, churn's exits stand for these.

    Parameters
    ----------
    rows : DataFrame
        The months of every part of one dimension, or of the whole base.
    whole : DataFrame
        Those of the whole base.
    churn : DataFrame
        M28 of the same parts, as `metrics.values` has it.

    Returns
    -------
    DataFrame with columns dimension_value, month_start, opening, customers, left_in, is_final,
    is_hidden, and has_newcomers where whoever joined and left within the month is in `left_in`.
    """
    safe_whole = without_few_leavers(_as_cohorts(whole))
    safe = safe_whole if rows is whole else without_few_in_any(_as_cohorts(rows), safe_whole)
    came = rows["came_and_left_customers"]
    is_few = ((came > 0) & (came < FEWEST)).groupby(rows["month_start"]).transform("any")
    is_apart = (came > 0) & ~is_few
    left = rows["left_in"].astype(float).where(is_apart, _exits(rows, churn))
    is_hidden = safe["is_hidden"].astype(bool) | left.isna() | (left > rows["opening"])
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


def _exits(rows: pd.DataFrame, churn: pd.DataFrame) -> pd.Series:
    """Return all exits of each month as far as churn tells them."""
    told = churn.set_index(["dimension_value", "period_start"])["numerator"].astype(float)
    cells = zip(rows["dimension_value"], pd.to_datetime(rows["month_start"]), strict=True)
    return told.reindex(pd.MultiIndex.from_tuples(cells)).set_axis(rows.index)


def _as_cohorts(rows: pd.DataFrame) -> pd.DataFrame:
    """Write each month as a cohort of one month: what hides few leavers of cohorts does here."""
    cohorts = rows[["dimension_value", "customers"]]
    return cohorts.assign(
        cohort_month=rows["month_start"],
        month_number=0,
        joined=rows["customers"],
        left_by=rows["left_customers"],
    )
