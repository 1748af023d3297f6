"""What the operator says and asks: outage notices, order messages, surveys with non-response."""

from __future__ import annotations

import duckdb

TABLES = """
create table message (
    message_n bigint, customer_n bigint, subscription_n bigint, channel varchar, purpose varchar,
    problem_n bigint, status varchar, sent_at timestamp
);
create table survey (
    survey_n bigint, customer_n bigint, subscription_n bigint, survey_type varchar, score bigint,
    contact_n bigint, invited_at timestamp, answered_at timestamp, felt double
);
"""

MESSAGES = """
insert into message
with
told as (
    select
        *,
        if(
            is_planned,
            after_minutes(started_at, -4000 + 300 * u('notice', problem_n)),
            after_minutes(detected_at, 4 + 50 * u('notice', problem_n))
        ) as told_at,
    from problem
    where started_at >= month_from() and started_at < month_to()
        and category = 'outage'
        and kind <> 'port'
        and u('told at all', problem_n) < if(is_planned, 0.9, rate().notice_share)
),
notices as (
    select
        subscription.customer_n,
        subscription.subscription_n,
        if(u('by', hash(told.problem_n, subscription.subscription_n)) < 0.8, 'sms', 'push')
            as channel,
        if(told.is_planned, 'planned_work', 'outage') as purpose,
        told.problem_n,
        told.told_at as sent_at,
        hash(told.problem_n, subscription.subscription_n) as draw,
    from told
    inner join cause
        on told.problem_n = cause.key_n and cause.kind = 'outage'
    inner join subscription
        on cause.subscription_n = subscription.subscription_n
    where told.told_at < told.restored_at
        and (subscription.ended_at is null or subscription.ended_at > told.told_at)
        and u('reached', hash(told.problem_n, subscription.subscription_n)) < 0.93
),
-- a notice or two also goes to people who were not touched
mistaken as (
    select
        subscription.customer_n,
        subscription.subscription_n,
        'sms',
        'outage',
        told.problem_n,
        told.told_at,
        hash(told.problem_n, subscription.subscription_n, 'wrong'),
    from told
    inner join access
        on told.kind = 'access' and told.element_n = access.access_n
    inner join subscription
        on access.area_n = subscription.area_n and subscription.access_n <> access.access_n
    where not told.is_planned
        and subscription.status = 'active'
        and subscription.started_at < told.told_at
        and u('wrongly told', hash(told.problem_n, subscription.subscription_n)) < 0.01
),
orders as (
    select
        customer_n,
        subscription_n,
        'sms',
        'order',
        null,
        after_minutes(promised_again_at, 10),
        hash(item_n, 'message'),
    from order_item
    where promised_again_at >= month_from() and promised_again_at < month_to()
),
offers as (
    select
        customer_n,
        subscription_n,
        channel,
        'marketing',
        null,
        contacted_at,
        hash(offer_n, 'message'),
    from offer
    where contacted_at >= month_from() and channel in ('sms', 'email')
),
together as (
    select * from notices
    union all
    select * from mistaken
    union all
    select * from orders
    union all
    select * from offers
)
select
    month_n() * 100000000 + row_number() over (order by sent_at, draw),
    customer_n,
    subscription_n,
    channel,
    purpose,
    problem_n,
    if(u('arrives', draw) < 0.97, 'delivered', 'failed'),
    sent_at,
from together
order by 1
"""

# How a line feels now: what it lived through in three months, on the scale of the answers.
SURVEYS = """
create or replace temp table felt as
with
lived as (
    select
        subscription_n,
        cast(sum(cast(case kind
            when 'outage' then 0.05 * least(dose, 48)
            when 'late_order' then 0.35 * least(dose, 10)
            else 1.8 end as decimal(18, 6))) as double) as damage,
    from cause
    where happened_at >= month_from() - interval 90 day
    group by subscription_n
),
helped as (
    select
        subscription_n,
        cast(sum(if(is_resolved_first, 0.1, 1.0)) as double) as damage,
    from contact
    where started_at >= month_from() - interval 90 day and started_at < month_to()
        and direction = 'inbound'
    group by subscription_n
)
select
    subscription.subscription_n,
    subscription.customer_n,
    least(6.0, coalesce(lived.damage, 0) + coalesce(helped.damage, 0)) as damage,
    customer.mood,
    customer.talkativeness,
from subscription
inner join customer
    on subscription.customer_n = customer.customer_n
left join lived
    on subscription.subscription_n = lived.subscription_n
left join helped
    on subscription.subscription_n = helped.subscription_n
where subscription.status = 'active' and not customer.is_internal;

insert into survey
with
relational as (
    select
        subscription_n,
        customer_n,
        'nps_relational' as survey_type,
        null as contact_n,
        date_trunc('minute', after_minutes(month_from(), month_minutes()
            * u('invited at', hash(subscription_n, month_n())))) as invited_at,
        damage,
        mood,
        talkativeness,
        hash(subscription_n, month_n(), 'survey') as draw,
    from felt
    where u('invited', hash(subscription_n, month_n())) < rate().survey_relational
),
transactional as (
    select
        contact.subscription_n,
        contact.customer_n,
        case
            when u('asked what', contact.draw) < 0.5 then 'csat'
            when u('asked what', contact.draw) < 0.8 then 'ces'
            else 'nps_transactional' end as survey_type,
        contact.contact_n,
        after_minutes(contact.started_at, 60) as invited_at,
        felt.damage + if(contact.is_resolved_first, -0.6, 1.2) as damage,
        felt.mood,
        felt.talkativeness,
        hash(contact.draw, 'survey') as draw,
    from contact
    inner join felt
        on contact.subscription_n = felt.subscription_n
    where contact.is_human_handled
        and contact.direction = 'inbound'
        and contact.started_at >= month_from() and contact.started_at < month_to()
        and u('invited', contact.draw) < rate().survey_transactional
),
invited as (
    select * from relational
    union all
    select * from transactional
),
answered as (
    select
        *,
        8.1 + 1.1 * mood - damage + 1.5 * gauss('answer', draw) as feeling,
        -- the hurt and the talkative answer more: who answers is not everybody
        u('answers', draw) < rate().answer_share * least(2.0, 0.5 + 0.5 * talkativeness)
            * if(damage > 1.5, 1.5, 1.0) as is_answered,
    from invited
)
select
    month_n() * 100000000 + row_number() over (order by invited_at, draw),
    customer_n,
    subscription_n,
    survey_type,
    if(is_answered, cast(case survey_type
        when 'csat' then greatest(1, least(5, round(feeling / 2)))
        when 'ces' then greatest(1, least(7, round(0.7 * feeling)))
        else greatest(0, least(10, round(feeling))) end as bigint), null),
    contact_n,
    invited_at,
    if(is_answered, after_minutes(invited_at, 3 + 4000 * u('answered at', draw) ** 2), null),
    feeling,
from answered
order by 1;
"""


def tell(connection: duckdb.DuckDBPyConnection) -> None:
    """Send the month's notices and messages."""
    connection.execute(MESSAGES)


def ask(connection: duckdb.DuckDBPyConnection) -> None:
    """Invite to the month's surveys; some answer."""
    connection.execute(SURVEYS)
