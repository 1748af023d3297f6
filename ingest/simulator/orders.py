"""What customers order and what goes wrong on the way.

The outcome of an order is drawn when it is placed; its systems tell of it as time goes by. A line
with an open order does not leave before the order is done.
"""

from __future__ import annotations

import duckdb

from ingest.simulator import customers, topology, versions
from ingest.simulator.rates import RATES

TABLES = """
create table order_item (
    item_n bigint, order_n bigint, kind varchar, subscription_n bigint, addon_n bigint,
    customer_n bigint, offering_n bigint, action varchar, channel varchar, family varchar,
    needs_visit boolean, ordered_at timestamp, first_promised_at timestamp,
    promised_again_at timestamp, second_promise_at timestamp, ends_at timestamp,
    is_cancelled boolean, trouble varchar, delay_days double, draw ubigint
);
create table appointment (
    appointment_n bigint, item_n bigint, ticket_n bigint, customer_n bigint, subscription_n bigint,
    status varchar, window_from timestamp, arrived_at timestamp, completed_at timestamp,
    booked_at timestamp
);
create table ask (
    kind varchar, subscription_n bigint, addon_n bigint, customer_n bigint, offering_n bigint,
    action varchar, family varchar, ordered_at timestamp, draw ubigint
)
"""

JOINING = """
insert into ask
select
    'join',
    subscription_n,
    null,
    customer_n,
    offering_n,
    'add',
    family,
    ordered_at,
    hash(subscription_n, 'join'),
from subscription
where ordered_at >= month_from() and is_new and status = 'pendingActive'
"""

# Who accepts an offer of an add-on orders it.
OFFERED = """
insert into ask
select
    'addon',
    offer.subscription_n,
    month_n() * 10000000 + 5000000 + row_number() over (order by offer.subscription_n),
    offer.customer_n,
    offer.offering_n,
    'add',
    subscription.family,
    offer.responded_at,
    hash(offer.offer_n, 'order'),
from offer
inner join subscription
    on offer.subscription_n = subscription.subscription_n
where offer.offer_n // 10000000 = month_n()
    and offer.kind = 'cross_sell'
    and offer.response = 'accepted'
"""

# A line asks for at most one change a month: the first of these that comes up.
CHANGING = """
insert into ask
with
present as (
    select
        subscription.*,
        customer.data_affinity,
        hash(subscription.subscription_n, month_n(), 'change') as draw,
        subscription.contract_ends_at > month_from() - interval 60 day
            and subscription.contract_ends_at < month_from() as is_term_over,
    from subscription
    inner join customer
        on subscription.customer_n = customer.customer_n
    where subscription.status = 'active'
        and not subscription.is_prepaid
        and subscription.silent_from is null
        and subscription.subscription_n not in (
            select subscription_n from order_item where ends_at >= month_from()
        )
        and subscription.subscription_n not in (select subscription_n from ask)
),
decided as (
    select
        *,
        case
            when u('plan', draw) < rate().plan_change * if(is_term_over, 18, 1) then 'plan'
            when family = 'broadband' and u('move', draw) < rate().move then 'move'
            end as kind,
    from present
)
select
    kind,
    subscription_n,
    null,
    customer_n,
    cast(case
        when kind = 'move' then offering_n
        -- the appetite decides the direction; a term that is over is mostly just prolonged
        when is_term_over and u('same', draw) < 0.6 then offering_n
        when family = 'mobile' then
            greatest(1, least(4, if(offering_n = 11, 2, offering_n)
                + if(u('up', draw) < 0.35 + 0.5 * data_affinity, 1, -1)))
        else greatest(7, least(10, offering_n + if(u('up', draw) < 0.7, 1, -1)))
        end as bigint),
    if(kind = 'move', 'move', 'modify'),
    family,
    date_trunc('minute', after_minutes(month_from(), month_minutes() * u('asked at', draw))),
    draw,
from decided
where kind is not null
"""

