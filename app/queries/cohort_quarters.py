"""Cohorts of joining by quarter: added up from those of months, as far as that may be told.

Both are told side by side. A quarter less its months that are told is what the others are; and what
left between two ages of it, less what left of a month between two of its own, is what is left over
at both ends. None of that may be of few, so ends and beginnings are looked at in pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.queries.privacy import FEWEST

MONTHS_OF_QUARTER = 3


def in_quarters(
    rows: pd.DataFrame, told: pd.DataFrame, whole: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Add up the cohorts of each quarter, by months since each line's own joining.

    A quarter is told to no age before its youngest cohort is, and is provisional until all its
    months are there. An age is told of all parts or of none, and only where the whole is; a part
    whose size is hidden in a month is hidden with its quarter, and all such are one part.

    Parameters
    ----------
    rows, told : DataFrame
        Cohorts of months of every part of one dimension, as they are, and as they may be told.
    whole : DataFrame, optional
        Quarters of the whole base, as they may be told; none of the whole base itself.

    Returns
    -------
    DataFrame with the columns of `cohorts.cohorts` but customers; cohort_month begins the quarter.
    """
    if rows.empty:
        return told
    months = pd.to_datetime(rows["cohort_month"])
    own = rows.assign(
        month=months,
        cohort_month=months.dt.to_period("Q").dt.start_time,
        is_told=~told["is_hidden"].astype(bool),
        is_sized=told["joined"].notna(),
    )
    may_tell = None
    if whole is not None:
        shown = whole[~whole["is_hidden"].astype(bool)]
        may_tell = shown.groupby("cohort_month")["month_number"].agg(set).to_dict()
    found = [
        _quarter(cohort, None if may_tell is None else may_tell.get(start, set()))
        for start, cohort in own.groupby("cohort_month")
    ]
    return pd.concat(found, ignore_index=True).sort_values(
        ["dimension_value", "cohort_month", "month_number"], ignore_index=True
    )


def _quarter(own: pd.DataFrame, may_tell: set[int] | None) -> pd.DataFrame:
    """Add up the months of one quarter, every part of them."""
    youngest = int(own.groupby("month")["month_number"].max().min())
    parts = own["dimension_value"].drop_duplicates().tolist()
    is_sized = own.groupby("dimension_value")["is_sized"].all().reindex(parts).to_numpy()
    groups = np.where(is_sized, np.arange(len(parts)), -1)
    counts = _Counts.of(own, parts, groups)
    ages: list[int] = []
    for age in range(youngest + 1):
        may = may_tell is None or age in may_tell
        if may and is_sized.any() and counts.may_be_told(age, ages):
            ages.append(age)
    sums = own[own["month_number"] <= youngest].groupby(
        ["dimension_value", "month_number"], as_index=False
    )
    told = sums.agg(left_by=("left_by", "sum"), is_final=("is_final", "all"))
    joined = own[own["month_number"] == 0].groupby("dimension_value")["joined"].sum()
    sized = dict(zip(parts, is_sized, strict=True))
    is_small = ~told["dimension_value"].map(sized).astype(bool)
    is_hidden = is_small | ~told["month_number"].isin(ages)
    is_whole = own["month"].nunique() == MONTHS_OF_QUARTER
    return told.assign(
        cohort_month=own["cohort_month"].iloc[0],
        joined=told["dimension_value"].map(joined).astype(float).mask(is_small),
        left_by=told["left_by"].astype(float).mask(is_hidden),
        is_final=told["is_final"].astype(bool) & is_whole,
        is_hidden=is_hidden,
    )


@dataclass(frozen=True)
class _Counts:
    """Who left of each group and month of a quarter by each age, from before the first on.

    Place 0 of an age is before anybody left, so age n stands at n + 1.

    Parameters
    ----------
    customers, here : ndarray of shape (groups, months, ages)
        Customers by the first of their lines that left, and customers still here.
    before, after : ndarray of shape (months, ages)
        Last place up to each, and first from it on, that is told of the month; behind the last told
        one `after` is the number of ages.
    """

    customers: np.ndarray
    here: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @classmethod
    def of(cls, own: pd.DataFrame, parts: list[str], groups: np.ndarray) -> _Counts:
        """Count those of each part, of group -1 together."""
        which = own["dimension_value"].map(dict(zip(parts, groups, strict=True)))
        which = np.unique(which, return_inverse=True)[1]
        month = np.unique(own["month"], return_inverse=True)[1]
        place = own["month_number"].to_numpy(int) + 1
        shape = (which.max() + 1, month.max() + 1, place.max() + 1)

        def counted(name: str) -> np.ndarray:
            sums = np.zeros(shape)
            np.add.at(sums, (which, month, place), own[name].astype(float))
            return sums

        shown = own["is_told"].to_numpy()
        is_told = np.zeros(shape[1:], dtype=bool)
        is_told[:, 0] = True
        is_told[month[shown], place[shown]] = True
        places = np.arange(shape[2])
        before = np.maximum.accumulate(np.where(is_told, places, 0), axis=1)
        after = np.where(is_told, places, shape[2])[:, ::-1]
        after = np.minimum.accumulate(after, axis=1)[:, ::-1]
        return cls(counted("left_customers"), counted("here_customers"), before, after)

    def may_be_told(self, age: int, earlier: list[int]) -> bool:
        """Tell whether an age may be told beside earlier ones, and what is told of the months."""
        now = age + 1
        last, following = self.before[:, now], self.after[:, now]
        if (last == now).all():
            return True  # all its months are told
        is_open = following == self.customers.shape[2]
        after_now = np.where(
            is_open, self.here[:, :, now], self._left(now, np.where(is_open, now, following))
        )
        for since in (0, *(each + 1 for each in earlier)):
            # What is left over within the two ages, less what months tell between them …
            first, end = self.after[:, since], last
            is_between = first <= now
            first, end = np.where(is_between, first, now), np.where(is_between, end, now)
            inside = self._left(since, first) + self._left(end, now)
            is_bare = ((first == since) & (end == now)).all()
            # … and beyond them, up to what months tell, or to all who joined.
            first = self.before[:, since]
            ahead = self._left(first, since)
            beyond = np.where(is_open, np.maximum(ahead, after_now), ahead + after_now)
            is_bare_beyond = ((first == since) & (following == now)).all()
            # That nobody is left over would be told, too.
            if not is_bare and (inside.sum(axis=1) < FEWEST).any():
                return False
            if not is_bare_beyond and (beyond.sum(axis=1) < FEWEST).any():
                return False
        return True

    def _left(self, since: np.ndarray | int, until: np.ndarray | int) -> np.ndarray:
        """Return the customers of each group and month that left between two places of each."""
        month = np.arange(self.customers.shape[1])
        return self.customers[:, month, until] - self.customers[:, month, since]
