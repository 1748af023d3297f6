"""What deliveries looked like (ops.delivery_profile): the history that drift is judged by."""

from __future__ import annotations

import duckdb
import pandas as pd

from cx.ledger import KEPT_VISITS

_COLUMNS = (
    "source_system, feed, entity, extracted_at, measure, part, value, n, fingerprint, verdict"
)


def profiled(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return every kept profile, one row a measure; empty in a home made before there were any."""
    is_there = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'ops' "
        "and table_name = 'delivery_profile'"
    ).fetchone()[0]
    if not is_there:
        return pd.DataFrame(columns=_COLUMNS.split(", "))
    return connection.execute(f"select {_COLUMNS} from ops.delivery_profile order by all").df()


def keep_profiles(
    connection: duckdb.DuckDBPyConnection, run_id: str, profiles: pd.DataFrame
) -> None:
    """Keep the profiles of new deliveries, and the last deliveries of each feed with them.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Columns as `profiled` returns them; a delivery profiled before is replaced.
    """
    if not profiles.empty:
        connection.execute(
            "delete from ops.delivery_profile as kept where exists (select 1 from profiles "
            "where profiles.source_system = kept.source_system and profiles.feed = kept.feed "
            "and profiles.entity = kept.entity and profiles.extracted_at = kept.extracted_at)"
        )
        connection.execute(
            f"insert into ops.delivery_profile ({_COLUMNS}, run_id, profiled_at) "
            f"select {_COLUMNS}, ?, now()::timestamp from profiles",
            [run_id],
        )
    # One more than is looked back over: the newest is judged by those before it.
    connection.execute(
        "delete from ops.delivery_profile where (source_system, feed, extracted_at) not in ("
        "select (source_system, feed, extracted_at) from (select distinct source_system, feed, "
        "extracted_at from ops.delivery_profile) qualify row_number() over (partition by "
        "source_system, feed order by extracted_at desc) <= ?)",
        [KEPT_VISITS + 1],
    )
