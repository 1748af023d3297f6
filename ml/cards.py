"""Model cards: what a model is, learned from, was tested on, and must not be used for."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd

from cx.settings import Settings
from ml import backtest
from ml.registry import column_names

NOT_BETTER = "**The model is not proven better than the three-line rule.**"
_LIMITS = (
    "The score is a risk, not persuadability: a high score says who may leave, not who would stay "
    "for being contacted.",
    "It knows what was delivered by the cut-off, and nothing of competitors' offers.",
    "Subscriptions younger than three months are a slice of their own (`tenure_band`): little is "
    "known of them.",
    "Groups with a low number of rows or exits are flagged; their figures mean little.",
    "It is for deciding whom to look after. It is not for refusing service, credit or a price.",
)


def write_card(settings: Settings, connection: duckdb.DuckDBPyConnection, model_id: str) -> Path:
    """Render the card of a registered model into the home's estimators/cards.

    Returns
    -------
    Path
        The Markdown file. The same tables give the same bytes.
    """
    folder = settings.estimators / "cards"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{model_id}.md"
    partial = path.with_suffix(".partial")
    partial.write_text(card(connection, model_id), encoding="utf-8")
    partial.replace(path)
    return path


def card(connection: duckdb.DuckDBPyConnection, model_id: str) -> str:
    """Return a model's card as Markdown.

    References
    ----------
    Mitchell et al.: Model cards for model reporting. FAT* 2019.
    """
    model = dict(
        zip(
            column_names("ml_model"),
            connection.execute(
                "select * from ml.ml_model where model_id = ?", [model_id]
            ).fetchall()[0],
            strict=True,
        )
    )
    decided = _rows(connection, "ml_decision", model_id, "challenger_id")
    tests = _rows(connection, "ml_backtest", model_id)
    slices = _rows(connection, "ml_slice", model_id)
    evaluated = _rows(connection, "ml_evaluation", model_id)
    features, dropped = json.loads(model["features"]), json.loads(model["dropped_features"])
    parts = [
        f"# {model_id}",
        f"Who leaves next: {model['estimator']}, status {model['status']}; {model['reason']}.",
        _verdict(decided),
        "## What it learned from",
        _list(
            {
                "as of": model["as_of_date"],
                "cut-offs": f"{model['train_from']} to {model['train_to']}",
                "rows": f"{model['train_rows']:,}, of which {model['train_positives']:,} left",
                "base rate": f"{model['base_rate']:.4f}",
                "data (sha256)": model["data_digest"],
                "code (sha256)": model["code_digest"],
                "seed": model["seed"],
                "libraries": ", ".join(
                    f"{name} {version}"
                    for name, version in json.loads(model["library_versions"]).items()
                ),
                "file": f"{model['artefact_file']} (sha256 {model['artefact_sha256']})",
                "fidelity of the reasons": f"{model['fidelity']:.3f}",
            }
        ),
        "## The decision",
        _table(decided, ["check_name", "is_decisive", "is_passed", "value", "bound", "told"]),
        "## Walk-forward back-test",
        _backtest_told(tests),
        _table(_wide(tests), None),
        "Each cut-off, the model alone:",
        _table(_by_cutoff(tests), None),
        "## The latest test",
        "`ece_floor` is the calibration error that noise alone would show.",
        _table(_evaluation(evaluated), None),
        "## Leak gates",
        _leaks(json.loads(model["leak_gate"]), dropped),
        "## Slices",
        _table(_slices(slices[~slices["is_fairness_group"].astype(bool)]), None),
        "## Fairness",
        "`selection_ratio` is a group's share among the likeliest tenth over everybody's.",
        _table(_slices(slices[slices["is_fairness_group"].astype(bool)]), None),
        f"## Features ({len(features)})",
        ", ".join(f"`{name}`" for name in features) or "none",
        "Left out: "
        + (", ".join(f"`{name}` ({why})" for name, why in dropped.items()) or "none")
        + ".",
        "## Limits",
        "\n".join(f"- {sentence}" for sentence in _LIMITS),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(
    connection: duckdb.DuckDBPyConnection, table: str, model_id: str, key: str = "model_id"
) -> pd.DataFrame:
    return connection.execute(
        f"select * from ml.{table} where {key} = ? order by all", [model_id]
    ).df()


def _verdict(decided: pd.DataFrame) -> str:
    rule = decided[decided["check_name"] == "three-line rule"]
    if rule.empty or not bool(rule["is_passed"].iloc[0]):
        told = rule["told"].iloc[0] if len(rule) else "no cut-off could be tested"
        return f"{NOT_BETTER} {told[0].upper()}{told[1:]}."
    return f"The model is {rule['told'].iloc[0]}."


def _backtest_told(tests: pd.DataFrame) -> str:
    n = int(tests["cutoffs"].max()) if len(tests) else 0
    told = (
        f"{n} cut-offs; at each one refitted on at most {backtest.MAX_TRAIN_ROWS:,} rows whose "
        f"label windows had closed, tested on at most {backtest.MAX_TEST_ROWS:,}."
    )
    if n < backtest.WANTED_CUTOFFS:
        told += f" {backtest.WANTED_CUTOFFS} are wanted; the history carries no more."
    return told + " Intervals resample cut-offs and subscriptions."


def _wide(tests: pd.DataFrame) -> pd.DataFrame:
    shown = tests[
        tests["scope"].isin([backtest.MEAN, backtest.WORST, backtest.DECAY])
        & tests["metric"].isin(
            ["auc", "log_loss", "lift_top_decile", "ece", "calibration_gap", "log_loss_gain"]
        )
    ]
    names = ["estimator", "scope", "lag_months", "metric", "value", "low", "high", "as_of_date"]
    return shown[names].sort_values(["metric", "scope", "lag_months", "estimator"])


def _by_cutoff(tests: pd.DataFrame) -> pd.DataFrame:
    own = tests[(tests["scope"] == backtest.CUT_OFF) & ~tests["is_baseline"].astype(bool)]
    if own.empty:
        return own
    keys = ["as_of_date", "train_rows", "test_rows", "test_exits"]
    return own.pivot_table(index=keys, columns="metric", values="value").reset_index()


def _evaluation(evaluated: pd.DataFrame) -> pd.DataFrame:
    if evaluated.empty:
        return evaluated
    keys = ["estimator", "split", "test_rows", "test_positives"]
    return evaluated.pivot_table(index=keys, columns="metric", values="value").reset_index()


def _slices(slices: pd.DataFrame) -> pd.DataFrame:
    names = ["dimension", "dimension_value", "n", "exits", "auc", "auc_low", "auc_high"]
    names += ["calibration_gap", "gap_low", "gap_high", "selection_rate", "selection_ratio"]
    return slices[[*names, "is_low_n"]]


def _leaks(gate: list[dict], dropped: dict[str, str]) -> str:
    told = [
        f"- `{row['feature']}`: {row['verdict']}, "
        + (row.get("told") or f"alone it ranks with AUC {row['auc']:.3f}")
        for row in gate
    ]
    refused = [name for name, why in dropped.items() if why == "leak"]
    told.append(f"- left out as leaks: {', '.join(refused) or 'none'}")
    return "\n".join(told)


def _list(entries: dict[str, object]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in entries.items())


def _table(frame: pd.DataFrame, columns: list[str] | None) -> str:
    """Return a Markdown table; numbers with four decimals, absent ones as a dash."""
    if frame.empty:
        return "Nothing to show."
    frame = frame if columns is None else frame[columns]
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|---" * frame.shape[1] + "|"]
    lines += [
        "| " + " | ".join(_cell(value) for value in row) + " |"
        for row in frame.itertuples(index=False, name=None)
    ]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return str(value).replace("|", "\\|")
