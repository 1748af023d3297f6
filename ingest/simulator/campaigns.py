"""Offers with a randomised hold-out, what they change, and the consents they need."""

from __future__ import annotations

import duckdb

TABLES = """
create table offer (
    offer_n bigint, campaign_n bigint, kind varchar, subscription_n bigint, customer_n bigint,
    offering_n bigint, arm varchar, channel varchar, contacted_at timestamp, response varchar,
    responded_at timestamp, retention_type varchar, taste double
);
create table consent (
    customer_n bigint, purpose varchar, is_granted boolean, valid_from timestamp
);
create table consent_change (
    known_at timestamp, customer_n bigint, purpose varchar, is_granted boolean,
    valid_from timestamp, valid_to timestamp
);
"""

CONSENTS = """
create or replace temp table fresh_consent as
select
    customer.customer_n,
    purposes.purpose,
    u('agrees ' || purposes.purpose, customer.customer_n) < purposes.share as is_granted,
    customer.since as valid_from,
from customer
cross join (values ('marketing', 0.72), ('profiling', 0.5), ('research', 0.35))
    as purposes(purpose, share)
where customer.customer_n > (select coalesce(max(customer_n), 0) from consent);

insert into consent select * from fresh_consent order by 1, 2;

insert into consent_change
select
    if(month_n() = 0, window_from(), reported(valid_from, customer_n)),
    customer_n,
    purpose,
    is_granted,
    valid_from,
    null,
from fresh_consent;

create or replace temp table changed_mind as
select
    *,
    date_trunc('minute', after_minutes(month_from(), month_minutes()
        * u('mind at', hash(customer_n, purpose, month_n())))) as changed_at,
from consent
where month_n() > 0
    and valid_from < month_from()
    and u('mind', hash(customer_n, purpose, month_n())) < 0.004;

insert into consent_change
select reported(changed_at, customer_n), customer_n, purpose, is_granted, valid_from, changed_at
from changed_mind
union all
select
    reported(changed_at, customer_n) + interval 1 minute,
    customer_n,
    purpose,
    not is_granted,
    changed_at,
    null,
from changed_mind;

update consent
set is_granted = not consent.is_granted, valid_from = changed_mind.changed_at
from changed_mind
where consent.customer_n = changed_mind.customer_n and consent.purpose = changed_mind.purpose;
"""

# Every third month holds a retention campaign, every other third one a campaign for add-ons. Only
# who agreed to marketing is drawn; of those an untouched share is held out at random.
OFFERS = """
insert into offer
with
willing as (
    select customer_n
    from consent
    where purpose = 'marketing' and is_granted
),
present as (
    select
        subscription.*,
        customer.retention_type,
        customer.tv_affinity,
        customer.data_affinity,
    from subscription
    inner join customer
        on subscription.customer_n = customer.customer_n
    inner join willing
        on subscription.customer_n = willing.customer_n
    where subscription.status = 'active'
        and subscription.silent_from is null
        and subscription.started_at < month_from()
        and not customer.is_internal
        and subscription.subscription_n not in (
            select subscription_n from order_item where ends_at >= month_from()
        )
),
chosen as (
    select
        'retention' as kind,
        month_n() * 10 + 1 as campaign_n,
        subscription_n,
        customer_n,
        offering_n,
        retention_type,
        0.0 as taste,
    from present
    where month_n() % 3 = 2
        and not is_prepaid
        and (contract_ends_at is null or contract_ends_at < month_from() + interval 90 day)
        and u('target', hash(subscription_n, month_n())) < 3 * rate().offer_per_campaign
    union all
    select
        'cross_sell',
        month_n() * 10 + 2,
        subscription_n,
        customer_n,
        if(family = 'broadband', 21, 23),
        retention_type,
        if(family = 'broadband', tv_affinity, data_affinity),
    from present
    where month_n() % 3 = 0
        and u('target', hash(subscription_n, month_n())) < rate().offer_per_campaign * 1.5
        and not exists (
            select 1 from addon
            where addon.subscription_n = present.subscription_n
                and addon.offering_n in (21, 22, 23)
                and addon.ended_at is null
        )
),
armed as (
    select
        *,
        hash(campaign_n, subscription_n) as draw,
        if(u('arm', draw) < rate().hold_out, 'control', 'treated') as arm,
        date_trunc('minute', after_minutes(month_from(), 540 + 6000 * u('called at', draw)))
            as contacted_at,
        case
            when arm = 'control' then 'none'
            when u('answer', draw) < if(
                kind = 'cross_sell', 0.30 * taste ** 3, if(retention_type = 'persuadable', 0.4, 0.2)
            ) then 'accepted'
            when u('answer', draw) < 0.6 then 'declined'
            else 'none' end as response,
    from chosen
)
select
    month_n() * 10000000 + row_number() over (order by campaign_n, subscription_n),
    campaign_n,
    kind,
    subscription_n,
    customer_n,
    offering_n,
    arm,
    if(arm = 'control', null, pick(['sms', 'phone', 'email', 'app'], u('by', draw))),
    contacted_at,
    response,
    if(response = 'none', null, after_minutes(contacted_at, 5 + 2000 * u('answer at', draw))),
    retention_type,
    taste,
from armed
order by 1
"""


# An offer by phone is a contact too, begun by us.
CALLS = """
insert into contact
select
    month_n() * 100000000 + 90000000 + row_number() over (order by offer_n),
    subscription_n,
    customer_n,
    'campaign',
    offer_n,
    'info',
    'phone',
    true,
    true,
    contacted_at,
    1,
    hash(offer_n, 'call'),
    'outbound',
from offer
where offer_n // 10000000 = month_n() and channel = 'phone'
order by 1
"""


def ask_consents(connection: duckdb.DuckDBPyConnection) -> None:
    """Note new customers' consents, and who changed their mind."""
    connection.execute(CONSENTS)


def contact(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the month's offers, and hold some back."""
    connection.execute(OFFERS)
    connection.execute(CALLS)
