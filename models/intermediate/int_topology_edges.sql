-- One row per element, element it depends on and period: the edges along which a failure travels.
-- Only relationships with a direction are kept; a pair delivered both ways says that two elements
-- are joined, not which one fails with the other, so it is left out.
with

resource_relationships as (

    select * from {{ ref('stg_resource_relationships') }}

),

directed as (

    select
        resource_id,
        related_resource_id as depends_on_id,
        redundancy_group,
        coalesce(valid_from, timestamp '{{ var("history_start") }}') as valid_from,
        valid_to
    from resource_relationships
    where
        is_current
        and lower(relationship_type) in (
            {%- for type in var('dependency_types') %}
            '{{ type | lower }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        and resource_id <> related_resource_id
        and (valid_to is null or valid_from is null or valid_from < valid_to)

),

one_way as (

    select directed.*
    from directed
    anti join directed as other_way
        on
            directed.resource_id = other_way.depends_on_id
            and directed.depends_on_id = other_way.resource_id

),

-- A group with one member backs nothing up.
groups_of_one as (

    select
        resource_id,
        redundancy_group
    from one_way
    where redundancy_group is not null
    group by resource_id, redundancy_group
    having count(distinct depends_on_id) = 1

),

edges as (

    select
        one_way.* replace (
            case
                when groups_of_one.redundancy_group is null then one_way.redundancy_group
            end as redundancy_group
        )
    from one_way
    left join groups_of_one
        on
            one_way.resource_id = groups_of_one.resource_id
            and one_way.redundancy_group = groups_of_one.redundancy_group

)

select *
from {{ merged_periods(
    'edges', ['resource_id', 'depends_on_id', 'redundancy_group'], 'valid_from', 'valid_to'
) }}
