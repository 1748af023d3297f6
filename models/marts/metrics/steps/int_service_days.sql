-- One row per day and segment × family × region: in-service minutes of subscribers' services.
-- Minutes up to a midnight are t × starts − Σ starts, less the same of the ends, so a day costs
-- two running sums and not a row per service.
with

service_times as (

    select * from {{ ref('int_service_times') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

days as (

    select
        period_start as service_date,
        cast(epoch(cast(period_start + interval 1 day as timestamp)) as bigint) as day_end
    from metric_periods
    where period_grain = 'day'

),

window_bounds as (

    select
        min(service_date) as first_date,
        max(service_date) as last_date,
        cast(epoch(cast(min(service_date) as timestamp)) as bigint) as window_start,
        cast(max(day_end) as bigint) as window_end
    from days

),

clipped as (

    select
        service_times.segment,
        service_times.family,
        service_times.region,
        greatest(
            epoch_ms(service_times.in_service_from) / 1000.0, window_bounds.window_start
        ) as started,
        least(
            epoch_ms(service_times.in_service_to) / 1000.0, window_bounds.window_end
        ) as ended
    from service_times
    cross join window_bounds
    where
        (
            service_times.in_service_to is null
            or epoch(service_times.in_service_to) > window_bounds.window_start
        )
        and epoch(service_times.in_service_from) < window_bounds.window_end

),

changes as (

    select
        segment,
        family,
        region,
        started as changed,
        1 as starts,
        0 as ends
    from clipped

    union all

    select
        segment,
        family,
        region,
        ended as changed,
        0 as starts,
        1 as ends
    from clipped

),

day_changes as (

    select
        changes.segment,
        changes.family,
        changes.region,
        least(
            cast(make_timestamp(cast(changes.changed * 1000000 as bigint)) as date),
            window_bounds.last_date
        ) as service_date,
        sum(changes.starts) as starts,
        sum(changes.ends) as ends,
        sum(cast(changes.changed as decimal(18, 3)) * (changes.starts - changes.ends)) as weighted
    from changes
    cross join window_bounds
    group by
        changes.segment,
        changes.family,
        changes.region,
        service_date

),

cells as (

    select
        segment,
        family,
        region
    from day_changes
    group by segment, family, region

),

running as (

    select
        days.service_date,
        days.day_end,
        cells.segment,
        cells.family,
        cells.region,
        sum(coalesce(day_changes.starts, 0)) over cell_days as starts,
        sum(coalesce(day_changes.ends, 0)) over cell_days as ends,
        sum(coalesce(day_changes.weighted, 0)) over cell_days as weighted
    from days
    cross join cells
    left join day_changes
        on
            days.service_date = day_changes.service_date
            and cells.segment is not distinct from day_changes.segment
            and cells.family is not distinct from day_changes.family
            and cells.region is not distinct from day_changes.region
    window cell_days as (
        partition by cells.segment, cells.family, cells.region
        order by days.service_date
        rows between unbounded preceding and current row
    )

),

-- Seconds in service from the start of the window to the end of the day.
seconds_to_date as (

    select
        *,
        day_end * (starts - ends) - weighted as seconds
    from running

)

select
    service_date,
    segment,
    family,
    region,
    cast(
        seconds - lag(seconds, 1, 0) over (
            partition by segment, family, region order by service_date
        ) as double
    ) / 60.0 as in_service_minutes
from seconds_to_date
