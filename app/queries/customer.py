"""One customer: found by any number of theirs, their lines, and all that happened to them."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask, shown

LISTED_EVENTS = 500

# A group costs more than all else of such a look-up: rows are put together by who asks.
_FOUND = """
select
    customer_id,
    subscription_id,
    identifier_type
from marts.bdg_customer_identifier
where identifier = $id
order by customer_id, identifier_type
limit 50
"""

_LINES = """
select
    lines.subscription_id,
    lines.customer_id,
    lines.account_id,
    lines.offering_name,
    lines.family,
    lines.contract_type,
    lines.area,
    lines.region,
    lines.segment,
    lines.status,
    lines.exit_cause,
    cast(lines.monthly_charge as double) as monthly_charge,
    lines.is_prepaid,
    lines.started_at,
    lines.ended_at,
    lines.contract_ends_at
from marts.dim_subscription as lines
where lines.is_current and lines.customer_id = $customer
order by
    coalesce(lines.subscription_id = $subscription, false) desc,
    lines.ended_at is not null,
    lines.started_at desc,
    lines.subscription_id
limit 50
"""

_TIMELINE = """
with

impacts as (

    select
        impact_from as occurred_at,
        impact_to as ended_at,
        subscription_id,
        'oss' as side,
        'service' as lane,
        case
            when not is_outage then 'degradation'
            when is_planned then 'planned_outage'
            else 'outage'
        end as code,
        minutes + degraded_minutes as amount,
        'min' as unit,
        'problem' as record_type,
        problem_id as reference
    from marts.fct_service_impact
    where customer_id = $customer

),

tickets as (

    select
        opened_at as occurred_at,
        coalesce(resolved_at, closed_at) as ended_at,
        subscription_id,
        'oss' as side,
        'ticket' as lane,
        coalesce(ticket_type, 'ticket') as code,
        hours_to_resolve as amount,
        'h' as unit,
        'ticket' as record_type,
        ticket_id as reference
    from marts.fct_ticket
    where customer_id = $customer

),

visits as (

    select
        coalesce(arrived_at, window_from) as occurred_at,
        subscription_id,
        'oss' as side,
        'visit' as lane,
        coalesce(status, 'visit') as code,
        'visit' as record_type,
        appointment_id as reference
    from marts.fct_visit
    where customer_id = $customer

),

contacts as (

    select
        started_at as occurred_at,
        subscription_id,
        'bss' as side,
        'contact' as lane,
        coalesce(reason, 'contact') as code,
        coalesce(direction, '') || '/' || coalesce(channel, '') as note,
        is_contact,
        -- to people (M05) or to self-service; what we began is not asked for
        coalesce(is_contact or direction = 'inbound', false) as is_asked,
        'contact' as record_type,
        interaction_id as reference
    from marts.fct_interaction
    where customer_id = $customer

),

orders as (

    select
        ordered_at as occurred_at,
        completed_at as ended_at,
        subscription_id,
        'bss' as side,
        'order' as lane,
        coalesce(action, 'order') as code,
        state as note,
        date_diff('second', ordered_at, completed_at) / 3600.0 as amount,
        'h' as unit,
        'order' as record_type,
        order_item_id as reference
    from marts.order_status
    where customer_id = $customer

),

bills as (

    select
        billed_at as occurred_at,
        subscription_id,
        'bss' as side,
        'bill' as lane,
        case when is_shock then 'bill_shock' else 'bill' end as code,
        currency as unit,
        cast(amount as double) as amount,
        cast(previous_median_amount as double) as usual_amount,
        'bill' as record_type,
        bill_id as reference
    from marts.fct_bill
    where customer_id = $customer

),

movements as (

    select
        occurred_at,
        subscription_id,
        'bss' as side,
        -- What is disputed, credited or refunded is no ordinary payment, which lists leave out.
        case when payment_type = 'payment' then 'payment' else 'bill' end as lane,
        case when payment_type = 'payment' then 'payment' else source_type end as code,
        case when payment_type = 'payment' then status else reason end as note,
        cast(amount as double) as amount,
        case when payment_type = 'payment' then 'payment' else source_type end as record_type,
        movement_id as reference
    from marts.fct_payment
    where customer_id = $customer

),

ports as (

    select
        requested_at as occurred_at,
        completed_at as ended_at,
        subscription_id,
        'bss' as side,
        'life' as lane,
        'port_' || direction as code,
        status as note,
        'port' as record_type,
        port_id as reference
    from marts.fct_port_request
    where customer_id = $customer

),

notices as (

    select
        sent_at as occurred_at,
        subscription_id,
        'bss' as side,
        'notice' as lane,
        coalesce(purpose, 'notice') as code,
        channel as note,
        'notice' as record_type,
        message_id as reference
    from marts.fct_notice
    where customer_id = $customer

),

surveys as (

    select
        answered_at as occurred_at,
        subscription_id,
        'bss' as side,
        'survey' as lane,
        survey_type as code,
        nps_group as note,
        cast(score as double) as amount,
        'survey' as record_type,
        survey_id as reference
    from marts.fct_survey
    where customer_id = $customer and answered_at is not null

),

steps as (

    select
        occurred_at,
        subscription_id,
        'bss' as side,
        'life' as lane,
        event_type as code,
        exit_cause as note,
        'subscription' as record_type,
        subscription_id as reference
    from marts.fct_subscription_event
    where customer_id = $customer

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
    subscription_id,
    side,
    lane,
    code,
    note,
    amount,
    usual_amount,
    unit,
    is_contact,
    is_asked,
    record_type,
    reference
from everything
where occurred_at is not null and occurred_at < cast($as_of as timestamp)
order by occurred_at desc, lane, reference
limit $limit
"""


@needs("persons")
def found(identifier: str) -> pd.DataFrame:
    """Return the customers a number stands for, each with the line it names, if it names one."""
    rows = ask(_FOUND, id=identifier)
    return rows.drop_duplicates("customer_id")


@needs("persons")
def lines(customer: str, subscription: str | None) -> pd.DataFrame:
    """Return a customer's subscriptions; the one named first, those that ended last."""
    return ask(_LINES, customer=customer, subscription=subscription)


@needs("persons")
def timeline(customer: str) -> pd.DataFrame:
    """Return everything both sides know to have happened, newest first."""
    return ask(_TIMELINE, customer=customer, as_of=shown().release.as_of, limit=LISTED_EVENTS)
