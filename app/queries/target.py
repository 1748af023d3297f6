"""Whom to contact, how many, and what that earns against doing nothing."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.queries.churn import IN_PART
from app.serving import ask, shown

LISTED = 500
LIST, CURVE, TARGETS = "ml.ml_uplift_score", "ml.ml_profit_curve", "ml.ml_target_list"

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

_TARGETS = f"""
select
    subscription_id,
    profit_rank,
    risk,
    uplift,
    uplift_low,
    uplift_high,
    clv,
    expected_profit,
    region,
    segment,
    coalesce(offering_name, family) as offering,
    may_be_contacted
from ml.ml_target_list
where
    profit_rank <= $contacts
    and {IN_PART}
order by profit_rank
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
def targets(contacts: int, dimension: str = "all", code: str = "all") -> pd.DataFrame:
    """Return whom of a part of the base a campaign of so many contacts would contact, best first.

    Nothing in a release of an earlier version, which keeps no list.
    """
    if not shown().has(TARGETS):
        return pd.DataFrame()
    return ask(_TARGETS, contacts=contacts, dimension=dimension, code=code, limit=LISTED)
