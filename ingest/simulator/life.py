"""How long a line stays, and why it ends.

Leaving is a race: a base process and one extra process per cause, all independent and exponential;
the line ends at the first of them. That is the hazard h = h0 * (1 + sum of excesses), exactly.
"""

from __future__ import annotations

import duckdb

from ingest.simulator import versions

TABLES = """
create table candidate (
    subscription_n bigint, exits_at timestamp, driver varchar, key_n bigint, draw ubigint
);
create table exit (
    subscription_n bigint, exits_at timestamp, driver varchar, key_n bigint, exit_cause varchar,
    draw ubigint, offering_n bigint, family varchar
);
create table saved (subscription_n bigint, saved_at timestamp, draw ubigint);
create table extra_hazard (
    subscription_n bigint, driver varchar, key_n bigint, at_risk_from timestamp,
    at_risk_to timestamp, quiet_per_day double, extra_per_day double
);
"""

# Hazard of a line without troubles: contract, its end, tenure, mood.
HAZARD = """
create or replace temp table quiet_hazard as
select
    subscription.subscription_n,
    subscription.base_hazard / 30
    * case
        when subscription.contract_type = 'monthly' then 1.25
        when subscription.contract_ends_at is null then 0.4
        when subscription.contract_ends_at > month_from() + interval 31 day then 0.40
        when subscription.contract_ends_at > month_from() - interval 45 day then 2.4
        else 1.2 end
    * case
        when subscription.started_at > month_from() - interval 180 day then 1.35
        when subscription.started_at > month_from() - interval 730 day then 1.1
        when subscription.started_at > month_from() - interval 1825 day then 0.9
        else 0.7 end
    * exp(-0.25 * customer.mood) as per_day,
    customer.sensitivity,
    customer.retention_type,
from subscription
inner join customer
    on subscription.customer_n = customer.customer_n
where subscription.status in ('active', 'suspended')
    and subscription.silent_from is null
"""

CANDIDATES = """
create or replace temp table race as
with
base as (
    select
        quiet_hazard.subscription_n,
        'base' as driver,
        null as key_n,
        greatest(month_from(), subscription.started_at) as at_risk_from,
        month_to() as at_risk_to,
        per_day,
        hash(quiet_hazard.subscription_n, month_n(), 'leave') as draw,
    from quiet_hazard
    inner join subscription
        on quiet_hazard.subscription_n = subscription.subscription_n
),
troubled as (
    select
        cause.subscription_n,
        cause.kind as driver,
        cause.key_n,
        cause.felt_from as at_risk_from,
        cause.felt_from + to_days(cast(rate().memory_days as integer)) as at_risk_to,
        quiet_hazard.per_day * quiet_hazard.sensitivity * case cause.kind
            when 'outage' then
                rate().exit_per_outage_hour * least(cause.dose, rate().exit_outage_cap_hours)
            when 'late_order' then
                rate().exit_per_late_day * least(cause.dose, rate().exit_late_cap_days)
            when 'shock' then rate().exit_per_shock
            else 0 end as per_day,
        hash(cause.subscription_n, cause.kind, cause.key_n, 'leave') as draw,
    from cause
    inner join quiet_hazard
        on cause.subscription_n = quiet_hazard.subscription_n
    where cause.felt_from >= month_from() and cause.felt_from < month_to()
),
unresolved as (
    select
        contact.subscription_n,
        'unresolved' as driver,
        contact.contact_n as key_n,
        contact.started_at as at_risk_from,
        contact.started_at + to_days(cast(rate().memory_days as integer)) as at_risk_to,
        quiet_hazard.per_day * quiet_hazard.sensitivity * rate().exit_per_unresolved as per_day,
        hash(contact.draw, 'leave') as draw,
    from contact
    inner join quiet_hazard
        on contact.subscription_n = quiet_hazard.subscription_n
    where contact.contact_n // 100000000 = month_n() and not contact.is_resolved_first
),
-- an offer reminds some that they could leave
reminded as (
    select
        offer.subscription_n,
        'offer' as driver,
        offer.offer_n as key_n,
        offer.contacted_at as at_risk_from,
        offer.contacted_at + to_days(cast(rate().offer_days as integer)) as at_risk_to,
        quiet_hazard.per_day * rate().offer_sleeping_dog as per_day,
        hash(offer.offer_n, 'leave') as draw,
    from offer
    inner join quiet_hazard
        on offer.subscription_n = quiet_hazard.subscription_n
    where offer.offer_n // 10000000 = month_n()
        and offer.kind = 'retention'
        and offer.arm = 'treated'
        and offer.retention_type = 'sleeping_dog'
),
together as (
    select * from base
    union all
    select * from troubled
    union all
    select * from unresolved
    union all
    select * from reminded
)
select * from together;

insert into extra_hazard
select
    race.subscription_n,
    race.driver,
    race.key_n,
    race.at_risk_from,
    race.at_risk_to,
    quiet_hazard.per_day,
    race.per_day,
from race
inner join quiet_hazard
    on race.subscription_n = quiet_hazard.subscription_n
where race.driver <> 'base';

insert into candidate
with
drawn as (
    select
        *,
        after_days(at_risk_from, least(20000, waiting(per_day, u('when', draw)))) as exits_at,
    from race
)
select
    subscription_n,
    exits_at,
    driver,
    key_n,
    draw,
from drawn
where exits_at < at_risk_to
"""

