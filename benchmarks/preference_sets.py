"""How well is a hidden add-on found on a public telecom base, and is its probability true?

    make bench-preference-sets
    .venv/bin/python -m benchmarks.preference_sets --rows 300

IBM's 7,043 telecom customers: of the 5,517 with internet nine add-ons are known. Five folds of
customers; in the one left out each add-on owned is hidden in turn and ranked among those not owned.
Charges are left out: the bill is a function of the add-ons. Prints MRR, hit rates and the
calibration error of every probability of owning, beside popularity, segment popularity and EASE.
With --rows only so many customers are learned from in each fold.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from benchmarks.churn_sets import cognos_workbooks
from ml import evaluate
from ml.preference import HOLDS, NextProductRecommender

FOLDS = 5
SEED = 20261123
ADDONS = (
    *("Multiple Lines", "Online Security", "Online Backup", "Device Protection Plan"),
    *("Premium Tech Support", "Streaming TV", "Streaming Movies", "Streaming Music"),
    "Unlimited Data",
)
# Known only afterwards, or the same for everybody.
USELESS = (
    *("Customer ID", "Count", "Location ID", "Service ID", "Status ID", "Country", "State"),
    *("Satisfaction Score", "Customer Status", "Churn Label", "Churn Value", "Churn Score"),
    *("CLTV", "Churn Category", "Churn Reason", "Lat Long", "Zip Code", "Internet Service"),
)


def addons() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return profile with `holds_` columns, and what is owned."""
    frame = cognos_workbooks()
    frame = frame[frame["Internet Service"] == "Yes"].reset_index(drop=True)
    owned = (frame[list(ADDONS)] == "Yes").astype(float)
    money = [name for name in frame if any(word in name for word in ("Charge", "Refund", "Reven"))]
    profile = frame.drop(columns=[*ADDONS, *USELESS, *money])
    profile["cell"] = profile["Contract"] + "|" + profile["Internet Type"]
    return pd.concat([profile, owned.astype(bool).add_prefix(HOLDS)], axis=1), owned


def hidden(scores: np.ndarray, owned: np.ndarray, position: int) -> np.ndarray:
    """Return the place of a hidden add-on among those not owned, 1 for the first."""
    own = owned[:, position] == 1
    rivals = scores[own].copy()
    mine = rivals[:, position].copy()
    rivals[owned[own] == 1] = -np.inf
    return 1 + (rivals > mine[:, None]).sum(axis=1)


def places(model: NextProductRecommender, X: pd.DataFrame, Y: pd.DataFrame) -> np.ndarray:
    """Return the places of all hidden add-ons."""
    items, owned = model.items_, Y[model.items_].to_numpy()
    found = []
    for position, item in enumerate(items):
        asked = X.assign(**{HOLDS + item: False})
        found.append(hidden(model.predict_proba(asked).to_numpy(), owned, position))
    return np.concatenate(found)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help="learn from so many customers of a fold")
    most = parser.parse_args().rows
    X, Y = addons()
    draw = np.random.default_rng(SEED).permutation(len(X)) % FOLDS
    methods = ("model", "segment_popularity", "items", "popularity")
    print(f"{len(X):,} customers, {Y.shape[1]} add-ons, {FOLDS} folds")
    for method in methods:
        started = time.process_time()
        ranks, truth, chance = [], [], []
        for fold in range(FOLDS):
            model = NextProductRecommender(segment="cell", method=method, random_state=SEED)
            inside, outside = np.flatnonzero(draw != fold)[:most], draw == fold
            model.fit(X.iloc[inside].reset_index(drop=True), Y.iloc[inside].reset_index(drop=True))
            tested = X[outside].reset_index(drop=True), Y[outside].reset_index(drop=True)
            ranks.append(places(model, *tested))
            truth.append(tested[1][model.items_].to_numpy())
            chance.append(model.predict_proba(tested[0]).to_numpy())
        rank = np.concatenate(ranks)
        y, p = np.vstack(truth), np.vstack(chance)
        ece = evaluate.calibration_error(y.ravel(), p.ravel())
        by_item = [evaluate.calibration_error(y[:, i], p[:, i]) for i in range(y.shape[1])]
        print(
            f"{method:20s} MRR {np.mean(1 / rank):.4f}  hit@1 {np.mean(rank <= 1):.4f}  "
            f"hit@3 {np.mean(rank <= 3):.4f}  ECE {ece:.4f}"
            f"  mean ECE an add-on {np.mean(by_item):.4f} (floor "
            f"{evaluate.calibration_floor(p[:, 0], SEED):.4f})  "
            f"{time.process_time() - started:.1f} CPU-s"
        )


if __name__ == "__main__":
    main()
