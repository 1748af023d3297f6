"""Lines that are no rows: comments and trailers, but not the lines of a quoted text."""

from __future__ import annotations

import duckdb

from ingest.dialect import Dialect
from ingest.formats.source import FileRefused


def without_other_lines(
    connection: duckdb.DuckDBPyConnection, dialect: Dialect, first: int = 1, quote: str = ""
) -> tuple[int, int | None]:
    """Take out of temp table `lines` what a contract says is no row, from the first line on.

    Returns
    -------
    (int, int or None)
        How many lines were dropped, and how many rows the file says it holds.

    Raises
    ------
    FileRefused
        When no line says how many, though one should.
    """
    patterns = [dialect.ignore_lines] if dialect.ignore_lines else []
    stated = None
    if dialect.row_count is not None:
        pattern = dialect.row_count.line
        number = "try_cast(regexp_extract(line, $anchored, 1) as bigint)"
        # parts that were put together bring a count each
        lines, told, total = connection.execute(
            f"select count(*), count({number}), sum({number}) from lines "
            "where regexp_full_match(line, $pattern)",
            {"pattern": pattern, "anchored": f"^(?:{pattern})$"},
        ).fetchone()
        if not lines or told < lines:
            raise FileRefused(
                f"has no line {pattern!r} that says how many rows it holds (row_count); is it cut "
                "short? have it sent again"
            )
        stated = int(total) - lines * dialect.row_count.others
        patterns.append(pattern)
    if not patterns:
        return 0, None
    joined = "|".join(f"(?:{each})" for each in patterns)
    return drop_ignored(connection, joined, first, quote), stated


def drop_ignored(
    connection: duckdb.DuckDBPyConnection, pattern: str, first: int = 1, quote: str = ""
) -> int:
    """Delete from temp table `lines` those to ignore, from the first on; return how many.

    Within a quoted text none is ignored. What stands where no quote is open is ignored whatever
    quotes it holds, and what stands within a text and holds an odd number of them closes it: behind
    either none is open.
    """
    if not quote:
        return connection.execute(
            "delete from lines where _row >= ? and regexp_full_match(line, ?)", [first, pattern]
        ).fetchone()[0]
    before = "order by _row rows between unbounded preceding and 1 preceding"
    return connection.execute(
        f"""
        delete from lines
        where _row in (
            select _row
            from (
                select
                    _row,
                    is_ignored,
                    coalesce(
                        sum(odd_quotes) filter (not is_ignored)
                        over (partition by closed {before}) % 2,
                        0
                    ) as is_open
                from (
                    select
                        *,
                        coalesce(sum(odd_quotes) filter (is_ignored) over ({before}), 0) as closed
                    from (
                        select
                            _row,
                            regexp_full_match(line, $pattern) as is_ignored,
                            (len(line) - len(replace(line, $quote, ''))) % 2 as odd_quotes
                        from lines
                        where _row >= {first}
                    )
                )
            )
            where is_ignored and is_open = 0
        )
        """,
        {"pattern": pattern, "quote": quote},
    ).fetchone()[0]
