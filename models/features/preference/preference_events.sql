-- One row per thing a customer did that tells of a habit: the channel and the time of a contact it
-- began itself, its answer to an approach of ours, how and when it paid. Easy to get wrong: when a
-- line that is down calls, the fault chose the moment; an answer is known only once it could come.
-- Of those alone who agree to profiling: what nobody may be profiled by is not written down.
with

agreed as (

    select customer_id from {{ ref('preference_cohort') }}
    where customer_id is not null
    group by customer_id

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where direction = 'inbound' and customer_id is not null

),

tickets as (

    select * from {{ ref('fct_ticket') }}
    where ticket_type = 'complaint' and customer_id is not null

),

campaign_contacts as (

    select * from {{ ref('stg_campaign_contacts') }}
    where is_current and customer_id is not null and coalesce(arm, 'treated') <> 'control'

),

movements as (

    select * from {{ ref('fct_payment') }}
    where payment_type = 'payment' and customer_id is not null

),

bills as (

    select * from {{ ref('fct_bill') }}

),

consents as (

    select * from {{ ref('fct_consent') }}
    where purpose = 'marketing' and not is_granted

),

contact_channels as (

    select
        customer_id,
        'channel' as habit,
        channel as choice,
        started_at as happened_at,
        known_at
    from interactions
    where channel is not null and channel <> 'unknown'

),

contact_times as (

    select
        customer_id,
        started_at,
        known_at,
        case
            when hour(started_at) < 8 then 'night'
            when hour(started_at) < 12 then 'morning'
            when hour(started_at) < 17 then 'afternoon'
            when hour(started_at) < 21 then 'evening'
            else 'night'
        end as day_part,
        case when isodow(started_at) >= 6 then 'weekend' else 'weekday' end as day_kind
    from interactions
    where reason <> 'fault'

),

complaints as (

    select
        customer_id,
        started_at as complained_at
    from interactions
    where reason = 'cancel'

    union all

    select
        customer_id,
        opened_at as complained_at
    from tickets

    union all

    select
        customer_id,
        valid_from as complained_at
    from consents

),

upset as (

    select
        campaign_contacts.source_system,
        campaign_contacts.contact_id
    from campaign_contacts
    inner join complaints
        on
            campaign_contacts.customer_id = complaints.customer_id
            and complaints.complained_at > campaign_contacts.contacted_at
            and complaints.complained_at
            < campaign_contacts.contacted_at + to_days({{ var('preference_answer_days') }})
    group by campaign_contacts.source_system, campaign_contacts.contact_id

),

answers as (

    select
        campaign_contacts.customer_id,
        'answer' as habit,
        case
            when campaign_contacts.response = 'accepted' then 'accepts'
            when upset.contact_id is not null then 'upset'
            when campaign_contacts.response in ('declined', 'rejected') then 'declines'
            else 'no answer'
        end as choice,
        campaign_contacts.contacted_at as happened_at,
        greatest(
            campaign_contacts.known_at,
            campaign_contacts.contacted_at + to_days({{ var('preference_answer_days') }})
        ) as known_at
    from campaign_contacts
    left join upset
        on
            campaign_contacts.source_system = upset.source_system
            and campaign_contacts.contact_id = upset.contact_id

),

payments as (

    select
        movements.customer_id,
        movements.method,
        movements.occurred_at,
        movements.known_at,
        case
            when movements.status in ('failed', 'rejected', 'reversed') then 'fails'
            when bills.due_at is null then null
            when movements.occurred_at > bills.due_at then 'late'
            when movements.occurred_at < bills.due_at - interval 7 day then 'early'
            else 'on time'
        end as timing
    from movements
    left join bills
        on
            movements.source_system = bills.source_system
            and movements.bill_id = bills.bill_id

),

habits as (

    select * from contact_channels

    union all by name

    select
        customer_id,
        'day part' as habit,
        day_part as choice,
        started_at as happened_at,
        known_at
    from contact_times

    union all by name

    select
        customer_id,
        'day kind' as habit,
        day_kind as choice,
        started_at as happened_at,
        known_at
    from contact_times

    union all by name

    select * from answers

    union all by name

    select
        customer_id,
        'payment method' as habit,
        method as choice,
        occurred_at as happened_at,
        known_at
    from payments
    where method is not null

    union all by name

    select
        customer_id,
        'payment time' as habit,
        timing as choice,
        occurred_at as happened_at,
        known_at
    from payments
    where timing is not null

)

select habits.*
from habits
inner join agreed
    on habits.customer_id = agreed.customer_id
