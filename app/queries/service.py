"""Problem → customers → contacts → exits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from app.queries.privacy import FEWEST, without_few_leavers, without_small_cells
from app.release import OlderRelease
from app.serving import ask, later, shown

LISTED_PROBLEMS = 200
# A file holds more than a page lists; of a base of ten millions not those of years.
TAKEN_PROBLEMS = 20_000
DRAWN_SITES = 600
# Days up to what we know; whom problems hit in them is counted ahead (marts.agg_problem_reach).
PERIODS = {"30d": 30, "90d": 90, "365d": 365, "all": None}
# What a problem did, hidden where it hit too few customers.
FIGURES = (
    "affected_subscriptions",
    "affected_services",
    "customer_minutes_lost",
    "contacts",
    "tickets",
    "notices",
    "customers_told",
    "exits_30d",
)


def edges(as_of: str) -> list[str]:
    """Return the moments at which periods of the page, and those they are beside, begin and end."""
    if not as_of:
        return []
    end, year = pd.Timestamp(as_of), pd.DateOffset(years=1)
    found = {end - year}
    for days in filter(None, PERIODS.values()):
        since = end - pd.Timedelta(days=days)
        found |= {since, since - pd.Timedelta(days=days), since - year}
    return [str(edge) for edge in sorted(found)]


@dataclass(frozen=True)
class Scope:
    """The filters of the page; None means all."""

    since: str | None = None
    until: str | None = None
    region: str | None = None
    area: str | None = None
    cause: str | None = None
    is_planned: bool | None = None
    technology: str | None = None

    def bound(self) -> dict[str, object]:
        """Return the values to bind."""
        return dict(self.__dict__)

    def parts(self) -> dict[str, str]:
        """Return what the problems are cut by, as agg_problem_reach calls it."""
        kinds = {True: "planned", False: "unplanned", None: None}
        chosen = {
            "region": self.region,
            "area": self.area,
            "cause": self.cause,
            "kind": kinds[self.is_planned],
            "technology": self.technology,
        }
        return {part: value for part, value in chosen.items() if value is not None}


# Which problems a scope holds: what `Scope.bound` binds.
IN_SCOPE = """
(cast($since as timestamp) is null or started_at >= cast($since as timestamp))
and (cast($until as timestamp) is null or started_at < cast($until as timestamp))
and (cast($region as varchar) is null or coalesce(region, 'unknown') = $region)
and (cast($area as varchar) is null or coalesce(area, 'unknown') = $area)
and (cast($cause as varchar) is null or coalesce(cause, 'unknown') = $cause)
and (cast($is_planned as boolean) is null or is_planned = $is_planned)
and (cast($technology as varchar) is null or coalesce(technology, 'unknown') = $technology)
and not is_withdrawn
""".strip()

_CHOICES = """
select 'region' as field, coalesce(region, 'unknown') as code, count(*) as problems
from marts.fct_problem
group by all
union all
select 'area' as field, coalesce(area, 'unknown') as code, count(*) as problems
from marts.fct_problem
group by all
union all
select 'cause' as field, coalesce(cause, 'unknown') as code, count(*) as problems
from marts.fct_problem
group by all
union all
select 'technology' as field, coalesce(technology, 'unknown') as code, count(*) as problems
from marts.fct_problem
group by all
order by field, problems desc, code
"""

_PROBLEMS = f"""
with

problems as (

    select *
    from marts.fct_problem
    where
        {IN_SCOPE}
        and (cast($least as bigint) is null or affected_customers >= cast($least as bigint))

)

select
    problem_id,
    coalesce(category, 'unknown') as category,
    coalesce(cause, 'unknown') as cause,
    coalesce(region, 'unknown') as region,
    technology,
    is_planned,
    is_open,
    started_at,
    lasted_to,
    minutes_to_restore,
    affected_services,
    affected_subscriptions,
    affected_customers,
    customer_minutes_lost,
    contacts,
    tickets,
    notices,
    customers_told,
    -- and whose lines those were, which a release built before does not tell
    columns('^exit(s|_customers)_30d$'),
    count(*) over () as found
from problems
-- Among the others a problem whose figures are taken out would tell them by its place.
order by
    case
        when affected_customers between 1 and $fewest - 1 then 2
        when customer_minutes_lost > 0 then 1
        else 3
    end,
    case
        when affected_customers between 1 and $fewest - 1 then null
        else customer_minutes_lost
    end desc,
    case when affected_customers between 1 and $fewest - 1 then null else affected_customers end
    desc,
    started_at desc,
    problem_id
