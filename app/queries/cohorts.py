"""Cohorts of joining: how many have stayed, as far as that may be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from app.access import needs
from app.queries.privacy import FEWEST
from app.serving import ask, later, shown

COHORTS, LINES = "marts.agg_cohort_month", "marts.cohort_line"
LISTED = 200
MONTHS_OF_QUARTER = 3
ALL = "all"
_TOGETHER = "~together"

_COHORTS = """
select dimension_value, cohort_month, month_number, joined, customers, left_by, is_final
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
        whole = in_quarters(rows, told, without_few_leavers)
    if dimension == ALL:
        return whole
    rows = ask(_COHORTS, dimension=dimension)
    safe = without_few_in_any(rows, told)
    if grain == "quarter":
        safe = in_quarters(rows, safe, partial(without_few_in_any, whole=whole))
    return safe[safe["dimension_value"] == code].reset_index(drop=True)


def without_few_leavers(rows: pd.DataFrame) -> pd.DataFrame:
    """Empty `left_by` wherever it, or its difference from a shown cell, is of few people (C8).

    Along a cohort a cell is shown only where nobody, or FEWEST or more, left since the last shown
    cell; so neither a cell nor a difference of two is about one to FEWEST - 1 leavers.

    Parameters
    ----------
    rows : DataFrame with columns cohort_month, month_number, joined, customers, left_by
        In order of cohort and month.

    Returns
    -------
    DataFrame with a new column `is_hidden`.
    """
    hidden: list[bool] = []
    for _, cohort in rows.groupby("cohort_month", sort=False):
        last = 0
        is_small = int(cohort["customers"].iloc[0]) < FEWEST
        for left, joined in zip(cohort["left_by"], cohort["joined"], strict=True):
            is_told = not is_small and _may_be_told(left - last, joined - left)
            hidden.append(not is_told)
            last = left if is_told else last
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
        last: dict[object, int] = {}
        for number, cells in cohort.groupby("month_number", sort=True):
            sums = cells.groupby("part")[["left_by", "joined"]].sum()
            now = {part: (left, lines) for part, left, lines in sums.itertuples()}
            is_told = not hidden_whole.get((month, number), True) and all(
                _may_be_told(left - last.get(part, 0), lines - left)
                for part, (left, lines) in now.items()
            )
            if is_told:
                told |= {(month, number, part) for part in shown}
                last = {part: left for part, (left, _) in now.items()}
    parts = list(zip(rows["cohort_month"], rows["dimension_value"], strict=True))
    return _emptied(
        rows,
        [
            (month, number, part) not in told
            for (month, part), number in zip(parts, rows["month_number"], strict=True)
        ],
        pd.Series([each not in joined for each in parts], index=rows.index),
    )


def in_quarters(
    rows: pd.DataFrame, told: pd.DataFrame, hide: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """Add up the cohorts of each quarter, by months since each line's own joining.

    Where a quarter's months tell of any leaver, only what is told of all three is added up: else
    the one hidden would follow. Where they tell of none, the quarter is hidden by its own figures.
    A quarter is told to no month before its youngest cohort is, and is provisional until all its
    months are there; of few who joined in a month nothing follows, for it is then told no size.

    Parameters
    ----------
    rows, told : DataFrame
        Cohorts of months of every part of one dimension, as they are, and as they may be told.
    hide : callable
        Empties what of cohorts of quarters may not be told: `without_few_leavers` or its like.

    Returns
    -------
    DataFrame with the columns of `cohorts` but customers; cohort_month begins the quarter.
    """
    if rows.empty:
        return told
    keys = ["dimension_value", "cohort_month", "month_number"]
    months = pd.to_datetime(rows["cohort_month"])
    quarter = months.dt.to_period("Q").dt.start_time
    own = rows.assign(
        month=months,
        cohort_month=quarter,
        told_left=told["left_by"],
        told_joined=told["joined"],
        tells=~told["is_hidden"].astype(bool) & (told["left_by"] > 0),
    )
    there = own.groupby("cohort_month")["month"].nunique()
    tells = own.groupby("cohort_month")["tells"].any()
    sums = own.groupby(keys, as_index=False).agg(
        cells=("month", "nunique"),
        joined=("joined", "sum"),
        # Who joins in two months is one customer: at least so many they are.
        customers=("customers", "max"),
        left_by=("left_by", "sum"),
        told_left=("told_left", lambda left: left.sum(skipna=False)),
        told_joined=("told_joined", lambda joined: joined.sum(skipna=False)),
        is_final=("is_final", "all"),
    )
    count = sums["cohort_month"].map(there)
    sums = sums.assign(is_final=sums["is_final"] & (count == MONTHS_OF_QUARTER))
    sums = sums[sums["cells"] == count].reset_index(drop=True)
    alone = hide(sums)
    left = sums["told_left"].where(sums["cohort_month"].map(tells), alone["left_by"])
    joined = sums["told_joined"].mask(alone["joined"].isna())
    is_hidden = left.isna() | joined.isna()
    return sums[[*keys, "is_final"]].assign(
        joined=joined, left_by=left.mask(is_hidden), is_hidden=is_hidden
    )


def _together(customers: pd.Series) -> list[object]:
    """Return the parts too small to be told, and the smallest others that hide how small."""
    order = customers.sort_values(kind="stable")
    small = int((order < FEWEST).sum())
    if not small:
        return []
    return order.index[: small + 1].tolist()


def _may_be_told(gone: int, stays: int) -> bool:
    return (gone == 0 or gone >= FEWEST) and (stays == 0 or stays >= FEWEST)


def _emptied(rows: pd.DataFrame, hidden: list[bool], is_small: pd.Series) -> pd.DataFrame:
    safe = rows.assign(is_hidden=hidden)
    for column, is_out in (("left_by", safe["is_hidden"]), ("joined", is_small)):
        safe[column] = safe[column].astype("Float64").mask(is_out).astype(float)
    return safe
