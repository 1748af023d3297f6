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

marks as (

    select * from {{ ref('int_journey_marks') }}
    where team_id is not null

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where is_contact

),

help_contacts as (

    select * from {{ ref('int_journey_contacts') }}

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
        journeys.journey_type,
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

-- Marks, not steps: of two teams of one moment only one has a step.
teams as (

    select
        asking.journey_id,
        count(distinct marks.team_id) as teams
    from asking
    inner join marks
        on
            asking.journey_id = marks.journey_id
            and asking.until >= marks.marked_at
    group by asking.journey_id

),

-- Contacts about it while it lasted; of a call for help its own, whichever line they were about.
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
    where asking.journey_type <> 'help'
    group by asking.journey_id

    union all

    select
        asking.journey_id,
        count(*) as contacts
    from asking
    inner join help_contacts
        on
            asking.source_model = help_contacts.source_model
            and asking.source_id = help_contacts.source_id
            and (help_contacts.is_named or asking.until >= help_contacts.started_at)
    group by asking.journey_id

),

-- The same moved promise may be told by both, by the order and by what fulfils it.
order_repromises as (

    select
        source_system,
        order_item_id,
        repromises
    from {{ ref('fct_product_order') }}

),

service_repromises as (

    select
        order_source_system,
        order_item_id,
        sum(repromises) as repromises
    from service_orders
    group by order_source_system, order_item_id

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
        greatest(coalesce(teams.teams, 0) - 1, 0) as hand_offs,
        coalesce(contacts.contacts, 0) as contacts,
        coalesce(
            greatest(
                cast(service_repromises.repromises as bigint),
                cast(order_repromises.repromises as bigint)
            ),
            0
        ) as repromises
    from journeys
    left join times
        on journeys.journey_id = times.journey_id
    left join teams
        on journeys.journey_id = teams.journey_id
    left join contacts
        on journeys.journey_id = contacts.journey_id
    left join order_repromises
        on
            journeys.source_model = 'fct_product_order'
            and journeys.source_id = order_repromises.order_item_id
            and journeys.source_system = order_repromises.source_system
    left join service_repromises
        on
            journeys.source_model = 'fct_product_order'
            and journeys.source_id = service_repromises.order_item_id
            and journeys.source_system = service_repromises.order_source_system

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
