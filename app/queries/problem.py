"""One problem: what it did, how it is known, whom it hit."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.queries.privacy import without_few_leavers, without_small_cells
from app.queries.service import FIGURES
from app.serving import ask

LISTED_SUBSCRIPTIONS = 200

_PROBLEM = "select * from marts.fct_problem where problem_id = $problem"

_EVIDENCE = """
with

links as (

    select from_type, to_type, rule, confidence
    from marts.bdg_evidence
    where from_type = 'problem' and from_id = $problem

    union all

    select from_type, to_type, rule, confidence
    from marts.bdg_evidence
    where to_type = 'problem' and to_id = $problem

)

select
    from_type,
    to_type,
    rule,
    count(*) as links,
    min(confidence) as confidence
from links
group by from_type, to_type, rule
order by from_type, to_type, links desc, rule
"""

_AFFECTED = """
with

impacts as (

    select
        subscription_id,
        min(impact_from) as impact_from,
        max(impact_to) as impact_to,
        sum(minutes) as minutes
    from marts.fct_service_impact
    where problem_id = $problem and subscription_id is not null
    group by subscription_id

),

contacts as (

    select subscription_id, count(*) as contacts
    from marts.fct_interaction
    where problem_id = $problem
    group by subscription_id

),

tickets as (

    select subscription_id, count(*) as tickets
    from marts.fct_ticket
    where problem_id = $problem
    group by subscription_id

),

exits as (

    select to_id as subscription_id
    from marts.bdg_evidence
    where from_type = 'problem' and from_id = $problem and to_type = 'exit'
    group by to_id

)

select
    impacts.subscription_id,
    subscriptions.family,
    subscriptions.region,
    impacts.impact_from,
    impacts.minutes,
    coalesce(contacts.contacts, 0) as contacts,
    coalesce(tickets.tickets, 0) as tickets,
    exits.subscription_id is not null as has_left
from impacts
left join marts.dim_subscription as subscriptions
    on impacts.subscription_id = subscriptions.subscription_id and subscriptions.is_current
left join contacts
    on impacts.subscription_id = contacts.subscription_id
left join tickets
    on impacts.subscription_id = tickets.subscription_id
left join exits
    on impacts.subscription_id = exits.subscription_id
order by has_left desc, contacts desc, tickets desc, minutes desc, impacts.subscription_id
limit $limit
"""


def one(problem_id: str) -> pd.Series | None:
    """Return one problem, or None; figures about too few customers are empty."""
    rows = ask(_PROBLEM, problem=problem_id)
    if rows.empty:
        return None
    safe = without_few_leavers(rows)
    return without_small_cells(safe, customers="affected_customers", figures=FIGURES).iloc[0]


def evidence(problem_id: str) -> pd.DataFrame:
    """Return how a problem is linked to other things, by rule; few who left are not counted."""
    rows, told = ask(_EVIDENCE, problem=problem_id), one(problem_id)
    are_few = told is None or pd.isna(told["exits_30d"])
    is_hidden = (rows["to_type"] == "exit") & are_few
    return rows.assign(links=rows["links"].astype(float).mask(is_hidden))


@needs("persons")
def affected(problem_id: str) -> pd.DataFrame:
    """Return the subscriptions a problem hit, by pseudonym; those that left or called first."""
    return ask(_AFFECTED, problem=problem_id, limit=LISTED_SUBSCRIPTIONS)
