"""The child process that asks: questions as JSON on stdin, what was found of each on stdout."""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb_engine
from sqlalchemy import Connection, String
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.default import DefaultExecutionContext

from cx.settings import Settings
from cx.warehouse import sqlalchemy_access

# Unexpected values are never fetched: a verdict is kept, shown and released, and may name nobody.
# Only what counts rows itself gives its one row of counts.
_FORMATS = {
    False: {"result_format": "BASIC", "partial_unexpected_count": 0},
    True: {"result_format": "COMPLETE"},
}
_COUNTED = {"wrong", "total", "is_stop", "file"}
_IDLE_SECONDS, _BUSY_SHARE = 600.0, 0.01
_QUOTED = re.compile(r"'[^']*'")


class _BufferedContext(DefaultExecutionContext):
    """Fetch a result whole: Great Expectations reads it after it gave the connection back."""

    def post_exec(self) -> None:
        if self.cursor.description is not None:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchall()
            )


class Dialect(duckdb_engine.Dialect):
    """DuckDB as SQLAlchemy sees it, with results that outlive a rollback."""

    execution_ctx_cls = _BufferedContext
    supports_statement_cache = False

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **_: object
    ) -> list[dict]:
        """Name a table's columns; PostgreSQL's catalogue, asked for their types, takes 70 ms.

        No question asks a type of Great Expectations: raw and marts have theirs by contract.
        """
        found = connection.exec_driver_sql(
            "select column_name from duckdb_columns() where table_name = ? "
            "and schema_name = coalesce(?, current_schema()) order by column_index",
            (str(table_name), schema and str(schema)),
        )
        return [{"name": name, "type": String(), "nullable": True} for (name,) in found]

    def get_pk_constraint(self, *_: object, **__: object) -> dict:
        """Tell of no primary key: no table of the warehouse has one."""
        return {"constrained_columns": [], "name": None}


def answers_to(
    settings: Settings, questions: list[dict]
) -> list[tuple[bool, str | None, bool | None]]:
    """Ask each question.

    Returns
    -------
    list of (holds, observed, is_stop)
        In the order asked; `is_stop` is None where the question itself says how severe it is.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations as gxe

    from expectations.once import CountsFound, NothingFound

    registry.register("cx_duckdb", "expectations.ask", "Dialect")
    url, arguments = sqlalchemy_access(settings)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "warehouse", connection_string=url, kwargs=arguments, create_temp_table=False
    )
    found: dict[int, tuple[bool, str | None, bool | None]] = {}
    for table in dict.fromkeys(question["table"] for question in questions):
        schema, name = table.split(".")
        asset = source.add_table_asset(table, table_name=name, schema_name=schema)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        for is_counted, result_format in _FORMATS.items():
            kinds = vars(gxe) | {
                "UnexpectedRowsExpectation": CountsFound if is_counted else NothingFound
            }
            suite = gx.ExpectationSuite(
                name=f"{table} {is_counted}",
                expectations=[
                    kinds[question["kind"]](**question["arguments"], meta={"position": position})
                    for position, question in enumerate(questions)
                    if question["table"] == table and question["is_counted"] == is_counted
                ],
            )
            if not suite.expectations:
                continue
            with never_idle(_IDLE_SECONDS, table):
                validated = batch.validate(suite, result_format=result_format)
            for result in validated.results:
                position = result.expectation_config.meta["position"]
                found[position] = (bool(result.success), *_observed(result))
    source.get_engine().dispose()
    return [found[position] for position in range(len(questions))]


@contextmanager
def never_idle(seconds: float, table: str) -> Iterator[None]:
    """End this child with one line where the engine waits on itself: no other way out is sure.

    A question may take its time; one that uses no processor for so many seconds has no answer.
    """
    is_answered = threading.Event()

    def watch() -> None:
        spent = time.process_time()
        while not is_answered.wait(seconds):
            before, spent = spent, time.process_time()
            if spent - before < _BUSY_SHARE * seconds:
                sys.stderr.write(
                    f"no answer about {table}: nothing moved for {seconds:g} s; give the same "
                    "command again, and if it ends so again report it with the name of the table\n"
                )
                sys.stderr.flush()
                os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        is_answered.set()


def _observed(result: object) -> tuple[str | None, bool | None]:
    """Return what was seen, in counts, and whether rows counted by file are enough to stop."""
    raised = result.exception_info or {}
    # One exception, or one per metric, depending on where it was raised.
    for each in [raised, *(value for value in raised.values() if isinstance(value, dict))]:
        if each.get("raised_exception"):
            # An engine's message quotes the value it choked on.
            return _QUOTED.sub("'…'", str(each.get("exception_message")))[:300], None
    found = result.result or {}
    if "unexpected_count" in found:
        return f"{found['unexpected_count']:,} of {found.get('element_count', 0):,} rows", None
    rows = (found.get("details") or {}).get("unexpected_rows") or []
    if rows and set(rows[0]) == _COUNTED:
        row = rows[0]
        where = f"of {row['file']}" if row["file"] else "of the table"
        return f"{row['wrong']:,} of {row['total']:,} rows {where}", bool(row["is_stop"])
    observed = found.get("observed_value")
    if isinstance(observed, int) and not isinstance(observed, bool):
        return f"{observed:,} found", None
    return None, None


def main() -> None:
    """Answer the order on stdin in the last line of stdout."""
    # Great Expectations makes half a million objects that stay: there is no garbage to look for.
    gc.disable()
    order = json.load(sys.stdin)
    asked = Settings(
        home=Path(order["home"]),
        warehouse_name=order["warehouse_name"],
        memory_limit=order["memory_limit"],
        threads=order["threads"],
    )
    answered = answers_to(asked, order["questions"])
    sys.stdout.write("\n" + json.dumps(answered) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
