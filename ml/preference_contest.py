"""How the recommender ranks what was taken next, beside everything simpler, over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import evaluate
from ml.item_choice import is_better, mean_of
from ml.item_logs import days_of
from ml.offer_tables import HOLDS
from ml.preference import ITEMS, POPULARITY, REPEAT, SEGMENT, NextProductRecommender
from ml.preference_tables import Choices

LEAST_TAKERS = 50
LEAST_TEST_TAKERS = 10
TEST_DATES = 5
COLD_DAYS = 90
FOLDS = 5
# Weights of recent popularity and of segment popularity in the model; the simplest first.
MIXES = tuple(
    (recency, segment)
    for recency in (0.0, 0.25, 0.5)
    for segment in (0.0, 0.25, 0.5, 0.75)
    if recency + segment < 1
)
TAKE, HOLD = "take", "hold"
THE_MODEL = "model"
RIVALS = {
    "popularity": (POPULARITY, 0.0),
    "segment popularity": (SEGMENT, 0.0),
    "recent popularity": (POPULARITY, 1.0),
    "last repeat": (REPEAT, 0.0),
    "what goes with what": (ITEMS, 0.0),
}


@dataclass(frozen=True)
class Comparison:
    """What each contestant showed, who serves, and on what that was seen.

    Parameters
    ----------
    figures : dict of str to dict of str to float
    served : str
        The model, or the rival that ranks better.
    mix : tuple of (float, float)
        Weights of recent and of segment popularity in the model.
    split : str
    test_date : date or None
    """

    figures: dict[str, dict[str, float]]
    served: str
    mix: tuple[float, float]
    split: str
    test_date: object


def fitted(
    name: str, choices: Choices, seed: int, mix: tuple[float, float] = (0.0, 0.0)
) -> NextProductRecommender:
    """Return a contestant, fitted; popularity is counted within the present plan."""
    method, recency = RIVALS.get(name, (choices.method, mix[0]))
    segment_share = 0.0 if name in RIVALS else mix[1]
    model = NextProductRecommender(
        "offering_id",
        "family",
        method=method,
        recency=recency,
        segment_share=segment_share,
        random_state=seed,
    )
    newest = (choices.as_of == choices.as_of.max()).to_numpy()
    day = days_of(choices.as_of)
    return model.fit(choices.X, choices.Y, choices.weight, newest, choices.line, day)


def dates_to_test(labelled: pd.DataFrame) -> list[object]:
    """Return the latest cut-offs that have takers, and enough takers before them, oldest first."""
    dates = []
    for date, takers in labelled[["as_of_date", "takers"]].itertuples(index=False):
        before = labelled.loc[labelled["window_to"] <= date, "takers"].sum()
        if takers >= LEAST_TEST_TAKERS and before >= LEAST_TAKERS:
            dates.append(date)
    return sorted(dates)[-TEST_DATES:]


def compare_over_time(
    choices: Choices, labelled: pd.DataFrame, dates: list[object], seed: int
) -> Comparison:
    """Rank what was taken after each test date by what was known then; the best of all serves.

    The weights of recent and segment popularity in the model are those that were better on the
    dates before, by more than their error: on the first there are none.
    """
    parts: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in (THE_MODEL, *RIVALS)}
    by_mix: dict[tuple[float, float], list[dict[str, np.ndarray]]] = {each: [] for each in MIXES}
    for date in dates:
        past = labelled.loc[labelled["window_to"] <= date, "as_of_date"]
        learned = choices.part(choices.as_of.isin(past).to_numpy())
        tested = choices.part((choices.as_of == date).to_numpy())
        for name in RIVALS:
            parts[name].append(_answers(fitted(name, learned, seed), tested))
        model = fitted(THE_MODEL, learned, seed)
        now = _mixed_answers(model, tested)
        parts[THE_MODEL].append(now[_best_mix(by_mix)])
        for each, answers in now.items():
            by_mix[each].append(answers)
    figures = {name: figures_of(answers, seed) for name, answers in parts.items()}
    return Comparison(figures, _best(figures), _best_mix(by_mix), "time", dates[-1])


def compare_by_folds(choices: Choices, kind: str, seed: int) -> Comparison:
    """Rank by five folds: what was taken, or each add-on held once it is hidden."""
    draw = np.random.default_rng(seed).permutation(len(choices.X)) % FOLDS
    parts: dict[str, list[dict[str, np.ndarray]]] = {}
    for fold in range(FOLDS):
        learned, tested = choices.part(draw != fold), choices.part(draw == fold)
        for name in (THE_MODEL, *RIVALS):
            # Of one cut-off nothing is recent, and what was dropped was not dropped to be taken.
            if name in ("recent popularity", "last repeat"):
                continue
            model = fitted(name, learned, seed)
            found = _hidden(model, tested) if kind == HOLD else [_answers(model, tested)]
            parts.setdefault(name, []).extend(found)
    figures = {name: figures_of(answers, seed) for name, answers in parts.items()}
    return Comparison(figures, _best(figures), (0.0, 0.0), "cross-validation", None)


def figures_of(parts: list[dict[str, np.ndarray]], seed: int) -> dict[str, float]:
    """Return ranking, coverage and calibration over all that was asked; cold start apart."""
    relevant, score, probability, weight, asked, is_cold = (
        np.concatenate([part[name] for part in parts])
        for name in ("relevant", "score", "probability", "weight", "asked", "is_cold")
    )
    figures = evaluate.ranking_figures(relevant, score)
    cold = evaluate.ranking_figures(relevant[is_cold], score[is_cold])
    figures |= {f"cold_{name}": value for name, value in cold.items()}
    top = np.argsort(-score, axis=1, kind="stable")[:, :3]
    offered = np.isfinite(np.take_along_axis(score, top, axis=1))
    figures["coverage"] = len(np.unique(top[offered])) / score.shape[1]
    figures["share_with_offer"] = float(offered.any(axis=1).mean())
    if not asked.any():
        return figures
    weights = np.broadcast_to(weight[:, None], relevant.shape)[asked]
    figures["mean_score"] = float(np.average(probability[asked], weights=weights))
    figures["base_rate"] = float(np.average(relevant[asked], weights=weights))
    figures["ece"] = weighted_calibration_error(relevant[asked], probability[asked], weights)
    if weights.max() <= 1:
        figures["ece_floor"] = evaluate.calibration_floor(probability[asked], seed)
    return figures


def weighted_calibration_error(
    outcome: np.ndarray, probability: np.ndarray, weight: np.ndarray, bins: int = 10
) -> float:
    """Return the mean gap of predicted and observed over bins of equal weight.

    Parameters
    ----------
    outcome, probability, weight : ndarray of shape (n,)
        A row stands for `weight` rows.
    """
    own, of = np.unique(probability, return_inverse=True)
    size = np.bincount(of, weights=weight)
    # A border cuts a group of rows with one probability: the order of rows says nothing.
    gaps = size * own - np.bincount(of, weights=weight * outcome)
    borders = np.linspace(0, size.sum(), bins + 1)
    return float(np.abs(evaluate.sums_between(borders, size, gaps)).sum() / size.sum())


def _mixed_answers(
    model: NextProductRecommender, tested: Choices
) -> dict[tuple[float, float], dict[str, np.ndarray]]:
    """Return the answers under each mix: all are shares of the same three."""
    own, within = (
        model.set_params(recency=0.0, segment_share=share).predict_proba(tested.X).to_numpy()
        for share in (0.0, 1.0)
    )
    return {
        (recency, segment): _answers(
            model,
            tested,
            (1 - recency - segment) * own + recency * model.recent_rates_ + segment * within,
        )
        for recency, segment in MIXES
    }


def _answers(
    model: NextProductRecommender, tested: Choices, probability: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    if probability is None:
        probability = model.predict_proba(tested.X).to_numpy()
    outcome = tested.Y[model.items_].to_numpy()
    return {
        "relevant": np.nan_to_num(outcome) > 0,
        "score": np.where(model.eligible(tested.X), probability, -np.inf),
        "probability": probability,
        "asked": ~np.isnan(outcome),
        "weight": tested.weight,
        "is_cold": _is_cold(tested.X),
    }


def _hidden(model: NextProductRecommender, tested: Choices) -> list[dict[str, np.ndarray]]:
    """Hide one add-on held at a time and rank it among those not held."""
    parts = []
    for position, item in enumerate(model.items_):
        own = tested.part((tested.Y[item] == 1).to_numpy())
        if own.X.empty:
            continue
        asked = Choices(own.X.assign(**{HOLDS + item: False}), own.Y, own.weight, own.as_of)
        answers = _answers(model, asked)
        relevant = np.zeros_like(answers["relevant"])
        relevant[:, position] = True
        # Hiding what is held says nothing of how often it is: no calibration here.
        parts.append(answers | {"relevant": relevant, "asked": np.zeros_like(relevant)})
    return parts


def _is_cold(X: pd.DataFrame) -> np.ndarray:
    if "tenure_days" not in X:
        return np.zeros(len(X), dtype=bool)
    return (X["tenure_days"].astype(float) < COLD_DAYS).to_numpy()


def _best_mix(
    by_mix: dict[tuple[float, float], list[dict[str, np.ndarray]]],
) -> tuple[float, float]:
    """Return the weights that ranked best so far; none where that may be the luck of a few."""
    plain, found = next(iter(by_mix)), {}
    for each, parts in by_mix.items():
        if parts:
            own = [evaluate.average_precision(part["relevant"], part["score"]) for part in parts]
            found[each] = np.concatenate(own)
    if not found:
        return plain
    best = max(found, key=lambda each: mean_of(found[each]))
    return best if is_better(found[best], found[plain]) else plain


def _best(figures: dict[str, dict[str, float]]) -> str:
    """Return the contestant that ranks best; of equals the model."""
    order = sorted(figures, key=lambda name: name != THE_MODEL)
    return max(order, key=lambda name: round(figures[name].get("map_at_3", 0.0), 9))
