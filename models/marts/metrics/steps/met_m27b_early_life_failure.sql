-- Share of activations followed by a fault on the subscription (M27b). A fault is a ticket that
-- says so; the window opens with the activation and is half-open.
with

activations as (

    select events.*
    from {{ ref('fct_subscription_event') }} as events
    inner join {{ ref('int_clock') }} as clock
        on
            events.occurred_at >= clock.first_at
            and events.occurred_at < clock.as_of
    where events.event_type = 'activation'

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

faults as (

    select * from tickets
    where
        ticket_type = 'fault'
        or (ticket_type is null and {{ is_fault_reason('reason') }})

),

failed_activations as (

    select activations.event_id
    from activations
    inner join faults
        on
            activations.subscription_id = faults.subscription_id
            and activations.occurred_at <= faults.opened_at
            and activations.occurred_at + to_days({{ var('early_life_days') }}) > faults.opened_at
    group by activations.event_id

),

judged_activations as (

    select
        activations.subscription_id,
        activations.customer_id,
        activations.occurred_at,
        failed_activations.event_id is not null as is_failed
    from activations
    left join failed_activations
        on activations.event_id = failed_activations.event_id

),

sliced_activations as (

    {{ sliced('judged_activations', 'occurred_at') }}

),

shares as (

    {{ per_period('sliced_activations', 'occurred_at', '
        count(*) filter (where is_failed) as numerator,
        count(*) as denominator,
        count(distinct customer_id) as customers
    ') }}

)

select
    'M27b' as metric_id,
    *,
    denominator as n
from shares
