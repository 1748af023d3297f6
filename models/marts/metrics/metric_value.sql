-- One row per metric, period and slice: the only place a metric's value, interval and status are
-- made. Roll up as sum of numerators over sum of denominators, times the scale (C2); percentiles
-- cannot be.
with

catalogue as (

    select * from {{ ref('dim_metric') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

metric_starts as (

    select * from {{ ref('int_metric_starts') }}

),

measured as (

    select * from {{ ref('int_measures') }}

),

-- By period, not by slice: what a link does not find is of no slice we know.
metric_seen as (

    select * from {{ ref('int_metric_seen') }}

),

valued as (

    select
        measured.metric_id,
        catalogue.metric_version,
        measured.period_grain,
        measured.period_start,
        coalesce(metric_periods.period_end, cast(clock.as_of as date)) as period_end,
        measured.dimension,
        measured.dimension_value,
        measured.numerator,
        measured.denominator,
        measured.sum_of_squares,
        coalesce(
            measured.value,
            catalogue.scale * measured.numerator / nullif(measured.denominator, 0)
        ) as value,
        measured.n,
        measured.customers,
        metric_seen.seen_share,
        catalogue.interval_kind,
        catalogue.scale,
        -- A total is of all we know now: it has no part we do not know yet.
        coalesce(metric_periods.is_complete, measured.period_grain = 'total')
        and coalesce(measured.period_start >= metric_starts.told_from, true)
        and coalesce(metric_periods.period_end, cast(clock.as_of as date)) + catalogue.window_days
        <= cast(clock.as_of as date) as is_final,
        clock.batch_id,
        clock.as_of
    from measured
    inner join catalogue
        on measured.metric_id = catalogue.metric_id
    left join metric_periods
        on
            measured.period_grain = metric_periods.period_grain
            and measured.period_start = metric_periods.period_start
    left join metric_seen
        on
            measured.metric_id = metric_seen.metric_id
            and measured.period_grain = metric_seen.period_grain
            and measured.period_start = metric_seen.period_start
    left join metric_starts
        on measured.metric_id = metric_starts.metric_id
    cross join clock
    -- What is dated beyond what we know belongs to no period yet.
    where measured.period_grain = 'total' or metric_periods.period_start is not null

),

-- The 95 % intervals of C7: Wilson for a proportion, normal for a mean (for NPS that is C7's
-- formula). Answers that are all alike, or one, show no spread: their mean has no interval, for one
-- of width 0 would claim certainty. Of more exits than months of 30 days (a bad day of a small slice,
-- C9) there is no share.
bounded as (

    select
        *,
        case
            when interval_kind = 'wilson' and numerator <= denominator
                then scale * {{ wilson_bound('numerator', 'denominator', '-') }}
            when
                interval_kind = 'mean'
                and {{ has_spread('numerator', 'denominator', 'sum_of_squares') }}
                then scale * {{ mean_bound('numerator', 'denominator', 'sum_of_squares', '-') }}
        end as ci_low,
        case
            when interval_kind = 'wilson' and numerator <= denominator
                then scale * {{ wilson_bound('numerator', 'denominator', '+') }}
            when
                interval_kind = 'mean'
                and {{ has_spread('numerator', 'denominator', 'sum_of_squares') }}
                then scale * {{ mean_bound('numerator', 'denominator', 'sum_of_squares', '+') }}
        end as ci_high
    from valued

)

select
    ---------- keys
    metric_id,
    metric_version,
    period_grain,
    period_start,
    period_end,
    dimension,
    dimension_value,

    ---------- numbers
    numerator,
    denominator,
    value,
    n,
    -- Adding 0 turns -0, which 0 of n may round to, into 0.
    round(ci_low, 6) + 0.0 as ci_low,
    round(ci_high, 6) as ci_high,
    customers,
    seen_share,

    ---------- flags
    n < {{ var('low_n') }} as is_low_n,
    case when is_final then 'final' else 'provisional' end as status,

    ---------- lineage
    batch_id,
    as_of
from bounded
