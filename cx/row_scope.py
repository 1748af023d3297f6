"""What of a release a reader sees: all, the rows of customers of some regions, or metrics alone.

Views and copies and not conditions in queries, so that no page and no export can forget them.
"""

from __future__ import annotations

from dataclasses import dataclass

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
# What a reader's own SQL may ask: metrics, in which what is about few customers is empty already,
# and the words that belong to them.
METRICS = (
    "answer_readiness",
    "dim_action",
    "dim_cause",
    "dim_channel",
    "dim_date",
    "dim_exit_cause",
    "dim_location",
    "dim_metric",
    "dim_product_offering",
    "dim_reason",
    "dim_stage",
    "dim_team",
    "metric_target",
    "metric_value",
)


@dataclass(frozen=True)
class Scope:
    """What of a release is seen.

    Parameters
    ----------
    regions : tuple of str, optional
        Whose customers' rows, as `dim_customer` writes regions; without, everybody's.
    is_metrics_only : bool
        No table but those of METRICS.
    """

    regions: tuple[str, ...] | None = None
    is_metrics_only: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether everything is seen."""
        return self.regions is None and not self.is_metrics_only

    def narrow(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Show in an empty database in memory what is seen of the `release` attached to it."""
        if self.is_metrics_only:
            metric_copies(connection)
        elif self.regions is not None:
            own_views(connection, self.regions)


EVERYTHING = Scope()


def metric_copies(connection: duckdb.DuckDBPyConnection) -> None:
    """Copy the tables of METRICS from the attached `release`, and let go of it."""
    connection.execute("create schema marts")
    for schema, table, _ in connection.execute(_TABLES, {"first": []}).fetchall():
        if schema == "marts" and table in METRICS:
            connection.execute(f"create table marts.{table} as from release.marts.{table}")
    connection.execute("detach release")


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
