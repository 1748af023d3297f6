-- One row per edge, system of the row that should be linked, day and outcome: how many rows, and of
-- orphans how many name a known thing that is only written otherwise.
{% set partners = {
    'resource': ('resources', 'resource_id', ['alarm→resource', 'problem→resource', 'resource→service']),
    'service': ('services', 'service_id', ['ticket→service', 'order→service']),
    'product': ('products', 'product_id', ['service→subscription']),
    'customer': (
        'customer_links', 'source_key', ['contact→customer', 'notice→customer'],
    ),
    'account': ('accounts', 'account_id', ['bill→customer']),
    'problem': ('problems', 'problem_id', ['credit→problem']),
} %}
with

outcomes as (

    select * from {{ ref('int_link_outcomes') }}

),

resources as (

    select * from {{ ref('dim_resource') }} where is_current

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

products as (

    select * from {{ ref('int_product_versions') }} where is_current

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

problems as (

    select * from {{ ref('int_problems') }}

),

{% for kind, (relation, key, edges) in partners.items() %}
{{ kind }}_keys as (

    {% for edge in edges %}
    select
        '{{ edge }}' as edge,
        {{ key }} as known_key,
        {{ bare_key(key) }} as bare
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{% endfor %}
known_keys as (

    {% for kind in partners %}
    select * from {{ kind }}_keys
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Only orphans are compared: there are few of them, or all keys are written another way.
orphans_alike as (

    select
        orphans.edge,
        orphans.orphan_key
    from (
        select
            edge,
            orphan_key
        from outcomes
        where orphan_key is not null
        group by edge, orphan_key
    ) as orphans
    inner join known_keys
        on
            orphans.edge = known_keys.edge
            and {{ bare_key('orphans.orphan_key') }} = known_keys.bare
    group by orphans.edge, orphans.orphan_key
    having not bool_or(orphans.orphan_key = known_keys.known_key)

)

select
    outcomes.edge,
    outcomes.source_system,
    outcomes.happened_date,
    outcomes.outcome,
    cast(sum(outcomes.row_count) as bigint) as row_count,
    cast(coalesce(
        sum(outcomes.row_count) filter (where orphans_alike.orphan_key is not null), 0
    ) as bigint) as written_differently
from outcomes
left join orphans_alike
    on
        outcomes.edge = orphans_alike.edge
        and outcomes.orphan_key = orphans_alike.orphan_key
group by outcomes.edge, outcomes.source_system, outcomes.happened_date, outcomes.outcome
