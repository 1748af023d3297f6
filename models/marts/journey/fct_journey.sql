-- One row per journey: how it ended, how long it took by three clocks, whose hands it went through
-- and what it cost the customer in effort.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

steps as (

    select * from {{ ref('fct_journey_step') }}

),

stages as (

    select * from {{ ref('dim_stage') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where is_contact

),

service_orders as (

    select * from {{ ref('fct_service_order') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

times as (

    select
        journey_id,
        count(*) as steps,
        count(distinct team_id) as teams,
        sum(cal_minutes) as cal_minutes,
        sum(bus_minutes) as bus_minutes,
        sum(cust_minutes) as cust_minutes,
        sum(cal_minutes) filter (where office = 'front') as front_office_minutes,
        sum(cal_minutes) filter (where office = 'back') as back_office_minutes,
        arg_max(stage, (cal_minutes, -step_number)) as longest_stage
    from steps
    group by journey_id

),

reasons as (

    select
        journey_type,
        min(contact_reason) as contact_reason
    from stages
    group by journey_type

),

asking as (

    select
        journeys.journey_id,
        journeys.customer_id,
        journeys.subscription_id,
        journeys.source_model,
        journeys.source_id,
        coalesce(journeys.contact_reason, reasons.contact_reason) as contact_reason,
        journeys.started_at,
        coalesce(journeys.ended_at, clock.as_of) as until
    from journeys
    inner join reasons
        on journeys.journey_type = reasons.journey_type
    cross join clock

),

-- Contacts about it while it lasted; of a ticket, those that led to it or name it.
contacts as (

    select
        asking.journey_id,
        count(*) as contacts
    from asking
    inner join interactions
        on
            asking.customer_id = interactions.customer_id
            and asking.contact_reason = interactions.reason
            and asking.started_at <= interactions.started_at
            and asking.until >= interactions.started_at
            and coalesce(asking.subscription_id = interactions.subscription_id, true)
    where asking.source_model <> 'fct_ticket'
    group by asking.journey_id

    union all

    select
        asking.journey_id,
        count(*) as contacts
    from asking
    inner join interactions
        on asking.source_id = interactions.ticket_id
    where asking.source_model = 'fct_ticket'
    group by asking.journey_id

),

repromises as (

    select
        order_item_id,
        sum(repromises) as repromises
    from service_orders
    group by order_item_id

),

measured as (

    select
        journeys.*,
        times.steps,
        times.cal_minutes,
        times.bus_minutes,
        times.cust_minutes,
        coalesce(times.front_office_minutes, 0.0) as front_office_minutes,
        coalesce(times.back_office_minutes, 0.0) as back_office_minutes,
        times.longest_stage,
        greatest(times.teams - 1, 0) as hand_offs,
        coalesce(contacts.contacts, 0) as contacts,
        coalesce(cast(repromises.repromises as bigint), 0) as repromises
    from journeys
    left join times
        on journeys.journey_id = times.journey_id
    left join contacts
        on journeys.journey_id = contacts.journey_id
    left join repromises
        on
            journeys.source_model = 'fct_product_order'
            and journeys.source_id = repromises.order_item_id

)

select
    ---------- keys
    journey_id,
    customer_id,
    subscription_id,

    ---------- attributes
    journey_type,
    outcome,
    longest_stage,

    ---------- numbers
    steps,
    cal_minutes,
    bus_minutes,
    cust_minutes,
    front_office_minutes,
    back_office_minutes,
    hand_offs,
    contacts,
    repromises,
    contacts + hand_offs + repromises as effort,

    ---------- flags
    outcome = 'open' as is_open,
    ended_at <= first_promised_at as is_on_time,

    ---------- times
    started_at,
    ended_at,
    first_promised_at,
    promised_at,

    ---------- lineage
    source_model,
    source_id,
    source_system
from measured
