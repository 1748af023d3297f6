"""What keeping customers earns: against a reference written apart, by hand, and under limits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from ml.profit import Lines, Offer, expected_maximum_profit, profit_curve

OFFER = Offer(contact_cost=1.0, offer_cost=10.0)
CLV = 200.0


def base(rows: int = 400, seed: int = 1, digits: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = rng.beta(1, 12, rows)
    return rng.random(rows) < risk, np.round(
        np.clip(risk + rng.normal(0, 0.05, rows), 0, 1), digits
    )


def reference(
    left: np.ndarray, score: np.ndarray, clv: float, f: float, d: float, a: float, b: float
):
    """EMPC and its share by the book: rates, the hull of the ROC curve, quadrature over γ."""
    base_rate = left.mean()
    thresholds = np.append(np.inf, np.unique(score)[::-1])
    found = [((score >= t) & left).sum() / left.sum() for t in thresholds]
    alarms = [((score >= t) & ~left).sum() / (~left).sum() for t in thresholds]
    hull: list[tuple[float, float]] = []
    for x, y in sorted(set(zip(alarms, found, strict=True))):
        while len(hull) > 1 and (hull[-1][0] - hull[-2][0]) * (y - hull[-2][1]) >= (
            hull[-1][1] - hull[-2][1]
        ) * (x - hull[-2][0]):
            hull.pop()
        hull.append((x, y))

    def best(gamma: float) -> tuple[float, float]:
        return max(
            (
                clv * (gamma * (1 - d / clv) - f / clv) * base_rate * y
                - clv * (d / clv + f / clv) * (1 - base_rate) * x,
                -(base_rate * y + (1 - base_rate) * x),
            )
            for x, y in hull
        )

    density = beta(a, b).pdf
    parts = itertools.pairwise(np.linspace(0, 1, 51))
    profit = sum(quad(lambda g: best(g)[0] * density(g), *part)[0] for part in parts)
    grid = (np.arange(200_000) + 0.5) / 200_000
    x, y = np.array(hull).T
    earned = np.outer(grid, (clv - d) * base_rate * y) - (
        f * base_rate * y + (d + f) * (1 - base_rate) * x
    )
    share = (base_rate * y + (1 - base_rate) * x)[earned.argmax(axis=1)]
    return profit, float((share * beta.pdf(grid, a, b)).mean())


@pytest.mark.parametrize("digits", [6, 2])
@pytest.mark.parametrize(("clv", "d", "f"), [(200.0, 10.0, 1.0), (60.0, 5.0, 2.0)])
def test_expected_maximum_profit_equals_a_reference_written_apart(digits, clv, d, f):
    left, score = base(digits=digits)
    found = expected_maximum_profit(left, score, clv, Offer(f, d))
    profit, share = reference(left, score, clv, f, d, 6, 14)
    assert profit > 0
    assert found.profit == pytest.approx(profit, abs=1e-3)
    assert found.share == pytest.approx(share, abs=1e-3)


def test_own_values_that_are_all_alike_are_one_value():
    left, score = base()
    each = expected_maximum_profit(left, score, np.full(len(left), CLV), OFFER)
    assert each == expected_maximum_profit(left, score, CLV, OFFER)


def test_own_values_are_the_best_threshold_for_each_acceptance():
    left, score = base(seed=3)
    clv = np.random.default_rng(3).gamma(1, 200, len(left))
    found = expected_maximum_profit(left, score, clv, OFFER)
    order = np.argsort(-score, kind="stable")
    gamma = (np.arange(4_000) + 0.5) / 4_000
    earned = np.where(left, gamma[:, None] * (clv - 10) - 1, -11.0)[:, order].cumsum(axis=1)
    ends = np.append(np.diff(score[order]) != 0, True)
    best = np.maximum(earned[:, ends].max(axis=1), 0) / len(left)
    assert found.profit == pytest.approx((best * beta.pdf(gamma, 6, 14)).mean(), abs=1e-3)


def test_a_ranking_that_puts_the_valuable_leavers_first_earns_more():
    left = np.array([True] * 20 + [False] * 80)
    clv = np.where(np.arange(100) < 10, 400.0, 5.0)
    dear_first, cheap_first = 1.0 - np.arange(100) / 100, np.where(left, np.arange(100), -1.0)
    dear, cheap = (
        expected_maximum_profit(left, score, clv, OFFER) for score in (dear_first, cheap_first)
    )
    assert dear.profit > cheap.profit > 0
    assert dear.share < cheap.share


def test_where_no_contact_pays_the_best_campaign_is_none():
    left, score = base()
    found = expected_maximum_profit(left, score, 5.0, OFFER)
    assert (found.profit, found.share) == (0.0, 0.0)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        expected_maximum_profit(np.array([True, False]), np.array([0.1, np.nan]), CLV, OFFER)


def lines(rows: int = 1_000, clv: float = CLV) -> Lines:
    rng = np.random.default_rng(5)
    return Lines(np.arange(rows) // 2, rng.beta(1, 5, rows), np.full(rows, clv))


def test_the_curve_is_the_sums_by_hand():
    few = Lines(np.arange(3), np.array([0.5, 0.2, 0.1]), np.array([100.0, 300.0, 10.0]))
    curve = profit_curve(few, few.risk, OFFER, most_contacts=None, budget=None, seed=1)
    # γ is 0.3 on average; d is paid where the offer is taken.
    saves = np.cumsum([0, 0.15, 0.06, 0.03])
    cost = np.cumsum([0, 1 + 10 * 0.65, 1 + 10 * 0.86, 1 + 10 * 0.93])
    assert curve["contacts"].tolist() == [0, 1, 2, 3]
    assert curve["expected_saves"].to_numpy() == pytest.approx(saves)
    assert curve["cost"].to_numpy() == pytest.approx(cost)
    earned = np.cumsum([0, 15, 18, 0.3]) - cost
    assert curve["profit"].to_numpy() == pytest.approx(earned)
    assert curve["is_best"].tolist() == [False, False, True, False]


def test_no_campaign_beats_its_limits_and_the_best_one_lies_within_them():
    own = lines()
    free = profit_curve(own, own.risk, OFFER, most_contacts=None, budget=None, seed=1)
    best = free[free["is_best"]].iloc[0]
    assert 0 < best["contacts"] < 1_000
    capped = profit_curve(own, own.risk, OFFER, most_contacts=37, budget=None, seed=1)
    assert capped.loc[capped["is_best"], "contacts"].tolist() == [37]
    assert not capped.loc[capped["contacts"] > 37, "is_allowed"].any()
    poor = profit_curve(own, own.risk, OFFER, most_contacts=None, budget=100.0, seed=1)
    chosen = poor[poor["is_best"]].iloc[0]
    assert 0 < chosen["contacts"] < best["contacts"]
    assert 85 < chosen["cost"] <= 100
    none = profit_curve(own, own.risk, OFFER, most_contacts=0, budget=None, seed=1)
    assert none.loc[none["is_best"], "contacts"].tolist() == [0]


def test_doing_nothing_wins_when_nothing_pays():
    own = lines(clv=8.0)
    curve = profit_curve(own, own.risk, OFFER, most_contacts=None, budget=None, seed=1)
    chosen = curve[curve["is_best"]].iloc[0]
    assert (chosen["contacts"], chosen["profit"], chosen["low"], chosen["high"]) == (0, 0, 0, 0)
    assert (curve.loc[curve["contacts"] > 0, "profit"] < 0).all()


def test_the_band_holds_what_campaigns_really_earn():
    own = lines()
    curve = profit_curve(own, own.risk, OFFER, most_contacts=None, budget=None, seed=1)
    row = curve[curve["contacts"] == 200].iloc[0]
    first = np.argsort(-own.risk, kind="stable")[:200]
    rng = np.random.default_rng(9)
    gamma = rng.beta(6, 14, 2_000)
    leavers = (rng.random((2_000, 200)) < own.risk[first]).sum(axis=1)
    earned = gamma * leavers * (CLV - 10) - 10 * (200 - leavers) - 200
    inside = ((row["low"] < earned) & (earned < row["high"])).mean()
    assert 0.88 < inside < 0.99
    assert row["low"] < row["profit"] < row["high"]


def test_where_the_uplift_was_measured_it_takes_the_place_of_risk_times_acceptance():
    risk = np.array([0.5, 0.4])
    own = Lines(np.arange(2), risk, np.full(2, CLV), np.array([-0.1, 0.2]), np.full(2, 0.01))
    curve = profit_curve(own, own.uplift, OFFER, most_contacts=None, budget=None, seed=1)
    assert curve["expected_saves"].to_numpy() == pytest.approx([0, 0.2, 0.1])
    assert curve.loc[curve["is_best"], "contacts"].tolist() == [1]
    assert curve["low"].iloc[1] < curve["profit"].iloc[1] < curve["high"].iloc[1]
