"""The tables of schema ml, and which estimator of a target is served."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from cx import warehouse
from cx.settings import Settings
from ml.desk_tables import DESK_TABLES

CHURN, NEXT_PRODUCT, SURVIVAL, UPLIFT = "churn", "next_product", "survival", "uplift"
SEGMENTS = "segments"
CHAMPION, NO_MODEL, CHALLENGER, RETIRED = "champion", "no model", "challenger", "retired"

TABLES = {
    "ml_model": """
        model_id varchar, target varchar, status varchar, reason varchar, as_of_date date,
        estimator varchar, train_from date, train_to date, train_rows bigint,
        train_positives bigint, base_rate double, is_additive boolean, fidelity double,
        additivity_error double, parameters varchar, features varchar, dropped_features varchar,
        leak_gate varchar, seed bigint, data_digest varchar, code_digest varchar,
        library_versions varchar, artefact_file varchar, artefact_sha256 varchar
    """,
    "ml_evaluation": """
        model_id varchar, target varchar, estimator varchar, is_baseline boolean, split varchar,
        test_as_of_date date, test_rows bigint, test_positives bigint, metric varchar,
        value double
    """,
    "ml_calibration": """
        model_id varchar, target varchar, split varchar, bin integer, row_count bigint,
        predicted double, observed double
    """,
    "ml_driver": """
        model_id varchar, target varchar, feature varchar, theme varchar, importance double,
        importance_rank integer
    """,
    "ml_score": """
        subscription_id varchar, as_of_date date, model_id varchar, target varchar, score double,
        score_rank bigint, score_decile integer, base_rate double
    """,
    "ml_score_reason": """
        subscription_id varchar, as_of_date date, model_id varchar, target varchar,
        reason_rank integer, direction varchar, theme varchar, reason_code varchar,
        contribution double, feature_contribution double, sentence varchar, sentence_ru varchar
    """,
    "ml_score_summary": """
        as_of_date date, target varchar, dimension varchar, dimension_value varchar, part varchar,
        name varchar, low double, high double, subscriptions bigint, customers bigint,
        expected_share double, expected_exits double, top_tenth_from double,
        charge_at_risk double, top_tenth bigint, window_to date
    """,
    "ml_risk_list": """
        as_of_date date, subscription_id varchar, customer_id varchar, score double,
        score_rank bigint, base_rate double, offering_name varchar, family varchar, region varchar,
        segment varchar, contract_type varchar, monthly_charge double, may_be_contacted boolean,
        sentences_en varchar[], sentences_ru varchar[]
    """,
    "ml_recommendation": """
        subscription_id varchar, as_of_date date, model_id varchar, score_kind varchar,
        offering_id varchar, offering_name varchar, rank integer, score double
    """,
    "ml_cxi_calibration": """
        survey_type varchar, is_decisive boolean, status varchar, reason varchar,
        parameter_version bigint, proposed_version bigint, split_date date, train_rows bigint,
        test_rows bigint, correlation double, correlation_low double, correlation_high double,
        new_correlation double, new_correlation_low double, new_correlation_high double
    """,
    "ml_cxi_weight": """
        survey_type varchar, domain varchar, parameter_version bigint, proposed_version bigint,
        weight double, new_weight double, score_per_damage double, damaged_rows bigint
    """,
    "ml_effect": """
        effect_kind varchar, outcome varchar, status varchar, dose_unit varchar,
        window_days integer, estimate double, low double, high double, baseline double,
        placebo_estimate double, placebo_low double, placebo_high double,
        is_placebo_passed boolean, naive_estimate double, naive_low double, naive_high double,
        events bigint, exposed_lines bigint, compared_lines bigint, control_lines bigint,
        clusters double, dose_total double, dose_per_event double, currency varchar,
        unit_amount double, amount_per_dose double, amount_low double, amount_high double,
        amount_per_event double, amount_total double
    """,
    "ml_problem_effect": """
        problem_id varchar, excess_status varchar, compared_subscriptions bigint,
        compared_exits bigint, exit_customers bigint, control_subscriptions bigint,
        control_exits bigint, excess_exits double, excess_low double, excess_high double,
        exit_days integer
    """,
    "ml_value": """
        subscription_id varchar, as_of_date date, model_id varchar, horizon_months integer,
        revenue_basis varchar, monthly_revenue double, monthly_cost double, monthly_margin double,
        expected_lifetime_months double, lifetime_low double, lifetime_high double, clv double,
        clv_low double, clv_high double, currency varchar
    """,
    "ml_uplift": """
        estimator varchar, status varchar, reason varchar, is_chosen boolean, campaigns bigint,
        treated bigint, control bigint, treated_exits bigint, control_exits bigint,
        is_randomised boolean, measure varchar, value double, low double, high double
    """,
    "ml_backtest": """
        model_id varchar, target varchar, estimator varchar, is_baseline boolean, scope varchar,
        as_of_date date, lag_months integer, metric varchar, value double, low double, high double,
        cutoffs integer, train_rows bigint, train_exits bigint, test_rows bigint,
        test_exits bigint
    """,
    "ml_backtest_score": """
        model_id varchar, subscription_id varchar, as_of_date date, score double
    """,
    # What M44 and M45 are made of, row by row, so that an auditor can make them again.
    "ml_test_score": """
        model_id varchar, target varchar, estimator varchar, repeat integer,
        subscription_id varchar, as_of_date date, has_left boolean, score double,
        months_followed integer
    """,
    "ml_trial_score": """
        estimator varchar, source_system varchar, campaign_id varchar, subscription_id varchar,
        customer_id varchar, contacted_at timestamp, is_treated boolean, treated_share double,
        has_left boolean, score double, tie ubigint
    """,
    "ml_slice": """
        model_id varchar, target varchar, dimension varchar, dimension_value varchar,
        is_fairness_group boolean, n bigint, exits bigint, auc double, auc_low double,
        auc_high double, mean_score double, observed_rate double, calibration_gap double,
        gap_low double, gap_high double, selection_rate double, selection_ratio double,
        is_low_n boolean
    """,
    "ml_decision": """
        target varchar, challenger_id varchar, champion_id varchar, served_id varchar,
        decision varchar, as_of_date date, check_name varchar, is_decisive boolean,
        is_passed boolean, value double, bound double, told varchar
    """,
    "ml_drift": """
        model_id varchar, target varchar, as_of_date date, subject_kind varchar, subject varchar,
        reference_date date, n_reference bigint, n_current bigint, bins integer, value double,
        noise_limit double, verdict varchar, labels_due date
    """,
    "ml_score_history": """
        subscription_id varchar, as_of_date date, model_id varchar, target varchar, score double,
        score_rank bigint
    """,
    "ml_exit_score": """
        subscription_id varchar, exited_at timestamp, exit_cause varchar, as_of_date date,
        model_id varchar, target varchar, score double, score_rank bigint
    """,
    # Kept from run to run: who was held out of a month's lists stays so.
    "ml_hold_out": """
        campaign_month date, subscription_id varchar, customer_id varchar, terms_version integer,
        hold_out_share double, hold_out_salt varchar
    """,
    "ml_uplift_score": """
        subscription_id varchar, as_of_date date, model_id varchar, list_kind varchar, risk double,
        uplift double, uplift_error double, uplift_low double, uplift_high double, clv double,
        expected_profit double, is_held_out boolean, list_rank bigint, profit_rank bigint,
        is_worth_contacting boolean, is_control boolean, currency varchar
    """,
    "ml_target_list": """
        as_of_date date, subscription_id varchar, customer_id varchar, profit_rank bigint,
        risk double, uplift double, uplift_low double, uplift_high double, clv double,
        expected_profit double, currency varchar, offering_name varchar, family varchar,
        region varchar, segment varchar, contract_type varchar, may_be_contacted boolean
    """,
    "ml_profit_curve": """
        as_of_date date, model_id varchar, terms_version integer, list_kind varchar,
        ranking varchar, share double, contacts bigint, expected_saves double, cost double,
        profit double, low double, high double, is_allowed boolean, is_best boolean,
        currency varchar
    """,
    "ml_survival_curve": """
        clock varchar, as_of_date date, model_id varchar, dimension varchar,
        dimension_value varchar, exit_cause varchar, month integer, value double, low double,
        high double, n_at_risk bigint, exits bigint, is_low_n boolean
    """,
    # The columns of marts.metric_value, beside which a release puts these rows.
    "ml_metric_value": """
        metric_id varchar, metric_version integer, period_grain varchar, period_start date,
        period_end date, dimension varchar, dimension_value varchar, numerator double,
        denominator double, value double, n bigint, ci_low double, ci_high double,
        customers bigint, is_low_n boolean, status varchar, batch_id varchar, as_of timestamp
    """,
} | DESK_TABLES


@dataclass(frozen=True)
class Model:
    """A row of ml.ml_model."""

    model_id: str
    target: str
    status: str
    reason: str
    as_of_date: object = None
    estimator: str | None = None
    train_from: object = None
    train_to: object = None
    train_rows: int = 0
    train_positives: int = 0
    base_rate: float | None = None
    is_additive: bool | None = None
    fidelity: float | None = None
    additivity_error: float | None = None
    parameters: dict = field(default_factory=dict)
    features: list = field(default_factory=list)
    dropped_features: dict = field(default_factory=dict)
    leak_gate: list = field(default_factory=list)
    seed: int | None = None
    data_digest: str | None = None
    code_digest: str | None = None
    library_versions: dict = field(default_factory=dict)
    artefact_file: str | None = None
    artefact_sha256: str | None = None


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table of schema ml that is not there yet, and every column that joined it."""
    warehouse.create_tables(connection, "ml", TABLES)


