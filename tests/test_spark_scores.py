"""Scores and reasons made on a Spark cluster's executors are those made in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

pytest.importorskip("sqlglot", reason="sqlglot is not installed (the extra `spark`)")

from benchmarks.spark_cluster import cluster, why_not
from cx.settings import Settings
from cx.spark_build import session
from ml import datasets, estimator_files, explain, spark_scores
from ml.churn import ChurnClassifier
from ml.scorecard_sql import SPARK, score_sql
from tests.test_ml_scorecard import odd_table, stranger, strict_card  # noqa: F401

ITEMS = ["roaming", "tv"]


@pytest.fixture(scope="module")
def rows() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Rows as features.churn_features has them, the same as a model's columns, and who left."""
    X, y = odd_table(900)
    random = np.random.default_rng(5)
    frame = X.assign(
        subscription_id=[f"s{n}" for n in range(len(X))],
        as_of_date=pd.Timestamp("2026-01-01"),
        held_offering_ids=[[item for item in ITEMS if random.random() < 0.3] for _ in range(900)],
    )
    frame.loc[0, "held_offering_ids"] = None
    return frame, datasets.features_of(frame, ITEMS), y


@pytest.fixture(scope="module")
def spark(tmp_path_factory) -> Iterator[object]:
    if lacking := why_not():
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("scores")
    with cluster(folder / "cluster") as running:
        # 900 rows in several batches on both workers
        told = {"spark.sql.execution.arrow.maxRecordsPerBatch": "200"}
        one = session(Settings(home=folder / "home"), running.master, told)
        yield one
        one.stop()


@pytest.mark.parametrize(("tolerance", "ending"), [(1.0, ".json"), (-1.0, ".skops")])
def test_a_champion_scores_and_explains_on_executors_as_in_memory(
    rows, spark, tmp_path, tolerance: float, ending: str
) -> None:
    frame, X, y = rows
    settings = Settings(home=tmp_path)
    fitted = ChurnClassifier(n_folds=2, additive_tolerance=tolerance).fit(X, y)
    file, sha256 = estimator_files.save(fitted, settings, "champion")
    assert file.endswith(ending)
    model = estimator_files.load(settings, file, sha256)
    content = (settings.estimators / file).read_bytes()
    there = spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False)).repartition(4)

    told = (
        spark_scores.scores(there, file, content).toPandas().set_index("subscription_id")["score"]
    )
    ours = model.predict_proba(X)[:, 1]
    assert len(told) == len(ours) == 900
    assert np.abs(told[frame["subscription_id"]].to_numpy() - ours).max() <= 1e-12

    found = spark_scores.reasons(there, file, content).toPandas()
    typical = explain.peers(X, model.encoder_.names_, model.encoder_.kinds_)
    wanted = explain.reasons(model, X, typical, explain.read_catalogue())
    wanted["subscription_id"] = frame["subscription_id"].to_numpy()[wanted.pop("row").to_numpy()]
    order = ["subscription_id", "reason_rank"]
    found, wanted = (
        table[sorted(table)].sort_values(order, ignore_index=True) for table in (found, wanted)
    )
    for number in ("contribution", "feature_contribution"):
        assert np.abs(found.pop(number) - wanted.pop(number)).max() <= 1e-12
    assert (found.astype(str) == wanted.astype(str)).all(axis=None)


def asked_of_spark(spark, card, X: pd.DataFrame) -> pd.DataFrame:
    """Return what a scorecard's own query says of a table on Spark, in the order of its rows."""
    frame = X.assign(key=np.arange(len(X)))
    for name in X.select_dtypes("category"):
        frame[name] = frame[name].astype(object)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    spark.createDataFrame(table).createOrReplaceTempView("asked")
    types = dict(spark.table("asked").dtypes)
    query = score_sql(card, "asked", ["key"], types, explain.read_catalogue(), SPARK)
    return spark.sql(query).toPandas().sort_values("key", ignore_index=True)


def test_the_scorecards_own_query_says_on_spark_what_it_says_in_memory(rows, spark) -> None:
    _, X, y = rows
    fitted = ChurnClassifier(n_folds=2, additive_tolerance=1.0).fit(X, y)
    found = asked_of_spark(spark, fitted.explainer_, X)
    assert np.abs(found["score"] - fitted.explainer_.predict_proba(X)[:, 1]).max() < 1e-12
    typical = explain.peers(X, fitted.encoder_.names_, fitted.encoder_.kinds_)
    told = explain.reasons(fitted.explainer_, X, typical, explain.read_catalogue())
    first = told[told["reason_rank"] == 1].set_index("row")
    assert found["theme_1"].dropna().index.tolist() == first.index.tolist()
    assert (found["theme_1"][first.index] == first["theme"]).all()
    assert (found["feature_1"][first.index] == first["reason_code"]).all()


def test_a_strangers_table_is_read_on_spark_as_the_classifier_reads_it(stranger, spark) -> None:  # noqa: F811
    """Dates, spans of time and texts with blanks that Python trims and a database does not."""
    X, _, model = stranger
    card = strict_card(model)
    found = asked_of_spark(spark, card, X.astype({"ends": "datetime64[us]"}))
    assert np.abs(found["score"] - card.predict_proba(X)[:, 1]).max() < 1e-12
