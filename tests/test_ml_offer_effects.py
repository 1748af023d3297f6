"""What an offer adds to whom: planted gains are found again, by whom they are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from ml.offer_effects import assumed_gain, fitted_curves
from ml.uncertain import Uncertain

ROWS = 12_000


def trial(odds: float, seed: int, rows: int = ROWS, share: float = 0.85) -> pd.DataFrame:
    """Return a trial of an offer that multiplies everybody's odds; some take it anyway."""
    rng = np.random.default_rng(seed)
    score = np.where(
        rng.random(rows) < 0.05, rng.uniform(0.3, 0.9, rows), expit(rng.normal(-4.5, 1, rows))
    )
    asked = rng.random(rows) < share
    chance = expit(logit(score) + np.log(odds) * asked)
    return pd.DataFrame(
        {
            "campaign_id": "K",
            "offering_id": np.where(rng.random(rows) < 0.5, "TV", "DATA"),
            "is_treated": asked,
            "has_taken": rng.random(rows) < chance,
            "score": score,
        }
    )


@pytest.mark.parametrize("odds", [0.5, 1.0, 3.0, 8.0])
def test_the_planted_gain_is_found_at_every_score_and_within_its_interval(odds):
    score = np.array([0.002, 0.01, 0.03, 0.1, 0.4, 0.8])
    truth = expit(logit(score) + np.log(odds)) - score
    found = [fitted_curves(trial(odds, seed), 100).gain("TV", score)[0] for seed in range(30)]
    assert np.mean([each.value for each in found], axis=0) == pytest.approx(truth, abs=0.03)
    inside = [(each.low <= truth) & (truth <= each.high) for each in found]
    assert np.mean(inside) > 0.9


@pytest.mark.parametrize("odds", [3.0, 8.0])
def test_by_tenths_of_lines_the_gain_is_nearer_than_in_proportion_to_the_score(odds):
    told, ahead = trial(odds, 7), np.sort(trial(odds, 8)["score"].to_numpy())
    truth = expit(logit(ahead) + np.log(odds)) - ahead
    found, unasked = fitted_curves(told, 100).gain("TV", ahead)
    rates = told.groupby("is_treated")["has_taken"].mean()
    spread = np.clip((rates[True] - rates[False]) * ahead / ahead.mean(), 0, 1 - ahead)
    tenths = np.array_split(np.arange(len(ahead)), 10)
    off = [
        np.mean([abs(each[tenth].mean() - truth[tenth].mean()) for tenth in tenths])
        for each in (found.value, spread)
    ]
    assert off[0] < 0.4 * off[1]
    assert np.abs(unasked - ahead).mean() < 0.01


def test_who_takes_it_anyway_gains_next_to_nothing_and_nobody_more_than_was_ever_seen():
    curves = fitted_curves(trial(8.0, 7), 100)
    found, unasked = curves.gain("TV", np.array([0.001, 0.3, 0.97, 1.0]))
    assert (unasked + found.value <= 1).all()
    assert found.value[1] > 0.3
    assert found.value[2] < 0.04
    assert found.value[3] < 1e-6
    rare = trial(8.0, 7)
    rare = rare[rare["score"] < 0.05]
    few = fitted_curves(rare, 100)
    most, _ = few.gain("TV", np.array([rare.loc[rare["is_treated"], "score"].max()]))
    beyond, _ = few.gain("TV", np.array([0.1, 0.3, 0.5]))
    assert (beyond.value <= most.value + 1e-9).all()


def test_without_an_effect_lines_unlike_their_scores_show_none():
    """Held out, they take it twice as often as foretold, and asked just so: nothing is added."""
    told = trial(1.0, 9, 40_000)
    rng = np.random.default_rng(1)
    told["has_taken"] = rng.random(len(told)) < expit(logit(told["score"]) + np.log(2))
    found, unasked = fitted_curves(told, 100).gain("TV", np.array([0.01, 0.05]))
    assert np.abs(found.value).max() < 0.012
    assert unasked[0] > 0.015


def test_a_season_in_which_more_were_held_out_is_no_effect_of_the_offer():
    """Put together, where few were held out when few take it, an offer of nothing did harm."""
    rng = np.random.default_rng(3)
    seasons = []
    for name, share, odds in (("busy", 0.5, 2.0), ("quiet", 0.95, 0.5)):
        told = trial(1.0, 4 + len(seasons), share=share)
        told["has_taken"] = rng.random(len(told)) < expit(logit(told["score"]) + np.log(odds))
        seasons.append(told.assign(campaign_id=name))
    both = pd.concat(seasons, ignore_index=True)
    score = np.array([0.01, 0.05, 0.2])
    apart, _ = fitted_curves(both, 100).gain("TV", score)
    together, _ = fitted_curves(both.assign(campaign_id="K"), 100).gain("TV", score)
    assert (np.abs(apart.value) < 2 * apart.error).all()
    assert (np.abs(together.value) > 2 * together.error).all()
    assert (np.abs(apart.value) < 0.5 * np.abs(together.value)).all()


def test_a_product_tried_little_or_never_is_like_the_others_and_less_sure():
    told = trial(6.0, 11)
    told = told[(told["offering_id"] == "TV") | (told.index % 200 == 0)]
    curves = fitted_curves(told, 100)
    score = np.array([0.02])
    often, seldom, never = (curves.gain(each, score)[0] for each in ("TV", "DATA", "SECURITY"))
    assert seldom.value == pytest.approx(often.value, abs=0.04)
    assert never.value == pytest.approx(often.value, abs=0.03)
    assert often.error < seldom.error < never.error


def test_an_arm_of_too_few_says_nothing():
    told = trial(6.0, 11, 2_000)
    assert fitted_curves(told[told["is_treated"]], 100) is None
    assert fitted_curves(told.head(0), 1) is None


@pytest.mark.parametrize("is_probability", [True, False])
def test_what_is_assumed_is_added_on_average_and_in_odds(is_probability):
    score = np.array([0.002, 0.01, 0.02, 0.6])
    found, unasked = assumed_gain(
        score, Uncertain.between(0.01, 0.0, 0.02), is_probability=is_probability
    )
    assert found.value.mean() == pytest.approx(0.01)
    assert (found.error > 0).all()
    assert (np.diff(found.value[:3]) > 0).all()
    assert unasked == pytest.approx(score if is_probability else 0 * score)
    if is_probability:
        odds = (unasked + found.value) / (1 - unasked - found.value) / (score / (1 - score))
        assert odds == pytest.approx(odds[0])


def test_the_order_of_rows_changes_nothing():
    told = trial(3.0, 5)
    one = fitted_curves(told, 100).gain("TV", np.array([0.05]))[0].value
    other = fitted_curves(told.sample(frac=1, random_state=0), 100).gain("TV", np.array([0.05]))
    assert one == pytest.approx(other[0].value, abs=1e-12)