# Add-ons follow the customer's hidden affinities; the number below 0.5 buys hardly anything.
BUYING = """
insert into ask
with
present as (
    select
        subscription.subscription_n,
        subscription.customer_n,
        subscription.family,
        unnest(if(
            subscription.family = 'broadband',
            [{'offering_n': 21, 'taste': customer.tv_affinity},
                {'offering_n': 24, 'taste': customer.security_affinity}],
            [{'offering_n': 23, 'taste': customer.data_affinity},
                {'offering_n': 25, 'taste': customer.roaming_affinity},
                {'offering_n': 24, 'taste': customer.security_affinity}]
        ), recursive := true),
    from subscription
    inner join customer
        on subscription.customer_n = customer.customer_n
    where subscription.status = 'active' and subscription.silent_from is null
),
wanting as (
    select
        *,
        hash(subscription_n, offering_n, month_n(), 'buy') as draw,
    from present
    where u('buy', draw) < rate().addon_buy * 4 * taste ** 4
        and not exists (
            select 1 from addon
            where addon.subscription_n = present.subscription_n
                and addon.offering_n = present.offering_n
                and addon.ended_at is null
        )
        and subscription_n not in (
            select subscription_n from order_item where ends_at >= month_from()
        )
        and subscription_n not in (select subscription_n from ask)
),
first_wish as (
    select *
    from wanting
    -- one add-on a month: the one wanted most
    qualify row_number() over (partition by subscription_n order by taste desc, offering_n) = 1
)
select
    'addon',
    subscription_n,
    month_n() * 10000000 + row_number() over (order by subscription_n),
    customer_n,
    offering_n,
    'add',
    family,
    date_trunc('minute', after_minutes(month_from(), month_minutes() * u('asked at', draw))),
    draw,
from first_wish;

insert into ask
select
    'drop',
    addon.subscription_n,
    addon.addon_n,
    addon.customer_n,
    addon.offering_n,
    'delete',
    subscription.family,
    date_trunc('minute',
        after_minutes(month_from(), month_minutes() * u('asked at', addon.addon_n))),
    hash(addon.addon_n, month_n(), 'drop'),
from addon
inner join subscription
    on addon.subscription_n = subscription.subscription_n
where addon.ended_at is null
    and addon.started_at < month_from()
    and subscription.status = 'active'
    and u('drop', hash(addon.addon_n, month_n())) < rate().addon_drop
    and addon.subscription_n not in (
        select subscription_n from order_item where ends_at >= month_from()
    )
    and addon.subscription_n not in (select subscription_n from ask);
"""

# Fallout, missing capacity and missed visits break a promise; most broken promises are renewed.
ITEMS = """
insert into order_item
with
planned as (
    select
        *,
        kind in ('join', 'move') and family = 'broadband' as needs_visit,
        case
            when needs_visit then date_trunc('day', ordered_at)
                + to_days(cast(4 + floor(8 * u('lead', draw)) as integer)) + interval 18 hour
            when kind = 'join' then ordered_at + interval 4 hour
            else ordered_at + interval 1 hour end as first_promised_at,
        case
            when u('fallout', draw)
                < if(needs_visit, rate().fallout_broadband, rate().fallout_mobile) then 'fallout'
            when needs_visit and u('missed', draw) < rate().missed_by_us then 'missed_by_us'
            when needs_visit and u('missed', draw) < rate().missed_by_us + rate().missed_by_customer
                then 'missed_by_customer'
            when needs_visit and u('capacity', draw) < rate().repromise then 'capacity'
            else 'none' end as trouble,
        if(
            trouble = 'none',
            0.0,
            round(if(needs_visit, 1.0, 0.3) * (1 + 2.5 * exp(0.8 * gauss('delay', draw))), 2)
        ) as delay_days,
        trouble <> 'none'
            and delay_days > 3
            and kind = 'join'
            and u('given up', draw) < rate().order_cancelled_when_late as is_cancelled,
    from ask
),
ended as (
    select
        *,
        date_trunc('minute', case
            when is_cancelled then after_days(first_promised_at, 0.6 * delay_days)
            when trouble <> 'none' then after_days(first_promised_at, delay_days)
            when needs_visit then after_minutes(first_promised_at, -30 - 500 * u('done', draw))
            when kind = 'join' then after_minutes(ordered_at, 3 + 200 * u('done', draw) ** 2)
            else after_minutes(ordered_at, 1 + 20 * u('done', draw)) end) as ends_at,
    from planned
)
select
    month_n() * 10000000 + row_number() over (order by ordered_at, draw) as item_n,
    month_n() * 10000000 + dense_rank() over (order by ordered_at, customer_n, kind) as order_n,
    kind,
    subscription_n,
    addon_n,
    customer_n,
    offering_n,
    action,
    pick(['shop', 'shop', 'phone', 'web', 'web', 'app'], u('sold by', hash(customer_n, ordered_at)))
        as channel,
    family,
    needs_visit,
    ordered_at,
    first_promised_at,
    -- not everybody is told of the new date, and never before the trouble
    if(
        trouble <> 'none' and u('told', draw) < 0.8,
        after_minutes(first_promised_at, if(trouble in ('fallout', 'capacity'), -600, 120)),
        null
    ) as promised_again_at,
    if(
        trouble <> 'none' and u('told', draw) < 0.8,
        date_trunc('day', after_days(first_promised_at, delay_days)) + interval 18 hour,
        null
    ) as second_promise_at,
    ends_at,
    is_cancelled,
    trouble,
    delay_days,
    draw,
from ended
order by item_n;

update order_item
set promised_again_at = greatest(promised_again_at, ordered_at + interval 5 minute)
where promised_again_at is not null and ordered_at >= month_from();

delete from ask;

insert into cause
select
    subscription_n,
    'late_order',
    item_n,
    first_promised_at,
    if(is_cancelled, null, ends_at),
    delay_days,
from order_item
where item_n // 10000000 = month_n()
    and trouble in ('fallout', 'missed_by_us', 'capacity')
    and delay_days >= 0.5
order by item_n;

insert into appointment
select
    item_n * 10 + attempt as appointment_n,
    item_n,
    null,
    customer_n,
    subscription_n,
    case
        when attempt = 2 or trouble = 'none' then 'completed'
        when trouble like 'missed%' then trouble
        else 'cancelled' end as status,
    if(
        attempt = 1,
        first_promised_at - interval 6 hour,
        date_trunc('hour', ends_at) - interval 3 hour
    ) as window_from,
    case when status = 'completed' then after_minutes(ends_at, -25 - 50 * u('visit', draw))
        when status = 'missed_by_customer' then first_promised_at - interval 5 hour
        end as arrived_at,
    if(status = 'completed', ends_at, null) as completed_at,
    if(attempt = 1, ordered_at, after_minutes(first_promised_at, 60)) as booked_at,
from order_item
cross join (values (1), (2)) as attempts(attempt)
where item_n // 10000000 = month_n()
    and needs_visit
    and (attempt = 1 or trouble <> 'none')
    and not (attempt = 2 and is_cancelled)
order by 1;
"""

