-- The believed system of each conflict is the one whose value the dimension's current row has.
with

conflicts as (

    select * from {{ ref('customer_conflict') }}
    where kept_source_system = source_system

),

held as (

    select
        'customer' as thing_type,
        customer_id as thing_id,
        'segment' as attribute,
        segment as held_value
    from {{ ref('dim_customer') }}
    where is_current

    union all

    select
        'account' as thing_type,
        account_id as thing_id,
        'payment_method' as attribute,
        payment_method as held_value
    from {{ ref('dim_account') }}
    where is_current

    {% for attribute in ['offering_id', 'contract_type', 'monthly_charge', 'started_at'] %}
    union all

    select
        'subscription' as thing_type,
        subscription_id as thing_id,
        '{{ attribute }}' as attribute,
        cast({{ attribute }} as varchar) as held_value
    from {{ ref('dim_subscription') }}
    where is_current
    {% endfor %}

)

select
    conflicts.*,
    held.held_value
from conflicts
inner join held
    on
        conflicts.thing_type = held.thing_type
        and conflicts.thing_id = held.thing_id
        and conflicts.attribute = held.attribute
where conflicts.told_value is distinct from held.held_value
