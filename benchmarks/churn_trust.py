"""How far is a churn score to be trusted on a simulated operator? Back-test, floor, slices, time.

    make bench-churn-trust
    .venv/bin/python -m benchmarks.churn_trust --subscriptions 3000 --months 14
    .venv/bin/python -m benchmarks.churn_trust --home var     # a home that is built already

Prints what `cx train` writes for the walk-forward back-test, and the CPU seconds it takes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from cx.cli import main as cx
from cx.settings import Settings
from cx.warehouse import reading
from ml import backtest, datasets, explain, registry
from ml.churn import ChurnClassifier
from ml.leak_columns import leak_gate
from ml.slices import slice_rows
from ml.train_churn import EXACT_REASONS_WORTH, MAX_ROWS, SEED

SHOWN = ("auc", "log_loss", "lift_top_decile", "ece", "ece_floor", "calibration_gap")


def measure(settings: Settings) -> str:
    """Return the back-test of a built home as text."""
    with reading(settings) as connection:
        cutoffs = datasets.churn_cutoffs(connection)
        labelled = cutoffs.loc[cutoffs["labelled"] > 0, "as_of_date"].tolist()
        table = datasets.labelled_rows(connection, labelled, MAX_ROWS, SEED)
        folds = backtest.read_folds(connection, cutoffs, table.items(), SEED)
    gate = leak_gate(table.X, table.y, SEED)
    champion = ChurnClassifier(
        max_rows=MAX_ROWS,
        additive_tolerance=EXACT_REASONS_WORTH,
        monotone=explain.read_catalogue().monotone(),
        random_state=SEED,
    )
    started = time.process_time()
    with threadpool_limits(1):
        walked = backtest.walk_forward(
            champion, folds, gate.loc[gate["verdict"] == "refused", "feature"].tolist()
        )
    seconds = time.process_time() - started
    told = backtest.backtest_rows(walked, "bench", registry.CHURN, SEED)
    slices = slice_rows(walked.fresh, "bench", registry.CHURN, SEED, settings.fewest_customers)
    names = ["estimator", "scope", "lag_months", "metric", "value", "low", "high"]
    means = told[
        (told["scope"] != backtest.CUT_OFF) & told["metric"].isin([*SHOWN, "log_loss_gain"])
    ]
    own = told[(told["scope"] == backtest.CUT_OFF) & ~told["is_baseline"]]
    own = own.pivot_table(index="as_of_date", columns="metric", values="value")[list(SHOWN)]
    return "\n\n".join(
        [
            f"{walked.cutoffs} cut-offs, {len(table.X.columns)} columns, "
            f"{seconds:.0f} CPU seconds for the refits",
            means[names].round(4).to_string(index=False),
            own.round(4).to_string(),
            slices.drop(columns=["model_id", "target"]).round(4).to_string(index=False),
        ]
    )


def main() -> int:
    """Simulate, load and build where no home is given; measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--subscriptions", type=int, default=3000)
    parser.add_argument("--months", type=int, default=14)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        if asked.home is None:
            extracts = str(home / "extracts")
            size = ["--subscriptions", str(asked.subscriptions), "--months", str(asked.months)]
            for step in (
                ["demo", *size, "--extracts", extracts, "--simulate-only"],
                ["ingest", extracts],
                ["build"],
            ):
                if failed := cx(["--home", str(home), *step]):
                    return failed
        sys.stdout.write(measure(Settings(home=home)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
