"""One query of a reader's own, over the metrics of a release alone, in a process of its own.

    python -m cx.own_query RELEASE < query.sql > rows.arrow

Only the tables of `cx.row_scope.METRICS` are there, copied into memory: no file, no network, no
setting, no other table can be named. The process has little memory and little time, because the
engine's own limits do not count every text a query may make. Exit code 2 and one line on stderr
when it is not one query or cannot be answered.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa

from cx.row_scope import Scope
from cx.warehouse import open_release

SECONDS = 20
MOST_ROWS, MOST_BYTES = 5_000, 20_000_000
_ENGINE_MEMORY, _MOST_SPILLED = "512MB", "256MB"
# Addresses, not pages in use: the engine and Arrow reserve far more than they touch.
_MOST_ADDRESSES = 3 * 1024**3


class NotAnswered(ValueError):
    """It is not one query, or the engine refuses it; says why in one line."""


def answer(release: Path, sql: str) -> pa.Table:
    """Return the first rows of what a query answers, at most MOST_ROWS and one more.

    Raises
    ------
    NotAnswered
        Also when it wants more memory than there is for it.
    """
    with tempfile.TemporaryDirectory(prefix="cx-query-") as temp:
        connection = open_release(
            release,
            Path(temp),
            scope=Scope(is_metrics_only=True),
            memory_limit=_ENGINE_MEMORY,
            threads=1,
            most_spilled=_MOST_SPILLED,
        )
        try:
            statements = connection.extract_statements(sql)
            if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
                raise NotAnswered("write one query that begins with select")
            query = statements[0].query.strip().rstrip(";")
            limited = f"select * from (\n{query}\n) limit {MOST_ROWS + 1}"
            rows = connection.sql(limited).to_arrow_table()
        except (duckdb.Error, MemoryError, pa.ArrowException) as error:
            said = str(error).partition("\n")[0] or "it wants more memory than there is for it"
            raise NotAnswered(said) from error
        finally:
            connection.close()
    if rows.nbytes > MOST_BYTES:
        raise NotAnswered("its first rows are too large to show; ask for fewer or shorter columns")
    return rows


def main() -> int:
    """Read the query, answer it on stdout as an Arrow stream."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        rows = answer(Path(sys.argv[1]), sys.stdin.read())
        with pa.ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
            stream.write_table(rows)
    except NotAnswered as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
