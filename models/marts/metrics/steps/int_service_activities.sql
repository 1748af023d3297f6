-- One row per thing done for a customer that costs money (M41): how much of it, in the unit that
-- the seed unit_costs prices. A session without a person, a visit nobody drove to and a message that
-- was not sent cost nothing.
with

interactions as (

    select * from {{ ref('fct_interaction') }}
    where is_human_handled

),

visits as (

    select * from {{ ref('fct_visit') }}
    where status in ('completed', 'missed_by_customer')

),

tickets as (

    select
        *,
        coalesce(resolved_at, closed_at) as ended_at
    from {{ ref('fct_ticket') }}

),

notices as (

    select * from {{ ref('fct_notice') }}
    where coalesce(status not in ('initial', 'cancelled'), true)

),

credits as (

    select * from {{ ref('fct_payment') }}
    where source_type = 'credit'

)

select
    'contact' as activity,
    interaction_id as activity_id,
    source_system,
    subscription_id,
    customer_id,
    channel,
    (coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0) + coalesce(wrap_up_seconds, 0)) / 60.0
        as quantity,
    closed_at
from interactions

union all by name

select
    'visit' as activity,
    appointment_id as activity_id,
    source_system,
    subscription_id,
    customer_id,
    1.0 as quantity,
    coalesce(completed_at, arrived_at, window_to, window_from) as closed_at
from visits

union all by name

select
    'ticket' as activity,
    ticket_id as activity_id,
    source_system,
    subscription_id,
    customer_id,
    channel,
    {{ minutes_between('opened_at', 'ended_at') }} / 60.0 as quantity,
    ended_at as closed_at
from tickets
where ended_at >= opened_at

union all by name

select
    'notice' as activity,
    message_id as activity_id,
    source_system,
    subscription_id,
    customer_id,
    channel,
    1.0 as quantity,
    sent_at as closed_at
from notices

union all by name

select
    'credit' as activity,
    movement_id as activity_id,
    source_system,
    subscription_id,
    customer_id,
    cast(coalesce(credited_amount, amount) as double) as quantity,
    coalesce(closed_at, occurred_at) as closed_at
from credits
