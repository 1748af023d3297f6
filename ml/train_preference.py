"""Fit, evaluate and register the next-product recommender."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, evaluate, registry
from ml.preference import HOLDS, NextProductRecommender
from ml.registry import CHAMPION, NEXT_PRODUCT, NO_MODEL, Model
from ml.report import Report

MAX_ROWS = 60_000
LEAST_TAKERS = 50
LEAST_TEST_TAKERS = 10
LEAST_HOLDERS = 50
FOLDS = 5
NOT_PROFILE = (
    "subscription_id",
    "as_of_date",
    "held_offering_ids",
    "taken_offering_ids",
    "row_weight",
)
TAKE, HOLD = "take", "hold"


@dataclass(frozen=True)
class Choices:
    """Rows with a profile, holdings, outcomes per product, and how many rows each stands for."""

    X: pd.DataFrame
    Y: pd.DataFrame
    weight: np.ndarray
    as_of: pd.Series

    def part(self, rows: np.ndarray) -> Choices:
        """Return the rows where `rows` is True."""
        return Choices(
            self.X[rows].reset_index(drop=True),
            self.Y[rows].reset_index(drop=True),
            self.weight[rows],
            self.as_of[rows].reset_index(drop=True),
        )


@dataclass(frozen=True)
class Made:
    """Which model was made, of what, and how long it took."""

    model_id: str
    data_digest: str
    kind: str
    seed: int
    seconds: float


def train_preference(settings: Settings, seed: int) -> Report:
    """Fit on what was taken; where nothing was seen being taken, on what is held.

    Parameters
    ----------
    settings : Settings
    seed : int

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        reason = "the features are not built; run `cx build`"
        if datasets.has_table(connection, "features", "preference_labels"):
            cutoffs = datasets.preference_cutoffs(connection)
            sold = datasets.offerings_on_sale(connection)
            reason = "no subscription or no offering; deliver both"
            reason = reason if cutoffs.empty or sold.empty else ""
    if reason:
        return no_model(settings, reason)
    with reading(settings) as connection:
        labelled = cutoffs.loc[cutoffs["labelled"] > 0]
        if labelled["takers"].sum() >= LEAST_TAKERS:
            kind = TAKE
            rows = datasets.preference_rows(
                connection, labelled["as_of_date"].tolist(), MAX_ROWS, seed
            )
        else:
            kind = HOLD
            latest = cutoffs["as_of_date"].max()
            rows = datasets.preference_rows(connection, [latest], MAX_ROWS, seed)
    choices = outcomes_of(rows, sold, kind)
    if choices.Y.shape[1] < 2:
        return no_model(
            settings,
            "fewer than two products were taken or are held often enough; deliver add-ons as "
            "products with parent_product_id, and offerings with is_addon",
        )
    data_digest = datasets.digest(choices.X, choices.Y, choices.weight)
    parameters = make("model", seed).get_params() | {"outcome": kind}
    identity = registry.model_id(NEXT_PRODUCT, data_digest, parameters, seed)
    with reading(settings) as connection:
        if registry.is_served(connection, settings, NEXT_PRODUCT, identity):
            return Report(["next product: same data, code and seed: the champion stays"], {})
    split = time_split(labelled, choices) if kind == TAKE else None
    figures, where = (
        compare_over_time(choices, *split, seed)
        if split is not None
        else compare_by_folds(choices, kind, seed)
    )
    # A popularity that ranks better than the model is what serves.
    method = "model"
    if figures["segment popularity"].get("map_at_3", 0) > figures["model"].get("map_at_3", 0):
        method = "segment_popularity"
    model = make(method, seed).fit(choices.X, choices.Y, choices.weight)
    seconds = time.perf_counter() - started
    made = Made(identity, data_digest, kind, seed, seconds)
    return _register(settings, model, choices, figures, where, made)


def make(method: str, seed: int) -> NextProductRecommender:
    """Return an unfitted recommender; popularity is counted within the present plan."""
    return NextProductRecommender("offering_id", "family", method=method, random_state=seed)