def code_digest() -> str:
    """Return a sha256 over this room's own code and catalogue."""
    total = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("*.yml")]):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries a score depends on."""
    names = ("numpy", "pandas", "scikit-learn", "scipy", "skops")
    return {name: importlib.metadata.version(name) for name in names}


def model_id(target: str, data_digest: str, parameters: dict, seed: int) -> str:
    """Return the identifier that the same data, code, parameters and seed always get."""
    parts = {
        "target": target,
        "data": data_digest,
        "code": code_digest(),
        "parameters": parameters,
        "seed": seed,
        "libraries": library_versions(),
    }
    content = json.dumps(parts, sort_keys=True, default=str).encode()
    return f"{target}-{hashlib.sha256(content).hexdigest()[:12]}"


def record_model(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Write a model's row; the one champion (or `no model`) of a target retires all others.

    A challenger that was not promoted is written beside the champion.
    """
    create_tables(connection)
    if model.status != CHALLENGER:
        connection.execute(
            "update ml.ml_model set status = ? where target = ? and model_id <> ?",
            [RETIRED, model.target, model.model_id],
        )
    connection.execute("delete from ml.ml_model where model_id = ?", [model.model_id])
    values = [
        json.dumps(value, sort_keys=True, default=str) if isinstance(value, dict | list) else value
        for value in (getattr(model, name) for name in column_names("ml_model"))
    ]
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into ml.ml_model values ({marks})", values)


