"""What the nightly run adds up for the pages: the work list's curves, segments' profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.few import hidden_cells
from ml.segment_profiles import completed, is_told, profiles, trait_moments
from ml.uncertain import HALF
from ml.work_list import curves, idle, risks

FEWEST = 10


def worklist(**rows: int) -> pd.DataFrame:
    """Lines of one customer each, so many of each action; the first are worth most."""
    actions = [action for action, count in rows.items() for _ in range(count)]
    value = np.arange(len(actions), 0, -1).astype(float)
    return pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(len(actions))],
            "action_id": actions,
            "region": ["north", "south"] * (len(actions) // 2) + ["north"] * (len(actions) % 2),
            "segment": "consumer",
            "value": value,
            "value_low": value - 1,
            "value_high": value + 1,
            "exits_prevented": value / 100,
            "exits_low": 0.0,
            "exits_high": value / 50,
            "contacts_prevented": 0.0,
            "takes": 0.0,
            "cost": 1.0,
        }
    )


def test_a_curve_adds_up_the_first_so_many_and_ends_with_all():
    listed = worklist(call=300)
    table = curves(listed, FEWEST)
    whole = table[(table["dimension"] == "all") & (table["action_id"] == "all")]
    assert whole["lines"].iloc[0] == 0 and whole["value"].iloc[0] == 0
    assert whole["lines"].iloc[-1] == 300
    for row in whole.to_dict("records"):
        first = listed.head(row["lines"])
        assert row["value"] == pytest.approx(first["value"].sum())
        assert row["exits_high"] == pytest.approx(first["exits_high"].sum())
    # Bounds are added up: lines share their effect and err together.
    assert whole["value_high"].iloc[-1] - whole["value"].iloc[-1] == pytest.approx(300)


@pytest.mark.parametrize("seed", range(8))
def test_no_step_of_a_curve_is_about_fewer_customers_than_may_be_told(seed):
    draw = np.random.default_rng(seed)
    listed = worklist(call=int(draw.integers(10, 90)), repair=int(draw.integers(10, 90)))
    # Some customers have several lines.
    listed["customer_id"] = [f"C{n}" for n in draw.integers(0, len(listed), len(listed))]
    table = curves(listed, FEWEST)
    for _, curve in table.groupby(["dimension", "dimension_value", "action_id"]):
        assert curve["customers"].iloc[0] == 0
        assert (curve["customers"].diff().dropna() >= FEWEST).all()


@pytest.mark.parametrize("seed", range(6))
def test_bars_of_risk_are_of_no_few_and_slices_have_the_bounds_of_all(seed):
    draw = np.random.default_rng(seed)
    listed = worklist(call=int(draw.integers(30, 300)), repair=int(draw.integers(10, 90)))
    listed["customer_id"] = [f"C{n}" for n in draw.integers(0, 2 * len(listed), len(listed))]
    listed["risk"] = draw.beta(1, 12, len(listed))
    table = risks(listed, FEWEST)
    assert (table["customers"] >= FEWEST).all()
    whole = table[table["dimension"] == "all"]
    assert set(table["risk_from"]) == set(whole["risk_from"])
    # What the bars leave of the list is nobody, or no few.
    kept = listed["risk"].apply(
        lambda risk: ((whole["risk_from"] <= risk) & (risk < whole["risk_to"])).any()
    )
    assert kept.all() or listed[~kept]["customer_id"].nunique() >= FEWEST
    for row in table.to_dict("records"):
        own = listed[(listed["risk"] >= row["risk_from"]) & (listed["risk"] < row["risk_to"])]
        if row["dimension"] != "all":
            own = own[own[row["dimension"]] == row["dimension_value"]]
        assert row["lines"] == len(own)
        assert row["exits_prevented"] == pytest.approx(own["exits_prevented"].sum())


def test_a_list_without_risks_has_no_bars():
    assert risks(worklist(call=30).assign(risk=np.nan), FEWEST).empty
    few = risks(worklist(call=9).assign(risk=0.5), FEWEST)
    assert few.empty
    # Bars at the top are joined rather than hidden: a list of one region and segment is told whole.
    draw = np.random.default_rng(3)
    one = worklist(call=200).assign(region="north", risk=draw.beta(1, 12, 200))
    table = risks(one, FEWEST)
    assert table[table["dimension"] == "all"]["lines"].sum() == 200
    alike = risks(worklist(call=12).assign(risk=0.5), FEWEST)
    assert alike[alike["dimension"] == "all"]["lines"].tolist() == [12]


def test_an_action_of_few_is_hidden_with_the_least_worthy_other_in_every_slice():
    table = curves(worklist(call=60, repair=40, notify=4), FEWEST)
    told = table.groupby(["dimension", "dimension_value"])["action_id"].unique()
    assert set(told["all", "all"]) == {"all", "call"}
    assert set(told["region", "north"]) == {"all", "call"}
    whole = curves(worklist(call=60, repair=40), FEWEST)
    assert set(whole["action_id"]) == {"all", "call", "repair"}


def test_why_nothing_is_done_is_counted_by_reason_and_what_is_missed_is_never_a_loss():
    placed = pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(70)],
            "action_id": ["do_nothing"] * 60 + ["call"] * 10,
            "reason_key": ["nothing pays"] * 40 + ["limited"] * 30,
            "limited_by": [None] * 40 + ["contact fatigue"] * 30,
            "best_value": [-3.0] * 40 + [2.0] * 30,
            "region": "north",
            "segment": "consumer",
        }
    )
    table = idle(placed, FEWEST)
    whole = table[table["dimension"] == "all"].set_index("why")
    assert whole["lines"].to_dict() == {"all": 60, "nothing pays": 40, "contact fatigue": 20}
    assert whole.loc["nothing pays", "best_value"] == 0
    assert whole.loc["contact fatigue", "best_value"] == 40


@pytest.mark.parametrize("seed", range(5))
def test_no_hidden_cell_is_what_the_shown_ones_leave_over(seed):
    draw = np.random.default_rng(seed)
    customers = draw.integers(1, 60, 24)
    table = np.arange(24).reshape(4, 6)
    groups = [*table, *table.T]
    hidden = hidden_cells(customers, groups, FEWEST, customers < FEWEST)
    assert hidden[customers < FEWEST].all()
    for cells in groups:
        own = hidden[cells]
        assert not own.any() or own.all() or own.sum() >= 2
        assert not own.any() or own.all() or customers[cells[own]].sum() >= FEWEST


# ------------------------------------------------------------------ segments


def lines(sizes: dict[str, int], seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    letters = np.repeat(list(sizes), list(sizes.values()))
    return pd.DataFrame(
        {
            "segment_id": letters,
            "customer_id": [f"C{n}" for n in range(len(letters))],
            "charge": draw.normal(20, 5, len(letters)) + 10 * (letters == "B"),
        }
    )


def test_a_segments_mean_and_its_difference_from_all_have_the_textbook_errors():
    rows = lines({"A": 300, "B": 200})
    table = profiles(trait_moments(rows), FEWEST).set_index("segment_id")
    own = rows[rows["segment_id"] == "A"]["charge"].to_numpy()
    every = rows["charge"].to_numpy()
    assert table.loc["A", "value"] == pytest.approx(own.mean())
    assert table.loc["A", "high"] - own.mean() == pytest.approx(HALF * own.std() / np.sqrt(300))
    assert table.loc["A", "difference"] == pytest.approx(own.mean() - every.mean())
    # The error of m_A - m by each customer's part in it, A's in both.
    parts = np.where(rows["segment_id"] == "A", (every - own.mean()) / 300, 0.0)
    half = HALF * np.sqrt(((parts - (every - every.mean()) / 500) ** 2).sum())
    assert table.loc["A", "difference_high"] - table.loc["A", "difference"] == pytest.approx(half)


def test_lines_of_one_customer_go_together_and_widen_the_interval():
    rows = lines({"A": 300, "B": 200})
    doubled = pd.concat([rows, rows], ignore_index=True)
    one, two = (profiles(trait_moments(each), FEWEST) for each in (rows, doubled))
    assert two["high"].tolist() == pytest.approx(one["high"].tolist())


def share(letter: str, choice: str, chosen: int, customers: int) -> dict[str, object]:
    return {
        "segment_id": letter,
        "kind": "habit",
        "subject": "channel",
        "choice": choice,
        "sy": chosen,
        "syy": chosen,
        "syn": chosen,
        "sn": customers,
        "snn": customers,
        "customers": customers,
        "chosen": chosen,
    }


def test_a_choice_nobody_of_a_segment_made_counts_in_the_average_of_all():
    moments = pd.DataFrame(
        [share("A", "phone", 100, 100), share("B", "phone", 50, 100), share("B", "app", 50, 100)]
    )
    table = profiles(moments, FEWEST).set_index(["segment_id", "choice"])
    assert table.loc[("B", "app"), "base_value"] == pytest.approx(50 / 200)
    assert len(completed(moments)) == 4


def test_shares_of_few_and_what_they_leave_over_are_not_told():
    moments = pd.DataFrame(
        [
            share("A", "phone", 60, 100),
            share("A", "app", 36, 100),
            share("A", "shop", 4, 100),
            share("B", "phone", 60, 100),
            share("B", "app", 40, 100),
            # Forty customers make no segment that is told of.
            share("C", "phone", 20, 40),
            share("C", "app", 20, 40),
        ]
    )
    full = completed(moments)
    told = full[is_told(full, FEWEST)]
    assert "C" not in set(told["segment_id"])
    assert set(told[told["segment_id"] == "A"]["choice"]) <= {"phone"}