# Who gives notice orders the end; a number that goes elsewhere ends without one.
LEAVING = """
insert into order_item
with
noticed as (
    select
        exit.*,
        subscription.customer_n,
    from exit
    inner join subscription on exit.subscription_n = subscription.subscription_n
    where exit.exits_at >= month_from()
        and exit.exit_cause in ('cancel_other', 'move_out', 'deceased')
)
select
    month_n() * 10000000 + 5000000 + row_number() over (order by exits_at, subscription_n),
    month_n() * 10000000 + 5000000 + row_number() over (order by exits_at, subscription_n),
    'exit',
    subscription_n,
    null,
    customer_n,
    offering_n,
    'delete',
    pick(['phone', 'web', 'shop', 'letter'], u('by', draw)),
    family,
    false,
    greatest(month_from(), after_days(exits_at, -1 - 20 * u('notice', draw))) as ordered_at,
    exits_at,
    null,
    null,
    exits_at,
    false,
    'none',
    0,
    draw,
from noticed
where exits_at > month_from() + interval 10 minute
order by 1
"""


def take(connection: duckdb.DuckDBPyConnection, season: float) -> None:
    """Take the month's orders, draw their outcomes, and put into service what is done.

    Parameters
    ----------
    season : float
        How many join, against an ordinary month.
    """
    newest = connection.execute("select max(customer_n) from customer").fetchone()[0]
    customers.welcome(connection, RATES["join_share"] * season, RATES["join_existing_share"])
    connection.execute(topology.CONNECT)
    for statement in (JOINING, OFFERED, CHANGING, BUYING, ITEMS):
        connection.execute(statement)
    connection.execute(
        """
        insert into customer_change
        select reported(since, customer_n), customer_n, 0 from customer where customer_n > $newest;
        """,
        {"newest": newest},
    )
    connection.execute(
        """
        insert into account_change
        select reported(since, customer_n), customer_n, 0 from customer where customer_n > $newest;
        """,
        {"newest": newest},
    )
    versions.snapshot_products(
        connection,
        "reported(ordered_at, subscription_n)",
        "status = 'pendingActive' and ordered_at >= month_from()",
    )


def give_notice(connection: duckdb.DuckDBPyConnection) -> None:
    """Note the orders of those who left by giving notice."""
    connection.execute(LEAVING)
