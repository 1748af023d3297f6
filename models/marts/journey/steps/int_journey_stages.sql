-- One row per journey and stage it stood in, all visits to it of one journey together. A journey counts
-- where the line was when it began, and on the channel of the order, contact or ticket that began it;
-- an outage and a bill have none. What was promised or agreed is of the whole order, bill or ticket.
-- Contacts after coming in are those of any reason: they came then, which does not say because of it.
with

steps as (

    select * from {{ ref('fct_journey_step') }}

),

all_journeys as (

    select * from {{ ref('fct_journey') }}

),

journeys as (

    {{ sliced('all_journeys', 'started_at') }}

),

contacts as (

    select * from {{ ref('fct_interaction') }}
    where is_contact

),

clock as (

    select * from {{ ref('int_clock') }}

),

began as (

    select
        'fct_product_order' as source_model,
        order_item_id as source_id,
        source_system,
        channel,
        first_promised_at as due_at
    from {{ ref('fct_product_order') }}

    union all

    select
        'fct_interaction' as source_model,
        interaction_id as source_id,
        source_system,
        channel,
        null as due_at
    from {{ ref('fct_interaction') }}

    union all

    select
        'fct_ticket' as source_model,
        ticket_id as source_id,
        source_system,
        channel,
        due_at
    from {{ ref('fct_ticket') }}

    union all

    select
        'fct_bill' as source_model,
        bill_id as source_id,
        source_system,
        null as channel,
        due_at
    from {{ ref('fct_bill') }}

),

stood as (

    select
        journey_id,
        journey_type,
        stage,
        max(step_number) as last_step_number,
        arg_max(team_name, step_number) as team_name,
        -- Decimals add up to the same in any order; doubles do not.
        cast(sum(cast(cal_minutes as decimal(18, 6))) as double) as minutes,
        min(started_at) as entered_at,
        max(ended_at) as left_at
    from steps
    group by journey_id, journey_type, stage

),

-- Before the first contact that is known nobody can tell who asked.
known_contacts as (

    select min(started_at) as first_at
    from contacts

),

asked as (

    select
        stood.journey_id,
        stood.stage,
        count(*) as contacts
    from stood
    inner join journeys
        on stood.journey_id = journeys.journey_id
    inner join contacts
        on
            journeys.customer_id = contacts.customer_id
            and stood.entered_at < contacts.started_at
            and stood.entered_at + to_days({{ var('moment_contact_days') }}) >= contacts.started_at
            and coalesce(journeys.subscription_id = contacts.subscription_id, true)
    group by stood.journey_id, stood.stage

)

select
    ---------- keys
    stood.journey_id,
    journeys.customer_id,
    journeys.subscription_id,

    ---------- attributes
    stood.journey_type,
    stood.stage,
    coalesce(journeys.region, 'unknown') as region,
    coalesce(journeys.segment, 'unknown') as segment,
    coalesce(began.channel, 'unknown') as channel,
    journeys.outcome,
    stood.team_name,

    ---------- numbers
    stood.minutes,
    case
        when began.due_at is not null
            then greatest(date_diff('second', stood.entered_at, began.due_at) / 60.0, 0)
    end as due_minutes,
    journeys.contacts,
    case
        when
            journeys.customer_id is not null
            and stood.entered_at >= known_contacts.first_at
            and stood.entered_at + to_days({{ var('moment_contact_days') }}) <= clock.as_of
            then coalesce(asked.contacts, 0)
    end as contacts_after,

    ---------- flags
    journeys.outcome = 'open' and stood.last_step_number = journeys.steps as is_here_now,

    ---------- times
    cast(date_trunc('month', journeys.started_at) as date) as month_start,
    stood.entered_at,
    stood.left_at,
    began.due_at
from stood
inner join journeys
    on stood.journey_id = journeys.journey_id
cross join clock
cross join known_contacts
left join began
    on
        journeys.source_model = began.source_model
        and journeys.source_id = began.source_id
        and journeys.source_system = began.source_system
left join asked
    on stood.journey_id = asked.journey_id and stood.stage = asked.stage
