"""Any metric by period and slice, as it was published: cells about too few people are empty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pandas as pd

from app.serving import ask

# What a reader's own SQL may look like: the first one there.
EXAMPLE = """
select period_start, dimension_value, value, ci_low, ci_high
from marts.metric_value
where metric_id = 'M28' and period_grain = 'month' and dimension = 'segment'
order by period_start desc, value desc
""".strip()

_CUTS = """
select
    period_grain,
    dimension,
    count(distinct dimension_value) as slices,
    max(period_start) as newest
from marts.metric_value
where metric_id = $metric
group by period_grain, dimension
order by dimension = 'all' desc, dimension, period_grain
"""

_METRICS = "select distinct metric_id from marts.metric_value order by metric_id"

_CELLS = """
with

periods as (

    select distinct period_start
    from marts.metric_value
    where metric_id = $metric and period_grain = $grain and dimension = $dimension
    order by period_start desc
    limit $last

)

select
    cells.metric_id,
    cells.period_grain,
    cells.period_start,
    cells.period_end,
    cells.dimension,
    cells.dimension_value,
    cells.value,
    cells.ci_low,
    cells.ci_high,
    cells.numerator,
    cells.denominator,
    cells.n,
    cells.seen_share,
    cells.is_low_n,
    cells.status,
    cells.is_suppressed
from marts.metric_value as cells
semi join periods
    on cells.period_start is not distinct from periods.period_start
where
    cells.metric_id = $metric
    and cells.period_grain = $grain
    and cells.dimension = $dimension
order by cells.period_start desc, cells.dimension_value
"""

# Where the data begins within a period, that one is told of in part for good: no period to compare
# another with. Such are the provisional ones before the first final one.
_EARLIER = """
with

own as (

    select *
    from marts.metric_value
    where metric_id = $metric and period_grain = $grain and dimension = $dimension

),

begun as (

    select min(period_start) filter (where status = 'final') as first_final
    from own

)

select
    own.period_start as compared_with,
    own.dimension_value,
    own.value as before_value,
    own.ci_low as low,
    own.ci_high as high
from own
cross join begun
where
    list_contains($starts, own.period_start)
    and own.period_start >= coalesce(begun.first_final, own.period_start)
"""


def metrics() -> list[str]:
    """Return the metrics that have any value."""
    return ask(_METRICS)["metric_id"].tolist()


def cuts(metric: str) -> pd.DataFrame:
    """Return by which periods and dimensions a metric was counted."""
    return ask(_CUTS, metric=metric)


def cells(metric: str, grain: str, dimension: str, last: int) -> pd.DataFrame:
    """Return the cells of a metric in its newest `last` periods."""
    return ask(_CELLS, metric=metric, grain=grain, dimension=dimension, last=last)


def sql_of_cells(metric: str, grain: str, dimension: str, last: int) -> str:
    """Return what `cells` asks with its values written in, to be read or asked anew by oneself."""
    told = {"metric": metric, "grain": grain, "dimension": dimension, "last": last}
    texts = {name: _quoted(value) for name, value in told.items()}
    return re.sub(r"\$(\w+)", lambda found: texts[found[1]], _CELLS).strip()


def _quoted(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return value.replace("'", "''").join("''")


def earlier(metric: str, grain: str, dimension: str, starts: Sequence[date]) -> pd.DataFrame:
    """Return the cells of the periods that begin on given days, to compare others with.

    Returns
    -------
    DataFrame with columns compared_with, dimension_value, before_value, low, high
    """
    told = {"metric": metric, "grain": grain, "dimension": dimension}
    return ask(_EARLIER, **told, starts=list(starts)).copy()
