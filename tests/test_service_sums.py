"""What problems of few customers did follows from no sum beside the list that hides it."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd

from app.parts.problem_totals import shifted
from app.queries import service, service_sums
from app.queries.privacy import FEWEST, without_few_leavers
from app.queries.service import Scope
from app.queries.service_sums import SUMS, without_the_few
from app.release import OlderRelease
from tests.test_app import healthy
from tests.test_app_pages import charts

# What the problems are cut by: alone, two or more together, or all at once.
PARTS = ("area", "region", "cause", "technology", "month", "span", "kind")
CUTS = [list(cut) for count in range(len(PARTS) + 1) for cut in combinations(PARTS, count)]


def cells_of(problems: pd.DataFrame) -> pd.DataFrame:
    """Add problems up as the release is asked to."""
    is_few = problems["customers"].between(1, FEWEST - 1)
    told = problems.assign(
        problems=1,
        few_problems=is_few.astype(int),
        few_customers=problems["customers"].where(is_few, 0),
        **{name: problems["minutes"].where(~is_few, 0) for name in SUMS},
        **{f"few_{name}": problems["minutes"].where(is_few, 0) for name in SUMS},
    )
    told = told.drop(columns=["customers", "minutes"])
    return told.groupby([*PARTS], as_index=False).sum()


def drawn(seed: int) -> pd.DataFrame:
    """Make problems up, many of them of few customers."""
    draw = np.random.default_rng(seed)
    count = int(draw.integers(1, 60))
    area = draw.integers(0, 2, count)
    return pd.DataFrame(
        {
            "area": area,
            "region": area % 2,
            "cause": draw.integers(0, 2, count),
            "technology": draw.integers(0, 2, count),
            "month": draw.integers(0, 2, count),
            "span": draw.integers(0, 2, count),
            "kind": draw.random(count) < 0.3,
            "customers": draw.choice([0, 1, 3, 9, 10, 40], count),
            "minutes": draw.integers(1, 1000, count),
        }
    )


def test_whatever_filters_are_set_no_sum_less_what_the_list_tells_is_of_one_or_of_few():
    left_out, kept = 0, 0
    for seed in range(3):
        problems = drawn(seed)
        few = problems["customers"].between(1, FEWEST - 1)
        cells = without_the_few(cells_of(problems))
        for cut in CUTS:
            alike = [problems[name] for name in cut] or [pd.Series(0, index=problems.index)]
            same = [cells[name] for name in cut] or [pd.Series(0, index=cells.index)]
            shown = cells.groupby(same)["contacts"].sum()
            listed = problems["minutes"].where(~few, 0).groupby(alike).sum()
            is_rest = shown - listed > 0
            rest = cells.assign(kept=cells["few_problems"] - cells["left_out"])
            customers = rest["few_customers"].where(rest["kept"] > 0, 0).groupby(same).sum()
            assert (rest["kept"].groupby(same).sum()[is_rest] > 1).all(), (seed, cut)
            assert (customers[is_rest] >= FEWEST).all(), (seed, cut)
            kept += int(is_rest.sum())
        left_out += int(cells["left_out"].sum())
        assert set(cells["left_out"]) <= {0, *cells["few_problems"]}
    assert left_out and kept


def test_a_problem_left_out_under_one_filter_is_left_out_under_every_other():
    """Alone among the small ones of its area and cause, it has others beside it in either."""
    at = {part: 1 for part in PARTS}
    small = [at, at, at | {"cause": 2}, at | {"area": 2}, at | {"area": 2, "cause": 2}]
    problems = pd.DataFrame(
        [part | {"minutes": 10**place, "customers": 6} for place, part in enumerate(small)]
    )
    cells = cells_of(problems)
    whole, filtered = without_the_few(cells), without_the_few(cells[cells["area"] == 1])
    assert filtered["contacts"].sum() == whole[whole["area"] == 1]["contacts"].sum() == 11


def test_a_cell_is_the_least_that_filters_and_periods_tell_apart(full, opened, monkeypatch):
    seen: list[pd.DataFrame] = []
    whole = service_sums.without_the_few
    monkeypatch.setattr(
        service_sums, "without_the_few", lambda cells: (seen.append(cells), whole(cells))[1]
    )
    run = opened(full, "service_impact", period="all", technology="FTTH")
    assert "FTTH" in healthy(run) + str([box.value for box in run.selectbox])
    rows = next(f.value for f in run.dataframe if "customer_minutes_lost" in f.value)
    assert set(rows["kind"]) == {"Unplanned"}
    assert set(PARTS) <= set(seen[0].columns) and set(seen[0]["technology"]) == {"FTTH"}
    assert len(seen[0]) == len(seen[0].drop_duplicates([*PARTS]))
    assert seen[0]["span"].nunique() > 1
    unknown = opened(full, "service_impact", period="all", technology="unknown")
    rows = next(f.value for f in unknown.dataframe if "customer_minutes_lost" in f.value)
    assert set(rows["kind"]) == {"Planned"}


def test_no_period_of_the_page_or_one_beside_it_cuts_through_a_cell():
    as_of = "2026-11-01 00:00:00"
    for days in filter(None, service.PERIODS.values()):
        now = Scope(str(pd.Timestamp(as_of) - pd.Timedelta(days=days)), as_of)
        for versus in ("prev", "year"):
            moments = {moment for each in (now, shifted(now, versus)) for moment in
                       (each.since, each.until)}  # fmt: skip
            assert moments - {as_of} <= set(service.edges(as_of))


REACH = {
    "affected_customers": 104,
    "followed_subscriptions": 96,
    "followed_customers": 80,
    "exits_30d": 24,
    "exit_customers_30d": 20,
}


def told_of(**reach: int) -> dict[str, float]:
    """Return what the page tells of whom problems hit."""
    return service_sums.as_told(dict.fromkeys(SUMS, 7) | REACH | reach).to_dict()


def test_of_two_views_that_differ_by_a_few_nobody_can_tell_by_how_many():
    """A part less than all is one customer more, or eight; one who left more, or nine."""
    whole = told_of()
    assert (whole["affected_customers"], whole["exits_30d"]) == (100, 20)
    assert whole["followed_subscriptions"] == 100 and whole["contacts"] == 7
    for few in range(1, FEWEST):
        part = told_of(affected_customers=104 - few, exits_30d=24 - few)
        for name in ("affected_customers", "exits_30d"):
            assert whole[name] - part[name] in (0, FEWEST)
    assert "followed_customers" not in whole and "exit_customers_30d" not in whole


def test_ten_lines_that_left_are_not_told_where_they_are_of_fewer_customers():
    assert np.isnan(told_of(exits_30d=12, exit_customers_30d=9)["exits_30d"])
    assert np.isnan(told_of(followed_customers=9, exits_30d=0)["exits_30d"])
    assert told_of(exits_30d=0, exit_customers_30d=0)["exits_30d"] == 0
    listed = pd.DataFrame({"exits_30d": [0, 12, 12], "exit_customers_30d": [0, 9, 10]})
    assert without_few_leavers(listed)["exits_30d"].fillna(-1).tolist() == [0, -1, 12]
    older = pd.DataFrame({"exits_30d": [0, 9, 10]})
    assert without_few_leavers(older)["exits_30d"].fillna(-1).tolist() == [0, -1, 10]


def test_a_release_that_counted_no_customers_who_left_is_asked_for_everybody(monkeypatch):
    asked = []

    def ask(sql: str, **bound: object) -> pd.DataFrame:
        asked.append(sql)
        if sql == service._REACH:
            raise OlderRelease("exit_customers_30d is not there")
        return pd.DataFrame([REACH])

    monkeypatch.setattr(service, "ask", ask)
    monkeypatch.setattr(service, "shown", lambda: SimpleNamespace(has=lambda _: True))
    assert service.reach(Scope(), "2026-11-01").to_dict() == REACH
    assert asked == [service._REACH, service._REACH_OF_PARTS]


def test_many_small_problems_are_in_the_sums():
    problems = pd.DataFrame(
        {**dict.fromkeys(PARTS, 1), "minutes": 5, "customers": [3, 4, 5]}
    )  # fmt: skip
    assert without_the_few(cells_of(problems))["contacts"].sum() == 15
    assert without_the_few(cells_of(problems.head(2)))["contacts"].sum() == 0


def test_only_problems_that_hit_so_many_are_listed(full, opened):
    def listed(**address: str) -> set[str]:
        run = opened(full, "service_impact", period="all", **address)
        healthy(run)
        rows = next(f.value for f in run.dataframe if "customer_minutes_lost" in f.value)
        assert (next(m.value for m in run.metric if m.label == "Problems")) == "5"
        return set(rows["problem_id"])

    assert "P-SMALL" in listed() and len(listed()) == 5
    assert "P-SMALL" not in listed(least="10") and len(listed(least="10")) == 4
    none = opened(full, "service_impact", period="all", least="500")
    assert "No problems" in healthy(none) or not none.dataframe
    assert len(listed(least="7")) == 5


def test_service_impact_says_what_its_sums_leave_out(full, opened):
    run = opened(full, "service_impact", period="all")
    text = healthy(run)
    assert "leave out 1 of the 5 problems" in text
    listed = next(frame.value for frame in run.dataframe if "customer_minutes_lost" in frame.value)
    total = next(m.value for m in run.metric if m.label == "Minutes lost")
    shown = listed["customer_minutes_lost"].sum()
    assert shown > 0 and total.replace(",", "") in (f"{shown:.0f}", f"{shown / 1000:.1f}K"), total
    assert listed["customer_minutes_lost"].isna().sum() == 1
    assert "Northtown" in charts(run)


def test_an_area_that_is_hidden_stands_behind_those_that_are_told(monkeypatch):
    """Between two that tell their minutes its place would tell its own."""
    cells = pd.DataFrame(
        {
            "area": ["a", "b", "c"],
            "region": "north",
            "month": 1,
            "is_planned": False,
            "problems": 1,
            "left_out": 0,
            "most_customers": [40, FEWEST - 1, 40],
            **{name: [30, 20, 10] for name in SUMS},
        }
    )
    places = pd.DataFrame({"area": ["a"], "latitude": [1.0], "longitude": [2.0]})
    monkeypatch.setattr(service_sums, "_cells", lambda scope: cells)
    monkeypatch.setattr(service_sums, "ask", lambda query: places)
    told = service_sums.areas(Scope())
    assert told["area"].tolist() == ["a", "c", "b"]
    assert told["customer_minutes_lost"].isna().tolist() == [False, False, True]


def test_a_month_of_the_same_few_customers_is_not_told(monkeypatch):
    cells = pd.DataFrame(
        {
            "month": 1,
            "is_planned": False,
            "problems": 1,
            "left_out": 0,
            "affected_customers": FEWEST - 1,
            "most_customers": FEWEST - 1,
            "customer_minutes_lost": [30, 20],
        }
    )
    monkeypatch.setattr(service_sums, "_cells", lambda scope: cells)
    assert service_sums.by_month(Scope())["customer_minutes_lost"].isna().all()
