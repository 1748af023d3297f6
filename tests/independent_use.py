"""M01 to M27 a second time, from METRICS.md and the delivered files, compared with ours.

What a user of the numbers would do who trusts nobody: read the extracts, write the SQL, compare.
"""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

from tests import independent_metrics as metrics
from tests import independent_network as network
from tests.delivered import delivered

WINDOWS = {  # days after a period until a metric is final (C10); the others are at once
    "M04": 14, "M06": 7, "M06d1": 1, "M06d14": 14, "M06d30": 30, "M08": 30, "M09": 30, "M12": 1,
    "M25": 30, "M26": 30, "M27b": 30,
}  # fmt: skip
MEANS = {"M01", "M01b", "M02b", "M03", "M10", "M11"}  # no proportions: intervals of a mean (C7)
OF_NOBODY = {"M14", "M14p90", "M14a", "M14ap90", "M16", "M16lb"}  # of problems, of elements

PERIODS = """
create table period as
select distinct period_start, period_end, as_of from ours.marts.metric_value
where period_grain = $1 and metric_id = 'M05';
"""
ENDS = """
create table ends as select any_value(as_of) as as_of, min(period_start) as since from period;
"""
ROWS = """
create or replace temp table counted as
select given.*, unnest([
    {{'by': 'all', 'of': 'all'}}, {{'by': 'segment', 'of': coalesce(segment, 'unknown')}}
], recursive := true)
from ({query}) as given (counted_at, customer_id, {measures})
left join customer using (customer_id)
where not coalesce(is_internal, false) and counted_at < (select as_of from ends)
"""
SHARE = """
with sums as (
    select period_start, "by", "of", sum(numerator)::double as up, sum(denominator)::double as n,
        sum(numerator * numerator)::double as squares, up / n as p, squares / n - p * p as spread
    from counted join period on period_start <= counted_at and counted_at < period_end
    group by all
)

select '{metric}', period_start, "by", "of", up, n, {scale} * p, n, {scale} * {low},
    {scale} * {high}
from sums
"""
WILSON = """(
    p + 1.959964^2 / (2 * n) {} 1.959964 * sqrt(p * (1 - p) / n + 1.959964^2 / (4 * n^2))
) / (1 + 1.959964^2 / n)"""
NORMAL = "(p {} 1.959964 * sqrt(greatest(spread, 0) / n))"
QUANTILE = """
select '{metric}', period_start, "by", "of", null, null, quantile_cont(quantity, {quantile}),
    count(*), null, null
from counted join period on period_start <= counted_at and counted_at < period_end
where quantity is not null and ("by" = 'all' or '{metric}' not like 'M14%')
group by all
"""
RATE = """
with events as (
    select period_start, "by", "of", count(*) as events
    from counted join period on period_start <= counted_at and counted_at < period_end
    group by all
),

cells as (
    select day, lines, unnest([
        {{'by': 'all', 'of': 'all'}}, {{'by': 'segment', 'of': coalesce(segment, 'unknown')}}
    ], recursive := true)
    from base_day left join customer using (customer_id)
),

bases as (
    select period_start, "by", "of", sum(lines) as line_days, any_value(date_diff('day',
        greatest(period_start, since), least(period_end, ends.as_of::date))) as days
    from period join cells on period_start <= day and day < period_end cross join ends
    where period_start >= (from told)
    group by all
)

select '{metric}', period_start, "by", "of", coalesce(events, 0)::double,
    coalesce(line_days, 0) / 30.0, 1000 * coalesce(events, 0) / (line_days / 30.0),
    coalesce(round(line_days / days), 0), null, null
from bases full join events using (period_start, "by", "of")
"""


