"""One subscription: what happened to it, what it cost, what is worth offering."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.queries.privacy import without_small_cells
from app.serving import ask, shown

LISTED_EVENTS = 500

_FOUND = """
select
    subscription_id,
    customer_id,
    account_id,
    offering_name,
    family,
    contract_type,
    area,
    region,
    segment,
    status,
    exit_cause,
    monthly_charge,
    is_prepaid,
    is_in_base,
    started_at,
    ended_at,
    contract_ends_at
from marts.dim_subscription
where is_current and (subscription_id = $id or customer_id = $id)
order by ended_at is not null, started_at desc, subscription_id
limit 50
"""

_CUSTOMER = "select customer_id from marts.dim_customer where customer_id = $id limit 1"

_OUTAGES = """
select
    impacts.problem_id,
    problems.cause,
    impacts.is_planned,
    impacts.is_outage,
    min(impacts.impact_from) as since,
    max(problems.affected_customers) as affected_customers
from marts.fct_service_impact as impacts
inner join marts.fct_problem as problems
    on impacts.problem_id = problems.problem_id
where
    impacts.subscription_id = $subscription
    and problems.is_open
    and impacts.impact_to >= problems.lasted_to
group by all
order by since
"""

_TIMELINE = """
with

impacts as (

    select
        impact_from as occurred_at,
        impact_to as ended_at,
        'oss' as side,
        'service' as lane,
        case
            when not is_outage then 'degradation'
            when is_planned then 'planned_outage'
            else 'outage'
        end as code,
        minutes + degraded_minutes as amount,
        'min' as unit,
        problem_id as reference
    from marts.fct_service_impact
    where subscription_id = $subscription

),

tickets as (

    select
        opened_at as occurred_at,
        coalesce(resolved_at, closed_at) as ended_at,
        'oss' as side,
        'ticket' as lane,
        coalesce(ticket_type, 'ticket') as code,
        hours_to_resolve as amount,
        'h' as unit,
        ticket_id as reference
    from marts.fct_ticket
    where
        subscription_id = $subscription
        or (subscription_id is null and customer_id = $customer)

),

visits as (

    select
        coalesce(arrived_at, window_from) as occurred_at,
        'oss' as side,
        'visit' as lane,
        coalesce(status, 'visit') as code,
        appointment_id as reference
    from marts.fct_visit
    where subscription_id = $subscription

),

contacts as (

    select
        started_at as occurred_at,
        'bss' as side,
        'contact' as lane,
        coalesce(reason, 'contact') as code,
        coalesce(direction, '') || '/' || coalesce(channel, '') as note,
        interaction_id as reference
    from marts.fct_interaction
    where
        subscription_id = $subscription
        or (subscription_id is null and customer_id = $customer)

),

orders as (

    select
        ordered_at as occurred_at,
        completed_at as ended_at,
        'bss' as side,
        'order' as lane,
        coalesce(action, 'order') as code,
        state as note,
        lead_hours as amount,
        'h' as unit,
        order_item_id as reference
    from marts.fct_product_order
    where subscription_id = $subscription

),

bills as (

    select
        billed_at as occurred_at,
        'bss' as side,
        'bill' as lane,
        case when is_shock then 'bill_shock' else 'bill' end as code,
        currency as unit,
        cast(amount as double) as amount,
        bill_id as reference
    from marts.fct_bill
    where
        subscription_id = $subscription
        or (subscription_id is null and account_id = $account)

),

movements as (

    select
        occurred_at,
        'bss' as side,
        'bill' as lane,
        payment_type as code,
        reason_code as note,
        cast(amount as double) as amount,
        movement_id as reference
    from marts.fct_payment
    where
        payment_type <> 'payment'
        and (
            subscription_id = $subscription
            or (subscription_id is null and account_id = $account)
        )

),

ports as (

    select
        requested_at as occurred_at,
        completed_at as ended_at,
        'bss' as side,
        'life' as lane,
        'port_' || direction as code,
        status as note,
        port_id as reference
    from marts.fct_port_request
    where subscription_id = $subscription

),

notices as (

    select
        sent_at as occurred_at,
        'bss' as side,
        'notice' as lane,
        coalesce(purpose, 'notice') as code,
        channel as note,
        message_id as reference
    from marts.fct_notice
    where
        subscription_id = $subscription
        or (subscription_id is null and customer_id = $customer)

),

surveys as (

    select
        answered_at as occurred_at,
        'bss' as side,
        'survey' as lane,
        survey_type as code,
        nps_group as note,
        cast(score as double) as amount,
        survey_id as reference
    from marts.fct_survey
    where
        answered_at is not null
        and (
            subscription_id = $subscription
            or (subscription_id is null and customer_id = $customer)
        )

),

