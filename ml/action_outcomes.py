"""What became of the lines the desk chose an action for: done against withheld by chance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from ml import registry
from ml.decision_facts import CONTACTS, EXITS, TAKES
from ml.uncertain import Uncertain, pooled
from ml.uplift_measures import difference_of_shares

MEASURED, FORETOLD = "measured", "foretold"
KEPT_MONTHS = 24
TAKE_DAYS = 30
# An outcome that was not foretold to change has no scale.
_LEAST_FORETOLD = 1e-9


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete what is kept of who no longer agrees to what it was chosen under, and what is old."""
    registry.create_tables(connection)
    connection.execute(
        """
        delete from ml.ml_action_history as history
        using (
            select action_id, unnest(consent_purposes) as purpose
            from marts.dim_action where is_current
        ) as needed
        where
            history.action_id = needed.action_id
            and exists (select 1 from marts.fct_consent where purpose = needed.purpose)
            and not exists (
                select 1 from marts.fct_consent as consents
                where
                    consents.customer_id = history.customer_id
                    and consents.purpose = needed.purpose
                    and consents.is_granted
                    and consents.is_current
            )
        """
    )
    connection.execute(
        "delete from ml.ml_action_history where campaign_month < "
        "(select max(campaign_month) from ml.ml_action_history) - to_months(?)",
        [KEPT_MONTHS],
    )


def given_before(
    connection: duckdb.DuckDBPyConnection, as_of_date: object
) -> tuple[pd.DataFrame, float]:
    """Return what was already chosen this month, on earlier days, and what it costs together.

    Returns
    -------
    tuple of (DataFrame with subscription_id, action_id, load; money)
    """
    found = connection.execute(
        "select subscription_id, action_id, load, cost from ml.ml_action_history "
        "where campaign_month = date_trunc('month', cast($day as date)) and given_on < $day "
        "order by subscription_id, action_id",
        {"day": as_of_date},
    ).df()
    return found[["subscription_id", "action_id", "load"]], float(found["cost"].sum())


def keep(connection: duckdb.DuckDBPyConnection, chosen: pd.DataFrame, as_of_date: object) -> None:
    """Add what was chosen today to ml_action_history; the first choice of a month is the one kept.

    Parameters
    ----------
    chosen : DataFrame with the columns of ml_action_history but campaign_month and given_on
    as_of_date : date
    """
    connection.execute("delete from ml.ml_action_history where given_on = ?", [as_of_date])
    connection.register("chosen", chosen)
    connection.execute(
        """
        insert into ml.ml_action_history by name
        select
            chosen.*,
            cast(date_trunc('month', cast($day as date)) as date) as campaign_month,
            cast($day as date) as given_on
        from chosen
        anti join ml.ml_action_history as known
            on
                chosen.subscription_id = known.subscription_id
                and chosen.action_id = known.action_id
                and known.campaign_month = date_trunc('month', cast($day as date))
        order by chosen.subscription_id, chosen.action_id
        """,
        {"day": as_of_date},
    )
    connection.unregister("chosen")


