"""What if we restored or delivered sooner, capped bills, changed prices? By measured effects."""

from __future__ import annotations

import time

import duckdb
import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry
from ml.report import Report
from ml.train_effects import USABLE

MONTH_DAYS = 30
YEAR_MONTHS = 12
# Beyond this quantile of the doses that were lived through nobody has seen what happens.
SEEN_QUANTILE = 0.95
NOT_MEASURED, ASSUMED_EVEN = "not measured", "each unit costs the same"


def score_what_if(settings: Settings) -> Report:
    """Write ml.ml_what_if: each scenario's effect on contacts, exits and money in 30 days.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    needed = (("features", "effect_events"), ("seeds", "scenarios"), ("ml", "ml_effect"))
    with reading(settings) as connection:
        if not all(datasets.has_table(connection, *each) for each in needed):
            return Report(["what if: the effects are not there; run `cx build` and `cx train`"], {})
        scenarios = connection.execute(
            "select * from seeds.scenarios order by scenario_order, scenario"
        ).df()
        effects = connection.execute("select * from ml.ml_effect order by all").df()
        doses = _doses(connection)
        lines = connection.execute(
            "select cast(monthly_charge as double) as monthly_charge from features.decision_lines "
            "where monthly_charge > 0 order by subscription_id"
        ).df()["monthly_charge"]
    rows: list[dict[str, object]] = []
    for scenario in scenarios.to_dict("records"):
        if isinstance(scenario["effect_kind"], str) and scenario["effect_kind"]:
            rows += dose_rows(scenario, effects, doses)
        else:
            rows += price_rows(scenario, effects, lines.to_numpy())
    table = pd.DataFrame(rows, columns=registry.column_names("ml_what_if"))
    table = table.astype(object).where(table.notna(), None)
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_what_if", table)
    seconds = time.perf_counter() - started
    usable = int((table["status"] == USABLE).sum())
    return Report(
        [f"what if: {len(scenarios)} scenarios, {usable} of {written} figures usable, "
         f"in {seconds:.1f} s"],
        {"rows": written, "what_if_seconds": round(seconds, 2)},
    )  # fmt: skip


def dose_rows(
    scenario: dict[str, object], effects: pd.DataFrame, doses: pd.DataFrame
) -> list[dict[str, object]]:
    """Return what a change of every event's dose does, for contacts and exits, in 30 days.

    The effect of a unit is the mean of those lived through: where only a part of a dose is taken
    away, each unit is taken to cost the same.

    Parameters
    ----------
    scenario : dict
        A row of seeds.scenarios.
    effects : DataFrame
        ml.ml_effect.
    doses : DataFrame
        effect_kind, dose, events, days: how often each dose happened, in how many days.
    """
    kind, change = scenario["effect_kind"], float(scenario["dose_change"])
    own = doses[doses["effect_kind"] == kind]
    dose, times = own["dose"].to_numpy(float), own["events"].to_numpy(float)
    days = int(own["days"].max()) if len(own) else 0
    changed = np.maximum(dose + change, 0.0) - dose
    total, moved = float((dose * times).sum()), float((changed * times).sum())
    per_month = MONTH_DAYS / days if days else np.nan
    seen = _quantile(dose, times, SEEN_QUANTILE)
    beyond = change > 0 and bool((dose + change > dose.max(initial=0.0)).any())
    is_whole = bool(len(own)) and bool(np.isclose(moved, -total))
    is_extrapolated = not len(own) or beyond or (not is_whole and abs(change) > seen)
    rows = []
    for _, effect in effects[effects["effect_kind"] == kind].iterrows():
        is_usable = effect["status"] == USABLE and days > 0
        told = _caveats(effect, is_usable, is_extrapolated, is_whole)
        bounds = sorted(
            effect[name] * moved * per_month if is_usable else np.nan for name in ("low", "high")
        )
        price = effect["unit_amount"]
        rows.append(
            {
                "scenario": scenario["scenario"],
                "outcome": effect["outcome"],
                "effect_kind": kind,
                "change": change,
                "change_unit": effect["dose_unit"],
                "events": int(times.sum()),
                "dose_now": total * per_month,
                "dose_changed": moved * per_month,
                "share_changed": moved / total if total else np.nan,
                "effect": effect["estimate"] * moved * per_month if is_usable else np.nan,
                "effect_low": bounds[0],
                "effect_high": bounds[1],
                "amount": -effect["estimate"] * moved * per_month * price if is_usable else np.nan,
                "amount_low": -bounds[1] * price,
                "amount_high": -bounds[0] * price,
                "currency": effect["currency"],
                "days_seen": days,
                "is_extrapolated": is_extrapolated,
                "warning": told,
                "status": effect["status"] if days else NOT_MEASURED,
            }
        )
    return rows


def price_rows(
    scenario: dict[str, object], effects: pd.DataFrame, charges: np.ndarray
) -> list[dict[str, object]]:
    """Return what a change of prices brings if nobody minds, and how many may before it is lost.

    What a price does to exits has not been measured, so no figure is made up: the row of exits
    tells how many more of a month's lines may leave before the year's gain is gone, or of a price
    cut, how many that would have left must stay.

    Parameters
    ----------
    scenario : dict
        A row of seeds.scenarios.
    effects : DataFrame
        ml.ml_effect, for what an exit costs.
    charges : ndarray of shape (n_lines,)
        Recurring charge of each line, a month.
    """
    share = float(scenario["price_share"])
    gain = float(charges.sum() * share)
    exits = effects[effects["outcome"] == "exits"]["unit_amount"].dropna()
    lost = float(exits.median()) * (1 + share) if len(exits) else np.nan
    currency = effects["currency"].dropna().iloc[0] if effects["currency"].notna().any() else None
    base = {
        "scenario": scenario["scenario"],
        "change": 100 * share,
        "change_unit": "% of every recurring charge",
        "events": len(charges),
        "currency": currency,
        "is_extrapolated": True,
        "status": NOT_MEASURED,
    }
    most = abs(gain) * YEAR_MONTHS / lost if lost and np.isfinite(lost) else np.nan
    turn = "A year's gain is gone" if gain >= 0 else "A year's loss is made good"
    moved = "leave" if gain >= 0 else "stay"
    return [
        base
        | {
            "outcome": "revenue",
            "dose_now": float(charges.sum()),
            "dose_changed": gain,
            "share_changed": share,
            "amount": gain,
            "warning": "If nobody leaves or changes plan because of it, which nobody has seen.",
        },
        base
        | {
            "outcome": "exits",
            "effect": np.nan,
            "warning": f"What a price does to exits has not been measured here. {turn} when "
            f"{most:,.0f} of {len(charges):,} lines ({most / max(len(charges), 1):.1%}) {moved} "
            "because of it."
            if np.isfinite(most)
            else "What a price does to exits, or an exit costs, has not been measured here.",
        },
    ]


def _doses(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return how often each dose happened, to four decimals, and in how many days."""
    return connection.execute("""
        select
            effect_kind,
            round(dose, 4) as dose,
            count(*) as events,
            any_value(days) as days
        from (
            select
                *,
                date_diff(
                    'day',
                    min(event_at) over (partition by effect_kind),
                    max(event_at) over (partition by effect_kind)
                ) + 1 as days
            from features.effect_events
            where is_exposed
        )
        group by effect_kind, round(dose, 4)
        order by effect_kind, round(dose, 4)
    """).df()


def _quantile(values: np.ndarray, times: np.ndarray, share: float) -> float:
    if not len(values):
        return 0.0
    order = np.argsort(values)
    upto = np.cumsum(times[order]) / times.sum()
    return float(values[order][np.searchsorted(upto, share)])


def _caveats(effect: pd.Series, is_usable: bool, is_extrapolated: bool, is_whole: bool) -> str:
    told = []
    if not is_usable:
        told.append(f"The effect is not usable ({effect['status']}), so no figure is given.")
    elif effect["low"] <= 0 <= effect["high"]:
        told.append("The effect may be none.")
    if is_extrapolated:
        told.append("The change goes beyond what was lived through: this is extrapolated.")
    elif not is_whole:
        told.append(f"Taken for granted: {ASSUMED_EVEN}.")
    return " ".join(told)
