"""What really happened, written beside the extracts and never loaded.

`files`, `loaded` and `dirt` are the accounts of what was written; the rest is what no real operator
would know: causes, hidden tastes, who left because of what.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from ingest.simulator.rates import RATES

# A service's lost time: per problem (both problems of a redundant pair count), and merged.
_IMPACTS = """
    select
        'PRB' || impact.problem_n as problem_id,
        service_id(impact.service_n) as service_id,
        subscription_id(service.subscription_n) as subscription_id,
        customer_id(subscription.customer_n) as customer_id,
        impact.impact_from,
        least(impact.impact_to, coalesce(service.ended_at, impact.impact_to)) as impact_to,
        date_diff('minute', impact.impact_from, least(
            impact.impact_to, coalesce(service.ended_at, impact.impact_to))) as minutes,
        problem.is_planned,
        -- what began late in the window may not have been told of in full when it closes
        problem.started_at < window_to() - interval 8 day
            and problem.closed_at < window_to() - interval 1 day as is_final,
    from impact
    inner join service on impact.service_n = service.service_n
    inner join subscription on service.subscription_n = subscription.subscription_n
    inner join problem on impact.problem_n = problem.problem_n
    where impact.impact_from < coalesce(service.ended_at, impact.impact_to)
"""

_DOWNTIME = f"""
    with
    impacts as ({_IMPACTS}),
    kinds as (
        select *, 'all' as kind from impacts
        union all
        select *, 'unplanned' from impacts where not is_planned
    ),
    -- both windows must see equal intervals in one order, or an island loses its first member
    marked as (
        select
            *,
            impact_from > coalesce(max(impact_to) over (
                partition by kind, service_id
                order by impact_from, impact_to, problem_id
                rows between unbounded preceding and 1 preceding
            ), timestamp '1970-01-01') as is_fresh,
        from kinds
    ),
    numbered as (
        select
            *,
            count_if(is_fresh) over (
                partition by kind, service_id
                order by impact_from, impact_to, problem_id
                rows unbounded preceding
            ) as island,
        from marked
    )
    select
        kind,
        service_id,
        any_value(subscription_id) as subscription_id,
        min(impact_from) as down_from,
        max(impact_to) as down_to,
        date_diff('minute', min(impact_from), max(impact_to)) as minutes,
        bool_and(is_final) as is_final,
    from numbered
    group by kind, service_id, island
"""

_EFFECT = """
    case cause.kind
        when 'outage' then
            rate().exit_per_outage_hour * least(cause.dose, rate().exit_outage_cap_hours)
        when 'late_order' then
            rate().exit_per_late_day * least(cause.dose, rate().exit_late_cap_days)
        else rate().exit_per_shock end
"""

_KEY = """
    case {kind}
        when 'outage' then 'PRB' || {key}
        when 'late_order' then 'OI' || {key}
        when 'shock' then 'B' || {key}
        when 'non_pay' then 'B' || {key}
        when 'unresolved' then 'I' || {key}
        when 'offer' then 'CC' || {key} end
