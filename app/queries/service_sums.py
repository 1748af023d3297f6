"""What problems did together: in all, by month, by area; without those that would be given away.

The list of problems tells each that hit few customers without its figures. A sum over such, less
what the list tells, is what they did. So where those of a cell, the least that all filters and
periods together can tell apart, are of few customers together, they are in none of the sums. Every
sum of the page is one of whole cells, and so is every difference of two. Whom problems hit and who
of those left, each counted once, are sums of nothing: they are told to the nearest FEWEST.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from app.queries import service
from app.queries.privacy import FEWEST, in_steps, without_small_cells
from app.queries.service import IN_SCOPE, Scope
from app.serving import ask, once, shown

SUMS = ("customer_minutes_lost", "contacts", "tickets", "notices")
# What all problems of a scope did, hidden where they hit too few customers together.
_OF_PEOPLE = (
    "affected_customers",
    "customer_minutes_lost",
    "unplanned_minutes_lost",
    "contacts",
    "tickets",
    "notices",
    "followed_subscriptions",
    "exits_30d",
)
# People whom several problems hit, each counted once: of these no sums of cells can be told.
_ONCE = ("affected_customers", "followed_subscriptions", "exits_30d")
_CELLS = f"""
with

problems as (

    select
        *,
        coalesce(affected_customers, 0) between 1 and $fewest - 1 as is_few,
        -- between which ends of periods it began
        len(
            list_filter(cast($edges as timestamp[]), lambda edge: started_at >= edge)
        ) as span
    from marts.fct_problem
    where
        {IN_SCOPE}

)

select
    coalesce(area, 'unknown') as area,
    coalesce(region, 'unknown') as region,
    coalesce(cause, 'unknown') as cause,
    date_trunc('month', started_at) as month,
    span,
    coalesce(technology, 'unknown') as technology,
    coalesce(cast(is_planned as varchar), 'unknown') as kind,
    coalesce(is_planned, false) as is_planned,
    count(*) as problems,
    count(*) filter (where is_open) as open_problems,
    coalesce(sum(affected_customers), 0) as affected_customers,
    coalesce(max(affected_customers), 0) as most_customers,
    coalesce(sum(customer_minutes_lost) filter (where not is_few), 0) as customer_minutes_lost,
    coalesce(sum(contacts) filter (where not is_few), 0) as contacts,
    coalesce(sum(tickets) filter (where not is_few), 0) as tickets,
    coalesce(sum(notices) filter (where not is_few), 0) as notices,
    count(*) filter (where is_few) as few_problems,
    coalesce(sum(affected_customers) filter (where is_few), 0) as few_customers,
    coalesce(sum(customer_minutes_lost) filter (where is_few), 0) as few_customer_minutes_lost,
    coalesce(sum(contacts) filter (where is_few), 0) as few_contacts,
    coalesce(sum(tickets) filter (where is_few), 0) as few_tickets,
    coalesce(sum(notices) filter (where is_few), 0) as few_notices
from problems
group by all
order by area, region, cause, month, span, technology, kind
"""

_PLACES = """
select
    area,
    round(avg(latitude), 3) as latitude,
    round(avg(longitude), 3) as longitude
from marts.dim_location
where latitude is not null and longitude is not null
group by area
"""


def totals(scope: Scope, as_of: str) -> pd.Series:
    """Return what all problems of the scope did together, and how many are left out of it.

    Of few customers only how many there were.
    """
    cells = _cells(scope)
    planned = cells["is_planned"].astype(bool)
    sums = {
        "problems": cells["problems"].sum(),
        "planned_problems": cells["problems"][planned].sum(),
        "open_problems": cells["open_problems"].sum(),
        **{name: cells[name].sum() for name in SUMS},
        "unplanned_minutes_lost": cells["customer_minutes_lost"][~planned].sum(),
        "left_out": cells["left_out"].sum(),
    }
    return as_told(sums | service.reach(scope, as_of).to_dict())


def as_told(counted: Mapping[str, float]) -> pd.Series:
    """Hide what is of few customers, and tell those counted once in steps of as many (C8)."""
    told = {name: float(count) for name, count in counted.items()}
    followed, left = told.pop("followed_customers"), told.pop("exit_customers_30d")
    if 0 < told["affected_customers"] < FEWEST:
        told |= dict.fromkeys(_OF_PEOPLE, math.nan)
    if (told["exits_30d"] > 0 and left < FEWEST) or 0 < followed < FEWEST:
        told["exits_30d"] = math.nan
    return pd.Series(told | {name: in_steps(told[name]) for name in _ONCE})


def by_month(scope: Scope) -> pd.DataFrame:
    """Return customer-minutes lost by month, planned and unplanned."""
    cells = _cells(scope).groupby(["month", "is_planned"], as_index=False)
    rows = cells.agg(
        customer_minutes_lost=("customer_minutes_lost", "sum"),
        problems=("problems", "sum"),
        left_out=("left_out", "sum"),
        # Of several problems the customers may be the same: no fewer than those of the largest.
        most_customers=("most_customers", "max"),
    )
    return without_small_cells(rows, customers="most_customers", figures=["customer_minutes_lost"])


def areas(scope: Scope) -> pd.DataFrame:
    """Return what problems cost by area and where it lies; areas of few customers are empty."""
    cells = _cells(scope).groupby("area", as_index=False)
    rows = cells.agg(
        region=("region", "first"),
        problems=("problems", "sum"),
        customer_minutes_lost=("customer_minutes_lost", "sum"),
        contacts=("contacts", "sum"),
        tickets=("tickets", "sum"),
        most_customers=("most_customers", "max"),
    )
    safe = without_small_cells(
        rows.merge(ask(_PLACES), on="area", how="left"),
        customers="most_customers",
        figures=["customer_minutes_lost", "contacts", "tickets"],
    )
    # By what is told: an area whose figures are taken out would tell them by its place.
    return safe.sort_values(["customer_minutes_lost", "area"], ascending=[False, True])


def _cells(scope: Scope) -> pd.DataFrame:
    return once(f"problem cells {scope}", lambda: without_the_few(asked(scope)))


def asked(scope: Scope) -> pd.DataFrame:
    """Return the problems of the scope added up by all that they are ever cut by on the page."""
    edges = service.edges(shown().release.as_of)
    return ask(_CELLS, **scope.bound(), fewest=FEWEST, edges=edges)


def without_the_few(cells: pd.DataFrame) -> pd.DataFrame:
    """Add problems of few customers to the sums, but those that a sum would give away.

    Returns
    -------
    DataFrame
        As given, with `left_out`: how many problems are not in the sums.
    """
    out = given_away(cells)
    counted = {name: cells[name] + cells[f"few_{name}"].mask(out, 0) for name in SUMS}
    return cells.assign(**counted, left_out=cells["few_problems"].where(out, 0))


def given_away(cells: pd.DataFrame) -> pd.Series:
    """Tell of which cells the problems of few customers stay out: where they are few together."""
    return (cells["few_problems"] > 0) & (cells["few_customers"] < FEWEST)
