"""What an event causes: recovered where it was planted, doubted where the exposed differ before."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import registry
from ml.effects import EventEffect, naive_contrast
from ml.train_effects import OUTCOMES, PLACEBO_FAILED, TOO_FEW, USABLE, estimate, train_effects

PLANTED = 0.2
CONTACTS, EXITS = OUTCOMES


def lines(rows: int = 6000, cells: int = 60, seed: int = 1) -> pd.DataFrame:
    """Cells that differ in level and in how often they are hit; one unit of dose adds PLANTED."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(cells, size=rows)
    level = cell / cells
    is_exposed = rng.random(rows) < 0.05 + 0.4 * level
    dose = np.where(is_exposed, rng.exponential(2.0, rows), 0.0)
    habit = rng.gamma(2.0, 0.2, rows)
    y = rng.poisson(level + habit + PLANTED * dose)
    return pd.DataFrame(
        {
            "cell": cell,
            "is_exposed": is_exposed,
            "dose": dose,
            "habit": habit,
            "before": rng.poisson(level + habit),
            "y": y,
            "row": np.arange(rows),
        }
    )


def fitted(frame: pd.DataFrame, outcome: str = "y", clusters: str = "row") -> EventEffect:
    return EventEffect().fit(
        frame[["habit"]],
        frame[outcome].to_numpy(),
        is_exposed=frame["is_exposed"].to_numpy(),
        dose=frame["dose"].to_numpy(),
        cells=frame["cell"].to_numpy(),
        clusters=[frame[clusters].to_numpy()],
    )


def test_a_planted_effect_is_recovered_and_the_naive_contrast_is_misled():
    frame = lines(seed=2)
    effect = fitted(frame)
    assert effect.low_ < PLANTED < effect.high_ < 1.5 * PLANTED
    low, high = naive_contrast(frame["y"], frame["dose"])[1:]
    assert low > PLANTED
    assert high > low


def test_an_interval_holds_the_truth_about_as_often_as_it_says():
    held = sum(
        effect.low_ < PLANTED < effect.high_
        for effect in (fitted(lines(rows=800, cells=20, seed=seed)) for seed in range(200))
    )
    assert 182 <= held <= 198


@pytest.mark.parametrize("added", [0.0, 0.05])
def test_an_interval_of_rare_exits_holds_the_truth_about_as_often_as_it_says(added):
    held = 0
    for seed in range(200):
        frame = lines(rows=1000, cells=20, seed=seed)
        rng = np.random.default_rng(seed)
        frame["is_exposed"] = frame["row"] < 100
        frame["dose"] = frame["is_exposed"].astype(float)
        frame["y"] = rng.random(len(frame)) < 0.02 + added * frame["dose"]
        effect = fitted(frame)
        held += effect.low_ <= added <= effect.high_
    assert held >= 184


def test_a_placebo_fails_where_the_exposed_were_different_before():
    frame = lines()
    assert fitted(frame, "before").low_ < 0 < fitted(frame, "before").high_
    frame["before"] += frame["is_exposed"]
    assert fitted(frame, "before").low_ > 0


def test_copies_of_a_row_say_no_more_than_the_row():
    frame = lines(rows=1500, cells=20)
    copies = pd.concat([frame] * 4, ignore_index=True)
    apart, together = fitted(copies.assign(row=np.arange(len(copies)))), fitted(copies)
    assert together.effect_ == pytest.approx(fitted(frame).effect_)
    assert together.error_ == pytest.approx(fitted(frame).error_, rel=0.05)
    assert together.error_ > 1.8 * apart.error_


def test_crossed_clusters_are_never_narrower_than_one_kind():
    frame = lines(rows=1500, cells=20)
    frame["event"] = frame["cell"] % 7
    both = EventEffect().fit(
        frame[[]],
        frame["y"].to_numpy(),
        is_exposed=frame["is_exposed"].to_numpy(),
        dose=frame["dose"].to_numpy(),
        cells=frame["cell"].to_numpy(),
        clusters=[frame["event"].to_numpy(), frame["row"].to_numpy()],
    )
    one = fitted(frame.assign(habit=0.0))
    assert both.error_ >= one.error_
    assert both.clusters_ < 7.5


def test_nobody_leaving_is_no_proof_that_nobody_would():
    frame = lines(rows=400, cells=5).assign(y=0)
    effect = fitted(frame)
    assert effect.effect_ == 0
    assert effect.high_ > 1 / frame["dose"].sum()


def test_rows_without_a_twin_in_their_cell_are_left_out():
    frame = lines(rows=400, cells=4)
    alone = frame.assign(cell=99, is_exposed=True, dose=5.0, y=1000)
    both = fitted(pd.concat([frame, alone], ignore_index=True))
    assert both.effect_ == pytest.approx(fitted(frame).effect_)
    with pytest.raises(ValueError, match="no cell"):
        fitted(alone)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return dataclasses.replace(Settings(home=tmp_path), memory_limit="1GB")


