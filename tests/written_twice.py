"""Where the published metrics disagree with those that independent SQL makes of the same rows."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

from tests.independent_business import (
    BASE_DAYS,
    CUTS,
    METRICS,
    PER_30_DAYS,
    PER_MONTH,
    PERCENTILES,
    SHARES,
    WHOLE_ONLY,
    WILSON,
    WINDOWS,
)
from tests.independent_experience import DIFFERING, EXPERIENCE, JOURNEYS, differing
from tests.independent_facts import facts

__all__ = [
    "CUTS",
    "DIFFERING",
    "METRICS",
    "cut_disagreements",
    "differing",
    "disagreements",
    "rebuilt",
]


def rebuilt(home: Path) -> duckdb.DuckDBPyConnection:
    """Open the independent facts, with the index and the journeys made of them."""
    connection = facts(home)
    connection.execute(EXPERIENCE)
    connection.execute(JOURNEYS)
    return connection


def _ours(metric: str) -> str:
    """SQL of the metric by month and slice: numerator, denominator, value, n."""
    # The segment of now: no simulated customer changes it, so it is the one that held then.
    grouped = "group by grouping sets ((p0), (p0, segment))"
    people = """left join customer as u on u.customer_id = r.c
        where coalesce(r.c, '') not in (from internal)"""
    labels = "p0, if(grouping(segment) = 1, 'all', coalesce(segment, 'unknown')) as slice"
    if metric in PERCENTILES:
        share, rows = PERCENTILES[metric]
        return f"""select {labels}, null::double as x, null::double as y, quantile_cont(value,
            {share}) as value,
            count(*) as n from ({rows}) as r {people} {grouped}"""
    if metric in SHARES:
        sums, rows = "sum(y::double) as y, count(*) as n", SHARES[metric]
    else:
        divisor = "30" if metric in PER_30_DAYS else "any_value(days)"
        sums = f"sum(y) / {divisor} as y, round(sum(y) / any_value(days))::bigint as n"
        rows = f"{PER_30_DAYS.get(metric) or PER_MONTH[metric]} union all {BASE_DAYS}"
    return f"""select *, x / nullif(y, 0) as value from (
        select {labels}, sum(x::double) as x, {sums} from ({rows}) as r join months
            using (p0) {people} {grouped}
    ) where n > 0 or x <> 0"""


def disagreements(connection: duckdb.DuckDBPyConnection, metric: str) -> list[str]:
    """Compare every month, whole and by segment, with what the warehouse publishes."""
    pairs = connection.execute(
        f"""
        select coalesce(p0::date, period_start), coalesce(slice, o.dimension_value), m.x,
            o.numerator,
            m.y, o.denominator, m.value * d.scale, o.value, m.n, o.n, o.ci_low, o.ci_high, o.status,
            (period_end + {WINDOWS.get(metric, 0)} <= now::date) as is_final
        from ({_ours(metric)}) as m
        full join (
            from w.marts.metric_value where metric_id = ? and period_grain = 'month'
                and dimension in ('all', 'segment') and period_start in (select p0 from months)
        ) as o on p0::date = period_start and slice = dimension_value, clock
        join w.marts.dim_metric as d on d.metric_id = ?
        where coalesce(p0, period_start) in (select p0 from months)
            and (not list_contains(?, d.metric_id) or coalesce(slice, dimension_value) = 'all')
        order by 1, 2
        """,
        [metric, metric, WHOLE_ONLY],
    ).fetchall()
    said = []
    for month, part, x, num, y, den, value, theirs, n, rows, low, high, status, is_final in pairs:
        for name, mine, published in (
            ("numerator", x, num),
            ("denominator", y, den),
            ("value", value, theirs),
        ):
            if not _same(mine, published):
                said.append(f"{month} {part} {name}: {mine} here, {published} there")
        if n != rows:
            said.append(f"{month} {part} n: {n} here, {rows} there")
        if metric in WILSON and y and not all(map(_near, _wilson(x, y), (low, high))):
            said.append(f"{month} {part} interval: {_wilson(x, y)} here, {(low, high)} there")
        if (status == "final") is not is_final:
            said.append(f"{month} {part} is {status}")
    return said if pairs else ["no month to compare"]


def cut_disagreements(
    connection: duckdb.DuckDBPyConnection, cut: tuple[str, str, str]
) -> list[tuple]:
    """Compare the slices of a metric that are not of its customers."""
    metric, dimension, column = cut
    return [
        row
        for row in connection.execute(
            f"""
            select coalesce(part, dimension_value), period_start, number, {column}
            from ({CUTS[cut]}) as m(period, part, number)
            full join (
                from w.marts.metric_value where metric_id = ? and dimension = ? and {column} <> 0
                    and (period_grain = 'month' and period_start in (select p0 from months)
                        or period_grain = 'total')
            ) as o on part = dimension_value and coalesce(period = period_start, true)
            """,
            [metric, dimension],
        ).fetchall()
        if not _same(row[2], row[3])
    ]


def _same(mine: float | None, published: float | None) -> bool:
    """Tell whether two numbers agree to 1e-11 of their size; what is published is rounded."""
    if mine is None or published is None:
        return mine is published
    return math.isclose(mine, published, rel_tol=1e-11, abs_tol=1e-11)


def _near(mine: float, published: float) -> bool:
    return abs(mine - published) < 2e-6 and str(published) != "-0.0"


def _wilson(x: float, n: float) -> tuple[float, float]:
    """Give Wilson's 95 % interval of x of n, in percent (C7)."""
    z = 1.959964
    share = x / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(max(share * (1 - share), 0) / n + z * z / (4 * n * n))
    return tuple(100 * (middle + side * half) / (1 + z * z / n) for side in (-1, 1))
