"""The list of whom to help and contact, best first, and what the first so many of them are worth.

Made each night from what the desk recommends, so that nobody who opens a page adds anything up.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from ml import datasets, registry
from ml.decision_facts import NOTHING
from ml.few import hidden_cells

ALL = "all"
DIMENSIONS = ("region", "segment")
# Bars of the risk on the list; those at the top, of few, are joined.
BINS = 20
# Steps of a curve; each is about so many customers more than the one before that it may be told.
STEPS = 40
_SUMS = (
    *("value", "value_low", "value_high", "exits_prevented", "exits_low", "exits_high"),
    *("contacts_prevented", "takes", "cost"),
)


def write_work_list(
    connection: duckdb.DuckDBPyConnection,
    lines: pd.DataFrame,
    terms: pd.Series,
    fewest: int,
) -> int:
    """Write ml_work_list, ml_action_curve, ml_action_risk and ml_action_idle; return their rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With marts.dim_action, marts.dim_subscription if regions and segments are to be told, and
        told_actions as write_actions leaves it.
    lines : DataFrame
        Of decision_facts.read_lines.
    terms : Series
        Of decision_facts.read_desk_terms.
    fewest : int
        No figure is about fewer customers.
    """
    listed, others = _placed(connection, lines)
    listed = listed.sort_values(["value", "subscription_id"], ascending=[False, True])
    listed = listed.assign(
        place=np.arange(1, len(listed) + 1),
        most_contacts=int(terms["most_contacts"]),
        fatigue_days=int(terms["fatigue_days"]),
    )
    kept = {"as_of_date": lines["as_of_date"].iloc[0], "currency": terms["currency"]}
    written = registry.replace_rows(connection, "ml_work_list", listed)
    tables = {
        "ml_action_curve": curves(listed, fewest),
        "ml_action_risk": risks(listed, fewest),
        "ml_action_idle": idle(others, fewest),
    }
    for name, table in tables.items():
        written += registry.replace_rows(connection, name, table.assign(**kept))
    return written


def curves(listed: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return what the first so many of the list are worth, by slice of the base and action.

    Lines share their effect and err together, so bounds are added up like values.

    Parameters
    ----------
    listed : DataFrame
        Best first: customer_id, action_id, region, segment and the figures added up.
    fewest : int

    Returns
    -------
    DataFrame with dimension, dimension_value, action_id, lines, customers and the sums
        Nobody is the first row of each.
    """
    parts = [
        _steps(listed.iloc[rows], fewest).assign(
            dimension=dimension, dimension_value=value, action_id=action
        )
        for dimension, value, action, rows in _cells(listed, "action_id", "value", fewest)
    ]
    columns = ["dimension", "dimension_value", "action_id", "lines", "customers", *_SUMS]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def risks(listed: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return how the risk of leaving is spread on the list, by slice of the base.

    The bounds are those of the whole list, so that slices add up to it, bar by bar.

    Parameters
    ----------
    listed : DataFrame
        customer_id, risk, value, region, segment and the exits prevented, with bounds.
    fewest : int
    """
    exits = ["exits_prevented", "exits_low", "exits_high"]
    rows = listed[listed["risk"].notna()].reset_index(drop=True)
    bounds = _bounds(rows, fewest)
    place = np.searchsorted(bounds, rows["risk"].to_numpy(dtype=np.float64), side="right") - 1
    rows = rows.assign(bin=np.clip(place, 0, len(bounds) - 2).astype(str))
    table = [
        {
            "dimension": dimension,
            "dimension_value": value,
            "risk_from": bounds[int(code)],
            "risk_to": bounds[int(code) + 1],
            "lines": len(places),
            "customers": rows["customer_id"].iloc[places].nunique(),
            **rows[exits].iloc[places].fillna(0.0).sum().to_dict(),
        }
        for dimension, value, code, places in _cells(rows, "bin", "value", fewest)
        if code != ALL
    ]
    columns = ["dimension", "dimension_value", "risk_from", "risk_to", "lines", "customers", *exits]
    return pd.DataFrame(table, columns=columns)


def _bounds(rows: pd.DataFrame, fewest: int) -> np.ndarray:
    """Return the bounds of bars of equal width, joined from the top until none is of few."""
    highest = rows.groupby("customer_id")["risk"].max().to_numpy(dtype=np.float64)
    if not len(highest):
        return np.array([0.0, 1.0])
    width = max(np.ceil(highest.max() * 100) / 100, 0.01) / BINS
    counts = np.bincount(np.minimum(highest // width, BINS - 1).astype(int), minlength=BINS)
    kept, waiting = [BINS], 0
    for place in range(BINS - 1, 0, -1):
        waiting += counts[place]
        if waiting >= fewest and counts[:place].sum() >= fewest:
            kept.append(place)
            waiting = 0
    return np.array([0, *kept[::-1]]) * width


def idle(placed: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return for how many lines nothing is done, by slice and reason, and the value that is missed.

    Parameters
    ----------
    placed : DataFrame
        Lines: customer_id, action_id, reason_key, limited_by, best_value, region, segment.
    fewest : int
    """
    rows = placed[placed["action_id"] == NOTHING]
    is_limited = rows["reason_key"] == "limited"
    rows = rows.assign(why=rows["reason_key"].mask(is_limited, rows["limited_by"]))
    table = [
        {
            "dimension": dimension,
            "dimension_value": value,
            "why": why,
            "lines": len(places),
            "customers": rows["customer_id"].iloc[places].nunique(),
            "best_value": rows["best_value"].iloc[places].clip(lower=0).sum(),
        }
        for dimension, value, why, places in _cells(rows, "why", "best_value", fewest)
    ]
    columns = ["dimension", "dimension_value", "why", "lines", "customers", "best_value"]
    return pd.DataFrame(table, columns=columns)


def _cells(
    rows: pd.DataFrame, inner: str, worth: str, fewest: int
) -> list[tuple[str, str, str, np.ndarray]]:
    """Return dimension, its value, the inner code and the places of each cell that may be told.

    Margins are cells too: all of the base, all of the inner codes. Where one has to be hidden for
    another's sake it is that of the least worth.
    """
    cells = []
    slices = [(ALL, pd.Series(ALL, index=rows.index))]
    for dimension, outer in [*slices, *((name, rows[name]) for name in DIMENSIONS)]:
        for code in (pd.Series(ALL, index=rows.index), rows[inner]):
            keys = pd.MultiIndex.from_arrays([outer.astype(str), code.astype(str)])
            places, known = pd.factorize(keys, sort=True)
            cells += [
                (dimension, *key, np.flatnonzero(places == place))
                for place, key in enumerate(known)
            ]
    if not cells:
        return []
    owners = rows["customer_id"].to_numpy()
    customers = np.array([len(pd.unique(owners[each])) for *_, each in cells])
    frame = pd.DataFrame([cell[:3] for cell in cells], columns=["dimension", "value", "code"])
    # The parts of each margin: codes of a slice, and slices of a code.
    parts = [
        list(group.index)
        for keys, told in (
            (["dimension", "value"], frame[frame["code"] != ALL]),
            (["dimension", "code"], frame[frame["dimension"] != ALL]),
        )
        for _, group in told.groupby(keys)
    ]
    value = rows[worth].fillna(0.0).abs().to_numpy(dtype=np.float64)
    told = np.array([value[each].sum() for *_, each in cells])
    hidden = hidden_cells(customers, map(np.array, parts), fewest, customers < fewest, told)
    return [cell for cell, is_hidden in zip(cells, hidden, strict=True) if not is_hidden]


def _steps(rows: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return running sums over the rows at steps of `fewest` customers or more."""
    found = np.cumsum(~rows["customer_id"].duplicated().to_numpy())
    total = int(found[-1])
    steps = np.unique(np.geomspace(fewest, max(total, fewest), STEPS).astype(int))
    kept = [0]
    for step in steps:  # at most STEPS of them
        if step - kept[-1] >= fewest and total - step >= fewest:
            kept.append(int(step))
    kept.append(total)
    at = np.searchsorted(found, kept, side="right")
    sums = {
        name: np.append(0.0, np.cumsum(rows[name].fillna(0.0).to_numpy(dtype=np.float64)))[at]
        for name in _SUMS
    }
    return pd.DataFrame({"lines": at, "customers": kept, **sums})


def _placed(
    connection: duckdb.DuckDBPyConnection, lines: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the actions with where each line stands, what it agreed to and what it is worth.

    And of lines without one, which are most, no more than is counted.
    """
    known = datasets.has_table(connection, "marts", "dim_subscription")
    own = [
        *("subscription_id", "customer_id", "risk", "clv", "approaches_lately"),
        *("is_marketing_agreed", "is_profiling_agreed"),
    ]
    connection.register("own_lines", lines[own])
    connection.execute(_SUBSCRIPTIONS if known else _NO_SUBSCRIPTIONS)
    listed = connection.execute(_PLACED, {"nothing": NOTHING}).df()
    others = connection.execute(_OTHERS, {"nothing": NOTHING}).df()
    connection.execute("drop table places")
    connection.execute("drop table told_actions")
    connection.unregister("own_lines")
    return listed, others


_SUBSCRIPTIONS = """
    create or replace temp table places as
    select subscription_id, region, segment, family, offering_name
    from marts.dim_subscription
    where is_current
"""
_NO_SUBSCRIPTIONS = """
    create or replace temp table places as
    select
        null::varchar as subscription_id, null::varchar as region, null::varchar as segment,
        null::varchar as family, null::varchar as offering_name
    where false
"""
_PLACED = """
    select
        decided.* exclude (approaches_lately, is_contact),
        coalesce(own_lines.customer_id, decided.subscription_id) as customer_id,
        own_lines.risk,
        own_lines.clv,
        own_lines.approaches_lately,
        own_lines.is_marketing_agreed,
        own_lines.is_profiling_agreed,
        coalesce(places.region, 'unknown') as region,
        coalesce(places.segment, 'unknown') as segment,
        places.family,
        coalesce(places.offering_name, places.family) as plan_name,
        coalesce(actions.is_contact, false) as is_contact,
        coalesce(len(actions.consent_purposes) > 0, false) as needs_consent
    from told_actions as decided
    inner join own_lines using (subscription_id)
    left join places using (subscription_id)
    left join marts.dim_action as actions
        on decided.action_id = actions.action_id and actions.is_current
    where decided.action_id <> $nothing
    order by decided.subscription_id
"""
_OTHERS = """
    select
        coalesce(own_lines.customer_id, decided.subscription_id) as customer_id,
        cast(decided.action_id as varchar) as action_id,
        cast(decided.reason_key as varchar) as reason_key,
        cast(decided.limited_by as varchar) as limited_by,
        decided.best_value,
        coalesce(places.region, 'unknown') as region,
        coalesce(places.segment, 'unknown') as segment
    from told_actions as decided
    inner join own_lines using (subscription_id)
    left join places using (subscription_id)
    where decided.action_id = $nothing
    order by decided.subscription_id
"""
