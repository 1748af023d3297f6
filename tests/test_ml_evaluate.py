"""Figures mean what they say, and the leak gate catches what it must."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from ml import evaluate
from ml.leak_columns import leak_gate


def test_the_area_under_the_curve_and_its_interval():
    random = np.random.default_rng(0)
    y = random.random(2_000) < 0.1
    score = y * 0.5 + random.normal(size=2_000)
    auc, low, high = evaluate.auc_with_interval(y.astype(float), score)
    assert auc == pytest.approx(roc_auc_score(y, score))
    assert low < auc < high
    assert np.isnan(evaluate.auc_with_interval(np.zeros(3), np.arange(3.0))[0])


def test_a_calibrated_score_is_near_its_noise_floor_and_a_doubled_one_is_not():
    random = np.random.default_rng(0)
    probability = random.beta(2, 18, 5_000)
    y = (random.random(5_000) < probability).astype(float)
    floor = evaluate.calibration_floor(probability, seed=1)
    assert evaluate.calibration_error(y, probability) < 2 * floor
    assert evaluate.calibration_error(y, np.minimum(2 * probability, 1)) > 5 * floor


def test_lift_counts_leavers_in_the_top_tenth():
    y = np.zeros(100)
    y[:10] = 1
    figures = evaluate.churn_figures(y, np.linspace(1, 0.01, 100), seed=1)
    assert figures["lift_top_decile"] == pytest.approx(10)
    assert figures["auc"] == 1.0


def test_gain_is_the_share_of_leavers_in_the_top_tenth_of_any_number_of_lines():
    """A tenth of 96 lines is 10: a tenth of the lift would be less than what they hold."""
    y = np.zeros(96)
    y[[0, 1, 2, 50, 60]] = 1
    figures = evaluate.churn_figures(y, np.linspace(1, 0.01, 96), seed=1)
    assert figures["gain_top_decile"] == pytest.approx(3 / 5, abs=1e-12)
    assert figures["lift_top_decile"] == pytest.approx((3 / 10) / (5 / 96), abs=1e-12)


def test_of_equal_scores_at_the_border_of_the_top_tenth_none_comes_first():
    """Of many lines with one score a tenth holds as many leavers as any other tenth."""
    y = np.zeros(100)
    y[[0, 1, 2, 3, 99]] = 1
    same = evaluate.churn_figures(y, np.full(100, 0.05), seed=1)
    assert same["lift_top_decile"] == pytest.approx(1)
    assert same["gain_top_decile"] == pytest.approx(0.1)
    halves = np.repeat([0.2, 0.1], 50)
    figures = evaluate.churn_figures(y, halves, seed=1)
    assert figures["gain_top_decile"] == pytest.approx(10 * (4 / 50) / 5)
    turned = evaluate.churn_figures(y[::-1], halves[::-1], seed=1)
    assert turned["gain_top_decile"] == figures["gain_top_decile"]


def test_the_calibration_error_of_equal_scores_does_not_go_by_the_order_of_rows():
    """A model that tells everybody the base rate is right on average, in every bin."""
    y = np.zeros(100)
    y[[0, 1, 2, 3, 99]] = 1
    same = np.full(100, 0.05)
    assert evaluate.calibration_error(y, same) == pytest.approx(0, abs=1e-12)
    assert evaluate.calibration_floor(same, seed=1) == pytest.approx(
        np.abs(np.random.default_rng(2).binomial(100, 0.05, 20_000) / 100 - 0.05).mean(), rel=0.2
    )
    # 55 lines at 0.2 with one leaver in 11: of the sixth bin five rows are theirs.
    mixed, left = np.repeat([0.2, 0.1], [55, 45]), np.zeros(100)
    left[:55:11] = 1
    bins = evaluate.calibration_bins(left, mixed)
    assert bins["rows"].tolist() == [10] * 10
    assert bins["observed"].tolist() == pytest.approx([0] * 4 + [5 / 110] + [1 / 11] * 5)
    assert bins["predicted"].tolist() == pytest.approx([0.1] * 4 + [0.15] + [0.2] * 5)
    turned = evaluate.calibration_error(left[::-1], mixed[::-1])
    assert evaluate.calibration_error(left, mixed) == pytest.approx(turned, abs=1e-12)


def test_probabilities_of_any_precision_are_judged():
    """XGBoost says single precision."""
    y = (np.arange(200) % 7 == 0).astype(float)
    said = np.random.default_rng(1).random(200).astype(np.float32)
    told = evaluate.churn_figures(y, said, seed=1)
    assert told == evaluate.churn_figures(y, said.astype(float), seed=1)


def test_rankings_count_only_what_could_be_offered():
    relevant = np.array([[True, False, False], [False, False, True], [False, False, False]])
    score = np.array([[0.9, 0.5, 0.1], [-np.inf, 0.5, 0.1], [0.3, 0.2, 0.1]])
    figures = evaluate.ranking_figures(relevant, score)
    assert figures["rows"] == 2
    assert figures["hit_rate_at_1"] == 0.5
    assert figures["map_at_3"] == pytest.approx((1 + 1 / 2) / 2)
    assert figures["ndcg_at_5"] == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_the_leak_gate_refuses_what_knows_the_outcome_and_passes_what_does_not():
    random = np.random.default_rng(2)
    y = (random.random(3_000) < 0.1).astype(int)
    X = pd.DataFrame(
        {
            "exit_form_received": np.where(
                y == 1, random.random(3_000) + 0.5, random.random(3_000)
            ),
            "retention_desk": np.where(
                (y == 1) & (random.random(3_000) < 0.9), "called", random.choice(["a", "b"], 3_000)
            ),
            # Not monotone: leavers stand in the middle.
            "in_the_middle": np.where(y == 1, 0.5, random.choice([0.0, 1.0], 3_000)),
            "tenure_days": random.integers(0, 900, 3_000) - 100 * y,
            "only_missing_for_leavers": np.where(y == 1, np.nan, 1.0),
        }
    )
    gate = leak_gate(X, y, seed=1).set_index("feature")["verdict"]
    assert gate["in_the_middle"] == "refused"
    assert gate["retention_desk"] == "refused"
    assert gate["only_missing_for_leavers"] == "refused"
    assert gate["exit_form_received"] in {"warned", "refused"}
    assert gate["tenure_days"] == "passed"
