"""What is to be done for whom today, what that is worth, and for whom nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from app.access import needs
from app.serving import ask, later, shown

LIST, CURVE, RISK = "ml.ml_work_list", "ml.ml_action_curve", "ml.ml_action_risk"
PAGE_ROWS = 50
# All of a list, where nobody said how many can be done.
EVERYBODY = 2**40

_ACTIONS = """
select actions.action_id, actions.action_name, actions.action_name_ru, actions.action_order
from marts.dim_action as actions
where actions.is_current
order by actions.action_order, actions.action_id
"""

_CURVE = """
select
    action_id, lines, customers, value, value_low, value_high, exits_prevented, exits_low,
    exits_high, contacts_prevented, takes, cost, currency, as_of_date
from ml.ml_action_curve
where dimension = $dimension and dimension_value = $code
order by action_id, lines
"""

_IDLE = """
select why, lines, customers, best_value, currency
from ml.ml_action_idle
where dimension = $dimension and dimension_value = $code
order by lines desc, why
"""

_RISKS = """
select
    risk_from, risk_to, lines, customers, exits_prevented, exits_low, exits_high
from ml.ml_action_risk
where dimension = $dimension and dimension_value = $code
order by risk_from
"""

_FIRST_ONES = """
with

first_ones as (

    select *
    from ml.ml_work_list
    where
        (cast($action as varchar) is null or action_id = $action)
        and (cast($region as varchar) is null or region = $region)
        and (cast($segment as varchar) is null or segment = $segment)
    order by place
    limit $most

)
"""

_COUNT = f"""
{_FIRST_ONES}
select count(*) as lines
from first_ones
where cast($risk as double) is null or risk >= cast($risk as double)
"""

_LIST = f"""
{_FIRST_ONES}
select
    place, subscription_id, action_id, offering_name, value, value_low, value_high, cost,
    exits_prevented, contacts_prevented, effect_source, reason, reason_ru, channel, day_part, risk,
    clv, region, segment, plan_name, is_contact, needs_consent, is_marketing_agreed,
    is_profiling_agreed, approaches_lately, most_contacts, fatigue_days, currency
from first_ones
where cast($risk as double) is null or risk >= cast($risk as double)
order by place
limit $limit offset $offset
"""


_TO_DO = """
select subscription_id, action_id
from ml.ml_work_list
where list_contains($lines, subscription_id)
order by subscription_id, place
"""


def actions() -> pd.DataFrame:
    """Return what can be done, in its order, with its name in both languages."""
    return ask(_ACTIONS) if shown().has("marts.dim_action") else pd.DataFrame()


def curves(dimension: str, code: str) -> pd.DataFrame:
    """Return what the first so many of the list are worth, by action, of a part of the base.

    No step is about few customers: the nightly run leaves those out.
    """
    return ask(_CURVE, dimension=dimension, code=code) if shown().has(CURVE) else pd.DataFrame()


def idle(dimension: str, code: str) -> pd.DataFrame:
    """Return for how many lines nothing is done, in all (`all`) and by reason.

    Reasons of few customers are out, and so is one that would give those away.
    """
    if not shown().has("ml.ml_action_idle"):
        return pd.DataFrame()
    return ask(_IDLE, dimension=dimension, code=code)


def risks(dimension: str, code: str) -> pd.DataFrame:
    """Return how the risk of leaving is spread on the list of a part of the base, all actions.

    Ranges of few customers are out, and so is one that would give those away.
    """
    return ask(_RISKS, dimension=dimension, code=code) if shown().has(RISK) else pd.DataFrame()


@needs("persons")
def listed(
    action: str | None,
    region: str | None,
    segment: str | None,
    *,
    limit: int,
    offset: int = 0,
    most: int = EVERYBODY,
    risk: float | None = None,
) -> pd.DataFrame:
    """Return a page of the first `most` of the list, best first; of a risk, those at least so."""
    if not shown().has(LIST):
        return pd.DataFrame()
    told = {"action": action, "region": region, "segment": segment, "most": most, "risk": risk}
    return ask(_LIST, **told, limit=limit, offset=offset)


@needs("persons")
def counted(
    action: str | None, region: str | None, segment: str | None, *, most: int, risk: float | None
) -> int:
    """Return how many of the first `most` of the list are of a risk at least so."""
    if not shown().has(LIST):
        return 0
    told = {"action": action, "region": region, "segment": segment, "most": most, "risk": risk}
    return int(ask(_COUNT, **told)["lines"].iloc[0])


@needs("persons")
def listed_later(
    action: str | None,
    region: str | None,
    segment: str | None,
    *,
    limit: int,
    most: int = EVERYBODY,
    risk: float | None = None,
) -> Callable[[], pd.DataFrame]:
    """Return what reads the first so many of the list, for a download."""
    told = {"action": action, "region": region, "segment": segment, "most": most, "risk": risk}
    return later(_LIST, **told, limit=limit, offset=0)


@needs("persons")
def to_do(lines: list[str]) -> dict[str, str]:
    """Return what the work list says is to be done, for those of the lines that are on it."""
    if not shown().has(LIST):
        return {}
    rows = ask(_TO_DO, lines=lines).drop_duplicates("subscription_id")
    return dict(zip(rows["subscription_id"], rows["action_id"], strict=True))