def _figures(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    queries = []
    for metric, (scale, query) in metrics.SHARES.items():
        bound = NORMAL if metric in MEANS else WILSON
        share = SHARE.format(
            metric=metric, scale=scale, low=bound.format("-"), high=bound.format("+")
        )
        queries.append((ROWS.format(query=query, measures="numerator, denominator"), share))
    for metric, (quantile, query) in metrics.QUANTILES.items():
        percentile = QUANTILE.format(metric=metric, quantile=quantile)
        queries.append((ROWS.format(query=query, measures="quantity"), percentile))
    for metric, query in metrics.RATES.items():
        rate = RATE.format(metric=metric)
        queries.append((ROWS.format(query=query, measures="one"), rate))
    found = []
    for rows, figures in queries:
        connection.execute(rows)
        found += connection.execute(figures).fetchall()
    return found


def _network(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    connection.execute(network.NETWORK)
    while connection.execute(network.FALL).fetchall() != [(0,)]:
        pass
    for ground in (
        network.SERVICES,
        network.SERVED_SUMS,
        network.WEIGHED,
        network.SPOILED,
        network.FAILED,
    ):
        connection.execute(ground)
    served = [
        f'select \'{metric}\', period_start, "by", "of", {numerator}, {denominator}, {value}, '
        f"round({n}), null, null from served"
        for metric, (value, numerator, denominator, n) in network.SERVED.items()
    ]
    connection.execute(network.LOOKED_BACK)
    looked_back = [
        f"with sums as (select *, services as n, {metric} / n as p from looked_back) "
        f'select \'{metric}\', period_start, "by", "of", {metric}, n, 100 * p, n, '
        f"100 * {WILSON.format('-')}, 100 * {WILSON.format('+')} from sums"
        for metric in ("M20", "M20b", "M20h", "M20hb")
    ]
    queries = [*served, *looked_back, *network.OTHERS]
    return [row for query in queries for row in connection.execute(query).fetchall()]


def computed(extracts: Path, warehouse: Path, grain: str) -> dict[tuple, tuple]:
    """Return numerator, denominator, value, n and interval per metric, period and slice."""
    connection = delivered(extracts)
    connection.execute(f"attach '{warehouse}' as ours (read_only)")
    connection.execute(PERIODS, [grain])
    connection.execute(ENDS)
    connection.execute(
        (Path(__file__).parent / "independent_ground.sql").read_text(encoding="utf-8")
    )
    found = {row[:4]: row[4:] for row in _figures(connection) + _network(connection)}
    for (metric, *cell), durable in list(found.items()):
        if metric == "M08":
            gap = found["M07", *cell][2] - durable[2]
            found["M09", *cell] = (None, None, gap, durable[3], None, None)
    return found


def _alike(one: float | None, other: float | None, absolute: float = 1e-11) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-11, abs_tol=absolute)


def _has_no_spread(ours: tuple, theirs: tuple) -> bool:
    """An interval of width 0 claims certainty: where all answers are alike there is none."""
    return ours[4:6] == (None, None) and _alike(theirs[4], theirs[5], 1e-6)


def differences(extracts: Path, warehouse: Path, grain: str) -> list[tuple]:
    """Return every cell in which the two disagree, with what either says."""
    theirs = computed(extracts, warehouse, grain)
    connection = duckdb.connect(str(warehouse), read_only=True)
    rows = connection.execute(
        """
        select metric_id, period_start, dimension, dimension_value, numerator, denominator,
            value, n,
            ci_low, ci_high, status, period_end, as_of::date
        from marts.metric_value
        where period_grain = $1 and dimension in ('all', 'segment') and metric_id in $2
        """,
        [grain, sorted({metric for metric, *_ in theirs})],
    ).fetchall()
    connection.close()
    ours = {row[:4]: row[4:] for row in rows if row[0] not in OF_NOBODY or row[2] == "all"}
    differing = [
        (cell, ours.get(cell), theirs.get(cell))
        for cell in sorted(ours.keys() | theirs.keys(), key=str)
        if cell not in ours
        or cell not in theirs
        or not all(map(_alike, ours[cell][:4], theirs[cell][:4]))
        or not (
            all(_alike(ours[cell][n], theirs[cell][n], 1e-6) for n in (4, 5))
            or _has_no_spread(ours[cell], theirs[cell])
        )
    ]
    for cell, (*_, status, period_end, as_of) in ours.items():
        is_final = (as_of - period_end).days >= WINDOWS.get(cell[0], 0)
        if status != ("final" if is_final else "provisional"):
            differing.append((cell, status, is_final))
    return differing