def serve(connection: duckdb.DuckDBPyConnection, target: str, model_id: str) -> None:
    """Make a registered model the champion again; the one it replaces is retired."""
    connection.execute(
        "update ml.ml_model set status = case when model_id = $model then $champion "
        "when status = $champion then $retired else status end where target = $target",
        {"model": model_id, "champion": CHAMPION, "retired": RETIRED, "target": target},
    )


def column_names(table: str) -> list[str]:
    """Return the columns of one of our tables, in order."""
    return [part.split()[0] for part in TABLES[table].split(",")]


def replace_rows(
    connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame, **where: object
) -> int:
    """Replace the rows that match `where` (all, without) by those of a frame, in one insert.

    Returns
    -------
    int
        Rows written.
    """
    create_tables(connection)
    names = column_names(table)
    unknown = set(where) - set(names)
    if unknown:
        raise ValueError(f"{table} has no columns {sorted(unknown)}")
    condition = " and ".join(f"{name} = ?" for name in where) or "true"
    connection.execute(f"delete from ml.{table} where {condition}", list(where.values()))
    return append_rows(connection, table, frame)


def append_rows(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> int:
    """Write rows beside those that are there: a part of what `replace_rows` made room for.

    Returns
    -------
    int
        Rows written.
    """
    names = column_names(table)
    missing = set(names) - set(frame.columns)
    if len(frame) and missing:
        raise KeyError(f"{table} without {sorted(missing)}")
    if len(frame):
        columns = ", ".join(names)
        connection.register("written", frame)
        connection.execute(f"insert into ml.{table} ({columns}) select {columns} from written")
        connection.unregister("written")
    return len(frame)


def replace_test_scores(
    connection: duckdb.DuckDBPyConnection, scores: pd.DataFrame, model_id: str
) -> int:
    """Write a model's test scores; of models that are retired none are kept (they are of persons).

    Returns
    -------
    int
        Rows written.
    """
    written = replace_rows(connection, "ml_test_score", scores, model_id=model_id)
    connection.execute(
        "delete from ml.ml_test_score where model_id not in "
        "(select model_id from ml.ml_model where list_contains(?, status))",
        [[CHAMPION, CHALLENGER]],
    )
    return written


def champion(connection: duckdb.DuckDBPyConnection, target: str) -> dict[str, Any] | None:
    """Return the champion's registry row, or None."""
    found = models_of(connection, target, CHAMPION)
    return found[0] if found else None


def models_of(
    connection: duckdb.DuckDBPyConnection, target: str, status: str
) -> list[dict[str, Any]]:
    """Return the registry rows of a target that have a status, the newest first."""
    rows = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'ml' and table_name = 'ml_model'"
    ).fetchall()[0][0]
    if not rows:
        return []
    found = connection.execute(
        "select * from ml.ml_model where target = ? and status = ? "
        "order by as_of_date desc, model_id",
        [target, status],
    ).fetchall()
    return [dict(zip(column_names("ml_model"), row, strict=True)) for row in found]


