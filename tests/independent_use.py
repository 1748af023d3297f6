"""The figures of the independent metrics, by period and slice, in the shape of marts.metric_value."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests import independent_metrics as metrics
from tests.delivered import delivered

ROWS = """
create or replace temp table counted as
select given.*, unnest([{{'by': 'all', 'of': 'all'}}, {{'by': 'segment', 'of': coalesce(segment, 'unknown')}}],
    recursive := true)
from ({query}) as given (counted_at, customer_id, {measures})
left join customer using (customer_id)
where not coalesce(is_internal, false)
"""
SHARE = """
select '{metric}', period_start, "by", "of", sum(numerator)::double, sum(denominator)::double,
    {scale} * sum(numerator) / sum(denominator), count(*)
from counted join period on period_start <= counted_at and counted_at < period_end
where counted_at < (select as_of from ends)
group by all
"""
QUANTILE = """
select '{metric}', period_start, "by", "of", null, null, quantile_cont(quantity, {quantile}), count(*)
from counted join period on period_start <= counted_at and counted_at < period_end
where counted_at < (select as_of from ends) and quantity is not null
group by all
"""
RATE = """
with contacts as (
    select period_start, "by", "of", count(*) as events
    from counted join period on period_start <= counted_at and counted_at < period_end
    where counted_at < (select as_of from ends)
    group by all
),

cells as (
    select day, lines,
        unnest([{{'by': 'all', 'of': 'all'}}, {{'by': 'segment', 'of': coalesce(segment, 'unknown')}}],
            recursive := true)
    from base_day left join customer using (customer_id)
),

bases as (
    select period_start, "by", "of", sum(lines) as line_days,
        date_diff('day', period_start, least(period_end, (select as_of from ends)::date)) as days
    from period join cells on period_start <= day and day < period_end
    group by all
)

select '{metric}', period_start, "by", "of", coalesce(events, 0)::double, line_days / 30.0,
    1000 * coalesce(events, 0) / (line_days / 30.0), round(line_days / days)
from bases left join contacts using (period_start, "by", "of")
"""


def computed(extracts: Path, warehouse: Path, grain: str) -> list[tuple]:
    connection = delivered(extracts)
    connection.execute(f"attach '{warehouse}' as ours (read_only)")
    connection.execute(
        "create table period as select distinct period_start, period_end, as_of "
        "from ours.marts.metric_value where period_grain = $1 and metric_id = 'M05'", [grain]
    )
    connection.execute("create table ends as select any_value(as_of) as as_of, min(period_start) as since from period")
    for ground in (metrics.GROUND, metrics.ORDERS, metrics.ISSUES):
        connection.execute(ground)
    found: list[tuple] = []
    for metric, (scale, query) in metrics.SHARES.items():
        connection.execute(ROWS.format(query=query, measures="numerator, denominator"))
        found += connection.execute(SHARE.format(metric=metric, scale=scale)).fetchall()
    for metric, (quantile, query) in metrics.QUANTILES.items():
        connection.execute(ROWS.format(query=query, measures="quantity"))
        found += connection.execute(QUANTILE.format(metric=metric, quantile=quantile)).fetchall()
    for metric, query in metrics.RATES.items():
        connection.execute(ROWS.format(query=query.replace("customer_id", "customer_id, 1", 1), measures="one"))
        found += connection.execute(RATE.format(metric=metric)).fetchall()
    found += _network(connection)
    by_cell = {row[:4]: row for row in found}
    return found + [
        ("M09", *cell, None, None, by_cell["M07", *cell][6] - durable[6], durable[7])
        for (metric, *cell), durable in by_cell.items()
        if metric == "M08"
    ]


def _network(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    connection.execute(metrics.NETWORK)
    while connection.execute(metrics.FALL).fetchone() != (0,):
        pass
    connection.execute(metrics.SERVICES)
    connection.execute(f"create table served as {metrics.SERVED_SUMS}")
    connection.execute(f"create table weighed as {metrics.WEIGHED}")
    connection.execute(f"create table failed as {metrics.FAILED}")
    queries = [
        f'select \'{metric}\', period_start, "by", "of", {numerator}, {denominator}, {value}, round({n}) from served'
        for metric, (value, numerator, denominator, n) in metrics.SERVED.items()
    ]
    queries += [
        'select \'M15\', period_start, "by", "of", minutes, n, minutes / n, n from weighed',
        'select \'M15b\', period_start, "by", "of", weighed, customers, weighed / customers, n from weighed',
        "select 'M16', period_start, 'all', 'all', up, failures, up / failures, failures from failed",
    ]
    return [row for query in queries for row in connection.execute(query).fetchall()]
