"""Lines a contract has ignored: comments and trailers, but not the lines of a quoted text."""

from __future__ import annotations

import duckdb


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
