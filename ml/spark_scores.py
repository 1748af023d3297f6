"""Churn scores and reasons where the rows are: on Spark's executors.

An additive champion is one SQL query (ml/scorecard_sql.py); any other, and every reason in words,
goes by Arrow batches through the very code that scores in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from cx.warehouse import scratch
from ml import datasets, estimator_files, explain
from ml.offer_tables import HOLDS
from ml.scorecard import Scorecard
from ml.scorecard_sql import SPARK, score_sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

KEY = "subscription_id"
REASONS = pa.schema(
    [
        (KEY, pa.string()),
        ("reason_rank", pa.int32()),
        ("direction", pa.string()),
        ("theme", pa.string()),
        ("reason_code", pa.string()),
        ("contribution", pa.float64()),
        ("feature_contribution", pa.float64()),
        ("sentence", pa.string()),
        ("sentence_ru", pa.string()),
    ]
)
# What is typical of a column (its median, its commonest text) is told by so many rows.
TYPICAL_ROWS = 200_000
_ROWS = """
select features.*
from features.churn_features as features
inner join features.churn_labels as labels
    on features.subscription_id = labels.subscription_id
    and features.as_of_date = labels.as_of_date
inner join features.churn_cohort as cohort
    on features.subscription_id = cohort.subscription_id
    and features.as_of_date = cohort.as_of_date
where features.as_of_date = (select max(as_of_date) from features.churn_cohort)
    and not labels.has_left and not cohort.is_exit_announced
"""


def rows_to_score(spark: SparkSession) -> DataFrame:
    """Return the features of the latest cut-off, of who is there and announced no exit."""
    return spark.sql(_ROWS)


def scores(frame: DataFrame, file: str, content: bytes) -> DataFrame:
    """Return subscription_id and score of each row, computed on the executors.

    Parameters
    ----------
    frame : DataFrame
        Rows of features.churn_features.
    file, content : str, bytes
        The champion as `estimator_files.save` wrote it: its file's name and bytes.
    """
    model = estimator_files.read(content, file)
    if not isinstance(model, Scorecard):
        return frame.mapInArrow(_by_batch(file, content, _scores_of), f"{KEY} string, score double")
    held = [name for name in model.encoder.names_ if name.startswith(HOLDS)]
    for name in held:
        frame = frame.withColumn(name, _holds(name.removeprefix(HOLDS)))
    frame.createOrReplaceTempView("rows_to_score")
    sql = score_sql(model, "rows_to_score", [KEY], dict(frame.dtypes), dialect=SPARK)
    return frame.sparkSession.sql(f"select {KEY}, score from ({sql})")


def reasons(
    frame: DataFrame,
    file: str,
    content: bytes,
    *,
    names: dict[str, str] | None = None,
    currency: str = "",
) -> DataFrame:
    """Return the reasons in words (REASONS) of each row, computed on the executors.

    Parameters
    ----------
    names : dict of str to str, optional
        What offerings are called, by id: `datasets.offering_names`, as `cx score` asks it.
    currency : str
        That of amounts: `datasets.currency`.
    """
    model = estimator_files.read(content, file)
    drawn = frame.limit(TYPICAL_ROWS).toArrow()
    encoder = model.encoder_
    typical = explain.peers(_features(drawn, model), encoder.names_, encoder.kinds_)
    catalogue = explain.read_catalogue(currency=currency).with_names(names or {})

    def told(model: Scorecard, X: pd.DataFrame, keys: pd.Series) -> pa.Table:
        found = explain.reasons(model, X, typical, catalogue)
        found[KEY] = keys.to_numpy()[found.pop("row").to_numpy()]
        return pa.Table.from_pandas(found[REASONS.names], REASONS, preserve_index=False)

    words = {pa.string(): "string", pa.int32(): "int", pa.float64(): "double"}
    schema = ", ".join(f"{field.name} {words[field.type]}" for field in REASONS)
    return frame.mapInArrow(_by_batch(file, content, told), schema)


def _holds(item: str) -> object:
    from pyspark.sql import functions

    return functions.coalesce(
        functions.array_contains("held_offering_ids", item), functions.lit(False)
    )


def _scores_of(model: Scorecard, X: pd.DataFrame, keys: pd.Series) -> pa.Table:
    return pa.table({KEY: keys.to_numpy(), "score": model.predict_proba(X)[:, 1]})


def _by_batch(file: str, content: bytes, work: Callable) -> Callable:
    """Return what an executor does with its batches; it reads the model once a process."""

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        model = _read(content, file)
        with threadpool_limits(limits=1):
            for batch in batches:
                if batch.num_rows == 0:
                    continue
                table = pa.Table.from_batches([batch])
                keys = table.column(KEY).to_pandas()
                yield from work(model, _features(table, model), keys).to_batches()

    return of_batches


@lru_cache(maxsize=2)
def _read(content: bytes, file: str) -> Scorecard:
    return estimator_files.read(content, file)


def _features(table: pa.Table, model: Scorecard) -> pd.DataFrame:
    """Return a batch as the model's columns, typed as DuckDB hands them to it in memory."""
    items = [name.removeprefix(HOLDS) for name in model.feature_names_in_ if name.startswith(HOLDS)]
    with scratch() as connection:
        frame = connection.from_arrow(table).df()
    return datasets.features_of(frame, items)
