"""Cohorts of joining: how many have stayed, as far as that may be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from app.access import needs
from app.queries.cohort_quarters import in_quarters
from app.queries.privacy import FEWEST
from app.serving import ask, later, shown

COHORTS, LINES = "marts.agg_cohort_month", "marts.cohort_line"
LISTED = 200
ALL = "all"
_TOGETHER = "~together"
_GUARDED = ["left_by", "left_customers", "joined", "here_customers"]

_COHORTS = """
select
    dimension_value, cohort_month, month_number, joined, customers, left_by, left_customers,
    here_customers, is_final
from marts.agg_cohort_month
where dimension = $dimension
order by dimension_value, cohort_month, month_number
"""

_PARTS = """
select dimension as field, dimension_value as code, sum(joined) as joined
from marts.agg_cohort_month
where month_number = 0 and dimension <> 'all'
group by dimension, dimension_value
order by dimension, joined desc, dimension_value
"""


_PEOPLE = """
select subscription_id, customer_id, cohort_month, exit_month, region, segment, family, channel
from marts.cohort_line
where
    cohort_month = cast($cohort as date)
    and (cast($region as varchar) is null or region = $region)
    and (cast($segment as varchar) is null or segment = $segment)
    and (cast($family as varchar) is null or family = $family)
    and (cast($channel as varchar) is null or channel = $channel)
    and coalesce(
        exit_month <= cast($cohort as date) + to_months(cast($months as integer)), false
    ) = cast($has_left as boolean)
order by exit_month desc nulls last, subscription_id
limit $limit
"""


@dataclass(frozen=True)
class People:
    """Whom of a cohort a list is of; a part that is None means all."""

    cohort: str
    months: int
    has_left: bool
    region: str | None = None
    segment: str | None = None
    family: str | None = None
    channel: str | None = None

    def bound(self) -> dict[str, object]:
        """Return the values to bind."""
        return dict(self.__dict__)


def has_lines() -> bool:
    """Tell whether the release tells who is in a cohort: one built before lacks the table."""
    return shown().has(LINES)


@needs("persons")
def people(whom: People) -> pd.DataFrame:
    """Return who of a cohort has left by so many months after joining, or has not."""
    return ask(_PEOPLE, **whom.bound(), limit=LISTED)


@needs("persons")
def people_later(whom: People) -> Callable[[], pd.DataFrame]:
    """Return what reads the list for a download."""
    return later(_PEOPLE, **whom.bound(), limit=LISTED)


def parts() -> pd.DataFrame:
    """Return the parts of the base that cohorts are told of, the largest first."""
    return ask(_PARTS) if shown().has(COHORTS) else pd.DataFrame(columns=["field", "code"])


def cohorts(dimension: str = ALL, code: str = ALL, grain: str = "month") -> pd.DataFrame:
    """Return every cohort of a part of the base by month since joining.

    Cells that tell of few people are empty.

    Parameters
    ----------
    grain : str
        Cohorts of a ``month`` or of a ``quarter``.
    """
    if not shown().has(COHORTS):
        return pd.DataFrame()
    rows = ask(_COHORTS, dimension=ALL)
    whole = told = without_few_leavers(rows)
    if grain == "quarter":
        whole = in_quarters(rows, told)
    if dimension == ALL:
        return whole
    rows = ask(_COHORTS, dimension=dimension)
    safe = without_few_in_any(rows, told)
    if grain == "quarter":
        safe = in_quarters(rows, safe, whole)
    return safe[safe["dimension_value"] == code].reset_index(drop=True)


def without_few_leavers(rows: pd.DataFrame) -> pd.DataFrame:
    """Empty `left_by` wherever it, or its difference from a shown cell, is of few people (C8).

    Along a cohort a cell is shown only where no line left since the last shown cell, or those of
    FEWEST customers or more; so neither a cell nor a difference of two is about fewer leavers. Each
    customer counts with the first line that left: at least so many customers they are.

    Parameters
    ----------
    rows : DataFrame
        With columns cohort_month, month_number, joined, customers, left_by, left_customers and
        here_customers, in order of cohort and month.

    Returns
    -------
    DataFrame with a new column `is_hidden`.
    """
    hidden: list[bool] = []
    for _, cohort in rows.groupby("cohort_month", sort=False):
        last = (0, 0)
        is_small = int(cohort["customers"].iloc[0]) < FEWEST
        for now in cohort[_GUARDED].itertuples(index=False, name=None):
            is_told = not is_small and _may_be_told(now, last)
            hidden.append(not is_told)
            last = now[:2] if is_told else last
    return _emptied(rows, hidden, rows["customers"] < FEWEST)


def without_few_in_any(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Empty `left_by` of a month of a cohort in all parts unless it may be told of each.

    All parts or none: one hidden alone would be what the others leave of the whole. And only where
    the whole is told, lest their sum tell it. A part of fewer than FEWEST customers is never told;
    with the smallest others, two or more of them, it counts as one part, so that what the shown
    ones leave of the whole is not about few either.

    Parameters
    ----------
    rows : DataFrame
        Of every part, as for `without_few_leavers`, with dimension_value.
    whole : DataFrame
        The whole base, of `without_few_leavers`.
    """
    hidden_whole = whole.set_index(["cohort_month", "month_number"])["is_hidden"].to_dict()
    told: set[tuple[object, int, object]] = set()
    joined: set[tuple[object, object]] = set()
    for month, cohort in rows.groupby("cohort_month", sort=False):
        together = _together(cohort.groupby("dimension_value")["customers"].first())
        is_apart = ~cohort["dimension_value"].isin(together)
        cohort = cohort.assign(part=cohort["dimension_value"].where(is_apart, _TOGETHER))
        shown = set(cohort["dimension_value"]) - set(together)
        joined |= {(month, part) for part in shown}
        last: dict[object, tuple[int, int]] = {}
        for number, cells in cohort.groupby("month_number", sort=True):
            sums = cells.groupby("part")[_GUARDED].sum()
            now = {part: tuple(figures) for part, *figures in sums.itertuples()}
            is_told = not hidden_whole.get((month, number), True) and all(
                _may_be_told(figures, last.get(part, (0, 0))) for part, figures in now.items()
            )
            if is_told:
                told |= {(month, number, part) for part in shown}
                last = {part: figures[:2] for part, figures in now.items()}
    parts = list(zip(rows["cohort_month"], rows["dimension_value"], strict=True))
    return _emptied(
        rows,
        [
            (month, number, part) not in told
            for (month, part), number in zip(parts, rows["month_number"], strict=True)
        ],
        pd.Series([each not in joined for each in parts], index=rows.index),
    )


def _together(customers: pd.Series) -> list[object]:
    """Return the parts too small to be told, and the smallest others that hide how small."""
    order = customers.sort_values(kind="stable")
    small = int((order < FEWEST).sum())
    if not small:
        return []
    return order.index[: small + 1].tolist()


def _may_be_told(now: tuple[int, int, int, int], last: tuple[int, int]) -> bool:
    """Tell whether figures (_GUARDED) may be told beside the lines and customers gone before."""
    lines, customers, joined, here = now
    return (lines == last[0] or customers - last[1] >= FEWEST) and (
        lines == joined or here >= FEWEST
    )


def _emptied(rows: pd.DataFrame, hidden: list[bool], is_small: pd.Series) -> pd.DataFrame:
    safe = rows.assign(is_hidden=hidden)
    for column, is_out in (("left_by", safe["is_hidden"]), ("joined", is_small)):
        safe[column] = safe[column].astype("Float64").mask(is_out).astype(float)
    return safe
