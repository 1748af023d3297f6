"""The child process that asks: questions as JSON on stdin, [success, observed] pairs on stdout."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import duckdb_engine
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.default import DefaultExecutionContext

from cx.settings import Settings
from cx.warehouse import sqlalchemy_access


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


def answers_to(settings: Settings, questions: list[dict]) -> list[tuple[bool, str | None]]:
    """Ask each question; return whether it holds and what was observed, in the same order."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations as gxe

    registry.register("cx_duckdb", "expectations.ask", "Dialect")
    url, arguments = sqlalchemy_access(settings)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "warehouse", connection_string=url, kwargs=arguments, create_temp_table=False
    )
    found: dict[int, tuple[bool, str | None]] = {}
    for table in dict.fromkeys(question["table"] for question in questions):
        schema, name = table.split(".")
        asset = source.add_table_asset(table, table_name=name, schema_name=schema)
        suite = gx.ExpectationSuite(
            name=table,
            expectations=[
                getattr(gxe, question["kind"])(**question["arguments"], meta={"position": position})
                for position, question in enumerate(questions)
                if question["table"] == table
            ],
        )
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        for result in batch.validate(suite).results:
            position = result.expectation_config.meta["position"]
            found[position] = (bool(result.success), _observed(result))
    return [found[position] for position in range(len(questions))]


def _observed(result: object) -> str | None:
    raised = result.exception_info or {}
    # One exception, or one per metric, depending on where it was raised.
    for each in [raised, *(value for value in raised.values() if isinstance(value, dict))]:
        if each.get("raised_exception"):
            return str(each.get("exception_message"))[:300]
    found = result.result or {}
    if "unexpected_count" in found:
        return f"{found['unexpected_count']} of {found.get('element_count', '?')} unexpected"
    return str(found["observed_value"])[:300] if "observed_value" in found else None


if __name__ == "__main__":
    order = json.load(sys.stdin)
    asked = Settings(
        home=Path(order["home"]),
        warehouse_name=order["warehouse_name"],
        memory_limit=order["memory_limit"],
        threads=order["threads"],
    )
    pairs = answers_to(asked, order["questions"])
    sys.stdout.write("\n" + json.dumps(pairs) + "\n")
    sys.stdout.flush()
