"""How fast does a scorecard explain and, as SQL, score with its reasons?

    make bench-churn-speed
    .venv/bin/python -m benchmarks.churn_speed --rows 1000000

Sixty columns under the names of real features (so in all themes), a blend of three additive members
with twenty pairs. One thread; rates are rows per CPU second. Beside it what `cx score` does in
memory (a table scored, and explained in words), and SQL of the fifty columns of numbers alone.
Prints each figure beside its target; exit code 1 when one is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cx.settings import Settings
from cx.warehouse import writing
from ml.additive import AdditiveBoosting, RampLogistic
from ml.columns import CATEGORY, NUMBER, TableEncoder
from ml.curves import Curve
from ml.datasets import BATCH_ROWS
from ml.explain import peers, read_catalogue, reasons
from ml.scorecard import Scorecard, scorecard
from ml.scorecard_sql import score_sql

SEED = 20261123
COLUMNS, LEARNED = 60, 20_000
EXPLAINED_TARGET, SCORED_TARGET = 500_000, 10_000_000 / 60
ADDITIVITY_TARGET, PARITY_TARGET = 1e-6, 1e-12
IN_WORDS = 50_000


def made(rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return counts, amounts, shares, flags and texts, some missing, and outcomes with pairs."""
    rng = np.random.default_rng(SEED)
    names = [name for name in read_catalogue().features if not name.endswith("_")][:COLUMNS]
    columns: dict[str, object] = {}
    logit = np.full(rows, -3.0)
    for place, name in enumerate(names):
        shape = place % 6
        if shape == 0:
            own = rng.poisson(1.2, rows).astype(float)
        elif shape in (1, 2, 3):
            own = rng.gamma(2.0, 20.0 + place, rows).round(2)
        elif shape == 4:
            own = (rng.random(rows) < 0.2).astype(float)
        else:
            levels = np.array([f"level {n}" for n in range(3 + place % 20)], dtype=object)
            code = rng.integers(0, len(levels), rows)
            logit += 0.2 * (code == 0)
            columns[name] = levels[code]
            continue
        logit += 0.08 * (own - own.mean()) / own.std()
        if place % 4 == 1:
            own[rng.random(rows) < 0.1] = np.nan
        columns[name] = own
    X = pd.DataFrame(columns)
    numbers = X.select_dtypes("number").fillna(0).to_numpy()
    for first, second in zip(range(0, 20), range(20, 40), strict=True):
        logit += (
            0.4
            * (numbers[:, first] > numbers[:, first].mean())
            * (numbers[:, second] > numbers[:, second].mean())
        )
    return X, (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)


def card_of(X: pd.DataFrame, y: np.ndarray) -> Scorecard:
    """Return the blend of three additive members on the first rows."""
    X, y = X.iloc[:LEARNED], y[:LEARNED]
    encoder = TableEncoder().fit(X)
    matrix = encoder.transform(X)
    kinds = [CATEGORY if kind == CATEGORY else NUMBER for kind in encoder.kinds_]
    parts = (
        AdditiveBoosting(kinds, min_samples_leaf=80),
        AdditiveBoosting(kinds, max_iter=250, max_leaf_nodes=6, max_bins=32, n_pairs=20),
        RampLogistic(kinds, C=0.1),
    )
    with threadpool_limits(limits=1):
        models = [(1 / 3, member.fit(matrix, y).model_) for member in parts]
    weight = np.ones(len(y))
    return scorecard(models, (1.0, 0.0), encoder, {}, matrix, weight, np.array([0, 1]), 1.0)


def of_numbers(card: Scorecard) -> Scorecard:
    """Return what the columns of numbers say, each alone."""
    curves = [
        curve if kind == NUMBER else Curve(missing=0.0)
        for curve, kind in zip(card.curves, card.encoder.kinds_, strict=True)
    ]
    return replace(card, curves=curves, pairs=[])


def in_words(card: Scorecard, X: pd.DataFrame) -> float:
    """Return rows per CPU second of scores and reasons in both languages, as `cx score` does it."""
    rows = X.iloc[:IN_WORDS]
    catalogue = read_catalogue()
    typical = peers(rows, card.encoder.names_, card.encoder.kinds_)
    started = time.process_time()
    for start in range(0, len(rows), BATCH_ROWS):
        batch = rows.iloc[start : start + BATCH_ROWS]
        card.predict_proba(batch)
        reasons(card, batch, typical, catalogue)
    return len(rows) / (time.process_time() - started)


def main() -> int:
    """Print each figure beside its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    X, y = made(options.rows)
    card = card_of(X, y)
    print(f"{len(card.curves)} columns, {len(card.pairs)} pairs, {options.rows:,} rows")
    matrix = card.encoder.transform(X)
    figures = []
    started = time.process_time()
    parts = card.contributions_of(matrix)
    seconds = time.process_time() - started
    figures.append(("explanations, rows/s/core", len(matrix) / seconds, EXPLAINED_TARGET))
    error = float(np.abs(parts.sum(axis=0) + card.base - card.decision_of(matrix)).max())
    del parts
    started = time.process_time()
    card.predict_proba(X)
    figures.append(
        ("score of a table in memory, rows/s/core", len(X) / (time.process_time() - started), 0.0)
    )
    figures.append(("score and reasons in words, rows/s/core", in_words(card, X), 0.0))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        with writing(settings) as connection:
            connection.execute("set threads = 1")
            connection.execute(
                "create table features as select *, row_number() over () as id from X"
            )
            described = connection.execute("describe features").fetchall()
            types = {row[0]: row[1] for row in described}
            plain = score_sql(card, "features", ["id"], types)
            told = score_sql(card, "features", ["id"], types, read_catalogue())
            numbers = score_sql(of_numbers(card), "features", ["id"], types)
            for what, query in (
                ("score of numbers alone", numbers),
                ("score", plain),
                ("score and top-3 reasons", told),
            ):
                started = time.process_time()
                connection.execute(f"create or replace table scored as {query}")
                rate = options.rows / (time.process_time() - started)
                target = SCORED_TARGET if query is told else 0.0
                figures.append((f"{what} by SQL, rows/s/core", rate, target))
            connection.execute(f"create or replace table scored as {plain}")
            scored = connection.execute("select score from scored order by id").df()["score"]
    parity = float(np.abs(scored.to_numpy() - card.predict_proba(X)[:, 1]).max())
    for what, rate, target in figures:
        print(f"{what}: {rate:,.0f} (target {target:,.0f}); 10 M in {1e7 / rate:,.0f} s")
    print(f"additivity error: {error:.1e} logits (target {ADDITIVITY_TARGET:.0e})")
    print(f"SQL against predict_proba: {parity:.1e} (target {PARITY_TARGET:.0e})")
    missed = [what for what, rate, target in figures if rate < target]
    return 1 if missed or error > ADDITIVITY_TARGET or parity > PARITY_TARGET else 0


if __name__ == "__main__":
    sys.exit(main())
