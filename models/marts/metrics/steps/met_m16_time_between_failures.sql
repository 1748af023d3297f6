-- Mean hours between failures of network elements (M16) and, where none failed, the lower 95 %
-- bound (M16lb). A failure is an unplanned outage with the element at its root, counted when it
-- ended (C3), be it at once. An element cut off because another one failed has not failed itself,
-- whether topology says so or the problem, which names it beside its root.
with

problems as (

    select * from {{ ref('int_problems') }}
    where is_outage

),

resource_downtimes as (

    select * from {{ ref('int_resource_downtimes') }}
    where is_failed_itself

),

resources as (

    select * from {{ ref('dim_resource') }}
    where is_current

),

months as (

    select * from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

clock as (

    select * from {{ ref('int_clock') }}

),

observed as (

    select
        resources.resource_id,
        resources.resource_type,
        resources.region,
        months.period_start,
        greatest(resources.started_at, months.counted_from) as observed_from,
        least(resources.ended_at, months.counted_to) as observed_to
    from resources
    inner join months
        on
            coalesce(resources.started_at < months.counted_to, true)
            and coalesce(resources.ended_at > months.counted_from, true)

),

outages as (

    select
        resource_downtimes.resource_id,
        resource_downtimes.problem_id,
        resource_downtimes.down_from,
        resource_downtimes.down_to,
        problems.is_planned
    from resource_downtimes
    inner join problems
        on
            resource_downtimes.problem_id = problems.problem_id
            and coalesce(problems.root_cause_resource_id, resource_downtimes.resource_id)
            = resource_downtimes.resource_id

),

down as (

    select *
    from {{ merged_periods('outages', ['resource_id'], 'down_from', 'down_to') }}

),

down_minutes as (

    select
        observed.resource_id,
        observed.period_start,
        sum({{ minutes_between(
            'greatest(down.down_from, observed.observed_from)',
            'least(down.down_to, observed.observed_to)'
        ) }}) as minutes
    from observed
    inner join down
        on
            observed.resource_id = down.resource_id
            and down.down_from < observed.observed_to
            and down.down_to > observed.observed_from
    group by observed.resource_id, observed.period_start

),

breakdowns as (

    select
        resource_id,
        problem_id,
        down_from,
        down_to
    from outages
    where not is_planned

    union all

    -- Over at the moment it began, as sources tell that know minutes only: no downtime, a failure.
    select
        root_cause_resource_id as resource_id,
        problem_id,
        lasted_from as down_from,
        lasted_to as down_to
    from problems
    where not is_planned and lasted_from = lasted_to

),

failures as (

    select
        breakdowns.resource_id,
        cast(date_trunc('month', breakdowns.down_to) as date) as period_start,
        count(distinct breakdowns.problem_id) as failures
    from breakdowns
    inner join resources
        on breakdowns.resource_id = resources.resource_id
    cross join clock
    where
        breakdowns.down_to < clock.as_of
        -- Outside its life an element is not observed, so neither are its failures.
        and coalesce(breakdowns.down_to > resources.started_at, true)
        and coalesce(breakdowns.down_from < resources.ended_at, true)
    group by breakdowns.resource_id, period_start

),

resource_months as (

    select
        observed.resource_id,
        observed.resource_type,
        observed.region,
        observed.period_start,
        {{ minutes_between('observed.observed_from', 'observed.observed_to') }} as observed_minutes,
        coalesce(down_minutes.minutes, 0.0) as down_minutes,
        coalesce(failures.failures, 0) as failures
    from observed
    left join down_minutes
        on
            observed.resource_id = down_minutes.resource_id
            and observed.period_start = down_minutes.period_start
    left join failures
        on
            observed.resource_id = failures.resource_id
            and observed.period_start = failures.period_start

),

sums as (

    {{ per_period('resource_months', 'period_start', '
        sum(observed_minutes) / 60.0 as observed_hours,
        sum(observed_minutes - down_minutes) / 60.0 as up_hours,
        cast(sum(failures) as bigint) as failures,
        count(*) as resources
    ', ['resource_type', 'region'], ['month']) }}

)

select
    'M16' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    up_hours as numerator,
    cast(failures as double) as denominator,
    failures as n,
    cast(null as bigint) as customers
from sums

union all

select
    'M16lb' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    observed_hours as numerator,
    cast({{ var('rule_of_three') }} as double) as denominator,
    resources as n,
    cast(null as bigint) as customers
from sums
where failures = 0
