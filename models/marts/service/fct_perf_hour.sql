-- One row per element, KPI and hour. A measurement belongs to the hour in which it began; one the
-- element itself suspects is counted, never averaged. Easy to get wrong: the mean weighs each
-- measurement by its length; for a counter take total_value.
with

measurements as (

    select * from {{ ref('stg_performance_measurements') }}
    where is_current

),

resources as (

    select * from {{ ref('dim_resource') }}

),

-- Decimals: the order of adding doubles would show.
weighed as (

    select
        source_system,
        resource_id,
        kpi,
        unit,
        date_trunc('hour', measured_from) as measured_hour,
        coalesce(is_suspect, false) as is_suspect,
        value,
        try_cast(value as decimal(38, 9)) as exact_value,
        coalesce(date_diff('second', measured_from, measured_to), 3600) as seconds,
        known_at
    from measurements

),

hours as (

    select
        source_system,
        resource_id,
        kpi,
        measured_hour,
        min(unit) as unit,
        count(*) as measurements,
        count(*) filter (where is_suspect) as suspect_measurements,
        count(value) filter (where not is_suspect) as trusted_measurements,
        cast(sum(exact_value) filter (where not is_suspect) as double) as total_value,
        cast(
            sum(cast(exact_value * seconds as decimal(38, 6))) filter (where not is_suspect)
            as double
        ) / nullif(
            sum(seconds) filter (where not is_suspect and exact_value is not null), 0
        ) as mean_value,
        min(value) filter (where not is_suspect) as lowest_value,
        max(value) filter (where not is_suspect) as highest_value,
        max(known_at) as known_at
    from weighed
    group by source_system, resource_id, kpi, measured_hour

)

select
    ---------- keys
    hours.resource_id,
    resources.resource_key,
    hours.kpi,
    hours.measured_hour,

    ---------- attributes
    hours.unit,

    ---------- numbers
    hours.measurements,
    hours.suspect_measurements,
    hours.trusted_measurements,
    hours.total_value,
    hours.mean_value,
    hours.lowest_value,
    hours.highest_value,

    ---------- lineage
    hours.source_system,
    hours.known_at
from hours
left join resources
    on
        hours.resource_id = resources.resource_id
        and {{ holds_at('hours.measured_hour', 'resources.valid_from', 'resources.valid_to') }}
