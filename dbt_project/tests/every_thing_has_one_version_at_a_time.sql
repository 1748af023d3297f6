-- Versions of one thing follow each other without gap or overlap, and the last one is current.
{% for dimension, key in {
    'dim_customer': 'customer_id', 'dim_account': 'account_id', 'dim_service': 'service_id',
    'dim_product_offering': 'offering_id', 'dim_subscription': 'subscription_id',
    'dim_resource': 'resource_id', 'dim_team': 'team_id',
}.items() %}
select
    '{{ dimension }}' as dimension,
    thing_id,
    valid_from,
    valid_to,
    next_from
from (

    select
        {{ key }} as thing_id,
        valid_from,
        valid_to,
        is_current,
        lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from
    from {{ ref(dimension) }}

) as versions
where
    valid_to is distinct from next_from
    or valid_to <= valid_from
    or is_current <> (next_from is null)
{{ 'union all' if not loop.last }}
{% endfor %}