"""

# How the planted effects act; the numbers are the rates of the same names.
EFFECTS = {
    "exit": "hazard of a line = h0 * (1 + sensitivity * sum of the excesses of its causes), each "
    "for memory_days from felt_from; h0 depends on family, contract, its end, tenure and mood",
    "exit_excess": {
        "outage": "exit_per_outage_hour * hours, at most exit_outage_cap_hours of them",
        "late_order": "exit_per_late_day * days, at most exit_late_cap_days of them",
        "shock": "exit_per_shock",
        "unresolved": "exit_per_unresolved, for each contact not resolved at once",
    },
    "contact": "chance = 1 - exp(-talkativeness * dose * rate) after each cause",
    "contact_rate": {
        "outage": "contact_per_outage_hour (mobile: contact_per_outage_hour_mobile), 24 h at most",
        "late_order": "contact_per_late_day, 10 days at most",
        "shock": "contact_per_shock",
    },
    "retention_offer": "for offer_days a treated persuadable's hazard is multiplied by "
    "offer_persuadable, a treated sleeping dog's by 1 + offer_sleeping_dog, nobody else's changes",
    "habits": "channel_habit of the contacts come over the favourite channel, time_habit of those "
    "without a cause at the favourite hour; the others as everybody's",
    "cross_sell_offer": "accepted with probability 0.30 * taste ** 3 when treated",
}

TABLES = {
    "files": "select * from truth_file order by file",
    "loaded": "select * from truth_loaded order by file, entity",
    "dirt": "select * from truth_dirt order by file, line, kind",
    "identifiers": "select distinct kind, value from truth_identifier "
    "where value is not null order by kind, value",
    "impacts": f"{_IMPACTS} order by problem_id, service_id, impact_from",
    "downtime": f"{_DOWNTIME} order by kind, service_id, down_from",
    # excess: the line's hazard is h0 * (1 + sensitivity * excess) for memory_days from felt_from
    "causes": f"""
        select
            subscription_id(cause.subscription_n) as subscription_id,
            cause.kind,
            {_KEY.format(kind="cause.kind", key="cause.key_n")} as key,
            cause.happened_at,
            cause.felt_from,
            cause.dose,
            {_EFFECT} as exit_excess,
            customer.sensitivity,
        from cause
        inner join subscription on cause.subscription_n = subscription.subscription_n
        inner join customer on subscription.customer_n = customer.customer_n
        order by 1, 2, 3
    """,
    # what each cause adds a day to the hazard the line would have had without any
    "hazards": f"""
        select
            subscription_id(subscription_n) as subscription_id,
            driver,
            {_KEY.format(kind="driver", key="key_n")} as key,
            at_risk_from,
            at_risk_to,
            quiet_per_day,
            extra_per_day,
        from extra_hazard
        order by 1, 2, 3, 4
    """,
    "exits": f"""
        select
            subscription_id(exit.subscription_n) as subscription_id,
            exit.exits_at,
            exit.exit_cause,
            exit.driver,
            {_KEY.format(kind="exit.driver", key="exit.key_n")} as key,
        from exit
        order by 1
    """,
    "contacts": """
        select
            'I' || contact_n as interaction_id,
            customer_id(customer_n) as customer_id,
            subscription_id(subscription_n) as subscription_id,
            cause,
            -- a repeat carries the key of what began it, where that was an outage
            case when cause in ('outage', 'repeat') and reason = 'fault' then 'PRB' || key_n
                when cause = 'late_order' then 'OI' || key_n
                when cause = 'shock' then 'B' || key_n end as key,
            reason,
            direction,
            generation,
            started_at,
        from contact
        order by contact_n
    """,
    "tickets": """
        select
            'TT' || ticket_n as ticket_id,
            customer_id(customer_n) as customer_id,
            subscription_id(subscription_n) as subscription_id,
            'PRB' || problem_n as problem_id,
            'I' || contact_n as interaction_id,
        from ticket
        order by ticket_n
    """,
    "customers": """
        select
            customer_id(customer_n) as customer_id,
            is_internal,
            retention_type,
            sensitivity,
            talkativeness,
            payment_risk,
            mood,
            tv_affinity,
            data_affinity,
            security_affinity,
            roaming_affinity,
            favourite_channel(customer_n) as favourite_channel,
            favourite_hour(customer_n) as favourite_hour,
        from customer
        order by customer_n
    """,
    "offers": """
        select
            'CC' || offer_n as contact_id,
            'CMP' || campaign_n as campaign_id,
            kind,
            subscription_id(subscription_n) as subscription_id,
            arm,
            retention_type,
            taste,
            case
                when kind <> 'retention' then 1.0
                when retention_type = 'persuadable' then rate().offer_persuadable
                when retention_type = 'sleeping_dog' then 1 + rate().offer_sleeping_dog
                else 1.0 end as hazard_if_treated,
        from offer
        order by offer_n
    """,
}


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write every truth; return the rows delivered per feed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, select in TABLES.items():
        connection.execute(
            f"copy ({select}) to '{folder / name}.parquet' (format parquet, compression zstd)"
        )
    text = json.dumps({**EFFECTS, "rates": RATES}, indent=2)
    (folder / "effects.json").write_text(text + "\n", encoding="utf-8")
    return dict(
        connection.execute(
            "select system || '.' || feed, sum(records)::bigint from truth_file "
            "group by all order by all"
        ).fetchall()
    )
