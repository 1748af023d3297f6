"""Estimate what outages, late orders, bill shocks and unresolved contacts cost; write ml_effect."""

from __future__ import annotations

import time
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry
from ml.effects import EventEffect, naive_contrast
from ml.report import Report

USABLE, PLACEBO_FAILED, TOO_FEW = "usable", "placebo failed", "too few"
LEAST_EXPOSED = 30
LEAST_CLUSTERS = 10
LEAST_OUTCOMES = 10
MONTH_DAYS = 30
DOSE_UNITS = {
    "outage": "hour without service",
    "late_order": "day late",
    "bill_shock": "bill",
    "unresolved_contact": "contact",
}
# What is known before the event and may differ between lines of one cell.
LIVED_THROUGH = ["other_lines", "outage_hours_before", "late_days_before", "shocks_before"]
IN_TOUCH = ["unresolved_before", "contacts_long_before"]
BANDS = ["contract_state", "tenure_band"]
CLUSTERS = ["event_id", "customer_id"]


@dataclass(frozen=True)
class Outcome:
    """What is counted after an event, and what stands for it before."""

    name: str
    after: str
    before: str
    dose: str
    history: str


OUTCOMES = (
    # A customer's contacts answer to what all its lines lost; a line's exit to its own loss.
    Outcome("contacts", "contacts_after", "contacts_before", "customer_dose", "contacts"),
    Outcome("exits", "has_left", "cancel_contacts_before", "dose", "has_left"),
)


def train_effects(settings: Settings) -> Report:
    """Write ml.ml_effect: the effect of each kind of event on each outcome, and its price.

    And ml.ml_problem_effect: of each outage alone.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        if not datasets.has_table(connection, "features", "effect_panel"):
            return Report(["effects: the panel is not built; run `cx build`"], {})
        prices = connection.execute("select * from features.effect_prices").df().iloc[0]
        happened = connection.execute(
            "select effect_kind, count(*) as lines, "
            "count(distinct event_id || '|' || customer_id) as events, "
            "cast(sum(cast(dose as decimal(18, 9))) as double) as dose "
            "from features.effect_events where is_exposed group by effect_kind"
        ).df()
        outages = _outages(connection)
    rows, compared = [], 0
    for kind, found in happened.set_index("effect_kind").sort_index().iterrows():
        # Closed again before anything is fitted: the engine keeps what it has read.
        with reading(settings) as connection:
            panel = connection.execute(_PANEL, [kind]).df()
            histories = connection.execute(_HISTORIES, [kind]).df()
        compared += len(panel)
        rows += [_row(kind, outcome, panel, histories, found, prices) for outcome in OUTCOMES]
    written = pd.DataFrame(rows, columns=registry.column_names("ml_effect"))
    # What could not be told is null in the table, never a number that is none.
    written = written.astype(object).where(written.notna(), None)
    with writing(settings) as connection:
        count = registry.replace_rows(connection, "ml_effect", written)
        registry.replace_rows(connection, "ml_problem_effect", outages)
    seconds = time.perf_counter() - started
    usable = int((written["status"] == USABLE).sum())
    lines = [_told(row) for row in written.to_dict("records") if row["status"] == USABLE]
    lines.append(f"effects: {usable} of {count} usable, from {compared:,} rows in {seconds:.1f} s")
    return Report(lines, {"rows": count, "effects_seconds": round(seconds, 2)})


def _outages(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return how many more left after each outage than of like lines, as the build found it."""
    columns = registry.column_names("ml_problem_effect")
    if not datasets.has_table(connection, "features", "effect_problems"):  # built before
        return pd.DataFrame(columns=columns)
    asked = "select * from features.effect_problems order by problem_id"
    found = connection.execute(asked).df()[columns]
    return found.astype(object).where(found.notna(), None)


def _told(row: dict[str, object]) -> str:
    """Return one effect in a sentence."""
    price = row["amount_per_dose"]
    money = "price unknown" if price is None else f"{price:,.2f} {row['currency'] or ''}".strip()
    return (
        f"effects: {row['effect_kind']}, per {row['dose_unit']}, brings {row['estimate']:.4f} "
        f"{row['outcome']} ({row['low']:.4f} to {row['high']:.4f}), {money}"
        f"{', which may be none' * (row['low'] <= 0 <= row['high'])}"
    )


def estimate(panel: pd.DataFrame, kind: str, outcome: Outcome, *, placebo: bool) -> EventEffect:
    """Fit one effect, or its placebo: the same contrast on what came before the event.

    Raises
    ------
    ValueError
        When nothing can be compared.
    """
    column = outcome.before if placebo else outcome.after
    names = LIVED_THROUGH if placebo else LIVED_THROUGH + IN_TOUCH
    known = panel[column].notna().to_numpy()
    # Lines of one outage share its luck; every kind is correlated within a customer.
    labels = CLUSTERS if kind == "outage" else CLUSTERS[1:]
    return EventEffect().fit(
        _known_before(panel, known, names),
        panel[column].to_numpy(dtype=np.float64)[known],
        is_exposed=panel["is_exposed"].to_numpy(dtype=bool)[known],
        dose=panel[outcome.dose].to_numpy()[known],
        cells=panel["cell_id"].to_numpy()[known],
        clusters=[panel[label].to_numpy()[known] for label in labels],
    )


