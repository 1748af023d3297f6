"""How far probabilities are from the truth as odds, and rankings of one cause among several."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ml.calibration import calibration_slope
from ml.profit import Offer
from ml.survival_quality import FollowUp, concordance, concordance_of_cause, figures, kaplan_meier
from ml.terms import Terms, money_figures


def drawn(slope: float, rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    odds = rng.normal(-2, 1, rows)
    y = rng.random(rows) < 1 / (1 + np.exp(-(slope * odds + 0.3)))
    return y.astype(int), 1 / (1 + np.exp(-odds))


@pytest.mark.parametrize("slope", [1.0, 0.5, 2.0])
def test_the_slope_is_that_of_a_logistic_regression_on_the_log_odds(slope):
    y, p = drawn(slope)
    found = calibration_slope(y, p)
    odds = np.log(p / (1 - p))[:, None]
    book = LogisticRegression(C=np.inf, tol=1e-10).fit(odds, y)
    assert found == pytest.approx((book.coef_[0, 0], book.intercept_[0]), abs=1e-5)
    assert found == pytest.approx((slope, 0.3), abs=0.12)


def test_one_probability_for_all_and_one_outcome_for_all_have_no_slope():
    y, p = drawn(1.0, 100)
    assert np.isnan(calibration_slope(y, np.full(100, 0.1))).all()
    assert np.isnan(calibration_slope(np.zeros(100), p)).all()


def test_probabilities_of_none_and_of_certainty_do_not_break_the_slope():
    y = np.array([0, 0, 1, 0, 1, 1])
    assert np.isfinite(calibration_slope(y, np.array([0, 0.2, 0.3, 0.4, 0.6, 1.0]))).all()


def test_money_is_told_only_by_terms():
    y, p = drawn(1.0, 500)
    assert set(money_figures(y, p, None)) == {"calibration_slope", "calibration_intercept"}
    told = money_figures(y, p, Terms(1, Offer(1, 10), 200.0, None, None, "EUR"))
    assert told["expected_maximum_profit"] > 0
    assert 0 < told["profit_share"] < 1


def test_with_one_cause_its_concordance_is_the_plain_one():
    rng = np.random.default_rng(3)
    months, has_left = rng.integers(1, 7, 300), rng.random(300) < 0.6
    seen, risk = FollowUp(months, has_left, 6), rng.random(300)
    assert concordance_of_cause(seen, has_left, risk) == pytest.approx(
        concordance(seen, risk, weighted=True)
    )


def test_who_left_for_another_cause_never_leaves_for_this_one():
    # Ported in month 2; another was cut off in month 1, a third stayed.
    seen = FollowUp(np.array([2, 1, 3]), np.array([True, True, False]), 3)
    ports = np.array([True, False, False])
    assert concordance_of_cause(seen, ports, np.array([0.9, 0.5, 0.1])) == 1.0
    # Ranked below the one who was cut off, above the one who stayed: one pair of two.
    assert concordance_of_cause(seen, ports, np.array([0.4, 0.5, 0.1])) == 0.5


def test_curves_that_are_the_baseline_have_no_skill_and_true_ones_a_slope_of_one():
    rng = np.random.default_rng(4)
    hazard = np.where(rng.random(6_000) < 0.5, 0.02, 0.12)
    survival = (1 - hazard[:, None]) ** np.arange(1, 7)
    luck = rng.random((6_000, 6)) < hazard[:, None]
    has_left = luck.any(axis=1)
    seen = FollowUp(np.where(has_left, luck.argmax(axis=1) + 1, 6), has_left, 6)
    flat = np.tile(kaplan_meier(seen), (6_000, 1))
    own, none = figures(seen, survival, flat), figures(seen, flat, flat)
    assert none["brier_skill"] == 0
    assert own["brier_skill"] > 0.05
    assert own["calibration_slope"] == pytest.approx(1, abs=0.1)
