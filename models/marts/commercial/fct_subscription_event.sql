-- One row per thing that happened to a subscription: activation, plan change, suspend, resume,
-- exit, or migration where another identifier goes on with it; a return within the reconnect window
-- is none of them. Suspensions are seen only as a change of status between two deliveries, so they
-- carry the time we learned of them; a plan change is dated by its order where there is one.
with

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

),

product_orders as (

    select * from {{ ref('fct_product_order') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}

),

returns as (

    select
        subscription_id,
        successor_period_number as period_number
    from periods
    where successor_id = subscription_id

),

version_changes as (

    select
        product_id as subscription_id,
        known_at,
        status,
        offering_id,
        lag(status) over version_order as previous_status,
        lag(offering_id) over version_order as previous_offering_id
    from product_versions
    window version_order as (partition by product_id order by known_at)

),

ordered_changes as (

    select
        subscription_id,
        offering_id,
        completed_at as occurred_at
    from product_orders
    where action = 'modify' and state = 'completed' and completed_at is not null

),

events as (

    select
        periods.subscription_id,
        'activation' as event_type,
        periods.active_from as occurred_at,
        'product' as evidence
    from periods
    anti join returns
        on
            periods.subscription_id = returns.subscription_id
            and periods.period_number = returns.period_number

    union all by name

    select
        subscription_id,
        'exit' as event_type,
        exited_at as occurred_at,
        exit_cause,
        case exit_cause
            when 'port_out' then 'port'
            when 'inactive' then 'silence'
            else 'product'
        end as evidence
    from periods
    where exited_at is not null

    union all by name

    select
        subscription_id,
        'migration' as event_type,
        active_to as occurred_at,
        case successor_rule when 'told' then 'product' else 'number' end as evidence
    from periods
    where successor_id <> subscription_id

    union all by name

    select
        subscription_id,
        'plan_change' as event_type,
        occurred_at,
        'order' as evidence
    from ordered_changes

    union all by name

    select
        version_changes.subscription_id,
        'plan_change' as event_type,
        version_changes.known_at as occurred_at,
        'delivery' as evidence
    from version_changes
    anti join ordered_changes
        on
            version_changes.subscription_id = ordered_changes.subscription_id
            and version_changes.offering_id = ordered_changes.offering_id
            and ordered_changes.occurred_at <= version_changes.known_at
    where version_changes.offering_id <> version_changes.previous_offering_id

    union all by name

    select
        subscription_id,
        case when status = 'suspended' then 'suspend' else 'resume' end as event_type,
        known_at as occurred_at,
        'delivery' as evidence
    from version_changes
    where
        (status = 'suspended' and previous_status <> 'suspended')
        or (status = 'active' and previous_status = 'suspended')

),

-- Two order items may change one plan at the same moment: group, keep one event.
told_events as (

    select
        ---------- keys
        {{ surrogate_key(['events.subscription_id', 'events.event_type', 'events.occurred_at']) }}
            as event_id,
        events.subscription_id,
        subscriptions.customer_id,

        ---------- attributes
        events.event_type,
        min(events.exit_cause) as exit_cause,
        min(events.evidence) as evidence,

        ---------- times
        events.occurred_at
    from events
    left join subscriptions
        on
            events.subscription_id = subscriptions.subscription_id
            and {{ holds_at(
                'events.occurred_at', 'subscriptions.valid_from', 'subscriptions.valid_to'
            ) }}
    where events.subscription_id is not null and events.occurred_at is not null
    group by
        events.subscription_id,
        subscriptions.customer_id,
        events.event_type,
        events.occurred_at

)

{{ with_version_keys('told_events', 'occurred_at', ['customer', 'subscription', 'exit']) }}
