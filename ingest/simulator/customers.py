"""Who the operator serves: areas, customers and their households, at the start and as they join."""

from __future__ import annotations

import duckdb

from ingest.simulator import lines

LINES_PER_CUSTOMER = 1.6

AREAS = """
create table area as
with
weighted as (
    select
        range as area_n,
        1 + (range - 1) % getvariable('regions') as region_n,
        0.4 + u('weight', range) as weight,
    from range(1, getvariable('areas') + 1)
),
shared as (
    select
        *,
        sum(weight) over (order by area_n) / sum(weight) over () as share_to,
    from weighted
)
select
    area_n,
    region_n,
    pick(
        ['Ober', 'Nieder', 'Alt', 'Neu', 'Gross', 'Klein', 'Sankt ', 'Bad '], u('town', area_n)
    ) || pick(
        ['lind', 'berg', 'wald', 'hofen', 'stein', 'furt', 'see', 'tal'], u('town2', area_n)
    ) || ' ' || area_n as name,
    pick(['North', 'South', 'East', 'West', 'Centre'], (region_n - 0.5) / 5) as region,
    round(48 + 4 * u('latitude', area_n), 4) as latitude,
    round(9 + 5 * u('longitude', area_n), 4) as longitude,
    coalesce(lag(share_to) over (order by area_n), 0) as share_from,
    if(area_n = getvariable('areas'), 2.0, share_to) as share_to,
from shared
order by area_n
"""

CUSTOMER_TABLE = """
create table customer (
    customer_n bigint, is_business boolean, is_internal boolean, mobile_lines bigint,
    broadband_lines bigint, area_n bigint, age bigint, is_cyrillic boolean, years_before double,
    payment_method varchar, is_paperless boolean, cycle_day bigint, sensitivity double,
    talkativeness double, payment_risk double, tv_affinity double, data_affinity double,
    security_affinity double, roaming_affinity double, mood double, retention_type varchar,
    since timestamp, phone bigint
);
create table wish (
    subscription_n bigint, customer_n bigint, family varchar, ordered_at timestamp
);
create table subscription (
    subscription_n bigint, customer_n bigint, family varchar, area_n bigint, is_prepaid boolean,
    offering_n bigint, monthly_charge double, contract_type varchar, phone bigint,
    leaf_n bigint, access_n bigint, ordered_at timestamp, started_at timestamp,
    contract_ends_at timestamp, status varchar, exit_cause varchar, ended_at timestamp,
    silent_from timestamp, base_hazard double, is_new boolean
);
create table addon (
    addon_n bigint, subscription_n bigint, customer_n bigint, offering_n bigint,
    monthly_charge double, started_at timestamp, ended_at timestamp, status varchar
)
"""

# A household's lines are drawn whole, so that several products under one customer are usual.
CUSTOMERS = """
insert into customer
with
drawn as (
    select
        cast(range as bigint) as customer_n,
        u('business', range) < 0.06 as is_business,
        u('household', range) as household,
        u('wide', range) as wide,
    from range(getvariable('customer_from'), getvariable('customer_to'))
),
sized as (
    select
        *,
        cast(case
            when is_business then 1 + floor(6 * wide * wide)
            when household < 0.42 then 1
            when household < 0.54 then 2
            when household < 0.70 then 0
            when household < 0.86 then 1
            when household < 0.95 then 2
            else 3 end as bigint) as mobile_lines,
        cast(case
            when is_business then if(household < 0.6, 1, 0)
            when household < 0.54 then 0
            else 1 end as bigint) as broadband_lines,
    from drawn
)
select
    sized.customer_n,
    sized.is_business,
    u('internal', sized.customer_n) < 0.004 as is_internal,
    sized.mobile_lines,
    sized.broadband_lines,
    area.area_n,
    if(sized.is_business, null, 18 + cast(floor(62 * u('age', sized.customer_n)) as bigint)) as age,
    u('language', sized.customer_n) < 0.6 as is_cyrillic,
    -- years with us: many young, a long tail of old customers
    least(25.0, waiting(1 / 5.0, u('since', sized.customer_n))) as years_before,
    case
        when u('pay', sized.customer_n) < 0.48 then 'direct_debit'
        when u('pay', sized.customer_n) < 0.74 then 'card'
        when u('pay', sized.customer_n) < 0.94 then 'transfer'
        else 'cash' end as payment_method,
    u('paperless', sized.customer_n) < 0.71 as is_paperless,
    1 + cast(floor(28 * u('cycle', sized.customer_n)) as bigint) as cycle_day,
    -- what the customer is like: never delivered, only in truth/
    exp(0.5 * gauss('sensitive', sized.customer_n) - 0.125) as sensitivity,
    exp(0.6 * gauss('talkative', sized.customer_n) - 0.18) as talkativeness,
    exp(0.9 * gauss('risk', sized.customer_n) - 0.405) as payment_risk,
    u('tv taste', sized.customer_n) as tv_affinity,
    u('data taste', sized.customer_n) as data_affinity,
    u('safe taste', sized.customer_n) as security_affinity,
    u('travel taste', sized.customer_n) as roaming_affinity,
    gauss('mood', sized.customer_n) as mood,
    -- the young shop around and stay for an offer, the old are woken up by it; a quarter and a
    -- tenth of all, as before it hung on anything that can be known
    case
        when u('persuadable', sized.customer_n) < case
            when sized.is_business then 0.25 when u('age', sized.customer_n) < 0.35 then 0.60
            when u('age', sized.customer_n) < 0.65 then 0.10 else 0.03 end then 'persuadable'
        when u('persuadable', sized.customer_n) > case
            when sized.is_business then 0.90 when u('age', sized.customer_n) < 0.35 then 0.99
            when u('age', sized.customer_n) < 0.65 then 0.95 else 0.76 end then 'sleeping_dog'
        else 'indifferent' end as retention_type,
    -- who joins in the window does so at a moment of the month; the others' is set by their lines
    if(
        month_n() = 0,
        null,
        date_trunc('minute', after_minutes(
            month_from(), month_minutes() * u('join at', sized.customer_n)
        ))
    ) as since,
    null as phone,
from sized
inner join area
    on u('area', sized.customer_n) >= area.share_from
    and u('area', sized.customer_n) < area.share_to
order by sized.customer_n
"""

