"""Every number in one place: what a release adds to the metric values of the models.

Each room writes its own table, and what the estimators and the checks say of themselves exists only
after the models; a release puts their rows together.
"""

from __future__ import annotations

import duckdb

METRIC_VALUES = "metric_value"
ADDED_METRIC_VALUES = {
    "ml_metric_value": "select * from ml.ml_metric_value",
    "dq_result": """
        select
            catalogue.metric_id,
            catalogue.metric_version,
            'total' as period_grain,
            cast(clock.first_at as date) as period_start,
            cast(clock.as_of as date) as period_end,
            'door' as dimension,
            verdicts.door as dimension_value,
            count(*) filter (where verdicts.is_success) as numerator,
            count(*) as denominator,
            round(any_value(catalogue.scale) * numerator / denominator, 6) as value,
            count(*) as n,
            false as is_low_n,
            'final' as status,
            clock.batch_id,
            clock.as_of
        from ops.dq_result as verdicts
        inner join (
            select door, arg_max(run_id, checked_at) as run_id from ops.dq_result group by door
        ) as last_visits
            on verdicts.door = last_visits.door and verdicts.run_id = last_visits.run_id
        inner join marts.dim_metric as catalogue on catalogue.metric_id = 'M49b'
        cross join intermediate.int_clock as clock
        -- What compares with the last release, with history or with a clock would pass more or
        -- less often from run to run on the same data.
        where not coalesce(verdicts.looks_back, false)
        group by all
    """,
}


def with_added_metric_values(connection: duckdb.DuckDBPyConnection, released: str) -> str:
    """Return the query of the models' metric values with the rows of the others.

    The models say which columns there are; ml has no table before it ran.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse.
    released : str
        Query of marts.metric_value.

    Returns
    -------
    str
        Query of all metric values.
    """
    there = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    columns = [f'"{name}"' for (name, *_) in connection.execute(f"describe {released}").fetchall()]
    added = [query for table, query in ADDED_METRIC_VALUES.items() if (table,) in there]
    united = " union all by name ".join([released, *added])
    return f"select {', '.join(columns)} from ({united})"