def panel(rows: int = 3000) -> pd.DataFrame:
    frame = lines(rows=rows, cells=20)
    rng = np.random.default_rng(2)
    leaves = rng.random(rows) < 0.02 + 0.03 * frame["is_exposed"]
    return pd.DataFrame(
        {
            "effect_kind": "bill_shock",
            "cell_id": frame["cell"].astype(str),
            "event_id": frame["row"].astype(str),
            "subscription_id": "S" + frame["row"].astype(str),
            "customer_id": "C" + frame["row"].astype(str),
            "contract_state": rng.choice(["bound", "over"], rows),
            "tenure_band": "old",
            "is_exposed": frame["is_exposed"],
            "dose": frame["is_exposed"].astype(float),
            "customer_dose": frame["dose"],
            "monthly_charge": 20.0,
            "other_lines": 1,
            "outage_hours_before": 0.0,
            "late_days_before": 0.0,
            "shocks_before": 0.0,
            "unresolved_before": 0.0,
            "contacts_long_before": 0,
            "contacts_before": frame["before"],
            "contacts_after": frame["y"],
            "cancel_contacts_before": 0,
            "has_left": leaves,
            "event_at": pd.Timestamp("2026-03-01"),
        }
    )


def publish(settings: Settings, frame: pd.DataFrame, contact_cost: float = 5.0) -> dict[str, tuple]:
    """Put a panel where dbt would, train, and return the rows of ml_effect by outcome."""
    exposed = frame[frame["is_exposed"]]
    tables = {
        "effect_panel": frame,
        "effect_events": exposed,
        "effect_histories": frame[["effect_kind", "subscription_id", "dose", "has_left"]].assign(
            contacts=frame["contacts_after"]
        ),
        "effect_prices": pd.DataFrame(
            [
                {
                    "contact_cost": contact_cost,
                    "currency": "EUR",
                    "contact_days": 14,
                    "exit_days": 60,
                    "revenue_months": 12,
                }
            ]
        ),
    }
    with writing(settings) as connection:
        connection.execute("create schema if not exists features")
        for name, rows in tables.items():
            connection.register("given", rows)
            connection.execute(f"create or replace table features.{name} as select * from given")
            connection.unregister("given")
    train_effects(settings)
    with reading(settings) as connection:
        found = connection.execute("select * from ml.ml_effect").df()
    return found.set_index("outcome").to_dict("index")


def test_effects_are_written_with_their_price(settings):
    found = publish(settings, panel())
    contacts, exits = found["contacts"], found["exits"]
    assert (contacts["status"], exits["status"]) == (USABLE, USABLE)
    assert contacts["low"] < PLANTED < contacts["high"]
    assert contacts["amount_per_dose"] == pytest.approx(5 * contacts["estimate"])
    # Twelve months of 20, less the two in a hundred who leave anyway every sixty days.
    assert 200 < exits["unit_amount"] < 230
    assert exits["amount_total"] == pytest.approx(
        exits["estimate"] * exits["unit_amount"] * exits["dose_total"]
    )
    assert publish(settings, panel()) == found


def test_without_a_price_the_money_is_null_and_the_effect_stays(settings):
    found = publish(settings, panel(), contact_cost=float("nan"))
    assert found["contacts"]["status"] == USABLE
    with reading(settings) as connection:
        told = connection.execute(
            "select amount_per_dose is null, unit_amount is null from ml.ml_effect "
            "where outcome = 'contacts'"
        ).fetchall()
    assert told == [(True, True)]


def test_an_effect_is_not_usable_when_its_placebo_fails(settings):
    frame = panel()
    frame["contacts_before"] += frame["is_exposed"]
    found = publish(settings, frame)
    assert found["contacts"]["status"] == PLACEBO_FAILED
    assert not found["contacts"]["is_placebo_passed"]


def test_too_few_events_are_said_to_be_too_few(settings):
    frame = panel()
    kept = frame[~frame["is_exposed"] | (frame["is_exposed"].cumsum() <= 20)]
    found = publish(settings, kept)
    assert {row["status"] for row in found.values()} == {TOO_FEW}


def test_an_operator_without_events_has_no_effects(settings):
    assert publish(settings, panel().iloc[:0]) == {}
    with reading(settings) as connection:
        assert registry.column_names("ml_effect") == [
            name for (name, *_) in connection.execute("describe ml.ml_effect").fetchall()
        ]


def test_prepaid_lines_are_no_evidence_on_exits(settings):
    frame = panel()
    frame["has_left"] = frame["has_left"].astype("boolean")
    frame.loc[:1499, "has_left"] = pd.NA
    assert estimate(frame, "bill_shock", EXITS, placebo=False).n_exposed_ == int(
        frame["is_exposed"].iloc[1500:].sum()
    )
    assert estimate(frame, "bill_shock", CONTACTS, placebo=False).n_exposed_ == int(
        frame["is_exposed"].sum()
    )


def test_what_followed_each_outage_is_kept_as_the_build_found_it(settings):
    with writing(settings) as connection:
        connection.execute("create schema if not exists features")
        connection.execute(
            "create table features.effect_problems as select 60 as exit_days, 'P1' as problem_id, "
            "'usable' as excess_status, 40 as compared_subscriptions, 12 as compared_exits, "
            "11 as exit_customers, "
            "300 as control_subscriptions, 9 as control_exits, 0.27 as excess_exits, "
            "0.1 as excess_low, 0.5 as excess_high"
        )
    publish(settings, panel())
    with reading(settings) as connection:
        (row,) = connection.execute("select * from ml.ml_problem_effect").fetchall()
    assert row == ("P1", "usable", 40, 12, 11, 300, 9, 0.27, 0.1, 0.5, 60)
