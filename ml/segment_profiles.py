"""What each segment is like and what it prefers, beside all lines of all segments, with intervals.

A figure is a ratio: of a trait its sum over the lines, of a habit the times a choice was made over
all times the habit was seen, of an add-on its holders over the lines. Its error is that of a ratio
of sums over customers (a customer's lines and contacts go together), by the delta method.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from ml import datasets, registry
from ml.few import hidden_cells
from ml.uncertain import HALF

# Fewer customers than these make no profile.
LEAST_CUSTOMERS = 50
TRAIT, HABIT, ADDON = "trait", "habit", "add-on"
KEYS = ["kind", "subject", "choice"]
_MOMENTS = ["sy", "syy", "syn", "sn", "snn", "customers", "chosen"]


def write_profiles(connection: duckdb.DuckDBPyConnection, rows: pd.DataFrame, fewest: int) -> int:
    """Write ml_segment_profile of the newest date; return its rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    rows : DataFrame
        Lines with subscription_id, as_of_date, customer_id, segment_id, model_id and traits.
    fewest : int
        No share is about fewer customers.
    """
    if rows.empty:
        return registry.replace_rows(connection, "ml_segment_profile", pd.DataFrame())
    newest = rows[rows["as_of_date"] == rows["as_of_date"].max()]
    connection.register("members", newest[["subscription_id", "customer_id", "segment_id"]])
    worth = connection.execute(_WORTH).df()
    moments = [trait_moments(newest.merge(worth, on="subscription_id", how="left"))]
    given = {"as_of_date": newest["as_of_date"].iloc[0]}
    if datasets.has_table(connection, "features", "preference_shares"):
        moments.append(connection.execute(_HABITS, given).df())
    if datasets.has_table(connection, "features", "preference_offerings"):
        moments.append(connection.execute(_ADDONS, given).df())
    connection.unregister("members")
    table = profiles(pd.concat(moments, ignore_index=True), fewest)
    kept = {"as_of_date": given["as_of_date"], "model_id": newest["model_id"].iloc[0]}
    return registry.replace_rows(connection, "ml_segment_profile", table.assign(**kept))


def profiles(moments: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return each segment's figure beside that of all, and the difference, with 95 % intervals.

    Parameters
    ----------
    moments : DataFrame
        A row per segment_id, kind, subject and choice: over its customers the sums sy of what is
        counted, sn of what it is taken over, their squares and product syy, snn, syn; customers,
        and chosen, those with any of what is counted.
    fewest : int

    Returns
    -------
    DataFrame with segment_id, kind, subject, choice, customers, evidence, value, low, high,
    base_value, difference, difference_low, difference_high
    """
    own = completed(moments)
    whole = own.groupby(KEYS, dropna=False, sort=False)[_MOMENTS].transform("sum")
    own = own[is_told(own, fewest)]
    whole = whole.loc[own.index]
    rate, base = own["sy"] / own["sn"], whole["sy"] / whole["sn"]
    error = np.sqrt(_spread(own, rate, rate)) / own["sn"]
    # The segment is a part of all, so its error and that of all go together.
    variance = (
        _spread(own, rate, rate) / own["sn"] ** 2
        - 2 * _spread(own, rate, base) / (own["sn"] * whole["sn"])
        + _spread(whole, base, base) / whole["sn"] ** 2
    )
    half = HALF * np.sqrt(np.maximum(variance, 0.0))
    table = own[["segment_id", *KEYS]].assign(
        customers=own["customers"].astype(int),
        evidence=own["sn"],
        value=rate,
        low=rate - HALF * error,
        high=rate + HALF * error,
        base_value=base,
        difference=rate - base,
        difference_low=rate - base - half,
        difference_high=rate - base + half,
    )
    is_share = table["kind"] != TRAIT
    for name in ("low", "high"):
        table[name] = table[name].where(~is_share, table[name].clip(0.0, 1.0))
    order = ["segment_id", *KEYS]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def completed(moments: pd.DataFrame) -> pd.DataFrame:
    """Return the moments with a row, of nothing, where nobody of a segment made a choice."""
    over = ["sn", "snn", "customers"]
    subjects = moments[["segment_id", "kind", "subject", *over]].drop_duplicates(
        ["segment_id", "kind", "subject"]
    )
    full = subjects.merge(moments[KEYS].drop_duplicates(), on=["kind", "subject"])
    rest = moments.drop(columns=over)
    table = full.merge(rest, on=["segment_id", *KEYS], how="left", sort=False)
    table[_MOMENTS] = table[_MOMENTS].astype(float).fillna(0.0)
    return table


