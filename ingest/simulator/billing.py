"""Bills with their lines and shocks, and what is disputed, credited or paid back."""

from __future__ import annotations

import duckdb

TABLES = """
create table shock (bill_n bigint, subscription_n bigint, size double);
create table bill (
    bill_n bigint, customer_n bigint, subscription_n bigint, billed_at timestamp,
    period_from timestamp, period_to timestamp, amount double, amount_ex_tax double,
    is_on_cycle boolean, due_at timestamp, known_at timestamp
);
create table bill_line (
    line_n bigint, bill_n bigint, product_id varchar, charge_type varchar, amount_ex_tax double,
    known_at timestamp
);
create table payment (
    payment_n bigint, customer_n bigint, subscription_n bigint, bill_n bigint, method varchar,
    status varchar, amount double, paid_at timestamp, known_at timestamp
);
create table suspension (
    subscription_n bigint, suspended_at timestamp, resumed_at timestamp, bill_n bigint
);
create table adjustment (
    adjustment_n bigint, adjustment_type varchar, customer_n bigint, bill_n bigint,
    problem_n bigint, reason varchar, amount double, credited_amount double, created_at timestamp,
    closed_at timestamp
);
"""

# A shock is a line that roamed or ran out of its bundle; it is felt when the bill arrives.
SHOCKS = """
insert into shock
select
    month_n() * 100000000 + customer.customer_n,
    subscription.subscription_n,
    0.75 + 0.8 * u('size', hash(subscription.subscription_n, month_n(), 'shock')),
from subscription
inner join customer
    on subscription.customer_n = customer.customer_n
where subscription.status = 'active'
    and not subscription.is_prepaid
    and not customer.is_internal
    and subscription.started_at < month_from() - interval 40 day
    and u('shock', hash(subscription.subscription_n, month_n(), 'shock'))
        < rate().shock * (0.4 + 1.2 * customer.roaming_affinity)
order by 2;

insert into cause
select
    shock.subscription_n,
    'shock',
    shock.bill_n,
    month_from() + to_days(cast(customer.cycle_day - 1 as integer)) + interval 3 hour
        as happened_at,
    happened_at,
    1.0,
from shock
inner join customer
    on shock.bill_n % 100000000 = customer.customer_n
where shock.bill_n // 100000000 = month_n()
order by 1, 3;
"""

BILLS = """
create or replace temp table charged as
with
cycles as (
    select
        *,
        month_from() + to_days(cast(cycle_day - 1 as integer)) as period_to,
        month_from() + to_days(cast(cycle_day - 1 as integer)) - interval 1 month as period_from,
    from customer
),
products as (
    select
        subscription_n,
        subscription_id(subscription_n) as product_id,
        customer_n,
        monthly_charge,
        started_at,
        ended_at,
        contract_type = 'two_year' and family = 'mobile' and u('handset', subscription_n) < 0.25
            as has_equipment,
        family,
    from subscription
    where not is_prepaid and started_at is not null
    union all
    select
        addon.subscription_n,
        addon_id(addon.addon_n),
        addon.customer_n,
        addon.monthly_charge,
        addon.started_at,
        addon.ended_at,
        false,
        'addon',
    from addon
    inner join subscription
        on addon.subscription_n = subscription.subscription_n
    where not subscription.is_prepaid
)
select
    products.*,
    cycles.period_from,
    cycles.period_to,
    products.started_at > cycles.period_from
        or coalesce(products.ended_at < cycles.period_to, false) as is_partial,
    round(products.monthly_charge * date_diff(
        'minute',
        greatest(products.started_at, cycles.period_from),
        least(coalesce(products.ended_at, cycles.period_to), cycles.period_to)
    ) / date_diff('minute', cycles.period_from, cycles.period_to), 2) as recurring,
from products
inner join cycles
    on products.customer_n = cycles.customer_n
where products.started_at < cycles.period_to
    and (products.ended_at is null or products.ended_at > cycles.period_from);

insert into bill_line
with
by_account as (
    select customer_n, cast(sum(cast(recurring as decimal(12, 2))) as double) as total
    from charged group by customer_n
),
lines as (
    select
        customer_n,
        subscription_n,
        product_id,
        'recurring' as charge_type,
        recurring as amount,
    from charged
    union all
    select customer_n, subscription_n, product_id, 'equipment', 12.5
    from charged
    where has_equipment
    union all
    select
        customer_n,
        subscription_n,
        product_id,
        'usage',
        round(0.4 + 3.5 * u('little', hash(product_id, month_n())) ** 2, 2),
    from charged
    where family = 'mobile' and u('some', hash(product_id, month_n())) < 0.12
    union all
    select
        charged.customer_n,
        charged.subscription_n,
        charged.product_id,
        'usage',
        round(by_account.total * shock.size + 12, 2),
    from charged
    inner join shock
        on charged.subscription_n = shock.subscription_n
        and shock.bill_n // 100000000 = month_n()
    inner join by_account
        on charged.customer_n = by_account.customer_n
    where charged.family <> 'addon'
)
select
    month_n() * 1000000000 + row_number() over (
        order by lines.customer_n, lines.product_id, lines.charge_type, lines.amount
    ),
    month_n() * 100000000 + lines.customer_n,
    lines.product_id,
    lines.charge_type,
    lines.amount,
    reported(
        month_from() + to_days(cast(customer.cycle_day - 1 as integer)) + interval 3 hour,
        lines.customer_n
    ),
from lines
inner join customer
    on lines.customer_n = customer.customer_n
where lines.amount > 0
order by 1;

insert into bill
with
totals as (
    select
        bill_n,
        -- decimals: a sum of fractions would depend on the order of the rows
        cast(sum(cast(amount_ex_tax as decimal(12, 2))) as double) as total,
        cast(sum(cast(amount_ex_tax as decimal(12, 2)))
            filter (charge_type <> 'equipment') as double) as service_total,
        any_value(known_at) as known_at,
    from bill_line
    where bill_n // 100000000 = month_n()
    group by bill_n
),
owners as (
    select
        customer_n,
        any_value(period_from) as period_from,
        any_value(period_to) as period_to,
        if(count(distinct subscription_n) = 1, min(subscription_n), null) as subscription_n,
        bool_or(is_partial) as is_partial,
    from charged
    group by customer_n
)
select
    totals.bill_n,
    owners.customer_n,
    owners.subscription_n,
    owners.period_to + interval 3 hour as billed_at,
    owners.period_from,
    owners.period_to,
    round(totals.total * 1.2, 2),
    round(coalesce(totals.service_total, 0), 2),
    not owners.is_partial,
    owners.period_to + interval 14 day,
    totals.known_at,
from totals
inner join owners
    on totals.bill_n % 100000000 = owners.customer_n
order by totals.bill_n;
"""

