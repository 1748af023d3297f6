"""Whom pages list first, each with what is said of them, so that nobody who opens one looks for it.

A page lists a few hundred of a region, a segment, a product family, a contract or of all, of those
a reader's regions hold; whoever is first there is among the first of their own region, segment and
family, or contract. So these are kept, however large the base is.
"""

from __future__ import annotations

import duckdb

from ml import datasets, registry
from ml.registry import CHURN

_NEEDED = ("dim_subscription", "fct_consent")
# Kept of each of these: what the pages list at most.
RISKS, TARGETS = 200, 500
_PARTS = ("region, segment, family", "region, segment, contract_type")


def _is_first(order: str) -> str:
    """Return the SQL that keeps the first of each part of the base."""
    return " or ".join(
        f"row_number() over (partition by {part} order by {order}) <= $kept" for part in _PARTS
    )


_SUBSCRIPTIONS = """
select
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.offering_name,
    subscriptions.family,
    subscriptions.region,
    subscriptions.segment,
    subscriptions.contract_type,
    cast(subscriptions.monthly_charge as double) as monthly_charge,
    -- Where no source tells of consent to marketing, it is kept elsewhere.
    consents.is_granted is true
    or not exists (select 1 from marts.fct_consent where purpose = 'marketing')
        as may_be_contacted
from marts.dim_subscription as subscriptions
left join marts.fct_consent as consents
    on
        subscriptions.customer_id = consents.customer_id
        and consents.purpose = 'marketing'
        and consents.is_current
where subscriptions.is_current
"""

_RISKS = f"""
with

first as (

    select
        scores.as_of_date,
        scores.subscription_id,
        scores.score,
        scores.score_rank,
        scores.base_rate,
        subscriptions.* exclude (subscription_id)
    from ml.ml_score as scores
    left join ({_SUBSCRIPTIONS}) as subscriptions
        on scores.subscription_id = subscriptions.subscription_id
    where
        scores.target = $target
        and scores.as_of_date = (select max(as_of_date) from ml.ml_score where target = $target)
    qualify
        {_is_first("scores.score desc, scores.subscription_id")}

),

told as (

    select
        reasons.subscription_id,
        list(reasons.sentence order by reasons.reason_rank) as sentences_en,
        list(reasons.sentence_ru order by reasons.reason_rank) as sentences_ru
    from ml.ml_score_reason as reasons
    semi join first
        on
            reasons.subscription_id = first.subscription_id
            and reasons.as_of_date = first.as_of_date
    where
        reasons.target = $target
        and reasons.direction = 'raises'
    group by reasons.subscription_id

)

insert into ml.ml_risk_list by name
select
    first.*,
    told.sentences_en,
    told.sentences_ru
from first
left join told
    on first.subscription_id = told.subscription_id
order by first.score desc, first.subscription_id
"""

_TARGETS = f"""
insert into ml.ml_target_list by name
select
    scores.subscription_id,
    scores.as_of_date,
    scores.profit_rank,
    scores.risk,
    scores.uplift,
    scores.uplift_low,
    scores.uplift_high,
    scores.clv,
    scores.expected_profit,
    scores.currency,
    subscriptions.* exclude (subscription_id, monthly_charge)
from ml.ml_uplift_score as scores
left join ({_SUBSCRIPTIONS}) as subscriptions
    on scores.subscription_id = subscriptions.subscription_id
where not scores.is_held_out and scores.profit_rank is not null
qualify {_is_first("scores.profit_rank")}
order by scores.profit_rank
"""


def write_lists(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Write ml.ml_risk_list and ml.ml_target_list of the newest scores; return the rows of each.

    Also where nobody was scored anew: who may be contacted is told as it is now.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse, where ml_score, ml_score_reason and ml_uplift_score are written.
    """
    registry.create_tables(connection)
    is_told = all(datasets.has_table(connection, "marts", name) for name in _NEEDED)
    rows = {}
    for table, statement, given in (
        ("ml_risk_list", _RISKS, {"target": CHURN, "kept": RISKS}),
        ("ml_target_list", _TARGETS, {"kept": TARGETS}),
    ):
        connection.execute(f"delete from ml.{table}")
        rows[table] = connection.execute(statement, given).fetchall()[0][0] if is_told else 0
    return rows
