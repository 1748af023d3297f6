-- One row per service, resource that supports it, redundancy group and period, within the
-- service's life. A group with one member backs nothing up and is no group.
with

service_resources as (

    select * from {{ ref('stg_service_resources') }} where is_current

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

groups_of_one as (

    select
        service_id,
        redundancy_group
    from service_resources
    where redundancy_group is not null
    group by service_id, redundancy_group
    having count(distinct resource_id) = 1

),

lived_links as (

    select
        service_resources.service_id,
        service_resources.resource_id,
        service_resources.role,
        case
            when groups_of_one.service_id is null then service_resources.redundancy_group
        end as redundancy_group,
        coalesce(
            greatest(service_resources.valid_from, services.started_at),
            timestamp '{{ var("history_start") }}'
        ) as valid_from,
        least(service_resources.valid_to, services.ended_at) as valid_to
    from service_resources
    inner join services
        on service_resources.service_id = services.service_id
    left join groups_of_one
        on
            service_resources.service_id = groups_of_one.service_id
            and service_resources.redundancy_group = groups_of_one.redundancy_group

),

periods as (

    select *
    from lived_links
    where valid_to is null or valid_from < valid_to

)

select
    service_id,
    resource_id,
    role,
    redundancy_group,
    valid_from,
    valid_to
from {{ merged_periods(
    'periods', ['service_id', 'resource_id', 'redundancy_group'], 'valid_from', 'valid_to',
    {'role': 'min'}
) }}
