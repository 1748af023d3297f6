"""Why people get in touch, when they do.

What happened to a line is a row of `cause`; the same rows move contacts here and exits in life.py.
"""

from __future__ import annotations

import duckdb

TABLES = """
create table cause (
    subscription_n bigint, kind varchar, key_n bigint, happened_at timestamp,
    felt_from timestamp, dose double
);
create table contact (
    contact_n bigint, subscription_n bigint, customer_n bigint, cause varchar, key_n bigint,
    reason varchar, channel varchar, is_human_handled boolean, is_resolved_first boolean,
    started_at timestamp, generation bigint, draw ubigint, direction varchar
);
create macro any_channel(draw) as pick([
    'phone', 'phone', 'phone', 'phone', 'phone', 'chat', 'chat', 'chat', 'app', 'app', 'web',
    'ivr', 'shop'
], draw);
-- What a customer is like; drawn as everybody's are, so the base as a whole is what it was.
create macro favourite_channel(customer_n) as any_channel(u('favourite channel', customer_n));
create macro favourite_hour(customer_n) as
    cast(floor(24 * u('favourite hour', customer_n)) as integer);
create table team as
select * from (values
    ('T-CARE-1', 'Care, mobile', 'front', 'care'),
    ('T-CARE-2', 'Care, home', 'front', 'care'),
    ('T-BILL-F', 'Billing questions', 'front', 'billing'),
    ('T-SHOP', 'Shops', 'front', 'sales'),
    ('T-SAVE', 'Retention', 'front', 'retention'),
    ('T-TECH-1', 'Technical help line', 'front', 'technical'),
    ('T-NOC', 'Network operations', 'back', 'network'),
    ('T-FIELD', 'Field force', 'back', 'field'),
    ('T-PROV', 'Provisioning', 'back', 'orders'),
    ('T-BILL-B', 'Billing operations', 'back', 'billing'),
    ('T-COMPL', 'Complaints', 'back', 'complaints')
) as listed(team_id, name, office, function);
"""

# One row per line and problem, however many services of the line it took down.
OUTAGE_CAUSES = """
insert into cause
select
    service.subscription_n,
    'outage',
    impact.problem_n,
    min(impact.impact_from),
    min(impact.impact_from),
    -- whole minutes: a sum of fractions would depend on the order of the rows
    sum(date_diff('minute', impact.impact_from, impact.impact_to)) / 60.0,
from impact
inner join service
    on impact.service_n = service.service_n
where impact.problem_n // 10000000 = month_n()
    and service.addon_n is null
group by service.subscription_n, impact.problem_n
order by 1, 3
"""

CONTACTS = """
insert into contact
with
caused as (
    select
        cause.subscription_n,
        cause.kind as cause,
        cause.key_n,
        cause.happened_at,
        cause.dose,
        hash(cause.subscription_n, cause.kind, cause.key_n) as draw,
        customer.talkativeness,
        subscription.family,
    from cause
    inner join subscription
        on cause.subscription_n = subscription.subscription_n
    inner join customer
        on subscription.customer_n = customer.customer_n
    where cause.happened_at >= month_from() and cause.happened_at < month_to()
),
likely as (
    select
        *,
        1 - exp(-talkativeness * case cause
            when 'outage' then least(dose, 24) * if(family = 'mobile',
                rate().contact_per_outage_hour_mobile, rate().contact_per_outage_hour)
            when 'late_order' then least(dose, 10) * rate().contact_per_late_day
            when 'shock' then rate().contact_per_shock
            else 0 end) as chance,
    from caused
),
from_causes as (
    select
        subscription_n,
        cause,
        key_n,
        case cause when 'outage' then 'fault' when 'late_order' then 'order' else 'billing' end
            as reason,
        case cause
            when 'outage' then after_minutes(happened_at, 6 + waiting(1 / 75.0, u('lag', draw)))
            when 'late_order' then after_minutes(happened_at, 1440 * dose * u('lag', draw))
            else after_minutes(happened_at, 600 + 7200 * u('lag', draw)) end as started_at,
        draw,
    from likely
    where u('contact', draw) < chance
),
base as (
    select
        subscription.subscription_n,
        subscription.customer_n,
        'base' as cause,
        null as key_n,
        unnest(range(how_many(
            rate().contact_base * customer.talkativeness
            * if(subscription.started_at > month_from() - interval 60 day, 1.8, 1.0)
            * if(subscription.is_prepaid, 0.5, 1.0),
            u('base', subscription.subscription_n * 1000 + month_n())
        ))) as occurrence,
    from subscription
    inner join customer
        on subscription.customer_n = customer.customer_n
    where subscription.status in ('active', 'suspended')
        and subscription.silent_from is null
),
from_nothing as (
    select
        subscription_n,
        cause,
        key_n,
        pick([
            'billing', 'billing', 'billing', 'info', 'info', 'info', 'fault', 'fault', 'order',
            'cancel'
        ], u('base reason', draw)) as reason,
        after_minutes(month_from(), month_minutes() * u('base at', draw)) as any_time,
        -- a habit: the same day, at the hour the customer always calls
        if(
            u('at the usual hour', draw) < rate().time_habit,
            date_trunc('day', any_time) + (any_time - date_trunc('hour', any_time))
                + to_hours(favourite_hour(customer_n)),
            any_time
        ) as started_at,
        draw,
    from (select *, hash(subscription_n, month_n(), occurrence, 'base') as draw from base)
),
first_time as (
    select *, 1 as generation from from_causes
    union all
    select * exclude (any_time), 1 from from_nothing
),
second_time as (
    select
        subscription_n,
        'repeat' as cause,
        key_n,
        reason,
        after_minutes(started_at, 120 + 9000 * u('again at', draw)) as started_at,
        hash(draw, 'again') as draw,
        2 as generation,
    from first_time
    where u('resolved', draw) >= rate().resolved_first
        and u('again', draw) < rate().repeat_when_unresolved
),
third_time as (
    select
        subscription_n,
        'repeat' as cause,
        key_n,
        reason,
        after_minutes(started_at, 120 + 9000 * u('again at', draw)) as started_at,
        hash(draw, 'again') as draw,
        3 as generation,
    from second_time
    where u('resolved', draw) >= rate().resolved_first
        and u('again', draw) < rate().repeat_when_unresolved
),
everything as (
    select * from first_time
    union all
    select * from second_time
    union all
    select * from third_time
)
select
    month_n() * 100000000 + row_number() over (order by everything.started_at, everything.draw)
        as contact_n,
    everything.subscription_n,
    subscription.customer_n,
    everything.cause,
    everything.key_n,
    everything.reason,
    if(
        u('as ever', everything.draw) < rate().channel_habit,
        favourite_channel(subscription.customer_n),
        any_channel(u('channel', everything.draw))
    ) as channel,
    case channel
        when 'phone' then true
        when 'shop' then true
        when 'chat' then u('human', everything.draw) < 0.7
        else false end as is_human_handled,
    u('resolved', everything.draw) < rate().resolved_first as is_resolved_first,
    date_trunc('minute', everything.started_at) as started_at,
    everything.generation,
    everything.draw,
    'inbound' as direction,
from everything
inner join subscription
    on everything.subscription_n = subscription.subscription_n
where everything.started_at < coalesce(subscription.ended_at, timestamp '2999-01-01')
order by contact_n
"""


def happen(connection: duckdb.DuckDBPyConnection) -> None:
    """Draw the month's contacts from what happened to the lines."""
    connection.execute(OUTAGE_CAUSES)
    connection.execute(CONTACTS)
