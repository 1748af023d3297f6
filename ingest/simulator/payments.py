"""Who pays, who pays late and what follows when nobody pays; top-ups of prepaid lines."""

from __future__ import annotations

import duckdb

from ingest.simulator import versions

# Most pay in time; some late; a few never, and then the lines are cut and ended.
PAYMENTS = """
create or replace temp table outcome as
with
drawn as (
    select
        bill.*,
        customer.payment_method,
        customer.payment_risk,
        hash(bill.bill_n, 'pay') as draw,
    from bill
    inner join customer
        on bill.customer_n = customer.customer_n
    where bill.bill_n // 100000000 = month_n()
        -- who stopped paying does not begin again while the old bill is open
        and bill.customer_n not in (
            select subscription.customer_n
            from suspension
            inner join subscription on suspension.subscription_n = subscription.subscription_n
            where suspension.resumed_at is null or suspension.resumed_at > month_from()
        )
)
select
    *,
    case
        when u('never', draw) < rate().never_paid * payment_risk then 'never'
        when u('late', draw) < rate().late_payment * payment_risk then 'late'
        when payment_method = 'direct_debit' and u('failed', draw) < rate().failed_debit
            then 'failed'
        else 'paid' end as outcome,
    u('comes back', draw) < 0.4 as comes_back,
from drawn;

insert into payment
with
paid as (
    select
        customer_n, bill_n, payment_method, amount, draw, 'settled' as status,
        case
            when outcome = 'late' then after_days(due_at, 1 + 24 * u('how late', draw))
            when outcome = 'failed' then after_days(due_at, 5 + 6 * u('how late', draw))
            when outcome = 'never' then after_days(due_at, 36 + 4 * u('how late', draw))
            when payment_method = 'direct_debit' then due_at
            else after_days(billed_at, 0.5 + 13 * u('how soon', draw)) end as paid_at,
    from outcome
    where outcome <> 'never' or comes_back
    union all
    select customer_n, bill_n, payment_method, amount, draw, 'failed', due_at
    from outcome
    where outcome = 'failed'
)
select
    month_n() * 1000000000 + row_number() over (order by bill_n, paid_at) as payment_n,
    customer_n,
    null,
    bill_n,
    payment_method,
    status,
    amount,
    paid_at,
    reported(paid_at, bill_n),
from paid
order by payment_n;

insert into suspension
select
    subscription.subscription_n,
    outcome.due_at + interval 30 day,
    if(outcome.comes_back, after_days(outcome.due_at, 36 + 4 * u('how late', outcome.draw)), null),
    outcome.bill_n,
from outcome
inner join subscription
    on outcome.customer_n = subscription.customer_n
where outcome.outcome = 'never'
    and subscription.status = 'active'
    and not subscription.is_prepaid
order by 1;

insert into candidate
select
    subscription_n,
    after_days(suspended_at, 18 + 10 * u('cut', bill_n)),
    'non_pay',
    bill_n,
    hash(bill_n, subscription_n, 'cut'),
from suspension
where bill_n // 100000000 = month_n() and resumed_at is null
order by subscription_n;

-- prepaid lines are topped up as long as they are used
insert into payment
with
topped as (
    select
        subscription_n,
        customer_n,
        monthly_charge,
        unnest(range(1 + cast(floor(2 * u('ups', hash(subscription_n, month_n()))) as bigint)))
            as occurrence,
        least(coalesce(ended_at, month_to()), coalesce(silent_from, month_to()), month_to())
            as until,
        started_at,
    from subscription
    where is_prepaid and started_at is not null and started_at < month_to()
        and coalesce(silent_from, ended_at, month_to()) > month_from()
),
dated as (
    select
        *,
        date_trunc('minute', after_minutes(month_from(), month_minutes()
            * u('up at', hash(subscription_n, month_n(), occurrence)))) as paid_at,
    from topped
)
select
    month_n() * 1000000000 + 500000000 + row_number() over (order by subscription_n, paid_at),
    customer_n,
    subscription_n,
    null,
    'top_up',
    'settled',
    greatest(5, round(monthly_charge * 1.2, 2)),
    paid_at,
    reported(paid_at, subscription_n),
from dated
where paid_at < until and paid_at > started_at
order by 1;
"""

SUSPEND = """
create or replace temp table cut_off as
select suspension.*
from suspension
inner join subscription
    on suspension.subscription_n = subscription.subscription_n
where suspension.suspended_at >= month_from() and suspension.suspended_at < month_to()
    and subscription.status = 'active';

update subscription set status = 'suspended'
from cut_off
where subscription.subscription_n = cut_off.subscription_n;

create or replace temp table back_again as
select suspension.*
from suspension
inner join subscription
    on suspension.subscription_n = subscription.subscription_n
where suspension.resumed_at >= month_from() and suspension.resumed_at < month_to()
    and subscription.status = 'suspended';
"""


def suspend(connection: duckdb.DuckDBPyConnection) -> None:
    """Cut off who has not paid for long and take back who then did."""
    connection.execute(SUSPEND)
    versions.snapshot_products(
        connection,
        "reported((select max(suspended_at) from cut_off "
        "where cut_off.subscription_n = subscription.subscription_n), subscription_n)",
        "subscription_n in (select subscription_n from cut_off)",
    )
    connection.execute("""
        update subscription set status = 'active'
        from back_again
        where subscription.subscription_n = back_again.subscription_n
    """)
    versions.snapshot_products(
        connection,
        "reported((select max(resumed_at) from back_again "
        "where back_again.subscription_n = subscription.subscription_n), subscription_n)",
        "subscription_n in (select subscription_n from back_again)",
    )


def pay(connection: duckdb.DuckDBPyConnection) -> None:
    """Draw how the month's bills are paid, and who tops up."""
    connection.execute(PAYMENTS)
