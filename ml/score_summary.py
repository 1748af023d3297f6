"""Churn scores added up by part of the base, so that nobody who opens a page adds them up."""

from __future__ import annotations

import duckdb

from ml import datasets, registry
from ml.registry import CHURN

BINS = 20

# A line stands in five slices: everybody, its region, segment, product family and contract.
_SLICED = """
create or replace temp table sliced as
with scored as (
    select
        scores.subscription_id,
        scores.score,
        subscriptions.customer_id,
        coalesce(subscriptions.region, 'unknown') as region,
        coalesce(subscriptions.segment, 'unknown') as segment,
        coalesce(subscriptions.family, 'unknown') as family,
        coalesce(subscriptions.contract_type, 'unknown') as contract,
        coalesce(subscriptions.monthly_charge, 0) as monthly_charge
    from ml.ml_score as scores
    left join marts.dim_subscription as subscriptions
        on scores.subscription_id = subscriptions.subscription_id and subscriptions.is_current
    where scores.target = $target and scores.as_of_date = $as_of_date
)
select 'all' as dimension, 'all' as dimension_value, * from scored
union all
select 'region', region, * from scored
union all
select 'segment', segment, * from scored
union all
select 'family', family, * from scored
union all
select 'contract', contract, * from scored
"""

_TOTALS = """
create or replace temp table totals as
select
    dimension,
    dimension_value,
    count(*) as subscriptions,
    count(distinct customer_id) as customers,
    -- Decimals add up to the same in any order; doubles do not.
    cast(sum(cast(score as decimal(18, 9))) as double) / count(*) as expected_share,
    cast(sum(cast(score as decimal(18, 9))) as double) as expected_exits,
    quantile_cont(score, 0.9) as top_tenth_from,
    cast(sum(cast(score * monthly_charge as decimal(18, 6))) as double) as charge_at_risk,
    greatest(ceil(max(score) * 100) / 100.0, 0.01) / $bins as width
from sliced
group by all
"""

# A customer counts in its highest bin only, so that customers of several bins may be added up.
_WRITE = """
insert into ml.ml_score_summary by name
select
    $as_of_date as as_of_date, $target as target, dimension, dimension_value,
    'total' as part, 'all' as name, subscriptions, customers, expected_share, expected_exits,
    top_tenth_from, charge_at_risk,
    (
        -- As long after as the windows the scores were learned from closed after their dates.
        select
            cast($as_of_date as date)
            + cast(max(cast(window_to as date) - as_of_date) as integer)
        from features.churn_labels
    ) as window_to
from totals
union all by name
select
    $as_of_date as as_of_date, $target as target, dimension, dimension_value,
    'bin' as part, cast(bin as varchar) as name, 100 * width * bin as low,
    100 * width * (bin + 1) as high, count(*) as subscriptions,
    count(distinct customer_id) filter (where bin = top_bin) as customers
from (
    select
        dimension,
        dimension_value,
        customer_id,
        width,
        cast(least(floor(score / width), $bins - 1) as integer) as bin,
        max(bin) over (partition by dimension, dimension_value, customer_id) as top_bin
    from sliced
    inner join totals using (dimension, dimension_value)
)
group by dimension, dimension_value, width, bin
union all by name
select
    $as_of_date as as_of_date, $target as target, dimension, dimension_value,
    'theme' as part, theme as name, count(*) as subscriptions,
    count(distinct customer_id) as customers, any_value(top_tenth) as top_tenth
from (
    select
        sliced.dimension,
        sliced.dimension_value,
        sliced.subscription_id,
        sliced.customer_id,
        count(*) over (partition by sliced.dimension, sliced.dimension_value) as top_tenth
    from sliced
    inner join totals using (dimension, dimension_value)
    where sliced.score >= totals.top_tenth_from
) as top
inner join ml.ml_score_reason as reasons using (subscription_id)
where
    reasons.target = $target and reasons.as_of_date = $as_of_date
    and reasons.direction = 'raises' and reasons.reason_rank = 1
group by dimension, dimension_value, theme
"""


def summarise(connection: duckdb.DuckDBPyConnection, as_of_date: object) -> int:
    """Write ml.ml_score_summary for the churn scores of a date; nothing without dim_subscription.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse, where ml_score and ml_score_reason hold the date's rows.

    Returns
    -------
    int
        Rows written: totals, bins and themes of each slice.
    """
    registry.create_tables(connection)
    connection.execute("delete from ml.ml_score_summary where target = ?", [CHURN])
    if not datasets.has_table(connection, "marts", "dim_subscription"):
        return 0
    given = {"target": CHURN, "as_of_date": as_of_date}
    connection.execute(_SLICED, given)
    connection.execute(_TOTALS, {"bins": BINS})
    written = connection.execute(_WRITE, given | {"bins": BINS}).fetchall()[0][0]
    for table in ("sliced", "totals"):
        connection.execute(f"drop table {table}")
    return int(written)