def follow(connection: duckdb.DuckDBPyConnection, exit_days: int, contact_days: int) -> int:
    """Write ml_action_outcome: who left, got in touch and took what was offered; return its rows.

    A value is null until its window is over.
    """
    connection.execute("delete from ml.ml_action_outcome")
    connection.execute(
        """
        insert into ml.ml_action_outcome by name
        with
        clock as (
            select cast(as_of as date) as as_of_date from intermediate.int_clock
        ),
        history as (
            select
                *,
                cast(given_on + to_days($exit_days) as date) as exits_due,
                cast(given_on + to_days($contact_days) as date) as contacts_due,
                cast(given_on + to_days($take_days) as date) as takes_due
            from ml.ml_action_history
        ),
        left_lines as (
            select history.campaign_month, history.subscription_id, history.action_id
            from history
            inner join intermediate.int_subscription_exits as exits
                on
                    history.subscription_id = exits.subscription_id
                    and exits.exited_at >= history.given_on
                    and exits.exited_at < history.exits_due
            group by all
        ),
        contacted as (
            select
                history.campaign_month,
                history.subscription_id,
                history.action_id,
                count(*) as contacts
            from history
            inner join marts.fct_interaction as interactions
                on
                    history.customer_id = interactions.customer_id
                    and interactions.is_contact
                    and interactions.started_at >= history.given_on
                    and interactions.started_at < history.contacts_due
            group by all
        ),
        taken as (
            select history.campaign_month, history.subscription_id, history.action_id
            from history
            inner join intermediate.int_product_versions as versions
                on
                    history.subscription_id = versions.subscription_id
                    and history.offering_id = versions.offering_id
                    and coalesce(
                        if(versions.is_addon_product, versions.started_at, versions.known_at),
                        versions.known_at
                    ) >= history.given_on
                    and coalesce(
                        if(versions.is_addon_product, versions.started_at, versions.known_at),
                        versions.known_at
                    ) < history.takes_due
            group by all
        )
        select
            history.campaign_month,
            history.subscription_id,
            history.action_id,
            history.given_on,
            case
                when not history.has_hold_out then 'no hold-out'
                when history.is_held_out then 'held out'
                else 'recommended'
            end as arm,
            history.exits_prevented as exits_foretold,
            history.contacts_prevented as contacts_foretold,
            history.takes as takes_foretold,
            case
                when history.exits_due <= clock.as_of_date
                    then left_lines.subscription_id is not null
            end as has_left,
            case
                when history.contacts_due <= clock.as_of_date then coalesce(contacted.contacts, 0)
            end as contacts,
            case
                when history.takes_due <= clock.as_of_date and history.offering_id is not null
                    then taken.subscription_id is not null
            end as has_taken,
            history.exits_due,
            history.contacts_due,
            history.takes_due
        from history
        cross join clock
        left join left_lines using (campaign_month, subscription_id, action_id)
        left join contacted using (campaign_month, subscription_id, action_id)
        left join taken using (campaign_month, subscription_id, action_id)
        order by history.campaign_month, history.subscription_id, history.action_id
        """,
        {"exit_days": exit_days, "contact_days": contact_days, "take_days": TAKE_DAYS},
    )
    return connection.execute("select count(*) from ml.ml_action_outcome").fetchall()[0][0]


def effects(
    outcomes: pd.DataFrame, actions: pd.DataFrame, least_trial: int
) -> tuple[pd.DataFrame, dict[tuple[str, str], Uncertain]]:
    """Set what was done beside what chance withheld, and say how much of what was foretold it is.

    Parameters
    ----------
    outcomes : DataFrame
        ml.ml_action_outcome.
    actions : DataFrame, indexed by action_id
        marts.dim_action in force.
    least_trial : int
        Lines with a known outcome that each arm needs.

    Returns
    -------
    tuple of (rows of ml_action_effect, scale by (action_id, outcome) where it was measured)
    """
    rows, scales = [], {}
    for action, row in actions[actions["has_hold_out"].astype(bool)].iterrows():
        own = outcomes[outcomes["action_id"] == action]
        for outcome, (column, foretold) in _COLUMNS.items():
            known = own[own[column].notna()]
            is_out = (known["arm"] == "held out").to_numpy(dtype=bool)
            found = known[column].to_numpy(dtype=np.float64)
            expected = float(known.loc[~is_out, foretold].mean()) if (~is_out).any() else 0.0
            told = {
                "action_id": action,
                "outcome": outcome,
                "status": FORETOLD,
                "lines_done": int((~is_out).sum()),
                "lines_held_out": int(is_out.sum()),
                "foretold": expected,
                "scale": 1.0,
            }
            if min(told["lines_done"], told["lines_held_out"]) < least_trial:
                told["reason"] = f"fewer than {least_trial} lines with a known outcome in an arm"
            elif abs(expected) < _LEAST_FORETOLD:
                told["reason"] = "no change was foretold"
            else:
                measured = _difference(found, is_out, outcome)
                doubt = _doubt(row)
                scale = pooled(Uncertain(1.0, doubt), measured * (1 / expected))
                scales[action, outcome] = scale
                told |= {
                    "status": MEASURED,
                    "reason": "weighed with what was assumed, each by how sure it is",
                    "rate_done": float(found[~is_out].mean()),
                    "rate_held_out": float(found[is_out].mean()),
                    "measured": measured.value,
                    "low": measured.low,
                    "high": measured.high,
                    "scale": scale.value,
                    "scale_low": scale.low,
                    "scale_high": scale.high,
                }
            rows.append(told)
    return pd.DataFrame(rows, columns=registry.column_names("ml_action_effect")), scales


