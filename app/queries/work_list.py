"""What is to be done for whom today, what that is worth, and for whom nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import pandas as pd

from app.access import needs
from app.serving import ask, later, shown

LIST, CURVE, RISK = "ml.ml_work_list", "ml.ml_action_curve", "ml.ml_action_risk"
PAGE_ROWS = 50
# All of a list, where nobody said how many can be done.
EVERYBODY = 2**40
# So many products and outages can be chosen, those of most lines.
MOST_SUBJECTS = 100


@dataclass(frozen=True)
class Only:
    """Which of the first so many are listed; None means all.

    Parameters
    ----------
    risk, value : float, optional
        At least so likely to leave; worth at least so much.
    is_sure : bool
        Only where the interval of the value is above zero.
    about : str, optional
        What the reason is about, such as ``product:ADD-TV`` or ``problem:P1``.
    consent : str, optional
        As the list tells it: not_needed, marketing, profiling or both.
    kind : str, optional
        A segment of ml_segment_member, in which are only those who agreed to profiling.
    stage : str, optional
        A stage of a journey, such as ``join.ordered``, where they stand now (moment_list).
    """

    risk: float | None = None
    value: float | None = None
    is_sure: bool = False
    about: str | None = None
    consent: str | None = None
    kind: str | None = None
    stage: str | None = None

    @property
    def is_of_others(self) -> bool:
        """Whether who is meant stands in another table, which is read only then."""
        return bool(self.kind or self.stage)


EVERY = Only()

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

# Of the first by value those that are asked for, not the first of those.
_WANTED = """
(cast($risk as double) is null or risk >= cast($risk as double))
and (cast($value as double) is null or value >= cast($value as double))
and (not cast($is_sure as boolean) or value_low > 0)
and (
    cast($about as varchar) is null
    or 'product:' || offering_id = $about
    or 'problem:' || problem_id = $about
)
and case coalesce(cast($consent as varchar), 'all')
    when 'all' then true
    when 'not_needed' then not needs_consent
    when 'marketing' then needs_consent and is_marketing_agreed
    when 'profiling' then needs_consent and is_profiling_agreed
    when 'both' then needs_consent and is_marketing_agreed and is_profiling_agreed
end
""".strip()

_OF_OTHERS = """
and (
    cast($kind as varchar) is null
    or subscription_id in (
        select members.subscription_id
        from ml.ml_segment_member as members
        where
            members.segment_id = $kind
            and members.as_of_date
            = (select max(newest.as_of_date) from ml.ml_segment_member as newest)
    )
)
and (
    cast($stage as varchar) is null
    or subscription_id in (
        select moments.subscription_id
        from marts.moment_list as moments
        where
            moments.is_here_now
            and moments.journey_type = split_part($stage, '.', 1)
            and moments.stage = split_part($stage, '.', 2)
    )
)
""".strip()

_COUNT = f"""
{_FIRST_ONES}
select count(*) as lines
from first_ones
where
    {_WANTED}
""".rstrip()

_COUNT_OF_OTHERS = f"""
{_COUNT}
    {_OF_OTHERS}
"""

_LISTED = f"""
{_FIRST_ONES}
select
    place, subscription_id, action_id, offering_name, value, value_low, value_high, cost,
    exits_prevented, contacts_prevented, effect_source, reason, reason_ru, channel, day_part, risk,
    clv, region, segment, plan_name, is_contact, needs_consent, is_marketing_agreed,
    is_profiling_agreed, approaches_lately, most_contacts, fatigue_days, currency
from first_ones
where
    {_WANTED}
""".rstrip()

_PAGE = """
order by place
limit $limit offset $offset
"""

_LIST = f"{_LISTED}{_PAGE}"

_LIST_OF_OTHERS = f"""
{_LISTED}
    {_OF_OTHERS}
{_PAGE}
"""

_SUBJECTS = """
select kind || ':' || id as code, kind, any_value(name) as name, count(*) as lines
from (
    select 'product' as kind, offering_id as id, coalesce(offering_name, offering_id) as name
    from ml.ml_work_list
    union all
    select 'problem' as kind, problem_id as id, problem_id as name
    from ml.ml_work_list
)
where id is not null
group by kind, id
order by lines desc, code
limit $limit
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
def subjects() -> pd.DataFrame:
    """Return the products and outages that reasons on the list are about, those of most first."""
    return ask(_SUBJECTS, limit=MOST_SUBJECTS) if shown().has(LIST) else pd.DataFrame()


@needs("persons")
def listed(
    action: str | None,
    region: str | None,
    segment: str | None,
    *,
    limit: int,
    offset: int = 0,
    most: int = EVERYBODY,
    only: Only = EVERY,
) -> pd.DataFrame:
    """Return a page of the first `most` of the list, best first; of those `only` some."""
    if not shown().has(LIST):
        return pd.DataFrame()
    told = _told(action, region, segment, most, only) | {"limit": limit, "offset": offset}
    return ask(_LIST_OF_OTHERS, **told) if only.is_of_others else ask(_LIST, **told)


@needs("persons")
def counted(
    action: str | None, region: str | None, segment: str | None, *, most: int, only: Only
) -> int:
    """Return how many of the first `most` of the list are those asked for."""
    if not shown().has(LIST):
        return 0
    told = _told(action, region, segment, most, only)
    rows = ask(_COUNT_OF_OTHERS, **told) if only.is_of_others else ask(_COUNT, **told)
    return int(rows["lines"].iloc[0])


@needs("persons")
def listed_later(
    action: str | None,
    region: str | None,
    segment: str | None,
    *,
    limit: int,
    most: int = EVERYBODY,
    only: Only = EVERY,
) -> Callable[[], pd.DataFrame]:
    """Return what reads the first so many of the list, for a download."""
    told = _told(action, region, segment, most, only) | {"limit": limit, "offset": 0}
    return later(_LIST_OF_OTHERS, **told) if only.is_of_others else later(_LIST, **told)


def _told(
    action: str | None, region: str | None, segment: str | None, most: int, only: Only
) -> dict[str, object]:
    """Return what the statements bind; who stands in other tables only where that is asked for."""
    where = {"action": action, "region": region, "segment": segment, "most": most}
    wanted = asdict(only)
    if not only.is_of_others:
        del wanted["kind"], wanted["stage"]
    return where | wanted


@needs("persons")
def to_do(lines: list[str]) -> dict[str, str]:
    """Return what the work list says is to be done, for those of the lines that are on it."""
    if not shown().has(LIST):
        return {}
    rows = ask(_TO_DO, lines=lines).drop_duplicates("subscription_id")
    return dict(zip(rows["subscription_id"], rows["action_id"], strict=True))