def outcomes_of(rows: pd.DataFrame, sold: pd.DataFrame, kind: str) -> Choices:
    """Turn held and taken lists into columns.

    In kind `take` a product already held cannot be taken (missing outcome). In kind `hold` the
    outcome is holding it: only add-ons have one, and nothing is missing.
    """
    plan = rows["offering_id"]
    held_often = datasets.held_items(rows["held_offering_ids"], plan)
    if kind == TAKE:
        counts = rows["taken_offering_ids"].explode().value_counts()
        items = sorted(set(counts.index[counts >= 5]) & set(sold["offering_id"]))
    else:
        addons = set(sold.loc[sold["is_addon"].fillna(False).astype(bool), "offering_id"])
        counts = rows["held_offering_ids"].explode().value_counts()
        often = set(counts.index[(counts >= LEAST_HOLDERS) & (counts < len(rows))])
        items = sorted(addons & often)
    known = sorted(set(items) | set(held_often))
    profile = rows.drop(columns=list(NOT_PROFILE))
    X = pd.concat([profile, datasets.holdings(rows["held_offering_ids"], known)], axis=1)
    held = X[[HOLDS + item for item in items]].to_numpy(dtype=bool)
    if kind == TAKE:
        taken = datasets.holdings(rows["taken_offering_ids"], items).to_numpy().astype(float)
        taken[held] = np.nan
    else:
        taken = held.astype(float)
    Y = pd.DataFrame(taken, columns=items)
    return Choices(X, Y, rows["row_weight"].to_numpy(dtype=float), rows["as_of_date"])


def time_split(
    labelled: pd.DataFrame, choices: Choices
) -> tuple[np.ndarray, np.ndarray, object] | None:
    """Return (training rows, test rows, test date), or None when the past is too thin."""
    tests = labelled[labelled["takers"] >= LEAST_TEST_TAKERS]
    if tests.empty:
        return None
    test_date = tests["as_of_date"].max()
    past = labelled[labelled["window_to"] <= test_date]
    if past["takers"].sum() < LEAST_TAKERS:
        return None
    inside = choices.as_of.isin(past["as_of_date"]).to_numpy()
    return inside, (choices.as_of == test_date).to_numpy(), test_date


def contestants(seed: int) -> dict[str, NextProductRecommender]:
    """Return the model and the popularities it has to beat."""
    return {
        "model": make("model", seed),
        "popularity": make("popularity", seed),
        "segment popularity": make("segment_popularity", seed),
    }


def compare_over_time(
    choices: Choices, inside: np.ndarray, outside: np.ndarray, test_date: object, seed: int
) -> tuple[dict[str, dict[str, float]], tuple[str, object]]:
    """Fit on earlier cut-offs and rank what was taken after the latest labelled one."""
    learned, tested = choices.part(inside), choices.part(outside)
    figures = {}
    for name, recommender in contestants(seed).items():
        recommender.fit(learned.X, learned.Y, learned.weight)
        figures[name] = _take_figures(recommender, tested, seed)
    newest = learned.part((learned.as_of == learned.as_of.max()).to_numpy())
    recent = make("popularity", seed).fit(newest.X, newest.Y, newest.weight)
    figures["recent popularity"] = _take_figures(recent, tested, seed)
    return figures, ("time", test_date)


def _take_figures(
    recommender: NextProductRecommender, tested: Choices, seed: int
) -> dict[str, float]:
    probability = recommender.predict_proba(tested.X).to_numpy()
    outcome = tested.Y[recommender.items_].to_numpy()
    asked = ~np.isnan(outcome)
    score = np.where(recommender.eligible(tested.X), probability, -np.inf)
    figures = evaluate.ranking_figures(np.nan_to_num(outcome) > 0, score)
    return figures | _rates(outcome, probability, asked, tested.weight, seed)


def _rates(
    outcome: np.ndarray,
    probability: np.ndarray,
    asked: np.ndarray,
    weight: np.ndarray,
    seed: int,
) -> dict[str, float]:
    """Return predicted and observed rates over all that could be taken."""
    weights = np.broadcast_to(weight[:, None], outcome.shape)[asked]
    figures = {
        "mean_score": float(np.average(probability[asked], weights=weights)),
        "base_rate": float(np.average(outcome[asked], weights=weights)),
    }
    if weights.max() <= 1:
        figures["ece"] = evaluate.calibration_error(outcome[asked], probability[asked])
        figures["ece_floor"] = evaluate.calibration_floor(probability[asked], seed)
    return figures


def compare_by_folds(
    choices: Choices, kind: str, seed: int
) -> tuple[dict[str, dict[str, float]], tuple[str, object]]:
    """Rank by five folds: what was taken, or each add-on held once it is hidden."""
    draw = np.random.default_rng(seed).permutation(len(choices.X)) % FOLDS
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for fold in range(FOLDS):
        learned, tested = choices.part(draw != fold), choices.part(draw == fold)
        for name, recommender in contestants(seed).items():
            recommender.fit(learned.X, learned.Y, learned.weight)
            ranked = _hidden(recommender, tested) if kind == HOLD else _taken(recommender, tested)
            parts.setdefault(name, []).extend(ranked)
    figures = {
        name: evaluate.ranking_figures(
            np.vstack([relevant for relevant, _ in own]), np.vstack([score for _, score in own])
        )
        for name, own in parts.items()
    }
    return figures, ("cross-validation", None)


