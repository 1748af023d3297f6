"""Whom to contact, how many, and what that earns against doing nothing."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask, shown

LISTED = 500
# Ranks looked through for the list of a slice.
NEAR = 20_000
LIST, CURVE = "ml.ml_uplift_score", "ml.ml_profit_curve"

_CURVE = """
select
    as_of_date, list_kind, ranking, share, contacts, expected_saves, cost, profit, low, high,
    is_allowed, is_best, currency, terms_version
from ml.ml_profit_curve
order by ranking, contacts
"""

_PROOF = """
select estimator, status, reason, is_chosen, campaigns, treated, control, treated_exits,
    control_exits, is_randomised, measure, value, low, high
from ml.ml_uplift
order by is_chosen desc nulls last, estimator, measure
"""

_HELD_OUT = """
select
    count(*) filter (where is_held_out) as held_out,
    count(*) filter (where is_control) as control,
    count(*) as scored
from ml.ml_uplift_score
"""

_TARGETS = """
with

-- Ranks go first, so that few lines are looked up among many.
ranked as (

    select *
    from ml.ml_uplift_score
    where not is_held_out and profit_rank <= $contacts
    order by profit_rank
    limit $within

)

select
    targets.subscription_id,
    targets.profit_rank,
    targets.risk,
    targets.uplift,
    targets.uplift_low,
    targets.uplift_high,
    targets.clv,
    targets.expected_profit,
    targets.currency,
    subscriptions.region,
    subscriptions.segment,
    subscriptions.family,
    coalesce(subscriptions.offering_name, subscriptions.family) as offering,
    -- Where no source tells of consent to marketing, it is kept elsewhere.
    consents.is_granted is true
    or not exists (select 1 from marts.fct_consent where purpose = 'marketing')
        as may_be_contacted
from ranked as targets
left join marts.dim_subscription as subscriptions
    on targets.subscription_id = subscriptions.subscription_id and subscriptions.is_current
left join marts.fct_consent as consents
    on
        subscriptions.customer_id = consents.customer_id
        and consents.purpose = 'marketing'
        and consents.is_current
where
    (
        cast($region as varchar) is null or coalesce(subscriptions.region, 'unknown') = $region
    )
    and (
        cast($segment as varchar) is null or coalesce(subscriptions.segment, 'unknown') = $segment
    )
order by targets.profit_rank
limit $limit
"""


def curve() -> pd.DataFrame:
    """Return what a campaign costs and earns by how many it contacts; no contacts earn nothing."""
    return ask(_CURVE) if shown().has(CURVE) else pd.DataFrame()


def proof() -> pd.DataFrame:
    """Return what hold-outs showed of each ranking (M45), or why there is nothing to show."""
    return ask(_PROOF) if shown().has("ml.ml_uplift") else pd.DataFrame()


def held_out() -> pd.Series | None:
    """Return how many lines are held out of this month's lists by chance."""
    return ask(_HELD_OUT).iloc[0] if shown().has(LIST) else None


@needs("persons")
def targets(contacts: int, region: str | None, segment: str | None) -> pd.DataFrame:
    """Return whom a campaign of so many contacts would contact, most expected profit first."""
    within = NEAR if region or segment else LISTED
    return ask(
        _TARGETS, contacts=contacts, region=region, segment=segment, limit=LISTED, within=within
    )
