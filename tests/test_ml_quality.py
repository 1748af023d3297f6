"""Model quality joins the other metrics, and a release holds all of them in one table."""

from __future__ import annotations

import duckdb
import pytest

from cx.ledger import create_tables
from cx.release import current, publish
from cx.settings import Settings
from cx.warehouse import writing
from ml import registry
from ml.quality import measure_quality

METRIC_VALUE = registry.TABLES["ml_metric_value"]


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A warehouse with one champion, one retired model and a metric of the models."""
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    with writing(settings) as connection:
        registry.create_tables(connection)
        create_tables(connection)
        for statement in (
            "create schema marts",
            "create schema intermediate",
            "create schema quarantine",
            "create table quarantine.rows (source_system varchar, feed varchar, file_name varchar, "
            "column_name varchar, reason varchar, state varchar)",
            "create table intermediate.int_clock as select timestamp '2026-03-01' as as_of, "
            "timestamp '2026-01-01' as first_at, 'b' as batch_id",
            "create table marts.dim_metric (metric_id varchar, metric_version integer, "
            "scale double, currencies integer)",
            "insert into marts.dim_metric (metric_id, metric_version, scale) values "
            "('M28', 1, 100), ('M44', 2, 1), ('M44g', 1, 1), ('M44k', 1, 1), ('M49b', 1, 100)",
            f"create table marts.metric_value ({METRIC_VALUE})",
            "insert into marts.metric_value (metric_id, value) values ('M28', 1.5)",
            "insert into ml.ml_model (model_id, target, status) values "
            "('new', 'churn', 'champion'), ('old', 'churn', 'retired')",
            "insert into ml.ml_evaluation select model_id, 'churn', estimator, "
            "estimator <> 'champion', 'time', date '2026-02-01', 1000, 20, metric, value from "
            "(values ('new', 'champion', 'auc', 0.8), ('new', 'champion', 'auc_low', 0.7), "
            "('new', 'champion', 'auc_high', 0.9), ('new', 'champion', 'gain_top_decile', 0.3), "
            "('new', 'base rate', 'auc', 0.5), ('new', 'base rate', 'auc_low', 0.5), "
            "('new', 'base rate', 'auc_high', 0.5), ('old', 'champion', 'auc', 0.1)) "
            "as told (model_id, estimator, metric, value)",
        ):
            connection.execute(statement)
    return settings


def rows(settings: Settings, query: str) -> list[tuple]:
    with writing(settings) as connection:
        return connection.execute(query).fetchall()


def test_the_value_is_the_champions_and_each_estimator_is_a_slice(settings):
    assert measure_quality(settings) == 8
    assert measure_quality(settings) == 8
    assert rows(
        settings,
        "select metric_id, metric_version, dimension_value, value, ci_low, ci_high, n, is_low_n "
        "from ml.ml_metric_value order by metric_id, dimension_value",
    ) == [
        ("M44", 2, "all", 0.8, 0.7, 0.9, 1000, True),
        ("M44", 2, "base rate", 0.5, 0.5, 0.5, 1000, True),
        ("M44", 2, "champion", 0.8, 0.7, 0.9, 1000, True),
        ("M44g", 1, "all", 0.6, 0.4, 0.8, 1000, True),
        ("M44g", 1, "base rate", 0.0, 0.0, 0.0, 1000, True),
        ("M44g", 1, "champion", 0.6, 0.4, 0.8, 1000, True),
        ("M44k", 1, "all", 0.3, None, None, 1000, True),
        ("M44k", 1, "champion", 0.3, None, None, 1000, True),
    ]


def test_the_concordance_of_each_cause_is_a_slice_of_the_champions(settings):
    rows(
        settings,
        "insert into marts.dim_metric values ('M44c', 1, 1, null); insert into ml.ml_model "
        "(model_id, target, status) values ('s', 'survival', 'champion'); insert into "
        "ml.ml_evaluation select 's', 'survival', 'champion', false, 'time', date '2026-02-01', "
        "1000, 40, metric, value from (values ('c_uno', 0.7), ('c_uno_port_out', 0.8), "
        "('exits_port_out', 29), ('c_uno_other', 0.6), ('exits_other', 30)) "
        "as told (metric, value)",
    )
    measure_quality(settings)
    assert rows(
        settings,
        "select dimension, dimension_value, value, is_low_n from ml.ml_metric_value "
        "where metric_id = 'M44c' order by all",
    ) == [
        ("all", "all", 0.7, False),
        ("estimator", "champion", 0.7, False),
        ("exit_cause", "other", 0.6, False),
        ("exit_cause", "port_out", 0.8, True),
    ]


def test_no_model_has_no_quality(settings):
    rows(settings, "update ml.ml_model set status = 'retired'")
    assert measure_quality(settings) == 0


def test_a_release_holds_every_metric_in_one_table_and_counts_the_last_visit_of_a_door(settings):
    measure_quality(settings)
    rows(
        settings,
        "insert into ops.dq_result (run_id, door, expectation, is_success, checked_at, looks_back) "
        "values "
        "('r1', 'outputs', 'a', false, '2026-03-01 01:00', false), "
        "('r2', 'outputs', 'a', true, '2026-03-01 02:00', false), "
        "('r2', 'outputs', 'b', false, '2026-03-01 02:00', false), "
        "('r2', 'outputs', 'like the last release', true, '2026-03-01 02:00', true)",
    )
    publish(settings)
    release = duckdb.connect(
        str(settings.releases / current(settings.releases).file), read_only=True
    )
    found = release.execute(
        "select metric_id, any_value(value), any_value(denominator) from marts.metric_value "
        "where dimension is distinct from 'estimator' group by all order by all"
    ).fetchall()
    tables = release.execute("select table_name from duckdb_tables()").fetchall()
    release.close()
    assert found == [
        ("M28", 1.5, None),
        ("M44", 0.8, None),
        ("M44g", 0.6, None),
        ("M44k", 0.3, None),
        ("M49b", 50.0, 2.0),
    ]
    assert ("ml_metric_value",) not in tables
