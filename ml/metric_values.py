"""Rows of ml.ml_metric_value: what the estimators add to the metrics of the models."""

from __future__ import annotations

import duckdb
import pandas as pd

from ml import registry

# C7, as the var low_n of the models: fewer of what a value rests on say little.
LOW_N = 30


def replace_metrics(
    connection: duckdb.DuckDBPyConnection, metric_ids: list[str], rows: pd.DataFrame
) -> int:
    """Replace all rows of some metrics; those the catalogue does not know are left out.

    So is one that would add up money of several currencies.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    metric_ids : list of str
        Metrics whose rows go, whether or not new ones come.
    rows : DataFrame
        With metric_id, period_start, dimension, dimension_value, value, n, ci_low, ci_high,
        is_low_n, and numerator, denominator, customers where there are any.

    Returns
    -------
    int
        Rows written.
    """
    registry.create_tables(connection)
    connection.execute(
        "delete from ml.ml_metric_value where list_contains(?, metric_id)", [metric_ids]
    )
    if not len(rows) or not is_catalogued(connection):
        return 0
    optional = ["numerator", "denominator", "customers"]
    connection.register("told", rows.reindex(columns=[*rows.columns.union(optional)]))
    connection.execute("""
        insert into ml.ml_metric_value by name
        select
            catalogue.metric_id,
            catalogue.metric_version,
            'total' as period_grain,
            cast(told.period_start as date) as period_start,
            cast(clock.as_of as date) as period_end,
            told.dimension,
            told.dimension_value,
            cast(told.numerator as double) as numerator,
            cast(told.denominator as double) as denominator,
            round(told.value, 6) as value,
            cast(told.n as bigint) as n,
            round(told.ci_low, 6) as ci_low,
            round(told.ci_high, 6) as ci_high,
            cast(told.customers as bigint) as customers,
            told.is_low_n,
            'final' as status,
            clock.batch_id,
            clock.as_of
        from told
        inner join marts.dim_metric as catalogue on told.metric_id = catalogue.metric_id
        cross join intermediate.int_clock as clock
        where coalesce(catalogue.currencies, 1) < 2
        order by told.metric_id, told.dimension, told.dimension_value
    """)
    connection.unregister("told")
    return connection.execute(
        "select count(*) from ml.ml_metric_value where list_contains(?, metric_id)", [metric_ids]
    ).fetchall()[0][0]


def is_catalogued(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether the catalogue of metrics is built."""
    return bool(
        connection.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name = 'marts' and table_name = 'dim_metric'"
        ).fetchall()[0][0]
    )
