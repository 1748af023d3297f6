"""Published metric values, their definitions, and which answers are missing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.serving import ask, once, shown

_VALUES = """
select
    metric_id,
    period_start,
    period_end,
    dimension,
    dimension_value,
    numerator,
    denominator,
    value,
    n,
    ci_low,
    ci_high,
    is_low_n,
    customers,
    seen_share,
    status,
    is_suppressed as is_small
from marts.metric_value
where
    period_grain = 'month'
    and dimension = $dimension
    and list_contains($metrics, metric_id)
order by metric_id, dimension_value, period_start
"""

_MONTHS = """
select
    period_start,
    max(period_end) as period_end,
    max(period_end) <= cast($as_of as date) as is_complete
from marts.metric_value
where period_grain = 'month' and dimension = 'all'
group by period_start
order by period_start desc
"""

_PARTS = """
select distinct dimension as field, dimension_value as code
from marts.metric_value
where
    metric_id = 'M28'
    and dimension in ('region', 'segment', 'family', 'contract')
    and period_grain = 'month'
order by field, code
"""

_OPEN_OUTAGES = "select started_at from marts.fct_problem where is_open and affected_services > 0"

_CATALOGUE = "select * from marts.dim_metric order by metric_id"

_READINESS = """
select *
from marts.answer_readiness
order by
    case status when 'missing' then 0 when 'partial' then 1 else 2 end,
    answer_id
"""

_LINK_COVERAGE = """
with

-- Of several systems' fixes, the one that would link most rows.
fixes as (

    select
        edge,
        arg_max(fix, (fix_rows, source_system)) as fix,
        arg_max(fix_column, (fix_rows, source_system)) as fix_column,
        arg_max(source_system, (fix_rows, source_system)) as fix_system
    from marts.link_coverage
    where fix <> 'none'
    group by edge

)

select
    coverage.dimension_value,
    coverage.numerator,
    coverage.denominator,
    coverage.value,
    coverage.customers,
    fixes.fix,
    fixes.fix_column,
    fixes.fix_system
from marts.metric_value as coverage
left join fixes
    on coverage.dimension_value = fixes.edge
where coverage.metric_id = 'M48' and coverage.dimension <> 'all'
qualify
    row_number() over (
        partition by coverage.dimension_value order by coverage.period_start desc
    ) = 1
order by coverage.dimension_value
"""


def values(metrics: Sequence[str], dimension: str = "all") -> pd.DataFrame:
    """Return monthly values, one row per metric, slice and month; of small cells the keys only."""
    return ask(_VALUES, metrics=list(metrics), dimension=dimension)


def exit_causes(month: pd.Timestamp) -> pd.DataFrame:
    """Return exits by cause in a month; what the release does not tell apart is `joined`.

    Returns
    -------
    DataFrame with columns cause, exits, base
        Most exits first, the joined ones last. `base` is what the exits are a share of, per 30
        days (M29). Empty when the release tells nothing, or nobody left.
    """
    columns = ["cause", "exits", "base"]
    all_exits = _in_month(ask(_VALUES, metrics=["M28"], dimension="all"), month)
    causes = _in_month(ask(_VALUES, metrics=["M29"], dimension="exit_cause"), month)
    told = causes[~causes["is_small"] & (causes["numerator"] > 0)]
    told = told.rename(columns={"dimension_value": "cause", "numerator": "exits"})
    told = told.sort_values("exits", ascending=False)[["cause", "exits"]]
    exits, base = all_exits["numerator"].sum(), all_exits["denominator"].max()
    if told.empty or pd.isna(base):
        return pd.DataFrame(columns=columns)
    rest = exits - told["exits"].sum()
    if rest > 0:
        told = pd.concat([told, pd.DataFrame({"cause": ["joined"], "exits": [rest]})])
    return told.assign(base=base).reset_index(drop=True)[columns]


def had_exits(month: pd.Timestamp) -> bool:
    """Tell whether anybody left in a month, however few."""
    rows = _in_month(ask(_VALUES, metrics=["M28"], dimension="all"), month)
    return bool(rows["is_small"].any() or rows["numerator"].sum())


def _in_month(rows: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    return rows[rows["period_start"] == month]


def months() -> pd.DataFrame:
    """Return the months there are values for, newest first, and whether each is complete."""
    return ask(_MONTHS, as_of=shown().release.as_of or None)


def others(known: pd.DataFrame, month: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the whole months of `months` but one: what that one may be compared with."""
    whole = known[known["is_complete"].astype(bool)]["period_start"]
    return [start for start in pd.to_datetime(whole) if start != month]


def parts() -> pd.DataFrame:
    """Return the parts of the base that metrics are cut by: columns field and code."""
    return ask(_PARTS)


def open_outages(month: pd.Timestamp) -> int:
    """Return how many outages that began by the end of a month have not been told to be over."""
    if not shown().has("marts.fct_problem"):
        return 0
    until = month + pd.DateOffset(months=1)
    return int((ask(_OPEN_OUTAGES)["started_at"] < until).sum())


def catalogue() -> dict[str, dict[str, object]]:
    """Return the definition of every metric, by its id."""
    return once(
        "catalogue",
        lambda: {row["metric_id"]: row for row in ask(_CATALOGUE).to_dict("records")},
    )


def readiness() -> pd.DataFrame:
    """Return every answer, whether it can be given, and the columns it lacks; missing first."""
    return ask(_READINESS)


def link_coverage() -> pd.DataFrame:
    """Return how many rows of each edge found their partner (M48), and what would mend most."""
    return ask(_LINK_COVERAGE)
