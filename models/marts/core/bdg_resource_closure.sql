-- One row per element, element it stands on (itself at distance 0) and period, over any number of
-- steps. Redundancy is not applied here: this is what an element could lose, not what it lost.
-- The recursion runs over the elements others stand on, few; leaves join its result once.
with recursive

edges as (

    select * from {{ ref('int_topology_edges') }}

),

resources as (

    select * from {{ ref('dim_resource') }} where is_current

),

carriers as (

    select depends_on_id as resource_id from edges
    group by depends_on_id

),

carrier_edges as (

    select edges.*
    from edges
    semi join carriers
        on edges.resource_id = carriers.resource_id

),

carrier_paths(resource_id, ancestor_id, valid_from, valid_to, distance)
using key (resource_id, ancestor_id, valid_from, valid_to) as (

    select
        resource_id,
        depends_on_id as ancestor_id,
        valid_from,
        coalesce(valid_to, timestamp 'infinity') as valid_to,
        1 as distance
    from carrier_edges
    group by resource_id, depends_on_id, valid_from, valid_to

    union

    select
        reached.resource_id,
        reached.ancestor_id,
        reached.valid_from,
        reached.valid_to,
        reached.distance
    from (

        select
            carrier_paths.resource_id,
            carrier_edges.depends_on_id as ancestor_id,
            greatest(carrier_paths.valid_from, carrier_edges.valid_from) as valid_from,
            least(carrier_paths.valid_to, carrier_edges.valid_to) as valid_to,
            min(carrier_paths.distance + 1) as distance
        from carrier_paths
        inner join carrier_edges
            on
                carrier_paths.ancestor_id = carrier_edges.resource_id
                and carrier_paths.valid_from
                < coalesce(carrier_edges.valid_to, timestamp 'infinity')
                and carrier_paths.valid_to > carrier_edges.valid_from
        where
            carrier_paths.distance < {{ var('topology_depth') }}
            and carrier_paths.resource_id <> carrier_edges.depends_on_id
        group by
            carrier_paths.resource_id,
            carrier_edges.depends_on_id,
            greatest(carrier_paths.valid_from, carrier_edges.valid_from),
            least(carrier_paths.valid_to, carrier_edges.valid_to)
        -- A period inside another one of this step says nothing more.
        qualify
            coalesce(
                least(carrier_paths.valid_to, carrier_edges.valid_to) > max(
                    least(carrier_paths.valid_to, carrier_edges.valid_to)
                ) over (
                    partition by carrier_paths.resource_id, carrier_edges.depends_on_id
                    order by
                        greatest(carrier_paths.valid_from, carrier_edges.valid_from),
                        least(carrier_paths.valid_to, carrier_edges.valid_to) desc
                    rows between unbounded preceding and 1 preceding
                ),
                true
            )

    ) as reached
    -- Nor does one inside a period already known: that way was at least as short.
    anti join recurring.carrier_paths as known
        on
            reached.resource_id = known.resource_id
            and reached.ancestor_id = known.ancestor_id
            and reached.valid_from >= known.valid_from
            and reached.valid_to <= known.valid_to

),

leaf_edges as (

    select edges.*
    from edges
    anti join carriers
        on edges.resource_id = carriers.resource_id

),

all_paths as (

    select
        resource_id,
        ancestor_id,
        valid_from,
        nullif(valid_to, timestamp 'infinity') as valid_to,
        distance
    from carrier_paths

    union all

    select
        resource_id,
        depends_on_id as ancestor_id,
        valid_from,
        valid_to,
        1 as distance
    from leaf_edges

    union all

    select
        leaf_edges.resource_id,
        carrier_paths.ancestor_id,
        greatest(leaf_edges.valid_from, carrier_paths.valid_from) as valid_from,
        nullif(
            least(leaf_edges.valid_to, carrier_paths.valid_to), timestamp 'infinity'
        ) as valid_to,
        carrier_paths.distance + 1 as distance
    from leaf_edges
    inner join carrier_paths
        on
            leaf_edges.depends_on_id = carrier_paths.resource_id
            and leaf_edges.valid_from < carrier_paths.valid_to
            and coalesce(leaf_edges.valid_to, timestamp 'infinity') > carrier_paths.valid_from

),

merged_paths as (

    select *
    from {{ merged_periods(
        'all_paths', ['resource_id', 'ancestor_id'], 'valid_from', 'valid_to', {'distance': 'min'}
    ) }}

),

every_element as (

    select resource_id from resources
    union
    select resource_id from edges
    union
    select resource_id from carriers

)

select
    resource_id,
    ancestor_id,
    cast(distance as integer) as distance,
    valid_from,
    valid_to
from merged_paths

union all

select
    resource_id,
    resource_id as ancestor_id,
    0 as distance,
    timestamp '{{ var("history_start") }}' as valid_from,
    cast(null as timestamp) as valid_to
from every_element
