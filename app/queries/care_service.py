"""Is it us: what is open, planned or just over at a customer's lines, and who works on it."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.queries.privacy import without_small_cells
from app.serving import ask, shown

# A trouble that ended this long ago is still what somebody calls about.
DAYS_AFTER = 7

_SUSPENSIONS = """
select subscription_id, occurred_at
from marts.fct_subscription_event
where
    customer_id = $customer
    and event_type = 'suspend'
    and occurred_at <= cast($as_of as timestamp)
order by subscription_id, occurred_at
"""

# One row per thing and line: a group costs more than all else of such a look-up.
_TROUBLES = """
with

services as (

    select
        subscription_id,
        service_id
    from marts.bdg_subscription_service
    where
        subscription_id in (select unnest($lines))
        and (valid_to is null or valid_to > cast($as_of as timestamp))

),

problems as (

    select
        'problem' as kind,
        impacts.problem_id as reference,
        impacts.subscription_id,
        impacts.impact_from as since,
        impacts.impact_to as until,
        impacts.is_outage,
        impacts.is_planned,
        problems.is_open,
        problems.category,
        problems.cause,
        problems.affected_customers,
        problems.acknowledged_at
    from marts.fct_service_impact as impacts
    inner join marts.fct_problem as problems
        on impacts.problem_id = problems.problem_id
    where
        impacts.customer_id = $customer
        and (
            (problems.is_open and impacts.impact_to >= problems.lasted_to)
            or impacts.impact_to >= cast($as_of as timestamp) - to_days($days)
        )

),

alarms as (

    select
        'alarm' as kind,
        alarms.alarm_id as reference,
        services.subscription_id,
        alarms.raised_at as since,
        true as is_open,
        alarms.cause,
        alarms.resource_id
    from services
    inner join marts.bdg_service_resource as resources
        on services.service_id = resources.service_id
    inner join marts.bdg_resource_closure as above
        on resources.resource_id = above.resource_id
    inner join marts.fct_alarm as alarms
        on above.ancestor_id = alarms.resource_id
    where
        alarms.is_open
        and alarms.problem_id is null
        and (resources.valid_to is null or resources.valid_to > cast($as_of as timestamp))
        and (above.valid_to is null or above.valid_to > cast($as_of as timestamp))

),

tickets as (

    select
        'ticket' as kind,
        tickets.ticket_id as reference,
        tickets.subscription_id,
        tickets.opened_at as since,
        true as is_open,
        teams.team_name
    from marts.fct_ticket as tickets
    left join marts.dim_team as teams
        on tickets.team_id = teams.team_id and teams.is_current
    where tickets.customer_id = $customer and tickets.is_open

),

-- Which lines we could see trouble of at all.
seen as (

    select
        'seen' as kind,
        subscription_id
    from services

)

select * from problems
union all by name
select * from alarms
union all by name
select * from tickets
union all by name
select * from seen
"""

# How long the like of what is open has lasted, of those that lasted as long as it has already.
_ALIKE = """
select
    count(*) as problems,
    quantile_cont(minutes_to_restore, 0.5) as half,
    quantile_cont(minutes_to_restore, 0.9) as most
from marts.fct_problem
where
    category = $category
    and is_planned = $is_planned
    and minutes_to_restore > $minutes
    and not is_withdrawn
"""


@needs("persons")
def troubles(customer: str, lines: list[str]) -> pd.DataFrame:
    """Return a row per line and problem, alarm without a problem, or ticket, and the lines we see.

    ``kind`` is problem, alarm, ticket or seen; the last says that the line has a service.
    """
    rows = ask(
        _TROUBLES,
        customer=customer,
        lines=lines,
        as_of=shown().release.as_of,
        days=DAYS_AFTER,
    )
    return without_small_cells(rows, customers="affected_customers")


def alike(category: str, is_planned: bool, minutes: float) -> pd.Series:
    """Return how many troubles of a kind lasted longer than some minutes, and how long."""
    return ask(_ALIKE, category=category, is_planned=is_planned, minutes=minutes).iloc[0]


@needs("persons")
def suspensions(customer: str) -> pd.DataFrame:
    """Return when each line of a customer was last suspended."""
    rows = ask(_SUSPENSIONS, customer=customer, as_of=shown().release.as_of)
    return rows.drop_duplicates("subscription_id", keep="last")
