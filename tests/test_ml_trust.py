"""Back-tests, gate, slices, drift, history and cards: how far a churn score may be trusted."""

import numpy as np
import pandas as pd
import pytest

from cx.warehouse import reading, writing
from ml import backtest, cards, contest, drift, gate, history, registry, resample
from ml.backtest import CHAMPION_NAME, RULE_NAME, Fold
from ml.churn import ChurnClassifier
from ml.datasets import Table
from ml.registry import CHURN, Model
from ml.score import score
from ml.slices import slice_rows
from ml.train import train
from tests.test_ml_room import rows, warehouse

MONTHS = pd.date_range("2026-01-01", periods=6, freq="MS")
NO_LEAKS = pd.DataFrame(columns=["gate", "subject", "verdict", "value", "told"])


def foretold(months: int = 6, lines: int = 500, seed: int = 1) -> pd.DataFrame:
    """Outcomes drawn from a known risk, and what estimators say of them."""
    random = np.random.default_rng(seed)
    n = months * lines
    frame = pd.DataFrame(
        {
            "subscription_id": [f"S{line}" for line in range(lines)] * months,
            "as_of_date": np.repeat(MONTHS[:months], lines),
            "segment": np.where(np.arange(n) % 4 == 0, "business", "consumer"),
            "tenure_band": np.where(np.arange(n) % 5 == 0, "under 3 months", "over 3 years"),
        }
    )
    risk = random.beta(1, 9, n)
    frame["y"] = (random.random(n) < risk).astype(int)
    frame[CHAMPION_NAME] = risk
    frame[RULE_NAME] = np.clip(0.1 + random.normal(0, 0.02, n), 0.01, 0.9)
    return frame