def is_told(moments: pd.DataFrame, fewest: int) -> np.ndarray:
    """Say of each row whether it may be told: of a segment of many, about many who chose and not.

    Shares of a habit add up to 1 in each segment, and segments to all: what would be left over of
    the others is not told either.
    """
    chosen, customers = moments["chosen"].to_numpy(), moments["customers"].to_numpy()
    is_share = (moments["kind"] != TRAIT).to_numpy()
    rest = customers - chosen
    # Nobody is no few: that none of many chose it may be told.
    few, others = (chosen > 0) & (chosen < fewest), (rest > 0) & (rest < fewest)
    is_small = is_share & (few | others)
    is_small |= customers < LEAST_CUSTOMERS
    is_habit = (moments["kind"] == HABIT).to_numpy()
    within = moments.groupby(["segment_id", "kind", "subject"], sort=False).ngroup().to_numpy()
    across = moments.groupby(KEYS, dropna=False, sort=False).ngroup().to_numpy()
    groups = [np.flatnonzero(within == each) for each in np.unique(within[is_habit])]
    groups += [np.flatnonzero(across == each) for each in np.unique(across)]
    return ~hidden_cells(np.where(is_share, chosen, customers), groups, fewest, is_small)


def trait_moments(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the moments of every figure of the lines, by segment."""
    keys = ["subscription_id", "as_of_date", "customer_id", "segment_id", "model_id", "family"]
    told = []
    for name in [each for each in lines.columns if each not in keys]:
        known = lines[lines[name].notna()]
        each = known.groupby(["segment_id", "customer_id"], sort=True)[name].agg(["sum", "size"])
        y, n = each["sum"].astype(float), each["size"].astype(float)
        parts = pd.DataFrame({"sy": y, "syy": y * y, "syn": y * n, "sn": n, "snn": n * n})
        parts["customers"] = parts["chosen"] = 1.0
        sums = parts.groupby(level="segment_id", sort=True).sum().reset_index()
        told.append(sums.assign(kind=TRAIT, subject=name, choice=None))
    return pd.concat(told, ignore_index=True)


def _spread(sums: pd.DataFrame, one: pd.Series, other: pd.Series) -> pd.Series:
    """Return the sum over customers of (y - one n) (y - other n)."""
    return (sums["syy"] - (one + other) * sums["syn"] + one * other * sums["snn"]).clip(lower=0.0)


_WORTH = """
    select
        members.subscription_id,
        scores.score as risk,
        worths.clv
    from members
    left join ml.ml_score as scores
        on members.subscription_id = scores.subscription_id and scores.target = 'churn'
    left join ml.ml_value as worths
        on members.subscription_id = worths.subscription_id
    order by members.subscription_id
"""
# A customer's habits are shared by its lines: in each segment they count once.
_HABITS = """
    with
    told as (
        select
            members.segment_id,
            members.customer_id,
            shares.habit,
            shares.choice,
            any_value(shares.times) as times,
            any_value(shares.evidence) as evidence
        from members
        inner join features.preference_shares as shares
            on
                members.subscription_id = shares.subscription_id
                and shares.as_of_date = $as_of_date
        where shares.evidence > 0
        group by all
    ),
    seen as (
        select
            segment_id,
            habit,
            sum(evidence) as sn,
            sum(evidence * evidence) as snn,
            count(*) as customers
        from (
            select segment_id, customer_id, habit, any_value(evidence) as evidence
            from told
            group by all
        )
        group by all
    )
    select
        told.segment_id,
        'habit' as kind,
        told.habit as subject,
        told.choice,
        sum(told.times) as sy,
        sum(told.times * told.times) as syy,
        sum(told.times * told.evidence) as syn,
        any_value(seen.sn) as sn,
        any_value(seen.snn) as snn,
        any_value(seen.customers) as customers,
        count_if(told.times > 0) as chosen
    from told
    inner join seen on told.segment_id = seen.segment_id and told.habit = seen.habit
    group by told.segment_id, told.habit, told.choice
    order by told.segment_id, told.habit, told.choice
"""
_ADDONS = """
    with
    lines as (
        select
            members.segment_id,
            members.customer_id,
            features.held_offering_ids
        from members
        inner join features.preference_features as features
            on
                members.subscription_id = features.subscription_id
                and features.as_of_date = $as_of_date
    ),
    sizes as (
        select segment_id, sum(lines) as sn, sum(lines * lines) as snn, count(*) as customers
        from (select segment_id, customer_id, count(*) as lines from lines group by all)
        group by segment_id
    ),
    held as (
        select
            segment_id,
            customer_id,
            offering_id,
            count(*) as holds
        from (select segment_id, customer_id, unnest(held_offering_ids) as offering_id from lines)
        where offering_id in (select offering_id from features.preference_offerings where is_addon)
        group by all
    ),
    counts as (
        select segment_id, customer_id, count(*) as lines from lines group by all
    )
    select
        held.segment_id,
        'add-on' as kind,
        'add-on' as subject,
        held.offering_id as choice,
        sum(held.holds) as sy,
        sum(held.holds * held.holds) as syy,
        sum(held.holds * counts.lines) as syn,
        any_value(sizes.sn) as sn,
        any_value(sizes.snn) as snn,
        any_value(sizes.customers) as customers,
        count(*) as chosen
    from held
    inner join counts
        on held.segment_id = counts.segment_id and held.customer_id = counts.customer_id
    inner join sizes on held.segment_id = sizes.segment_id
    group by held.segment_id, held.offering_id
    order by held.segment_id, held.offering_id
"""
