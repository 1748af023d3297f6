"""Months entered by lines as data frames: to learn from, to follow up, to predict from."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from ml.survival_quality import FollowUp

MAX_TEST_ROWS = 100_000
# What is told of a month besides the line's clocks and what lasts longer than it.
NOT_COVARIATES = (
    *("subscription_id", "as_of_date", "customer_id", "is_observed", "exit_cause"),
    "is_exit_announced",
)


@dataclass(frozen=True)
class Months:
    """Months entered by lines, and how they ended."""

    keys: pd.DataFrame
    X: pd.DataFrame
    cause: np.ndarray
    weight: np.ndarray

    @property
    def has_left(self) -> np.ndarray:
        """True where the line left in the month."""
        return np.array([name is not None for name in self.cause])


def observed_dates(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return one row per month that is over: as_of_date, members, exits."""
    return connection.execute("""
        select as_of_date, count(*) as members, count(exit_cause) as exits
        from features.survival_months
        where is_observed
        group by as_of_date
        order by as_of_date
    """).df()


def read_months(
    connection: duckdb.DuckDBPyConnection, before: object, max_rows: int, seed: int
) -> Months:
    """Return months that are over, at most `max_rows`: all exits first, the others thinned."""
    frame = connection.execute(
        """
        with numbered as (
            select
                *,
                exit_cause is not null as has_left,
                row_number() over (
                    partition by has_left
                    order by md5(subscription_id || '|' || as_of_date || $seed)
                ) as place,
                count(*) over (partition by has_left) as alike,
                count(*) over () - alike as others
            from features.survival_months
            where is_observed and as_of_date < coalesce($before, date 'infinity')
        ),
        sampled as (
            select
                *,
                case
                    when has_left then greatest($max_rows // 2, $max_rows - others)
                    else greatest($max_rows - others, ($max_rows + 1) // 2)
                end as quota
            from numbered
        )
        select
            * exclude (place, has_left, alike, others, quota),
            alike / least(alike, quota) as row_weight
        from sampled
        where place <= quota
        order by as_of_date, subscription_id
        """,
        {"seed": str(seed), "before": before, "max_rows": max_rows},
    ).df()
    return _as_months(frame, frame.pop("row_weight").to_numpy(dtype=np.float64))


def read_follow_up(
    connection: duckdb.DuckDBPyConnection, start: object, horizon: int, seed: int
) -> tuple[Months, FollowUp]:
    """Return the lines of one day as known then, and how long they were seen afterwards."""
    frame = connection.execute(
        """
        with members as (
            select * from features.survival_months
            where as_of_date = $start
            order by md5(subscription_id || $seed)
            limit $rows
        ),
        -- A line that comes back after its exit has left all the same.
        followed as (
            select
                members.subscription_id,
                min(months.as_of_date) filter (where months.exit_cause is not null) as left_in,
                arg_min(months.exit_cause, months.as_of_date) as left_for,
                max(months.as_of_date) as last_in
            from members
            inner join features.survival_months as months
                on
                    members.subscription_id = months.subscription_id
                    and months.as_of_date >= $start
                    and months.as_of_date < $start + to_months($horizon)
            where months.is_observed
            group by members.subscription_id
        )
        select
            members.*,
            followed.left_in is not null as has_left_later,
            followed.left_for,
            1 + date_diff('month', $start, coalesce(followed.left_in, followed.last_in))
                as months_seen
        from members
        inner join followed on members.subscription_id = followed.subscription_id
        order by members.subscription_id
        """,
        {"start": start, "horizon": horizon, "seed": str(seed), "rows": MAX_TEST_ROWS},
    ).df()
    left_for = frame.pop("left_for").astype(object)
    seen = FollowUp(
        frame.pop("months_seen").to_numpy(dtype=int),
        frame.pop("has_left_later").to_numpy(dtype=bool),
        horizon,
        left_for.where(left_for.notna(), None).to_numpy(),
    )
    return _as_months(frame, np.ones(len(frame))), seen


def covariates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what hazards are told of a month."""
    X = frame.drop(columns=[name for name in NOT_COVARIATES if name in frame])
    flags = [name for name in X if name.startswith("is_")]
    # Unknown is a level of its own.
    return X.assign(**{name: X[name].map({True: "yes", False: "no"}) for name in flags})


def _as_months(frame: pd.DataFrame, weight: np.ndarray) -> Months:
    cause = frame["exit_cause"].astype(object).where(frame["exit_cause"].notna(), None)
    keys = frame[["subscription_id", "as_of_date", "customer_id"]].reset_index(drop=True)
    return Months(keys, covariates(frame).reset_index(drop=True), cause.to_numpy(), weight)
