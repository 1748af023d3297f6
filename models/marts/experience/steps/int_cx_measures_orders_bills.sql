-- What joining, changing and paying was like: orders, visits, bills and disputes. Easy to get wrong: a
-- visit to mend something is of the problem its ticket is about, which counts once.
with

product_orders as (

    select * from {{ ref('fct_product_order') }}

),

visits as (

    select * from {{ ref('fct_visit') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

bills as (

    select * from {{ ref('fct_bill') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

orders as (

    select
        case
            when state = 'failed' then 'failed_order'
            when first_promised_at is null then 'slow_order'
            else 'late_order'
        end as event_type,
        subscription_id,
        coalesce(completed_at, known_at) as occurred_at,
        case
            when state = 'failed' then 1.0
            when first_promised_at is null then lead_hours / 24.0
            else date_diff('second', first_promised_at, completed_at) / 86400.0
        end as measure,
        'order:' || order_item_id as root_id,
        'order' as evidence_type,
        order_item_id as evidence_id,
        source_system,
        known_at
    from product_orders
    -- Called off or turned down, it was neither late nor slow, though its source tells when.
    where
        state = 'failed'
        or (completed_at is not null and coalesce(state, '') not in ('cancelled', 'rejected'))

),

missed_visits as (

    select
        case
            when visits.order_item_id is null and visits.ticket_id is not null
                then 'missed_repair_visit'
            else 'missed_visit'
        end as event_type,
        visits.subscription_id,
        coalesce(visits.window_to, visits.window_from) as occurred_at,
        1.0 as measure,
        coalesce(
            'order:' || visits.order_item_id,
            'problem:' || tickets.problem_id,
            'ticket:' || visits.ticket_id,
            'visit:' || visits.appointment_id
        ) as root_id,
        'appointment' as evidence_type,
        visits.appointment_id as evidence_id,
        visits.source_system,
        visits.known_at
    from visits
    left join tickets
        on visits.ticket_id = tickets.ticket_id
    where visits.is_missed_by_us

),

worst_ratio as (

    select cast(floor as double) as measure
    from {{ ref('cxi_parameters') }}
    where event_type = 'bill_shock' and parameter_version = {{ var('cxi_version') }}

),

bill_shocks as (

    select
        'bill_shock' as event_type,
        subscription_id,
        billed_at as occurred_at,
        -- Of a usual bill of nothing, or in the customer's favour, no multiple tells: the worst.
        case
            when previous_median_amount > 0
                then cast(amount / previous_median_amount as double)
            else worst_ratio.measure
        end as measure,
        'bill:' || bill_id as root_id,
        'bill' as evidence_type,
        bill_id as evidence_id,
        source_system,
        known_at
    from bills
    cross join worst_ratio
    where is_shock

),

disputes as (

    select
        'dispute' as event_type,
        subscription_id,
        occurred_at,
        1.0 as measure,
        coalesce('bill:' || bill_id, 'dispute:' || movement_id) as root_id,
        'dispute' as evidence_type,
        movement_id as evidence_id,
        source_system,
        known_at
    from payments
    where payment_type = 'dispute'

)

select * from orders
union all by name
select * from missed_visits
union all by name
select * from bill_shocks
union all by name
select * from disputes
