"""How a line stands: its experience and what it lost, its risk and why, what it is worth."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask, shown

_INDEX = """
select
    as_of_date,
    cxi,
    is_monitored
from marts.fct_cxi_day
where subscription_id = $subscription
order by as_of_date
"""

_POINTS = """
select
    points.points_lost,
    events.cx_event_id,
    events.domain,
    events.event_type,
    events.occurred_at,
    events.measure,
    events.evidence_type,
    events.evidence_id
from marts.cxi_points as points
inner join marts.fct_cx_event as events
    on points.cx_event_id = events.cx_event_id
where
    points.subscription_id = $subscription
    and points.as_of_date = $as_of_date
    and events.subscription_id = $subscription
order by points.points_lost desc, events.cx_event_id
"""

_SCORE = """
select
    score,
    score_rank,
    base_rate,
    as_of_date
from ml.ml_score
where target = 'churn' and subscription_id = $subscription
order by as_of_date desc
limit 1
"""

_REASONS = """
select
    direction,
    theme,
    sentence,
    sentence_ru
from ml.ml_score_reason
where target = 'churn' and subscription_id = $subscription and as_of_date = $as_of_date
order by reason_rank
"""

_VALUE = """
select
    clv,
    clv_low,
    clv_high,
    monthly_margin,
    expected_lifetime_months,
    horizon_months,
    currency,
    as_of_date
from ml.ml_value
where subscription_id = $subscription
order by as_of_date desc
limit 1
"""


@needs("persons")
def index(subscription: str) -> pd.DataFrame:
    """Return the experience index by date (M42)."""
    return ask(_INDEX, subscription=subscription)


@needs("persons")
def points(subscription: str, as_of_date: object) -> pd.DataFrame:
    """Return the points each experience costs on a date; they add up to 100 less the index."""
    return ask(_POINTS, subscription=subscription, as_of_date=as_of_date)


@needs("persons")
def score(subscription: str) -> pd.Series | None:
    """Return a line's newest churn score, or None."""
    if not shown().has("ml.ml_score"):
        return None
    rows = ask(_SCORE, subscription=subscription)
    return None if rows.empty else rows.iloc[0]


@needs("persons")
def reasons(subscription: str, as_of_date: object) -> pd.DataFrame:
    """Return why the score is what it is, strongest first."""
    if not shown().has("ml.ml_score_reason"):
        return pd.DataFrame()
    return ask(_REASONS, subscription=subscription, as_of_date=as_of_date)


@needs("persons")
def value(subscription: str) -> pd.Series | None:
    """Return what a line is expected to bring yet (M43), or None."""
    if not shown().has("ml.ml_value"):
        return None
    rows = ask(_VALUE, subscription=subscription)
    return None if rows.empty else rows.iloc[0]
