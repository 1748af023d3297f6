"""The tickets that follow from contacts and faults, and the visits they need."""

from __future__ import annotations

import duckdb

TABLES = """
create table ticket (
    ticket_n bigint, ticket_type varchar, customer_n bigint, subscription_n bigint,
    service_n bigint, problem_n bigint, told_problem_n bigint, reason varchar, severity varchar,
    channel varchar, area_n bigint, team_id varchar, opened_at timestamp, resolved_at timestamp,
    closed_at timestamp, is_reopened boolean, contact_n bigint, due_at timestamp,
    is_regulatory boolean
);
"""

# Tickets of the contacts that took place this month, and one of our own for most larger faults.
TICKETS = """
insert into ticket
with
held as (
    select
        contact.*,
        subscription.area_n,
        subscription.family,
        problem.restored_at,
        u('complaint', contact.draw) < rate().complaint_share * if(contact.generation > 1, 4, 1)
            as is_complaint,
    from contact
    inner join subscription
        on contact.subscription_n = subscription.subscription_n
    left join problem
        on contact.reason = 'fault'
        and contact.cause in ('outage', 'repeat')
        and contact.key_n = problem.problem_n
    where contact.started_at >= month_from() and contact.started_at < month_to()
        and contact.direction = 'inbound'
),
from_contacts as (
    select
        case
            when is_complaint then 'complaint'
            when reason = 'fault' then 'fault'
            else 'request' end as ticket_type,
        customer_n,
        subscription_n,
        if(reason = 'fault', subscription_n * 10, null) as service_n,
        if(restored_at is not null, key_n, null) as problem_n,
        reason,
        if(is_complaint, 'high', pick(['low', 'medium', 'medium', 'high'], u('severity', draw)))
            as severity,
        channel,
        null as area_n,
        case
            when is_complaint then 'T-COMPL'
            when reason = 'fault' then 'T-TECH-1'
            when reason = 'billing' then 'T-BILL-B'
            else 'T-PROV' end as team_id,
        after_minutes(started_at, 3 + 12 * u('open', draw)) as opened_at,
        greatest(
            after_minutes(started_at, 60 + 1100 * exp(0.9 * gauss('repair', draw))),
            coalesce(after_minutes(restored_at, 20 + 200 * u('after', draw)), started_at)
        ) as resolved_at,
        contact_n,
        draw,
    from held
    where is_complaint
        or (reason = 'fault' and u('ticket', draw) < rate().ticket_share_fault)
        or (reason = 'billing' and u('ticket', draw) < 0.10)
        or (reason = 'order' and u('ticket', draw) < 0.12)
),
from_operations as (
    select
        'fault' as ticket_type,
        null as customer_n,
        null as subscription_n,
        null as service_n,
        problem.problem_n,
        'fault' as reason,
        if(problem.kind in ('core', 'aggregation'), 'critical', 'high') as severity,
        'monitoring' as channel,
        coalesce(access.area_n, (problem.element_n + 1) // 2) as area_n,
        'T-NOC' as team_id,
        after_minutes(problem.detected_at, 5 + 20 * u('own', problem.problem_n)) as opened_at,
        after_minutes(problem.restored_at, 30) as resolved_at,
        null as contact_n,
        hash(problem.problem_n, 'own ticket') as draw,
    from problem
    left join access
        on access.access_n = case problem.kind
            when 'access' then problem.element_n
            when 'cell' then (problem.element_n + 2) // 3 end
    where problem.started_at >= month_from()
        and problem.started_at < month_to()
        and problem.kind in ('aggregation', 'access', 'cell')
        and not problem.is_planned
        and u('own', problem.problem_n) < 0.6
),
opened as (
    select * from from_contacts
    union all
    select * from from_operations
)
select
    month_n() * 100000000 + row_number() over (order by opened_at, draw) as ticket_n,
    ticket_type,
    customer_n,
    subscription_n,
    service_n,
    problem_n,
    -- the desk does not always see the problem behind the ticket
    if(u('told', draw) < 0.7 or customer_n is null, problem_n, null) as told_problem_n,
    reason,
    severity,
    channel,
    area_n,
    team_id,
    opened_at,
    greatest(resolved_at, opened_at + interval 10 minute) as resolved_at,
    after_minutes(greatest(resolved_at, opened_at + interval 10 minute),
        300 + 4000 * u('closed', draw)) as closed_at,
    u('reopened', draw) < 0.05 as is_reopened,
    contact_n,
    -- agreed hours by severity; a complaint about what took longer goes to the regulator more often
    opened_at + to_hours(case severity
        when 'critical' then 4 when 'high' then 24 when 'medium' then 48 else 72 end) as due_at,
    ticket_type = 'complaint'
        and u('regulator', draw) < if(resolved_at > due_at, 0.15, 0.02) as is_regulatory,
from opened
order by ticket_n
"""

# Half of the line faults with a ticket need somebody to come by.
VISITS = """
insert into appointment
select
    ticket.ticket_n * 100 + 3,
    null,
    ticket.ticket_n,
    ticket.customer_n,
    ticket.subscription_n,
    if(u('missed', ticket.ticket_n) < rate().missed_by_us, 'missed_by_us', 'completed') as status,
    date_trunc('hour', ticket.resolved_at) - interval 3 hour as window_from,
    if(status = 'completed', after_minutes(ticket.resolved_at, -40), null),
    if(status = 'completed', ticket.resolved_at, null),
    ticket.opened_at + interval 20 minute,
from ticket
inner join problem
    on ticket.problem_n = problem.problem_n
where ticket.ticket_n // 100000000 = month_n()
    and problem.kind = 'port'
    and ticket.subscription_n is not null
    and u('visit', ticket.ticket_n) < 0.5
    and ticket.resolved_at > ticket.opened_at + interval 5 hour
order by 1
"""


def open_tickets(connection: duckdb.DuckDBPyConnection) -> None:
    """Open the tickets of the contacts that took place, once it is known who stayed."""
    connection.execute(TICKETS)
    connection.execute(VISITS)
