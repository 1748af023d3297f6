-- Which system we believe when two describe the same thing: the lowest rank wins.
-- Order: the seed source_preferences, then systems that deliver subscriptions, then customers, then
-- services, then the name; never a count, which could turn over from one night to the next.
with

source_preferences as (

    select * from {{ ref('source_preferences') }}

),

deliveries as (

    {% for entity, spine_rank in {
        'products': 1, 'customers': 2, 'billing_accounts': 3, 'services': 4, 'resources': 5,
        'product_offerings': 6, 'locations': 6, 'agent_teams': 6, 'service_problems': 6,
        'alarms': 6, 'trouble_tickets': 6, 'interactions': 6, 'number_ports': 6,
    }.items() %}
    select
        source_system,
        {{ spine_rank }} as spine_rank
    from {{ ref('stg_' ~ entity) }}
    group by source_system
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

systems as (

    select
        source_system,
        min(spine_rank) as spine_rank
    from deliveries
    group by source_system

)

select
    systems.source_system,
    row_number() over (
        order by
            source_preferences.preference nulls last,
            systems.spine_rank,
            systems.source_system
    ) as source_rank,
    source_preferences.preference,
    systems.spine_rank
from systems
left join source_preferences
    on systems.source_system = source_preferences.source_system
