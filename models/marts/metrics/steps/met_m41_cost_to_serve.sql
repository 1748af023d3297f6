-- Cost of serving a subscription a month (M41): contact minutes, visits, hours of tickets, notices
-- and credits, each when it closed (C3), times its assumed unit cost. A channel without a cost of
-- its own takes that of any.
with

activities as (

    select * from {{ ref('int_service_activities') }}

),

unit_costs as (

    select * from {{ ref('unit_costs') }}
    where cost_version = {{ var('unit_cost_version') }}

),

priced as (

    select
        activities.subscription_id,
        activities.customer_id,
        activities.activity,
        activities.closed_at,
        -- decimals: the order of adding doubles differs from build to build
        cast(
            activities.quantity * coalesce(channel_costs.unit_cost, any_costs.unit_cost)
            as decimal(28, 12)
        ) as cost
    from activities
    left join unit_costs as channel_costs
        on
            activities.activity = channel_costs.activity
            and activities.channel = channel_costs.channel
    left join unit_costs as any_costs
        on
            activities.activity = any_costs.activity
            and any_costs.channel = 'any'

),

sliced_activities as (

    {{ sliced('priced', 'closed_at') }}

),

sums as (

    {{ per_period(
        'sliced_activities', 'closed_at', 'sum(cost) as numerator',
        ['segment', 'family', 'region', 'activity'], grains=['month']
    ) }}

),

month_values as (

    {{ per_base('M41', 'sums', 'base.average_base') }}

)

select * from month_values
where period_grain = 'month'
