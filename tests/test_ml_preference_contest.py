"""The recommender beside everything simpler, over time: the best serves, and the table says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml import evaluate
from ml.preference import HAD, HOLDS, ITEMS, REPEAT, NextProductRecommender
from ml.preference_contest import (
    RIVALS,
    THE_MODEL,
    compare_by_folds,
    compare_over_time,
    dates_to_test,
    weighted_calibration_error,
)
from ml.preference_tables import Choices

DATES = pd.date_range("2026-01-01", periods=5, freq="MS")


def choices(kind: str, rows: int = 700) -> Choices:
    """Months of choices among three products: by taste, by fashion of the month, or as before."""
    random = np.random.default_rng(8)
    parts = []
    for month, date in enumerate(DATES):
        taste = random.normal(size=rows)
        had = random.random((rows, 3)) < 0.1
        chance = np.full((rows, 3), 0.04)
        if kind == "taste":
            chance = 0.15 / (1 + np.exp(-3 * taste[:, None] * np.array([1, -1, 0])))
        elif kind == "fashion":
            chance[:, month % 3] = 0.2
            chance[:, (month + 2) % 3] = 0.2 if month == len(DATES) - 1 else 0.01
        elif kind == "repeat":
            chance = np.where(had, 0.5, 0.01)
        X = pd.DataFrame({"offering_id": "P", "family": "f", "taste": taste, "tenure_days": 40.0})
        X["tenure_days"] += 100 * random.integers(0, 2, rows)
        for position, item in enumerate("ABC"):
            X[HOLDS + item] = random.random(rows) < 0.02
            X[HAD + item] = had[:, position]
        Y = pd.DataFrame((random.random((rows, 3)) < chance).astype(float), columns=list("ABC"))
        for item in "ABC":
            Y.loc[X[HOLDS + item], item] = np.nan
        parts.append((X, Y, pd.Series([date] * rows)))
    X, Y, dates = (pd.concat(each, ignore_index=True) for each in zip(*parts, strict=True))
    return Choices(X, Y, np.ones(len(X)), dates)


def labelled(found: Choices) -> pd.DataFrame:
    takers = (found.Y == 1).any(axis=1).groupby(found.as_of).sum()
    return pd.DataFrame(
        {
            "as_of_date": takers.index,
            "window_to": takers.index + pd.offsets.MonthBegin(1),
            "takers": takers.to_numpy(),
        }
    )


def compared(kind: str):
    found = choices(kind)
    table = labelled(found)
    return compare_over_time(found, table, dates_to_test(table), seed=1)


def test_where_taste_is_known_the_model_serves_and_every_rival_has_its_figures():
    found = compared("taste")
    assert found.served == THE_MODEL
    assert set(found.figures) == {THE_MODEL, *RIVALS}
    own = found.figures[THE_MODEL]
    assert own["map_at_3"] > max(found.figures[name]["map_at_3"] for name in RIVALS) + 0.1
    wanted = {"map_at_3", "ndcg_at_5", "hit_rate_at_1", "hit_rate_at_3", "mrr", "ece", "coverage"}
    assert wanted | {"share_with_offer", "cold_map_at_3", "cold_rows"} <= set(own)
    assert own["ece"] < 0.02
    assert 0 < own["cold_rows"] < own["rows"]


def test_where_what_was_dropped_is_taken_again_the_last_repeat_is_hard_to_beat():
    found = compared("repeat")
    rival = found.figures["last repeat"]["map_at_3"]
    assert rival > found.figures["popularity"]["map_at_3"] + 0.2
    # The model may know what was held before, too.
    assert found.figures[THE_MODEL]["map_at_3"] > rival - 0.02


def test_a_baseline_that_ranks_better_serves():
    found = compared("nothing")
    best = max(found.figures, key=lambda name: found.figures[name]["map_at_3"])
    assert found.figures[found.served]["map_at_3"] == found.figures[best]["map_at_3"]


def test_a_date_is_tested_only_by_what_was_known_before_it():
    found = choices("taste")
    table = labelled(found)
    dates = dates_to_test(table)
    whole = compare_over_time(found, table, dates, seed=1).figures
    later = (found.as_of >= dates[-1]).to_numpy()
    changed = found.Y.copy()
    changed[later] = changed[later].where(changed[later].isna(), 1 - changed[later])
    other = Choices(found.X, changed, found.weight, found.as_of)
    again = compare_over_time(other, table, dates[:-1], seed=1).figures
    before = compare_over_time(found, table, dates[:-1], seed=1).figures
    assert again == before
    assert whole != before


def test_thin_dates_and_dates_without_a_past_are_not_tested():
    table = pd.DataFrame(
        {
            "as_of_date": DATES,
            "window_to": DATES + pd.offsets.MonthBegin(1),
            "takers": [30, 30, 20, 9, 10],
        }
    )
    assert dates_to_test(table) == [DATES[2], DATES[4]]


def test_what_is_held_can_be_hidden_and_looked_for():
    found = choices("taste", rows=300)
    held = found.X[[HOLDS + item for item in "ABC"]].to_numpy(dtype=float)
    hold = Choices(found.X, pd.DataFrame(held, columns=list("ABC")), found.weight, found.as_of)
    figures = compare_by_folds(hold, "hold", seed=1).figures
    assert set(figures) == {*(THE_MODEL, "popularity", "segment popularity", "what goes with what")}
    assert figures[THE_MODEL]["rows"] == held.sum()
    assert "ece" not in figures[THE_MODEL]


def test_the_last_repeat_gives_each_product_its_rate_among_who_had_it():
    found = choices("repeat")
    model = NextProductRecommender(method=REPEAT).fit(found.X, found.Y)
    told = model.predict_proba(found.X)
    had = found.X[HAD + "A"].to_numpy()
    assert told.loc[had, "A"].iloc[0] == pytest.approx(found.Y.loc[had, "A"].mean(), abs=0.05)
    assert told.loc[~had, "A"].iloc[0] == pytest.approx(found.Y.loc[~had, "A"].mean(), abs=0.01)


def test_what_goes_with_what_is_told_as_a_probability_of_few_takers_each():
    """Who holds A takes B, who holds C takes D; each is taken by a few only."""
    random = np.random.default_rng(3)
    held = random.random((3_000, 4)) < 0.3
    chance = np.full((3_000, 4), 0.01)
    chance[held[:, 0], 1] = 0.08
    chance[held[:, 2], 3] = 0.08
    X = pd.DataFrame(held, columns=[HOLDS + item for item in "ABCD"])
    # Pairs held together are what the item model learns from.
    for one, other in (("A", "B"), ("C", "D")):
        X[HOLDS + other] = random.random(3_000) < np.where(X[HOLDS + one], 0.6, 0.1)
    Y = pd.DataFrame((random.random((3_000, 4)) < chance).astype(float), columns=list("ABCD"))
    Y = Y.mask(X.to_numpy())
    half = np.arange(3_000) % 2 == 0
    parts = [(X[rows].reset_index(drop=True), Y[rows]) for rows in (half, ~half)]
    model = NextProductRecommender(method=ITEMS).fit(*parts[0])
    told, taken = model.predict_proba(parts[1][0]).to_numpy(), parts[1][1].to_numpy()
    asked = ~np.isnan(taken)
    assert told[asked].mean() == pytest.approx(taken[asked].mean(), rel=0.3)
    holds_a = parts[1][0][HOLDS + "A"].to_numpy()
    assert told[holds_a, 1].mean() > 2 * told[~holds_a, 1].mean()


def test_recent_popularity_is_mixed_in_by_its_weight():
    found = choices("fashion")
    newest = (found.as_of == found.as_of.max()).to_numpy()
    model = NextProductRecommender(method="popularity").fit(found.X, found.Y, None, newest)
    plain = model.predict_proba(found.X).iloc[0]
    recent = model.set_params(recency=1.0).predict_proba(found.X).iloc[0]
    mixed = model.set_params(recency=0.25).predict_proba(found.X).iloc[0]
    assert recent["A"] == pytest.approx(found.Y.loc[newest, "A"].mean(), abs=0.01)
    assert mixed.to_numpy() == pytest.approx((0.75 * plain + 0.25 * recent).to_numpy())


def test_a_weighted_row_counts_as_so_many_in_the_calibration():
    random = np.random.default_rng(2)
    p = random.random(500)
    y = (random.random(500) < p**2).astype(float)
    weight = random.integers(1, 4, 500)
    many = np.repeat(np.arange(500), weight)
    assert weighted_calibration_error(y, p, weight.astype(float)) == pytest.approx(
        evaluate.calibration_error(y[many], p[many]), abs=0.01
    )
    assert weighted_calibration_error(y, p, weight.astype(float)) > 0.1


def test_the_weighted_calibration_error_of_equal_scores_does_not_go_by_the_order_of_rows():
    y, p = np.repeat([1.0, 0.0], [40, 160]), np.full(200, 0.2)
    weight = np.full(200, 3.0)
    assert weighted_calibration_error(y, p, weight) == pytest.approx(0, abs=1e-12)
    p[::2] = 0.3
    told = weighted_calibration_error(y, p, weight)
    assert told == pytest.approx(evaluate.calibration_error(y, p), abs=1e-12)
    assert told == pytest.approx(weighted_calibration_error(y[::-1], p[::-1], weight), abs=1e-12)