def served(rows: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    return rows[["subscription_id", "as_of_date"]].assign(score=values)


def test_a_challenger_that_proves_better_takes_over_and_says_why():
    new = foretold()
    decision, checks = gate.judge(new, served(new, np.full(len(new), 0.1)), NO_LEAKS, 1)
    assert decision == gate.PROMOTED
    assert {check.check_name for check in checks} == {
        "no leak", "calibration", "three-line rule", "log-loss", "worst month", "scores moved"
    }  # fmt: skip
    assert all(check.is_passed for check in checks if check.is_decisive)


def test_a_challenger_as_good_as_the_champion_does_not_take_over():
    new = foretold()
    near = np.clip(new[CHAMPION_NAME] + np.random.default_rng(2).normal(0, 1e-4, len(new)), 0, 1)
    decision, checks = gate.judge(new, served(new, near), NO_LEAKS, 1)
    assert decision == gate.KEPT
    assert [check.check_name for check in checks if check.is_decisive and not check.is_passed] == [
        "log-loss"
    ]


def test_a_challenger_that_is_not_calibrated_or_leaks_does_not_take_over():
    new = foretold()
    old = served(new, np.full(len(new), 0.5))
    doubled = new.assign(**{CHAMPION_NAME: np.minimum(1.6 * new[CHAMPION_NAME], 0.99)})
    decision, checks = gate.judge(doubled, old, NO_LEAKS, 1)
    failed = [check.check_name for check in checks if check.is_decisive and not check.is_passed]
    assert (decision, failed) == (gate.KEPT, ["calibration"])
    leak = pd.DataFrame([["column", "x", "refused", 0.99, "x knows"]], columns=NO_LEAKS.columns)
    decision, checks = gate.judge(new, old, leak, 1)
    failed = [check.check_name for check in checks if check.is_decisive and not check.is_passed]
    assert (decision, failed) == (gate.KEPT, ["no leak"])


def test_a_challenger_that_is_better_on_average_but_blind_in_a_month_does_not_take_over():
    new = foretold()
    old = served(new, np.where(new["as_of_date"] == MONTHS[5], new[CHAMPION_NAME], 0.5))
    blind = new[CHAMPION_NAME].where(new["as_of_date"] != MONTHS[5], 0.1)
    old["score"] = np.where(
        new["as_of_date"] == MONTHS[5], old["score"], 0.3 + new[CHAMPION_NAME] / 2
    )
    decision, checks = gate.judge(new.assign(**{CHAMPION_NAME: blind}), old, NO_LEAKS, 1)
    failed = [check.check_name for check in checks if check.is_decisive and not check.is_passed]
    assert (decision, failed) == (gate.KEPT, ["worst month"])


def test_without_a_champion_the_first_one_serves_and_the_record_says_it_is_no_better_than_a_rule():
    new = foretold()
    new[CHAMPION_NAME] = new[RULE_NAME]
    decision, checks = gate.judge(new, None, NO_LEAKS, 1)
    assert decision == gate.FIRST
    (rule,) = [check for check in checks if check.check_name == "three-line rule"]
    assert not rule.is_passed
    assert rule.told.startswith("not proven better than the three-line rule")


def test_blocks_of_one_subscription_widen_the_interval():
    random = np.random.default_rng(5)
    own = random.normal(size=200)
    frame = pd.DataFrame(
        {
            "subscription_id": np.tile(np.arange(200).astype(str), 6),
            "as_of_date": np.repeat(MONTHS, 200),
        }
    )
    values = np.tile(own, 6)[:, None]
    _, blocks = resample.mean_draws(frame, values, 1)
    apart = frame.assign(subscription_id=np.arange(1_200).astype(str))
    _, rows_apart = resample.mean_draws(apart, values, 1)
    assert blocks.std() > 1.8 * rows_apart.std()
    # A subscription's months say the same thing: 200 people, not 1,200.
    assert blocks.std() == pytest.approx(own.std() / np.sqrt(200), rel=0.25)


def test_the_drawn_area_under_the_curve_lies_around_the_real_one():
    frame = foretold()
    y, risk = frame["y"].to_numpy(), frame[CHAMPION_NAME].to_numpy()
    drawn = resample.auc_draws(frame, y, risk, 1)
    each = [
        backtest.evaluate.auc_with_interval(own["y"].to_numpy(), own[CHAMPION_NAME].to_numpy())[0]
        for _, own in frame.groupby("as_of_date")
    ]
    assert drawn.mean() == pytest.approx(np.mean(each), abs=0.01)
    assert 0.005 < drawn.std() < 0.04


def test_slices_add_up_to_everybody_and_small_groups_stand_together():
    frame = foretold()
    frame.loc[:29, "segment"] = "rare"
    frame.loc[:29, "y"] = 0
    told = slice_rows(frame, "m", CHURN, 1, fewest=10)
    segments = told[told["dimension"] == "segment"]
    assert segments["n"].sum() == len(frame)
    assert segments["exits"].sum() == frame["y"].sum()
    assert "rare" not in set(segments["dimension_value"])
    assert segments["exits"].min() >= 10
    everybody = told[told["dimension"] == "all"].iloc[0]
    assert everybody["selection_rate"] == pytest.approx(0.1)
    weighted = (segments["selection_rate"] * segments["n"]).sum() / segments["n"].sum()
    assert weighted == pytest.approx(0.1)
    assert set(told.loc[told["is_fairness_group"], "dimension"]) == {"segment"}
    assert "under 3 months" in set(told["dimension_value"])


def test_a_slice_whose_risk_is_overstated_shows_a_gap_beyond_its_interval():
    frame = foretold()
    wrong = frame["segment"] == "business"
    frame.loc[wrong, CHAMPION_NAME] = frame.loc[wrong, CHAMPION_NAME] + 0.1
    told = slice_rows(frame, "m", CHURN, 1).set_index(["dimension", "dimension_value"])
    assert told.loc[("segment", "business"), "gap_low"] > 0
    assert told.loc[("segment", "consumer"), "gap_low"] < 0


def test_drift_is_told_apart_from_the_noise_of_a_small_sample():
    random = np.random.default_rng(3)
    same = [
        drift.score_drift(random.normal(size=80), random.normal(size=80)).iloc[0]
        for _ in range(200)
    ]
    # A fixed limit would cry wolf on so few rows.
    assert np.mean([row["value"] > drift.WATCHED for row in same]) > 0.5
    assert all(row["verdict"] == drift.STEADY for row in same)
    moved = drift.score_drift(random.normal(size=3_000), random.normal(0.8, size=3_000)).iloc[0]
    assert moved["verdict"] == drift.DRIFT


def test_a_column_gone_blank_and_a_level_never_seen_are_drift():
    random = np.random.default_rng(4)
    before = pd.DataFrame(
        {
            "usage": random.normal(size=2_000),
            "plan": random.choice(["a", "b"], 2_000),
            "steady": random.normal(size=2_000),
        }
    )
    after = before.assign(usage=np.nan, plan=np.where(random.random(2_000) < 0.5, "c", "a"))
    found = drift.feature_drift(before, after).set_index("subject")["verdict"]
    assert found.to_dict() == {"usage": "drifted", "plan": "drifted", "steady": "steady"}


def test_scores_whose_window_is_over_are_held_against_what_came_true():
    frame = foretold(2).rename(columns={CHAMPION_NAME: "score"})
    late = frame["as_of_date"] == MONTHS[1]
    frame.loc[late, "score"] = frame.loc[late, "score"] + 0.1
    found = drift.calibration_drift(frame)
    assert found["verdict"].tolist() == ["steady", "drifted"]


def months_of(lines: int = 300) -> list[Fold]:
    """Four cut-offs in which short tenure leaves; each learns from those before it."""
    random = np.random.default_rng(9)
    tables = []
    for month in MONTHS[:5]:
        X = pd.DataFrame(
            {
                "tenure_days": random.integers(1, 2_000, lines),
                "contract_type": random.choice(["monthly", "two_year"], lines),
                "segment": random.choice(["consumer", "business"], lines),
                "noise": random.normal(size=lines),
            }
        )
        risk = 0.03 + 0.35 * (X["contract_type"] == "monthly") * (X["tenure_days"] < 900)
        keys = pd.DataFrame(
            {"subscription_id": [f"S{line}" for line in range(lines)], "as_of_date": month}
        )
        y = (random.random(lines) < risk).astype(int).to_numpy()
        tables.append(Table(keys, X, y, np.ones(lines)))
    return [
        Fold(MONTHS[place], joined(tables[:place]), tables[place])
        for place in range(1, len(tables))
    ]


def joined(tables: list[Table]) -> Table:
    return Table(
        pd.concat([table.keys for table in tables], ignore_index=True),
        pd.concat([table.X for table in tables], ignore_index=True),
        np.concatenate([table.y for table in tables]),
        np.concatenate([table.weight for table in tables]),
    )


@pytest.fixture(scope="module")
def walked():
    champion = ChurnClassifier(n_folds=2, additive_tolerance=1.0, random_state=1)
    return backtest.walk_forward(champion, months_of(), ["noise"])


def test_every_cut_off_is_foretold_by_every_estimator_from_what_came_before(walked):
    fresh = walked.fresh
    assert walked.cutoffs == 4
    assert sorted(fresh["as_of_date"].unique()) == list(MONTHS[1:5])
    assert (fresh["as_of_date"] == fresh["fitted_at"]).all()
    assert walked.train["train_rows"].tolist() == [300, 600, 900, 1_200]
    assert fresh[list(backtest.estimators(ChurnClassifier()))].notna().all().all()


def test_mean_worst_month_and_decay_are_told_with_intervals(walked):
    told = backtest.backtest_rows(walked, "m", CHURN, 1)
    own = told[(told["estimator"] == CHAMPION_NAME) & (told["metric"] == "auc")]
    each = own.loc[own["scope"] == "cut-off", "value"]
    mean, worst = (own[own["scope"] == scope].iloc[0] for scope in ("mean", "worst"))
    assert len(each) == 4
    assert mean["value"] == pytest.approx(each.mean())
    assert mean["low"] < mean["value"] < mean["high"]
    assert worst["value"] == each.min()
    decay = told[(told["scope"] == "decay") & (told["estimator"] == CHAMPION_NAME)]
    assert set(decay["lag_months"]) == {1, 3}
    gain = told[(told["metric"] == "log_loss_gain") & (told["estimator"] == "base rate")].iloc[0]
    assert gain["low"] > 0
    keys = ["estimator", "scope", "as_of_date", "lag_months", "metric"]
    assert not told.duplicated(keys).any()
    assert {"ece", "ece_floor", "calibration_gap"} <= set(told["metric"])


def test_only_closed_windows_teach_and_the_number_of_refits_is_bounded():
    dates = pd.date_range("2024-01-01", periods=20, freq="MS")
    cutoffs = pd.DataFrame(
        {
            "as_of_date": dates,
            "window_to": dates + pd.Timedelta(days=45),
            "members": 900,
            "labelled": 900,
            "exits": 60,
        }
    )
    chosen = backtest.testable(cutoffs)
    assert len(chosen) == backtest.MAX_CUTOFFS
    past, date = chosen[-1]
    assert date == dates[-1]
    assert max(past) == dates[-3]


def test_a_champion_that_came_true_less_than_the_rule_is_failing_and_a_few_exits_prove_nothing():
    frame = foretold().rename(columns={CHAMPION_NAME: "score", RULE_NAME: "rule"})
    assert gate.is_failing(frame, 1).is_passed
    wrong = frame.assign(score=0.5)
    assert not gate.is_failing(wrong, 1).is_passed
    assert gate.is_failing(wrong.head(100), 1).is_passed