def record_decision(connection: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> None:
    """Write a decision of the gate; the same contest judged again takes the place of itself."""
    create_tables(connection)
    first = rows.iloc[0]
    connection.execute(
        "delete from ml.ml_decision where target = $target and as_of_date = $as_of_date "
        "and challenger_id is not distinct from $challenger "
        "and champion_id is not distinct from $champion",
        {
            "target": first["target"],
            "as_of_date": first["as_of_date"],
            "challenger": first["challenger_id"],
            "champion": first["champion_id"],
        },
    )
    names = ", ".join(column_names("ml_decision"))
    connection.register("decided", rows)
    connection.execute(f"insert into ml.ml_decision by name select {names} from decided")
    connection.unregister("decided")


def failed_models(connection: duckdb.DuckDBPyConnection, target: str) -> set[str]:
    """Return the models that were taken back once: they are not gone back to."""
    rows = connection.execute(
        "select champion_id from ml.ml_decision where target = ? and challenger_id is null",
        [target],
    ).fetchall()
    return {row[0] for row in rows}


def is_judged(connection: duckdb.DuckDBPyConnection, target: str, model_id: str) -> bool:
    """Say whether the gate has decided on this very model and kept it back."""
    is_there = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'ml' and table_name = 'ml_decision'"
    ).fetchall()[0][0]
    if not is_there:
        return False
    kept_back = connection.execute(
        "select count(*) from ml.ml_decision "
        "where target = ? and challenger_id = ? and served_id <> challenger_id",
        [target, model_id],
    ).fetchall()[0][0]
    return bool(kept_back)


def is_served(
    connection: duckdb.DuckDBPyConnection, settings: Settings, target: str, model_id: str
) -> bool:
    """Say whether this very model is the champion already and its file is as registered."""
    row = champion(connection, target)
    if row is None or row["model_id"] != model_id:
        return False
    path = settings.estimators / row["artefact_file"]
    if not path.exists():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == row["artefact_sha256"]
