"""Fit, evaluate and register the next-product recommender."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, estimator_files, registry
from ml.offer_tables import HAD, HOLDS, NEAR
from ml.preference import ITEM_LOG, NextProductRecommender
from ml.preference_contest import (
    HOLD,
    LEAST_TAKERS,
    RIVALS,
    TAKE,
    THE_MODEL,
    Comparison,
    compare_by_folds,
    compare_over_time,
    dates_to_test,
    fitted,
)
from ml.preference_tables import LISTS, MANY_PRODUCTS, Choices, table_of
from ml.registry import CHAMPION, NEXT_PRODUCT, NO_MODEL, Model
from ml.report import Report

MAX_ROWS = 60_000
LEAST_HOLDERS = 50


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
    parameters = NextProductRecommender("offering_id", "family", random_state=seed).get_params()
    identity = registry.model_id(NEXT_PRODUCT, data_digest, parameters | {"outcome": kind}, seed)
    with reading(settings) as connection:
        if registry.is_served(connection, settings, NEXT_PRODUCT, identity):
            return Report(["next product: same data, code and seed: the champion stays"], {})
    dates = dates_to_test(labelled) if kind == TAKE else []
    found = (
        compare_over_time(choices, labelled, dates, seed)
        if dates
        else compare_by_folds(choices, kind, seed)
    )
    # Whatever ranks better than the model is what serves.
    model = fitted(found.served, choices, seed, found.mix)
    seconds = time.perf_counter() - started
    made = Made(identity, data_digest, kind, seed, seconds)
    return _register(settings, model, choices, found, made)


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
    seen = {
        prefix: sorted(set(items) & set(rows[LISTS[prefix]].explode().dropna()))
        for prefix in (HAD, NEAR)
    }
    if len(items) > MANY_PRODUCTS and kind == TAKE:
        # What goes with what is of one line; the table would be half as wide again.
        seen[NEAR] = []
    X = table_of(rows, {HOLDS: known, **seen})
    held = X[[HOLDS + item for item in items]].to_numpy(dtype=bool)
    if kind == TAKE:
        taken = datasets.holdings(rows["taken_offering_ids"], items).to_numpy().astype(float)
        taken[held] = np.nan
    else:
        taken = held.astype(float)
    Y = pd.DataFrame(taken, columns=items)
    line = rows["subscription_id"].to_numpy(dtype=object) if kind == TAKE else None
    return Choices(X, Y, rows["row_weight"].to_numpy(dtype=float), rows["as_of_date"], line)


def _register(
    settings: Settings,
    model: NextProductRecommender,
    choices: Choices,
    found: Comparison,
    made: Made,
) -> Report:
    figures, served = found.figures, found.served
    identity, kind, seconds = made.model_id, made.kind, made.seconds
    parameters = model.get_params() | {"outcome": kind, "methods": model.methods_}
    file, sha256 = estimator_files.save(model, settings, identity)
    positives = int(np.nansum(choices.Y.to_numpy()))
    meaning = {TAKE: "what was taken next", HOLD: "what others alike hold (nothing seen taken)"}
    is_ranking = served == THE_MODEL and choices.method == ITEM_LOG
    how = " (many products: popular of late, what goes with what)" if is_ranking else ""
    row = Model(
        model_id=identity,
        target=NEXT_PRODUCT,
        status=CHAMPION,
        reason=f"{served}{how} serves; learned from {meaning[kind]}",
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
                "is_baseline": name in RIVALS and name != served,
                "split": found.split,
                "test_as_of_date": found.test_date,
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
    split = "over the latest labelled cut-offs" if found.split == "time" else "by cross-validation"
    lines = [
        f"next product: {len(model.items_)} products, {positives:,} outcomes ({meaning[kind]}) in "
        f"{len(choices.X):,} rows, {seconds:.1f} s; MAP@3 {split}: {told}",
    ]
    if served != THE_MODEL:
        lines.append(f"next product: the model does not beat {served}, which serves")
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