limit $limit
"""

_REACH = """
select
    coalesce(
        max(affected_customers) filter (where dimension = $dimension and dimension_value = $value),
        0
    ) as affected_customers,
    coalesce(
        max(followed_subscriptions)
            filter (where dimension = $dimension and dimension_value = $value),
        0
    ) as followed_subscriptions,
    coalesce(
        max(followed_customers) filter (where dimension = $dimension and dimension_value = $value),
        0
    ) as followed_customers,
    coalesce(
        max(exits_30d) filter (where dimension = $dimension and dimension_value = $value),
        0
    ) as exits_30d,
    coalesce(
        max(exit_customers_30d) filter (where dimension = $dimension and dimension_value = $value),
        0
    ) as exit_customers_30d
from marts.agg_problem_reach
where
    begins_at is not distinct from cast($since as timestamp)
    and ends_at = cast($until as timestamp)
having
    count(*) > 0
    -- of a part that no release of its time counted, the problems themselves are asked
    and (select bool_or(counted.dimension = $dimension) from marts.agg_problem_reach as counted)
"""

# Of several parts at once nothing is counted ahead: everybody is looked at.
_REACH_OF_PARTS = f"""
with

problems as (

    select problem_id
    from marts.fct_problem
    where
        {IN_SCOPE}

),

impacts as (

    select
        impacts.customer_id,
        impacts.subscription_id,
        impacts.problem_id,
        impacts.impact_from
    from marts.fct_service_impact as impacts
    semi join problems
        on impacts.problem_id = problems.problem_id
    where impacts.subscription_id is not null

),

-- Only where the 30 days have passed can it be told who left within them.
followed as (

    select subscription_id, customer_id, problem_id
    from impacts
    where impact_from <= cast($as_of as timestamp) - interval 30 day

),

exits as (

    select from_id as problem_id, to_id as subscription_id
    from marts.bdg_evidence
    where from_type = 'problem' and to_type = 'exit'

),

left_within as (

    select followed.subscription_id, followed.customer_id
    from followed
    semi join exits
        on
            followed.problem_id = exits.problem_id
            and followed.subscription_id = exits.subscription_id

)

select
    (select count(distinct customer_id) from impacts) as affected_customers,
    (select count(distinct subscription_id) from followed) as followed_subscriptions,
    (select count(distinct customer_id) from followed) as followed_customers,
    (select count(distinct subscription_id) from left_within) as exits_30d,
    (select count(distinct customer_id) from left_within) as exit_customers_30d
"""

_SITES = """
select longitude, latitude
from marts.dim_location
where latitude is not null and longitude is not null
order by hash(location_id)
limit $limit
"""

_FIRST_KNOWN = """
select min(period_start) as first_known
from marts.metric_value
where period_grain = 'month'
"""


def choices() -> pd.DataFrame:
    """Return the regions, areas, causes and technologies of problems, most frequent first."""
    return ask(_CHOICES)


def problems(scope: Scope, least: int | None = None) -> pd.DataFrame:
    """Return the problems of the scope, those with most customer-minutes lost first.

    Parameters
    ----------
    least : int, optional
        Only those that hit so many customers, at least.

    Returns
    -------
    DataFrame
        With `found`: how many there are, of which the first are listed.
    """
    bound = scope.bound() | {"least": least, "fewest": FEWEST}
    return _safe(ask(_PROBLEMS, **bound, limit=LISTED_PROBLEMS))


def problems_later(scope: Scope, least: int | None = None) -> Callable[[], pd.DataFrame]:
    """Return what reads all problems of the scope, as many as a file takes, for a download."""
    bound = scope.bound() | {"least": least, "fewest": FEWEST}
    read = later(_PROBLEMS, **bound, limit=TAKEN_PROBLEMS)
    return lambda: _safe(read())


def _safe(rows: pd.DataFrame) -> pd.DataFrame:
    safe = without_few_leavers(rows)
    return without_small_cells(safe, customers="affected_customers", figures=FIGURES)


def reach(scope: Scope, as_of: str) -> pd.Series:
    """Return whom the problems hit, each once: of one part in a usual period it is known ahead."""
    parts = scope.parts()
    if len(parts) <= 1 and shown().has("marts.agg_problem_reach"):
        ((dimension, value),) = parts.items() or [("all", "all")]
        bound = {"since": scope.since, "until": scope.until, "dimension": dimension, "value": value}
        # One built before customers who left were counted does not tell enough.
        with suppress(OlderRelease):
            rows = ask(_REACH, **bound)
            if len(rows):
                return rows.iloc[0]
    return ask(_REACH_OF_PARTS, **scope.bound(), as_of=as_of).iloc[0]


def first_known() -> pd.Timestamp | None:
    """Return the start of the time the data covers, or None."""
    moment = ask(_FIRST_KNOWN)["first_known"].iloc[0]
    return None if pd.isna(moment) else pd.Timestamp(moment)


def sites() -> pd.DataFrame:
    """Return where sites stand, at most a sample of them: what a map is read against."""
    if not shown().has("marts.dim_location"):
        return pd.DataFrame(columns=["longitude", "latitude"])
    return ask(_SITES, limit=DRAWN_SITES)
