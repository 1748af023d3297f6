"""Is it us: what is open, planned or just over at a customer's lines, and who works on it."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.queries.privacy import without_small_cells
from app.serving import ask, shown

# A trouble that ended this long ago is still what somebody calls about.
DAYS_AFTER = 7

_TROUBLES = """
with

hits as (

    select
        problem_id,
        list(distinct subscription_id order by subscription_id) as lines,
        min(impact_from) as since,
        max(impact_to) as until,
        bool_or(is_outage) as is_outage,
        bool_or(is_planned) as is_planned
    from marts.fct_service_impact
    where customer_id = $customer
    group by problem_id

),

troubles as (

    select
        'problem' as kind,
        hits.problem_id as reference,
        hits.lines,
        hits.since,
        hits.until,
        hits.is_outage,
        hits.is_planned,
        problems.is_open,
        problems.category,
        problems.cause,
        problems.area,
        problems.root_cause_resource_id as resource_id,
        problems.affected_customers,
        problems.acknowledged_at,
        problems.restored_at,
        problems.lasted_to
    from hits
    inner join marts.fct_problem as problems
        on hits.problem_id = problems.problem_id
    where
        (problems.is_open and hits.until >= problems.lasted_to)
        or hits.until >= cast($as_of as timestamp) - to_days($days)

),

-- How long the like of what is open has lasted, of those that lasted as long as it has already.
alike as (

    select
        troubles.reference,
        count(*) as past_problems,
        quantile_cont(past.minutes_to_restore, 0.5) as past_half,
        quantile_cont(past.minutes_to_restore, 0.9) as past_most
    from troubles
    inner join marts.fct_problem as past
        on
            troubles.category = past.category
            and troubles.is_planned = past.is_planned
            and past.minutes_to_restore
            > date_diff('minute', troubles.since, cast($as_of as timestamp))
    where troubles.is_open
    group by troubles.reference

),

services as (

    select
        subscription_id,
        service_id
    from marts.bdg_subscription_service
    where
        subscription_id in (select unnest($lines))
        and (valid_to is null or valid_to > cast($as_of as timestamp))

),

elements as (

    select
        used.subscription_id,
        above.ancestor_id as resource_id
    from (
        select
            services.subscription_id,
            resources.resource_id
        from services
        inner join marts.bdg_service_resource as resources
            on services.service_id = resources.service_id
        where resources.valid_to is null or resources.valid_to > cast($as_of as timestamp)
    ) as used
    inner join marts.bdg_resource_closure as above
        on used.resource_id = above.resource_id
    where above.valid_to is null or above.valid_to > cast($as_of as timestamp)

),

alarms as (

    select
        'alarm' as kind,
        alarms.alarm_id as reference,
        list(distinct elements.subscription_id order by elements.subscription_id) as lines,
        alarms.raised_at as since,
        coalesce(alarms.is_service_affecting, false) as is_outage,
        coalesce(alarms.is_planned_outage, false) as is_planned,
        true as is_open,
        alarms.cause,
        alarms.resource_id
    from marts.fct_alarm as alarms
    inner join elements
        on alarms.resource_id = elements.resource_id
    where alarms.is_open and alarms.problem_id is null
    group by all

),

tickets as (

    select
        'ticket' as kind,
        tickets.ticket_id as reference,
        case when tickets.subscription_id is not null then [tickets.subscription_id] end as lines,
        tickets.opened_at as since,
        true as is_open,
        tickets.ticket_type as category,
        tickets.reason as cause,
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
        list(distinct subscription_id order by subscription_id) as lines
    from services

)

select
    troubles.*,
    alike.past_problems,
    alike.past_half,
    alike.past_most
from troubles
left join alike
    on troubles.reference = alike.reference
union all by name
select * from alarms
union all by name
select * from tickets
union all by name
select * from seen
order by kind, is_open desc, since desc
"""


@needs("persons")
def troubles(customer: str, lines: list[str]) -> pd.DataFrame:
    """Return problems, alarms without a problem and tickets of a customer, and which lines we see.

    ``kind`` is problem, alarm, ticket or seen; the last is one row whose ``lines`` have a service.
    """
    rows = ask(
        _TROUBLES,
        customer=customer,
        lines=lines,
        as_of=shown().release.as_of,
        days=DAYS_AFTER,
    )
    return without_small_cells(rows, customers="affected_customers")