# People give the number of their own mobile line; who has none gives some other number.
PHONES = """
update customer set phone = coalesce(own.phone, 2000000000
    + ((customer.customer_n + 500000000) * 48271 + 12345) % 999999937)
from (
    select
        customer.customer_n,
        arg_min(subscription.phone, subscription.subscription_n)
            filter (subscription.family = 'mobile') as phone,
    from customer
    inner join subscription
        on customer.customer_n = subscription.customer_n
    where customer.phone is null
    group by customer.customer_n
) as own
where customer.customer_n = own.customer_n
"""


# A new mailbox or address: the CRM and the billing system learn of it each in its own time.
NEW_DETAILS = """
create or replace temp table changed_details as
select
    customer_n,
    date_trunc('minute', after_minutes(month_from(), month_minutes()
        * u('details at', hash(customer_n, month_n())))) as changed_at,
from customer
where since < month_from() and u('details', hash(customer_n, month_n())) < rate().new_details
order by customer_n;

insert into customer_change
select reported(changed_at, customer_n), customer_n, month_n() from changed_details;

insert into account_change
select reported(changed_at + interval 7 hour, customer_n), customer_n, month_n()
from changed_details
where u('bills too', hash(customer_n, month_n())) < 0.6;
"""


def set_counter(connection: duckdb.DuckDBPyConnection, name: str, value: int) -> None:
    """Set one number the statements of this module read."""
    connection.execute(f"set variable {name} = {int(value)}::bigint")


def found_operator(connection: duckdb.DuckDBPyConnection, subscriptions: int) -> None:
    """Create the catalogue, the areas and everybody served when the window opens.

    Parameters
    ----------
    subscriptions : int
        Lines (mobile and broadband, without add-ons) active at the start of the window.
    """
    connection.execute(lines.CATALOGUE)
    set_counter(connection, "regions", 5)
    set_counter(connection, "areas", min(400, max(10, subscriptions // 1500)))
    connection.execute(AREAS)
    connection.execute(CUSTOMER_TABLE)
    set_counter(connection, "customer_from", 1)
    set_counter(connection, "customer_to", subscriptions + 1)
    set_counter(connection, "subscription_from", 1)
    connection.execute(CUSTOMERS)
    connection.execute(lines.WISHES_OF_NEW_CUSTOMERS)
    connection.execute("delete from wish where subscription_n > ?", [subscriptions])
    connection.execute("delete from customer where customer_n not in (select customer_n from wish)")
    connection.execute(lines.SUBSCRIPTIONS)
    connection.execute(lines.ADDONS)
    connection.execute("delete from wish")
    connection.execute("""
        update customer set since = earliest.since
        from (
            select customer_n, min(started_at) as since from subscription group by customer_n
        ) as earliest
        where customer.customer_n = earliest.customer_n
    """)
    connection.execute(PHONES)


def welcome(connection: duckdb.DuckDBPyConnection, join_share: float, existing: float) -> None:
    """Let new customers come and present ones take one more line, about as many as leave.

    Parameters
    ----------
    join_share : float
        Lines that join in the month, as a share of the lines in service.
    existing : float
        Share of them that goes to customers we have.
    """
    served, customers, last_customer, last_line = connection.execute("""
        select
            count(*) filter (status in ('active', 'suspended')),
            count(distinct customer_n) filter (status in ('active', 'suspended')),
            (select max(customer_n) from customer),
            max(subscription_n)
        from subscription
    """).fetchone()
    joining = served * join_share
    set_counter(connection, "customer_from", last_customer + 1)
    households = round(joining * (1 - existing) / LINES_PER_CUSTOMER)
    set_counter(connection, "customer_to", last_customer + 1 + households)
    set_counter(connection, "subscription_from", last_line + 1)
    connection.execute(f"set variable extra_chance = {joining * existing / max(customers, 1)}")
    connection.execute(CUSTOMERS)
    connection.execute(lines.WISHES_OF_NEW_CUSTOMERS)
    newest = connection.execute("select max(subscription_n) from wish").fetchone()[0]
    set_counter(connection, "subscription_from", (newest or last_line) + 1)
    connection.execute(lines.WISHES_OF_CUSTOMERS)
    connection.execute(lines.SUBSCRIPTIONS)
    connection.execute("delete from wish")
    connection.execute(PHONES)


def change_details(connection: duckdb.DuckDBPyConnection) -> None:
    """Let some customers change their e-mail and postal address."""
    connection.execute(NEW_DETAILS)
