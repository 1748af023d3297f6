-- Analyst question (care): do customers turn to us at weekends for other reasons, and over other
-- channels, than on working days? Contacts a day, over the complete weeks we know.
with

days as (

    select * from {{ ref('dim_date') }}

),

contacts as (

    select * from {{ ref('fct_interaction') }}
    where is_contact

),

reasons as (

    select * from {{ ref('dim_reason') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

spans as (

    select
        is_weekend,
        count(*) as days
    from days
    where date_day between
        (select min(cast(started_at as date)) from contacts)
        and (select max(cast(started_at as date)) from contacts)
    group by is_weekend

)

select
    reasons.reason_area,
    channels.channel_kind,
    days.is_weekend,
    count(*) / min(spans.days) as contacts_a_day
from contacts
inner join days
    on cast(contacts.started_at as date) = days.date_day
inner join spans
    on days.is_weekend = spans.is_weekend
left join reasons
    on contacts.reason_key = reasons.reason_key
left join channels
    on contacts.channel_key = channels.channel_key
group by reasons.reason_area, channels.channel_kind, days.is_weekend
order by reasons.reason_area, channels.channel_kind, days.is_weekend