def _known_before(panel: pd.DataFrame, known: np.ndarray, names: list[str]) -> np.ndarray:
    """Return some rows' numbers known before the event, and a column for each level of the bands.

    Column by column: of a million rows each frame in between would be a hundred megabytes.
    """
    bands = [pd.factorize(panel[name][known], sort=True) for name in BANDS]
    own = np.empty((int(known.sum()), len(names) + sum(len(levels) for _, levels in bands)))
    for place, name in enumerate(names):
        own[:, place] = panel[name].to_numpy(dtype=np.float64)[known]
    place = len(names)
    for codes, levels in bands:
        for level in range(len(levels)):
            own[:, place] = codes == level
            place += 1
    return own


def _row(
    kind: str,
    outcome: Outcome,
    panel: pd.DataFrame,
    histories: pd.DataFrame,
    found: pd.Series,
    prices: pd.Series,
) -> dict[str, object]:
    row = dict.fromkeys(registry.column_names("ml_effect"))
    days = prices["contact_days"] if outcome.name == "contacts" else prices["exit_days"]
    seen = histories[histories[outcome.history].notna()]
    naive = naive_contrast(seen[outcome.history].astype(float), seen["dose"])
    row |= {
        "effect_kind": kind,
        "outcome": outcome.name,
        "dose_unit": DOSE_UNITS[kind],
        "window_days": int(days),
        "events": int(found["events"]),
        "exposed_lines": int(found["lines"]),
        "dose_total": found["dose"],
        "dose_per_event": found["dose"] / found["events"],
        "currency": prices["currency"],
        "status": TOO_FEW,
    }
    row |= dict(zip(("naive_estimate", "naive_low", "naive_high"), naive, strict=True))
    try:
        effect = estimate(panel, kind, outcome, placebo=False)
    except ValueError:
        return row
    row |= {
        "estimate": effect.effect_,
        "low": effect.low_,
        "high": effect.high_,
        "baseline": effect.baseline_,
        "compared_lines": effect.n_exposed_,
        "control_lines": effect.n_controls_,
        "clusters": effect.clusters_,
    }
    row |= _priced(row, _price(panel, outcome, effect, prices))
    if (
        effect.n_exposed_ < LEAST_EXPOSED
        or effect.clusters_ < LEAST_CLUSTERS
        or effect.outcomes_ < LEAST_OUTCOMES
    ):
        return row
    try:
        placebo = estimate(panel, kind, outcome, placebo=True)
    except ValueError:
        return row
    is_passed = placebo.low_ <= 0 <= placebo.high_
    return row | {
        "placebo_estimate": placebo.effect_,
        "placebo_low": placebo.low_,
        "placebo_high": placebo.high_,
        "is_placebo_passed": is_passed,
        "status": USABLE if is_passed else PLACEBO_FAILED,
    }


def _price(panel: pd.DataFrame, outcome: Outcome, effect: EventEffect, prices: pd.Series) -> float:
    """Return what one contact costs, or what one exit loses: charges, less who would have left."""
    if outcome.name == "contacts":
        return float(prices["contact_cost"])
    exposed = panel[panel["is_exposed"] & panel["has_left"].notna()]
    charge = float(exposed["monthly_charge"].astype(float).mean())
    stay = (1 - min(max(effect.baseline_, 0.0), 0.99)) ** (MONTH_DAYS / prices["exit_days"])
    return charge * float(np.sum(stay ** np.arange(1, int(prices["revenue_months"]) + 1)))


def _priced(row: dict[str, object], price: float) -> dict[str, object]:
    return {
        "unit_amount": price,
        "amount_per_dose": row["estimate"] * price,
        "amount_low": row["low"] * price,
        "amount_high": row["high"] * price,
        "amount_per_event": row["estimate"] * price * row["dose_per_event"],
        "amount_total": row["estimate"] * price * row["dose_total"],
    }


# The rows of one kind of event, sorted, because sums of doubles depend on the order. What a row is
# compared by is numbered here: half a million names in Python would be more than all figures.
_PANEL = """
    select
        cast(dense_rank() over (order by cell_id) as integer) as cell_id,
        cast(dense_rank() over (order by event_id) as integer) as event_id,
        cast(dense_rank() over (order by customer_id) as integer) as customer_id,
        cast(contract_state as varchar) as contract_state,
        tenure_band,
        dose,
        customer_dose,
        monthly_charge,
        other_lines,
        outage_hours_before,
        late_days_before,
        shocks_before,
        unresolved_before,
        contacts_long_before,
        cast(contacts_before as double) as contacts_before,
        cast(contacts_after as double) as contacts_after,
        cast(cancel_contacts_before as double) as cancel_contacts_before,
        is_exposed,
        cast(cast(has_left as integer) as double) as has_left
    from features.effect_panel as panel
    where effect_kind = ?
    order by panel.cell_id, panel.event_id, subscription_id, event_at
"""
_HISTORIES = """
    select
        dose,
        cast(contacts as double) as contacts,
        cast(cast(has_left as integer) as double) as has_left
    from features.effect_histories
    where effect_kind = ?
    order by subscription_id
"""