steps as (

    select
        occurred_at,
        'bss' as side,
        'life' as lane,
        event_type as code,
        exit_cause as note,
        event_id as reference
    from marts.fct_subscription_event
    where subscription_id = $subscription

),

everything as (

    select * from impacts
    union all by name
    select * from tickets
    union all by name
    select * from visits
    union all by name
    select * from contacts
    union all by name
    select * from orders
    union all by name
    select * from bills
    union all by name
    select * from movements
    union all by name
    select * from ports
    union all by name
    select * from notices
    union all by name
    select * from surveys
    union all by name
    select * from steps

)

select
    occurred_at,
    ended_at,
    side,
    lane,
    code,
    note,
    amount,
    unit,
    reference
from everything
where occurred_at is not null and occurred_at < cast($as_of as timestamp)
order by occurred_at desc, lane, reference
limit $limit
"""

_INDEX = """
select as_of_date, cxi, is_monitored
from marts.fct_cxi_day
where subscription_id = $subscription
order by as_of_date
"""

_POINTS = """
select
    points.points_lost,
    events.domain,
    events.event_type,
    events.occurred_at,
    events.measure,
    events.evidence_type,
    events.evidence_id
from marts.cxi_points as points
inner join marts.fct_cx_event as events
    on points.cx_event_id = events.cx_event_id
where points.subscription_id = $subscription and points.as_of_date = $as_of_date
order by points.points_lost desc, events.cx_event_id
"""

_BILLS = """
select
    bill_id,
    billed_at,
    cast(amount as double) as amount,
    cast(previous_median_amount as double) as usual_amount,
    is_shock,
    currency
from marts.fct_bill
where
    subscription_id = $subscription
    or (subscription_id is null and account_id = $account)
order by billed_at desc
limit 36
"""

_ORDERS = """
select
    orders.order_item_id,
    orders.action,
    orders.state,
    orders.ordered_at,
    orders.first_promised_at,
    orders.completed_at,
    orders.lead_hours,
    orders.is_late,
    offerings.offering_name
from marts.fct_product_order as orders
left join marts.dim_product_offering as offerings
    on orders.offering_id = offerings.offering_id and offerings.is_current
where orders.subscription_id = $subscription
order by orders.ordered_at desc
limit 50
"""

_CONTACTS = """
select
    interaction_id,
    started_at,
    channel,
    direction,
    reason,
    is_human_handled,
    is_repeat_7d,
    problem_id,
    ticket_id
from marts.fct_interaction
where
    subscription_id = $subscription
    or (subscription_id is null and customer_id = $customer)
order by started_at desc
limit 100
"""


@needs("persons")
def found(identifier: str) -> pd.DataFrame:
    """Return the subscriptions whose own or whose customer's pseudonym is exactly `identifier`."""
    return ask(_FOUND, id=identifier)


@needs("persons")
def is_customer(identifier: str) -> bool:
    """Tell whether a customer of this pseudonym is known, with or without subscription."""
    return not ask(_CUSTOMER, id=identifier).empty


@needs("persons")
def outages(subscription: str) -> pd.DataFrame:
    """Return the problems that hold this subscription down or disturb it now."""
    rows = ask(_OUTAGES, subscription=subscription)
    return without_small_cells(rows, customers="affected_customers")


@needs("persons")
def timeline(subscription: pd.Series) -> pd.DataFrame:
    """Return everything both sides know to have happened, newest first."""
    return ask(
        _TIMELINE,
        subscription=subscription["subscription_id"],
        customer=subscription["customer_id"],
        account=subscription["account_id"],
        as_of=shown().release.as_of,
        limit=LISTED_EVENTS,
    )


@needs("persons")
def index(subscription: str) -> pd.DataFrame:
    """Return the experience index by date (M42)."""
    return ask(_INDEX, subscription=subscription)


@needs("persons")
def points(subscription: str, as_of_date: object) -> pd.DataFrame:
    """Return the points each experience costs on a date; they add up to 100 less the index."""
    return ask(_POINTS, subscription=subscription, as_of_date=as_of_date)


@needs("persons")
def bills(subscription: pd.Series) -> pd.DataFrame:
    """Return the last bills, newest first."""
    return ask(
        _BILLS,
        subscription=subscription["subscription_id"],
        account=subscription["account_id"],
    )


@needs("persons")
def orders(subscription: str) -> pd.DataFrame:
    """Return the last orders, newest first."""
    return ask(_ORDERS, subscription=subscription)


@needs("persons")
def contacts(subscription: pd.Series) -> pd.DataFrame:
    """Return the last contacts, newest first."""
    return ask(
        _CONTACTS,
        subscription=subscription["subscription_id"],
        customer=subscription["customer_id"],
    )
