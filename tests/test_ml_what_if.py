"""What if: by measured effects, with interval and warning; no figure where none was measured."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.what_if import _doses, dose_rows, price_rows

EFFECTS = pd.DataFrame(
    [
        ("outage", "contacts", "usable", "hour without service", 0.02, 0.01, 0.03, 5.0, "EUR"),
        ("outage", "exits", "usable", "hour without service", 0.002, -0.001, 0.005, 200.0, "EUR"),
        ("late_order", "contacts", "too few", "day late", 0.06, 0.05, 0.07, 5.0, "EUR"),
        ("bill_shock", "exits", "usable", "bill", 0.03, 0.01, 0.05, 200.0, "EUR"),
    ],
    columns=[
        *("effect_kind", "outcome", "status", "dose_unit", "estimate", "low", "high"),
        *("unit_amount", "currency"),
    ],
)
# 100 outages of half an hour, 200 of three hours, in 60 days.
DOSES = pd.DataFrame(
    [
        ("outage", 0.5, 100, 60),
        ("outage", 3.0, 200, 60),
        ("late_order", 4.0, 30, 60),
        ("bill_shock", 1.0, 40, 60),
    ],
    columns=["effect_kind", "dose", "events", "days"],
)


def scenario(kind: str, change: float) -> dict[str, object]:
    return {"scenario": "s", "effect_kind": kind, "dose_change": change}


def test_an_hour_sooner_takes_away_no_more_than_there_was():
    contacts, exits = dose_rows(scenario("outage", -1.0), EFFECTS, DOSES)
    moved = -(100 * 0.5 + 200 * 1.0) * 30 / 60
    assert contacts["dose_changed"] == pytest.approx(moved)
    assert contacts["share_changed"] == pytest.approx(-250 / 650)
    assert contacts["effect"] == pytest.approx(0.02 * moved)
    assert (contacts["effect_low"], contacts["effect_high"]) == (
        pytest.approx(0.03 * moved),
        pytest.approx(0.01 * moved),
    )
    assert contacts["amount"] == pytest.approx(-0.02 * moved * 5)
    assert contacts["amount_low"] <= contacts["amount"] <= contacts["amount_high"]
    assert "each unit costs the same" in contacts["warning"]
    assert "may be none" in exits["warning"]
    assert not contacts["is_extrapolated"]


def test_what_nobody_lived_through_is_called_extrapolated():
    longer = dose_rows(scenario("outage", 6.0), EFFECTS, DOSES)[0]
    assert longer["is_extrapolated"]
    assert "extrapolated" in longer["warning"]
    never = dose_rows(scenario("outage", -1.0), EFFECTS, DOSES[DOSES["effect_kind"] == "none"])
    assert never[0]["is_extrapolated"]
    assert np.isnan(never[0]["effect"])


def test_taking_every_event_away_is_what_was_measured_and_not_extrapolated():
    row = dose_rows(scenario("bill_shock", -1.0), EFFECTS, DOSES)[0]
    assert row["effect"] == pytest.approx(-0.03 * 40 * 30 / 60)
    assert not row["is_extrapolated"]
    assert row["warning"] == ""


def test_an_effect_that_is_not_usable_gives_no_figure():
    row = dose_rows(scenario("late_order", -2.0), EFFECTS, DOSES)[0]
    assert np.isnan(row["effect"])
    assert "not usable (too few)" in row["warning"]
    assert row["status"] == "too few"


def test_what_a_price_does_to_exits_is_not_made_up_but_how_many_may_leave_is_told():
    charges = np.full(1_000, 20.0)
    revenue, exits = price_rows({"scenario": "p", "price_share": 0.05}, EFFECTS, charges)
    assert revenue["amount"] == pytest.approx(1_000)
    assert np.isnan(exits["effect"])
    assert "57 of 1,000 lines (5.7%)" in exits["warning"]
    assert revenue["is_extrapolated"]
    assert exits["is_extrapolated"]


def test_a_price_cut_is_made_good_by_who_stays():
    """It said that a gain is gone when -63 lines leave."""
    plan = {"scenario": "p", "price_share": -0.05}
    told = price_rows(plan, EFFECTS, np.full(1_000, 20.0))[1]["warning"]
    assert "loss is made good when 63 of 1,000 lines (6.3%) stay" in told


def test_doses_add_up_to_what_was_lived_through():
    connection = duckdb.connect()
    connection.execute("create schema features")
    connection.execute(
        "create table features.effect_events as select 'bill_shock' as effect_kind, 0.125 as dose, "
        "true as is_exposed, timestamp '2026-01-01' + to_days(n::int) as event_at "
        "from range(8) as days(n)"
    )
    found = _doses(connection)
    assert (found["dose"] * found["events"]).sum() == pytest.approx(1.0)
