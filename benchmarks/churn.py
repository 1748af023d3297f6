"""How does ChurnClassifier rank, calibrate and keep pace beside LightGBM, XGBoost, CatBoost, EBM?

    make bench-churn
    .venv/bin/python -m benchmarks.churn --sets ibm_telco curved --estimators ours lightgbm

Repeated stratified 5-fold, the same folds for everybody, each on one thread, nobody tuned to a set.
One row per set and estimator: AUC and its distance to the best peer, PR-AUC, lift of the top tenth,
log-loss, pooled ECE beside what a perfectly calibrated model would show, and rows a CPU second.
What each estimator said is kept under --out, so that an interrupted run goes on; `ours` is kept per
code. Exit code 1 when ours is below the best peer by more than 0.003 AUC on a set, by more than
0.001 on average, or its ECE is above the floor by more than 0.003.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from benchmarks.churn_peers import PEERS, SEED, Peer
from benchmarks.churn_sets import SETS
from ml import evaluate, registry
from ml.churn import ChurnClassifier

OURS = "ours"
FOLDS = 5
WORST_GAP, MEAN_GAP, ECE_GAP = 0.003, 0.001, 0.003


def estimator(name: str) -> object:
    """Return an unfitted estimator, with its defaults."""
    return ChurnClassifier() if name == OURS else Peer(name)


def folds(y: np.ndarray, repeat: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows to learn from and to be asked about, the same for everybody."""
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED + repeat)
    return list(splitter.split(y, y))


def without_copies(X: pd.DataFrame, y: np.ndarray, one: dict, repeat: int) -> dict:
    """Return what was said, judged on rows alone that have no equal among those learned from.

    Whoever learns rows by heart knows the copies, and nothing of anybody new.
    """
    row = pd.factorize(pd.util.hash_pandas_object(X, index=False))[0]
    fresh, aucs = np.zeros(len(y), dtype=bool), []
    for inside, outside in folds(y, repeat):
        own = outside[~np.isin(row[outside], row[inside])]
        fresh[own] = True
        aucs.append(roc_auc_score(y[own], one["scores"][own]))
    return one | {"fold_auc": np.array(aucs), "asked": fresh}


def said(
    name: str, of: str, table: tuple[pd.DataFrame, np.ndarray], repeat: int, out: Path, code: str
) -> dict:
    """Return out-of-fold scores of one repeat, AUC per fold and CPU seconds, kept on disk."""
    X, y = table
    path = out / f"{of}-{name}{f'-{code}' if name == OURS else ''}-{repeat}.npz"
    if path.exists():
        return dict(np.load(path))
    scores, fold_auc, fit_seconds, score_seconds = np.empty(len(y)), [], 0.0, 0.0
    for inside, outside in folds(y, repeat):
        started = time.process_time()
        fitted = estimator(name).fit(X.iloc[inside].reset_index(drop=True), y[inside])
        learned = time.process_time()
        scores[outside] = fitted.predict_proba(X.iloc[outside].reset_index(drop=True))[:, 1]
        fit_seconds += learned - started
        score_seconds += time.process_time() - learned
        fold_auc.append(roc_auc_score(y[outside], scores[outside]))
    found = {
        "scores": scores,
        "fold_auc": np.array(fold_auc),
        "fit_seconds": np.array(fit_seconds / FOLDS),
        "rows_per_second": np.array(len(y) / max(score_seconds, 1e-9)),
        "fit_rows_per_second": np.array(len(y) * (FOLDS - 1) / max(fit_seconds, 1e-9)),
    }
    np.savez(path, **found)
    return found


def figures(y: np.ndarray, repeats: list[dict]) -> dict[str, float]:
    """Return the means over repeats; AUC is the mean over folds, ECE is of the pooled scores."""
    everybody = np.ones(len(y), dtype=bool)
    asked = [one.get("asked", everybody) for one in repeats]
    own = [
        evaluate.churn_figures(y[rows], one["scores"][rows], SEED)
        for one, rows in zip(repeats, asked, strict=True)
    ]
    mean = {name: float(np.mean([one[name] for one in own])) for name in own[0]}
    return mean | {
        "auc": float(np.mean([one["fold_auc"] for one in repeats])),
        "fit_seconds": float(np.mean([one["fit_seconds"] for one in repeats])),
        "fit_rate": float(np.mean([one["fit_rows_per_second"] for one in repeats])),
        "score_rate": float(np.mean([one["rows_per_second"] for one in repeats])),
    }


def main() -> int:
    """Print the table and say what fell short."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    everybody = [OURS, *PEERS]
    parser.add_argument("--estimators", nargs="+", default=everybody, choices=everybody)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--shuffled", action="store_true", help="labels at random: AUC is 0.5")
    parser.add_argument(
        "--without-copies",
        action="store_true",
        help="judge rows alone that have no equal among those learned from",
    )
    parser.add_argument("--out", type=Path, default=Path("var/bench-churn"))
    options = parser.parse_args()
    if options.shuffled:
        options.out = options.out / "shuffled"
    options.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    print(
        f"{'set':11}{'estimator':18}{'AUC':>8}{'to best':>9}{'PR-AUC':>8}{'lift@10':>8}"
        f"{'logloss':>9}{'ECE':>8}{'floor':>8}{'fit s':>8}{'fit r/s':>9}{'score r/s':>11}"
    )
    gaps, faults = {}, []
    code = registry.code_digest()[:10]
    for of in options.sets:
        X, y = SETS[of]()
        if options.shuffled:
            y = np.random.default_rng(SEED).permutation(y)
        rows = {}
        for name in options.estimators:
            repeats = [said(name, of, (X, y), n, options.out, code) for n in range(options.repeats)]
            if options.without_copies:
                repeats = [without_copies(X, y, one, n) for n, one in enumerate(repeats)]
            rows[name] = figures(y.astype(float), repeats)
        best = max((rows[n]["auc"] for n in rows if n != OURS), default=float("nan"))
        for name, own in rows.items():
            print(
                f"{of:11}{name:18}{own['auc']:8.4f}{own['auc'] - best:+9.4f}"
                f"{own['average_precision']:8.4f}{own['lift_top_decile']:8.3f}"
                f"{own['log_loss']:9.4f}{own['ece']:8.4f}{own['ece_floor']:8.4f}"
                f"{own['fit_seconds']:8.1f}{own['fit_rate']:9,.0f}{own['score_rate']:11,.0f}",
                flush=True,
            )
        if OURS in rows:
            gaps[of] = rows[OURS]["auc"] - best
            if gaps[of] < -WORST_GAP:
                faults.append(f"{of}: {-gaps[of]:.4f} AUC below the best peer")
            if rows[OURS]["ece"] > rows[OURS]["ece_floor"] + ECE_GAP:
                faults.append(
                    f"{of}: ECE {rows[OURS]['ece']:.4f}, floor {rows[OURS]['ece_floor']:.4f}"
                )
    if gaps and len(options.estimators) > 1:
        mean = float(np.mean(list(gaps.values())))
        print(
            f"\nours to the best peer: {mean:+.4f} on average, {min(gaps.values()):+.4f} at worst"
        )
        if mean < -MEAN_GAP:
            faults.append(f"{-mean:.4f} AUC below the best peers on average")
    for fault in faults:
        print(f"short: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
