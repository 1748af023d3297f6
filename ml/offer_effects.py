"""What an offer adds: how chance to take a product goes with its score, asked and left alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from ml.uncertain import HALF, Uncertain

# Widths of the priors, in logits, all about nought. The score says how many take it unasked, to a
# half; an offer multiplies the odds by three either way, as good as never by ten; how much more of
# it a likelier line shows is nearly nothing; products differ by a half.
BASE, OFFERED, SLOPE, OWN = 0.5, 1.0, 0.2, 0.5
# An affinity says who comes first, and not how many take it.
UNKNOWN = 5.0
_ENDS = 1e-9
_FARTHEST = 30.0
# Of more the smallest are taken for alike.
MOST_CAMPAIGNS = 50
_STEPS = 100


@dataclass(frozen=True)
class OfferCurves:
    """Chance to take a product by the score it had, of lines offered it by chance and held out.

    Parameters
    ----------
    theta : ndarray of shape (4 + 2 * n_offerings + n_campaigns,)
        Logits beside the score's own: of all, more when offered, by score, more by score when
        offered; then of each offering: of all, more when offered; then of each campaign.
    covariance : ndarray of shape (len(theta), len(theta))
    middle : float
        Mean logit of the scores tried.
    lowest, highest : float
        Logits of the scores that were offered.
    offerings : tuple of str
    """

    theta: np.ndarray
    covariance: np.ndarray
    middle: float
    lowest: float
    highest: float
    offerings: tuple[str, ...]

    def gain(self, offering: str, score: np.ndarray) -> tuple[Uncertain, np.ndarray]:
        """Return the takers an offer adds to each line, and the chance to take it unasked.

        Beyond the scores that were offered nothing more is foretold than at the last of them.

        Parameters
        ----------
        offering : str
        score : ndarray of shape (n_rows,)
        """
        found, unasked = self._gain(offering, _logit(score))
        last, _ = self._gain(offering, np.array([self.highest]))
        is_beyond = (_logit(score) > self.highest) & (found.value > last.value)
        return (
            Uncertain(
                np.where(is_beyond, last.value, found.value),
                np.where(is_beyond, np.maximum(last.error, found.error), found.error),
            ).within(-unasked, 1 - unasked),
            unasked,
        )

    def _gain(self, offering: str, own: np.ndarray) -> tuple[Uncertain, np.ndarray]:
        away = np.clip(own, self.lowest, self.highest) - self.middle
        one, none = np.ones(len(own)), np.zeros(len(own))
        places, theta = [0, 1, 2, 3], self.theta
        covariance = np.zeros((6, 6))
        if offering in self.offerings:
            place = 4 + 2 * self.offerings.index(offering)
            places = [*places, place, place + 1]
            theta = theta[places]
            covariance = self.covariance[np.ix_(places, places)]
        else:
            # What was never tried is like the others, as far as products are alike.
            theta = np.append(theta[places], [0.0, 0.0])
            covariance[:4, :4] = self.covariance[:4, :4]
            covariance[4:, 4:] = np.eye(2) * OWN**2
        unasked = np.column_stack([one, none, away, none, one, none])
        asked = np.column_stack([one, one, away, away, one, one])
        before, after = expit(own + unasked @ theta), expit(own + asked @ theta)
        slope = (after * (1 - after))[:, None] * asked - (before * (1 - before))[:, None] * unasked
        error = np.sqrt(np.maximum(((slope @ covariance) * slope).sum(axis=1), 0.0))
        return Uncertain(after - before, error), before


def fitted_curves(
    trials: pd.DataFrame, least_trial: int, is_probability: bool = True
) -> OfferCurves | None:
    """Return the curves that lines offered a product by chance, and held out, show.

    A logistic regression on the arm and the score, beside the score's own logit: an offer
    multiplies the odds, so it adds nearly nothing to who takes the product anyway. A difference of
    shares would have to be spread by some rule; here the trial says which.

    Parameters
    ----------
    trials : DataFrame
        campaign_id, offering_id, is_treated, has_taken, score.
    least_trial : int
        So many rows each arm needs.
    is_probability : bool, default=True
        Whether a score is a chance to take the product; else it only puts lines in an order.

    Returns
    -------
    OfferCurves, or None where an arm is too small
    """
    asked = trials["is_treated"].to_numpy(dtype=bool)
    if min(asked.sum(), (~asked).sum()) < least_trial:
        return None
    own = _logit(trials["score"].to_numpy(dtype=np.float64))
    offerings = tuple(sorted(trials["offering_id"].unique()))
    middle = float(own.mean())
    away, arm = own - middle, asked.astype(np.float64)
    columns = [np.ones(len(own)), arm, away, away * arm]
    widths = [BASE if is_probability else UNKNOWN, OFFERED, SLOPE, SLOPE]
    for offering in offerings:
        is_own = (trials["offering_id"] == offering).to_numpy(dtype=np.float64)
        columns += [is_own, is_own * arm]
        widths += [OWN, OWN]
    # A season in which many take it, and in which many were held out, is no effect of the offer.
    campaigns = trials["campaign_id"].value_counts()
    campaigns = campaigns.sort_index().sort_values(ascending=False, kind="stable")
    for campaign in campaigns.index[:MOST_CAMPAIGNS] if len(campaigns) > 1 else ():
        is_own = (trials["campaign_id"] == campaign).to_numpy(dtype=np.float64)
        columns.append(is_own - is_own.mean())
        widths.append(BASE)
    design, precision = np.column_stack(columns), np.diag(1 / np.square(widths))
    taken = trials["has_taken"].to_numpy(dtype=np.float64)
    theta = np.zeros(len(widths))
    for _ in range(_STEPS):
        chance = expit(own + design @ theta)
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + precision
        step = np.linalg.solve(bend, design.T @ (taken - chance) - precision @ theta)
        # Where all is still flat Newton's step leads too far.
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max() < _ENDS:
            break
    covariance = np.linalg.inv(bend)
    offered = own[asked]
    return OfferCurves(
        theta, covariance, middle, float(offered.min()), float(offered.max()), offerings
    )


def assumed_gain(
    score: np.ndarray, assumed: Uncertain, is_probability: bool = True
) -> tuple[Uncertain, np.ndarray]:
    """Return the takers an offer is assumed to add to each line, and the chance to take it unasked.

    The odds of all are multiplied alike, by what makes the mean gain the assumed one.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        Of one product.
    assumed : Uncertain
        Takers a contact adds on average.
    is_probability : bool, default=True
        Whether a score is a chance to take the product. Else hardly anybody was seen taking it:
        unasked nobody does.
    """
    own = _logit(score)
    unasked = expit(own) if is_probability else np.zeros(len(own))
    value, low, high = (
        _moved(own, float(unasked.mean() + gain)) - unasked
        for gain in (assumed.value, assumed.low, assumed.high)
    )
    return Uncertain(value, (high - low) / (2 * HALF)), unasked


def added_takes(
    offers: pd.DataFrame, curves: OfferCurves | None, assumed: Uncertain
) -> tuple[Uncertain, np.ndarray, np.ndarray]:
    """Return the takers each offer adds, the chance to take it unasked, and if trials showed it.

    Parameters
    ----------
    offers : DataFrame of n_rows
        offering_id, is_addon, score, is_probability.
    curves : OfferCurves or None
    assumed : Uncertain
        Takers a contact adds on average where no trial tells.
    """
    gain, error, unasked = (np.zeros(len(offers)) for _ in range(3))
    is_measured = np.zeros(len(offers), dtype=bool)
    kinds = offers.groupby(["offering_id", "is_addon", "is_probability"]).indices
    for (offering, is_addon, is_probability), own in kinds.items():
        score = offers["score"].to_numpy(dtype=np.float64)[own]
        # What add-ons brought together says nothing of a plan that nobody was offered by chance.
        if curves is not None and (is_addon or offering in curves.offerings):
            found, unasked[own] = curves.gain(offering, score)
            is_measured[own] = True
        else:
            found, unasked[own] = assumed_gain(score, assumed, bool(is_probability))
        gain[own], error[own] = found.value, found.error
    return Uncertain(gain, error), unasked, is_measured


def _moved(own: np.ndarray, mean: float) -> np.ndarray:
    """Return chances whose odds are multiplied by what makes their mean the one wanted."""

    def above(shift: float) -> float:
        return float(expit(own + shift).mean()) - mean

    if above(-_FARTHEST) >= 0:
        return np.zeros(len(own))
    if above(_FARTHEST) <= 0:
        return np.ones(len(own))
    return expit(own + brentq(above, -_FARTHEST, _FARTHEST))


def _logit(score: np.ndarray) -> np.ndarray:
    return logit(np.clip(np.asarray(score, dtype=np.float64), _ENDS, 1 - _ENDS))
