"""Whose rows a reader sees: a release through views that hold the customers of some regions only.

Views and not conditions in queries, so that no page and no export can forget them.
"""

from __future__ import annotations

import duckdb

# A row is shown when the first of these columns that it has names somebody of the regions. A row
# that names nobody where it could is not shown.
OWN = {
    "customer_id": "select customer_id from release.marts.dim_customer "
    "where is_current and region in (select region from own.region)",
    "subscription_id": "select subscription_id from marts.dim_subscription",
    "service_id": "select service_id from marts.dim_service",
    "ticket_id": "select ticket_id from marts.fct_ticket",
    "journey_id": "select journey_id from marts.fct_journey",
}
# Read by what is above, so they come first.
_FIRST = ["dim_subscription", "dim_service", "fct_ticket", "fct_journey"]
_TABLES = """
select schema_name, table_name, list(column_name)
from duckdb_columns()
where database_name = 'release' and not internal
group by schema_name, table_name
order by list_position($first, table_name) nulls last, schema_name, table_name
"""


def own_views(connection: duckdb.DuckDBPyConnection, regions: tuple[str, ...]) -> None:
    """Make a view of each table of the attached `release`, under the table's own name.

    Parameters
    ----------
    connection : DuckDBPyConnection
        An empty database in memory with `release` attached, before it is locked.
    regions : tuple of str
        As `dim_customer` writes them; none: no row of any person.
    """
    connection.execute("create schema own")
    connection.execute(
        "create table own.region as select unnest($regions::varchar[]) as region",
        {"regions": list(regions)},
    )
    for schema, table, columns in connection.execute(_TABLES, {"first": _FIRST}).fetchall():
        connection.execute(f'create schema if not exists "{schema}"')
        connection.execute(
            f'create view "{schema}"."{table}" as select * from release."{schema}"."{table}"'
            + own_rows(columns)
        )


def own_rows(columns: list[str]) -> str:
    """Return the condition on a table's rows; empty where its rows are about nobody."""
    key = next((key for key in OWN if key in columns), None)
    return f" where {key} in ({OWN[key]})" if key else ""