def with_dates(
    effects: pd.DataFrame,
    outcomes: pd.DataFrame,
    chosen: pd.DataFrame,
    due: Mapping[str, date],
    least_trial: int,
) -> pd.DataFrame:
    """Say of what is not measured yet on which day it will be known, by what has been given so far.

    `first_known_on` is the day the first outcome is known, `enough_known_on` that on which each arm
    holds enough of them; empty where what was given so far does not hold so many.

    Parameters
    ----------
    outcomes : DataFrame
        ml.ml_action_outcome, of earlier days.
    chosen : DataFrame
        What is chosen today, as ml.ml_action_history holds it.
    due : mapping of outcome to date
        When what is chosen today is known.
    least_trial : int
        Lines with a known outcome that each arm needs.
    """
    foretold_by = {EXITS: "exits_prevented", CONTACTS: "contacts_prevented", TAKES: "takes"}
    told = []
    for row in effects.to_dict("records"):
        action, outcome = row["action_id"], row["outcome"]
        before, today = (each[each["action_id"] == action] for each in (outcomes, chosen))
        given = pd.DataFrame(
            {
                "due": [*before[f"{outcome}_due"], *[due[outcome]] * len(today)],
                "foretold": [*before[_COLUMNS[outcome][1]], *today[foretold_by[outcome]]],
                "is_out": [*(before["arm"] == "held out"), *today["is_held_out"].astype(bool)],
            }
        ).astype({"due": "datetime64[us]", "foretold": float, "is_out": bool})
        # Of what nobody expects to change nothing is told on that day either.
        is_expected = abs(given.loc[~given["is_out"], "foretold"].mean()) >= _LEAST_FORETOLD
        if row["status"] == FORETOLD and is_expected:
            arms = [each.sort_values() for _, each in given.groupby("is_out")["due"]]
            row["first_known_on"] = given["due"].min()
            if len(arms) == 2 and min(map(len, arms)) >= least_trial:
                row["enough_known_on"] = max(arm.iloc[least_trial - 1] for arm in arms)
        told.append(row)
    found = pd.DataFrame(told, columns=effects.columns)
    for name in ("first_known_on", "enough_known_on"):
        found[name] = pd.to_datetime(found[name])
    return found


# outcome → what was seen, and what had been foretold
_COLUMNS = {
    EXITS: ("has_left", "exits_foretold"),
    CONTACTS: ("contacts", "contacts_foretold"),
    TAKES: ("has_taken", "takes_foretold"),
}


def _difference(found: np.ndarray, is_out: np.ndarray, outcome: str) -> Uncertain:
    """Return what doing it changed: exits and contacts prevented, takers added."""
    out, done = found[is_out], found[~is_out]
    if outcome == CONTACTS:
        # One contact more in an arm: few rows without any are no proof of none.
        spread = np.sqrt(
            sum((each.var(ddof=1) + 1 / len(each)) / len(each) for each in (out, done))
        )
        return Uncertain(float(out.mean() - done.mean()), float(spread))
    value, low, high = difference_of_shares([out.sum(), done.sum()], [len(out), len(done)])
    found_here = Uncertain.between(value, low, high)
    return found_here * -1.0 if outcome == TAKES else found_here


def _doubt(action: pd.Series) -> float:
    """Return the standard error of an assumed effect as a share of itself; a half where none is."""
    assumed = Uncertain.between(
        float(action["assumed_effect"]),
        float(action["assumed_effect_low"]),
        float(action["assumed_effect_high"]),
    )
    return float(assumed.error / assumed.value) if assumed.value and assumed.error else 0.5