def _taken(
    recommender: NextProductRecommender, tested: Choices
) -> list[tuple[np.ndarray, np.ndarray]]:
    probability = recommender.predict_proba(tested.X).to_numpy()
    relevant = np.nan_to_num(tested.Y[recommender.items_].to_numpy()) > 0
    return [(relevant, np.where(recommender.eligible(tested.X), probability, -np.inf))]


def _hidden(
    recommender: NextProductRecommender, tested: Choices
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Hide one add-on held at a time and rank it among those not held."""
    parts = []
    for position, item in enumerate(recommender.items_):
        own = tested.part((tested.Y[item] == 1).to_numpy())
        if own.X.empty:
            continue
        asked = own.X.assign(**{HOLDS + item: False})
        relevant = np.zeros((len(asked), len(recommender.items_)), dtype=bool)
        relevant[:, position] = True
        probability = recommender.predict_proba(asked).to_numpy()
        parts.append((relevant, np.where(recommender.eligible(asked), probability, -np.inf)))
    return parts


def _register(
    settings: Settings,
    model: NextProductRecommender,
    choices: Choices,
    figures: dict[str, dict[str, float]],
    where: tuple[str, object],
    made: Made,
) -> Report:
    split, test_date = where
    identity, kind, seconds = made.model_id, made.kind, made.seconds
    parameters = model.get_params() | {"outcome": kind, "methods": model.methods_}
    file, sha256 = registry.save(model, settings, identity)
    positives = int(np.nansum(choices.Y.to_numpy()))
    served = "model" if model.method == "model" else "segment popularity"
    meaning = {TAKE: "what was taken next", HOLD: "what others alike hold (nothing seen taken)"}
    row = Model(
        model_id=identity,
        target=NEXT_PRODUCT,
        status=CHAMPION,
        reason=f"{served} serves; learned from {meaning[kind]}",
        as_of_date=choices.as_of.max(),
        estimator=type(model).__name__,
        train_from=choices.as_of.min(),
        train_to=choices.as_of.max(),
        train_rows=len(choices.X),
        train_positives=positives,
        parameters=parameters,
        features=list(choices.X.columns),
        seed=made.seed,
        data_digest=made.data_digest,
        code_digest=registry.code_digest(),
        library_versions=registry.library_versions(),
        artefact_file=file,
        artefact_sha256=sha256,
    )
    rows = pd.DataFrame(
        [
            {
                "model_id": identity,
                "target": NEXT_PRODUCT,
                "estimator": "champion" if name == served else name,
                "is_baseline": name != served and name != "model",
                "split": split,
                "test_as_of_date": test_date,
                "test_rows": int(own.get("rows", 0)),
                "test_positives": int(own.get("rows", 0)),
                "metric": metric,
                "value": value,
            }
            for name, own in figures.items()
            for metric, value in own.items()
            if metric != "rows"
        ],
        columns=registry.column_names("ml_evaluation"),
    )
    with writing(settings) as connection:
        registry.record_model(connection, row)
        written = registry.replace_rows(connection, "ml_evaluation", rows, model_id=identity)
    told = ", ".join(f"{name} {own.get('map_at_3', np.nan):.3f}" for name, own in figures.items())
    how = "on the latest labelled cut-off" if split == "time" else "by cross-validation"
    lines = [
        f"next product: {len(model.items_)} products, {positives:,} outcomes ({meaning[kind]}) in "
        f"{len(choices.X):,} rows, {seconds:.1f} s; MAP@3 {how}: {told}",
    ]
    if served != "model":
        lines.append("next product: the model does not beat segment popularity; popularity serves")
    return Report(
        lines,
        {
            "rows": written,
            "next_product_seconds": round(seconds, 2),
            "next_product_map_at_3": figures[served].get("map_at_3", np.nan),
        },
    )


def no_model(settings: Settings, reason: str) -> Report:
    """Record that there is no recommender, unless an earlier champion can go on serving."""
    with writing(settings) as connection:
        registry.create_tables(connection)
        if registry.champion(connection, NEXT_PRODUCT) is not None:
            return Report([f"next product: the champion stays: {reason}"], {})
        row = Model(f"{NEXT_PRODUCT}-none", NEXT_PRODUCT, NO_MODEL, reason)
        registry.record_model(connection, row)
    return Report([f"next product: no model: {reason}"], {})
