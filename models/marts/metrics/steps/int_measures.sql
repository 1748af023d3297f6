-- One row per metric, period and slice that can be told: metric_value makes it a value. Easy to get
-- wrong: a 0 of before the feed began is no 0, and money of two currencies has no sum.
with

counts as (

    select * from {{ ref('int_metric_counts') }}

),

catalogue as (

    select * from {{ ref('dim_metric') }}

),

metric_starts as (

    select * from {{ ref('int_metric_starts') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

)

select counts.*
from counts
left join catalogue
    on counts.metric_id = catalogue.metric_id
left join metric_starts
    on counts.metric_id = metric_starts.metric_id
left join metric_periods
    on
        counts.period_grain = metric_periods.period_grain
        and counts.period_start = metric_periods.period_start
where
    coalesce(catalogue.currencies, 1) < 2
    and (
        metric_starts.metric_id is null
        or counts.period_grain = 'total'
        or metric_periods.period_end > metric_starts.told_from
    )