# Shocked customers who called may dispute; long faults are made up for when a ticket says so.
ADJUSTMENTS = """
insert into adjustment
with
disputes as (
    select
        'dispute' as adjustment_type,
        contact.customer_n,
        contact.key_n as bill_n,
        null as problem_n,
        'roaming_or_usage' as reason,
        round(0.8 * bill.amount, 2) as amount,
        if(u('won', contact.draw) < 0.6, round(0.5 * bill.amount, 2), 0) as credited_amount,
        contact.started_at as created_at,
        after_days(contact.started_at, 2 + 18 * u('settled', contact.draw)) as closed_at,
        contact.draw,
    from contact
    inner join bill
        on contact.key_n = bill.bill_n
    where contact.cause = 'shock'
        and contact.started_at >= month_from() and contact.started_at < month_to()
        and u('dispute', contact.draw) < rate().dispute_when_shocked
),
credits as (
    select
        'credit' as adjustment_type,
        customer_n,
        null as bill_n,
        problem_n,
        'service_lost' as reason,
        round(3 + 9 * u('goodwill', ticket_n), 2) as amount,
        amount as credited_amount,
        resolved_at as created_at,
        resolved_at as closed_at,
        hash(ticket_n, 'credit') as draw,
    from ticket
    where customer_n is not null
        and ticket_type = 'fault'
        and resolved_at >= month_from() and resolved_at < month_to()
        and hours_between(opened_at, resolved_at) > 8
        and u('credited', ticket_n) < 0.3
),
refunds as (
    select
        'refund' as adjustment_type,
        customer_n,
        bill_n,
        null as problem_n,
        'paid_twice' as reason,
        amount,
        amount as credited_amount,
        paid_at + interval 6 day as created_at,
        paid_at + interval 8 day as closed_at,
        hash(payment_n, 'refund') as draw,
    from payment
    where bill_n is not null
        and paid_at >= month_from() and paid_at < month_to() - interval 6 day
        and u('refund', payment_n) < 0.001
),
together as (
    select * from disputes
    union all
    select * from credits
    union all
    select * from refunds
)
select
    month_n() * 100000000 + row_number() over (order by created_at, draw),
    adjustment_type,
    customer_n,
    bill_n,
    problem_n,
    reason,
    amount,
    credited_amount,
    created_at,
    closed_at,
from together
order by 1
"""


def shock(connection: duckdb.DuckDBPyConnection) -> None:
    """Draw whose bill will startle them this month."""
    connection.execute(SHOCKS)


def bill(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the month's bills for who was served."""
    connection.execute(BILLS)


def adjust(connection: duckdb.DuckDBPyConnection) -> None:
    """Open disputes, give credits and pay back what was paid twice."""
    connection.execute(ADJUSTMENTS)