# The first candidate wins; a line that was talked out of it, or held by an offer, loses that one.
EXITS = """
create or replace temp table leaving as
with
due as (
    select
        candidate.*,
        subscription.family,
        subscription.is_prepaid,
        subscription.offering_n,
        row_number() over (
            partition by candidate.subscription_n order by candidate.exits_at, candidate.draw
        ) as place,
    from candidate
    inner join subscription
        on candidate.subscription_n = subscription.subscription_n
    where candidate.exits_at < month_to()
        and subscription.status in ('active', 'suspended')
        and candidate.exits_at > subscription.started_at
        and (candidate.driver = 'inactive' or subscription.silent_from is null)
        and not exists (
            select 1 from order_item
            where order_item.subscription_n = candidate.subscription_n
                and order_item.kind <> 'exit'
                and order_item.ends_at >= month_from()
                and candidate.exits_at <= order_item.ends_at
        )
        -- thinning: the offer multiplies a persuadable's hazard while it is fresh
        and (candidate.driver in ('non_pay', 'inactive') or not exists (
            select 1 from offer
            where offer.subscription_n = candidate.subscription_n
                and offer.kind = 'retention'
                and offer.arm = 'treated'
                and offer.retention_type = 'persuadable'
                and candidate.exits_at > offer.contacted_at
                and candidate.exits_at
                    < offer.contacted_at + to_days(cast(rate().offer_days as integer))
                and u('held', candidate.draw) >= rate().offer_persuadable
        ))
)
select
    subscription_n,
    date_trunc('minute', exits_at) as exits_at,
    driver,
    key_n,
    case
        when driver in ('non_pay', 'inactive') then driver
        when is_prepaid then case
            when u('how', draw) < 0.25 then 'port_out'
            else 'inactive' end
        when u('how', draw) < rate().port_share then 'port_out'
        when u('how', draw) < 0.88 then 'cancel_other'
        when u('how', draw) < 0.95 then 'move_out'
        when u('how', draw) < 0.975 then 'operator'
        when u('how', draw) < 0.99 then 'deceased'
        else 'fraud' end as exit_cause,
    draw,
    offering_n,
    family,
from due
where place = 1;

delete from candidate where exits_at < month_to();

insert into saved
select subscription_n, exits_at, draw
from leaving
where exit_cause = 'port_out' and u('saved', draw) < rate().saved_share
order by subscription_n;

delete from leaving where subscription_n in (
    select subscription_n from saved where saved_at >= month_from()
);

-- a silent prepaid line is only struck off ninety days later
insert into candidate
select
    leaving.subscription_n,
    leaving.exits_at + interval 90 day,
    'inactive',
    null,
    leaving.draw,
from leaving
where leaving.exit_cause = 'inactive' and leaving.driver <> 'inactive';

update subscription set silent_from = leaving.exits_at
from leaving
where subscription.subscription_n = leaving.subscription_n
    and leaving.exit_cause = 'inactive' and leaving.driver <> 'inactive';

delete from leaving where exit_cause = 'inactive' and driver <> 'inactive';

insert into exit select * from leaving order by subscription_n;

update subscription
set status = 'terminated', ended_at = leaving.exits_at, exit_cause = leaving.exit_cause
from leaving
where subscription.subscription_n = leaving.subscription_n;

update addon
set status = 'terminated', ended_at = greatest(leaving.exits_at, addon.started_at)
from leaving
where addon.subscription_n = leaving.subscription_n and addon.ended_at is null;

update service
set state = 'terminated', ended_at = greatest(leaving.exits_at, service.started_at)
from leaving
where service.subscription_n = leaving.subscription_n and service.ended_at is null;

update support set valid_to = service.ended_at
from service
inner join leaving on service.subscription_n = leaving.subscription_n
where support.service_n = service.service_n and support.valid_to is null;

-- what would have happened after the exit does not
delete from contact
using subscription
where contact.subscription_n = subscription.subscription_n
    and contact.started_at >= coalesce(subscription.ended_at, subscription.silent_from)
    and subscription.status = 'terminated';

delete from candidate
using subscription
where candidate.subscription_n = subscription.subscription_n
    and subscription.status = 'terminated';
"""

# The window opens in the middle of things: some prepaid lines are silent, some bills unpaid.
PENDING = """
insert into candidate
select
    subscription_n,
    after_days(window_from(), 90 * u('silent since', subscription_n)),
    'inactive',
    null,
    hash(subscription_n, 'silent since'),
from subscription
where is_prepaid and u('silent', subscription_n) < 3 * 0.75 * rate().exit_prepaid
union all
select
    subscription.subscription_n,
    after_days(window_from(), 75 * u('unpaid since', subscription.customer_n)),
    'non_pay',
    null,
    hash(subscription.subscription_n, 'unpaid since'),
from subscription
inner join customer
    on subscription.customer_n = customer.customer_n
where not subscription.is_prepaid
    and u('unpaid', subscription.customer_n) < 1.5 * rate().never_paid * customer.payment_risk
order by 1;

update subscription set silent_from = candidate.exits_at - interval 90 day
from candidate
where subscription.subscription_n = candidate.subscription_n and candidate.driver = 'inactive';
"""


def leave(connection: duckdb.DuckDBPyConnection) -> None:
    """Draw who leaves this month and why; note what the systems then deliver."""
    connection.execute(HAZARD)
    connection.execute(CANDIDATES)
    connection.execute(EXITS)
    versions.forget_after_exits(connection)
    left = "ended_at >= month_from() and {0}ended_at < month_to()"
    versions.snapshot_products(connection, "reported(ended_at, subscription_n)", left.format(""))
    versions.snapshot_products(
        connection,
        "reported(addon.ended_at, addon.addon_n)",
        "addon." + left.format("addon."),
        addons=True,
    )
    connection.execute(f"""
        insert into service_change
        select reported(ended_at, service_n), service_n
        from service
        where {left.format("")}
    """)


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Put under way what began before the window."""
    connection.execute(PENDING)
