-- One row: what a contact costs on average (seed unit_costs), in the currency of the bills. Null
-- until a contact's time is delivered.
with

contacts as (

    select
        channel,
        quantity
    from {{ ref('int_service_activities') }}
    where activity = 'contact' and quantity > 0

),

unit_costs as (

    select * from {{ ref('unit_costs') }}
    where cost_version = {{ var('unit_cost_version') }} and activity = 'contact'

),

priced as (

    select
        cast(
            contacts.quantity * coalesce(channel_costs.unit_cost, any_costs.unit_cost)
            as decimal(18, 6)
        ) as cost,
        any_costs.currency
    from contacts
    left join unit_costs as channel_costs
        on contacts.channel = channel_costs.channel
    left join unit_costs as any_costs
        on any_costs.channel = 'any'

)

select
    cast(sum(cost) as double) / count(cost) as contact_cost,
    any_value(currency) as currency,
    count(cost) as contacts,
    {{ var('effect_exit_days') }} as exit_days,
    {{ var('effect_contact_days') }} as contact_days,
    {{ var('effect_revenue_months') }} as revenue_months
from priced
