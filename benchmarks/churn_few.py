"""With how few exits is a small portfolio as good as a large one?

    .venv/bin/python -m benchmarks.churn_few --exits 100 200 300 600 --repeats 4

From each set so many exits are drawn, and six times as many rows that stayed; both portfolios are
fitted on them and ranked on all other rows. One row per set and number of exits: mean AUC of both,
their difference with its standard error over the draws, and CPU seconds of a fit.
"""

from __future__ import annotations

import argparse
import time
from unittest.mock import patch

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from benchmarks.churn_sets import SETS
from ml import portfolio
from ml.churn import ChurnClassifier

STAYED_PER_EXIT = 6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", nargs="+", default=["ibm_telco", "ibm_cognos"], choices=SETS)
    parser.add_argument("--exits", nargs="+", type=int, default=[100, 200, 300, 600])
    parser.add_argument("--repeats", type=int, default=4)
    given = parser.parse_args()
    found = []
    for name in given.sets:
        X, y = SETS[name]()
        for exits in given.exits:
            both = [_both(X, np.asarray(y, int), exits, seed) for seed in range(given.repeats)]
            small, large, small_s, large_s = np.array(both).T
            gain = large - small
            found.append(
                {
                    "set": name,
                    "exits": exits,
                    "small": small.mean(),
                    "large": large.mean(),
                    "gain": gain.mean(),
                    "error": gain.std(ddof=1) / np.sqrt(len(gain)),
                    "small_s": small_s.mean(),
                    "large_s": large_s.mean(),
                }
            )
            print(pd.DataFrame(found[-1:]).to_string(index=False, float_format="%.4f"), flush=True)


def _both(X: pd.DataFrame, y: np.ndarray, exits: int, seed: int) -> tuple[float, ...]:
    random = np.random.default_rng(seed)
    left = random.choice(np.flatnonzero(y == 1), exits, replace=False)
    stayed = np.flatnonzero(y == 0)
    stayed = random.choice(stayed, min(STAYED_PER_EXIT * exits, len(stayed) // 2), replace=False)
    drawn = np.zeros(len(y), dtype=bool)
    drawn[left] = drawn[stayed] = True
    aucs, seconds = [], []
    for few in (10**9, 0):
        with patch.object(portfolio, "FEW_RARER", few), patch.object(portfolio, "FEW_ROWS", 0):
            started = time.process_time()
            fitted = ChurnClassifier(random_state=seed).fit(X[drawn], y[drawn])
            seconds.append(time.process_time() - started)
        aucs.append(roc_auc_score(y[~drawn], fitted.predict_proba(X[~drawn])[:, 1]))
    return (*aucs, *seconds)


if __name__ == "__main__":
    main()
