"""Extract files in the dialects of several vendors, with planted dirt and exact accounts of both.

A feed says where its rows come from and how one is written; the rows of a month are composed and
written by SQL. Dirt is cloned from true rows, so that a reader must tell the two apart.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

import duckdb

from ingest.simulator.feed import Feed
from ingest.simulator.workbook import write_workbook

ROWS_PER_FILE = 500_000

ROWS_PER_PARQUET = 5_000_000

LINES_PER_CHUNK = 150_000

ACCOUNTS = """
create table truth_file (
    file varchar, system varchar, feed varchar, records bigint, quarantined bigint, bytes bigint
);
create table truth_loaded (file varchar, feed varchar, entity varchar, row_count bigint);
create table truth_dirt (
    file varchar, feed varchar, line bigint, kind varchar, fate varchar, original varchar
);
create table truth_identifier (kind varchar, value varchar);
"""

_DELIVERED = (
    "delivered.known_at >= getvariable('deliver_from') "
    "and delivered.known_at < getvariable('deliver_to')"
)


class Writer:
    """Writes the files of each extract date and keeps the accounts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, months: int) -> None:
        """Open the accounts of one run that writes under a folder."""
        self.connection = connection
        self.folder = folder
        self.months = months
        connection.execute(ACCOUNTS)

    def deliver(self, feeds: Iterable[Feed], tag: str, number: int) -> None:
        """Write every feed's rows known in the current delivery window.

        Parameters
        ----------
        tag : str
            Date of the extract, as it stands in file names.
        number : int
            0 for the first load, then the month's number.
        """
        newest = self.connection.execute(
            "select coalesce(max(subscription_n), 0) + 1 from subscription"
        ).fetchone()[0]
        for feed in feeds:
            starts = range(0, newest, LINES_PER_CHUNK) if feed.is_chunked else (0,)
            for chunk, start in enumerate(starts):
                self.connection.execute(f"set variable chunk_from = {start}")
                self.connection.execute(f"set variable chunk_to = {start + LINES_PER_CHUNK}")
                self._compose(feed)
                self._note_identifiers(feed)
                if chunk == 0:
                    self._plant(feed, number)
                self._write(feed, tag, f"_c{chunk + 1:03d}" if len(starts) > 1 else "")
            if feed.buffer:
                self.connection.execute(
                    f"delete from {feed.buffer} where known_at < getvariable('deliver_to')"
                )

    def _note_identifiers(self, feed: Feed) -> None:
        for kind, value in feed.identifiers.items():
            self.connection.execute(
                f"insert into truth_identifier select distinct '{kind}', {value} "
                f"from ({feed.source}) as delivered where {_DELIVERED}"
            )

    def _compose(self, feed: Feed) -> None:
        # most records yield one row of each entity: only the others are counted row by row
        counts = ", ".join(f"cast({sql} as bigint)" for sql in feed.entities.values() if sql != "1")
        if feed.format == "parquet":
            content = ", ".join(f"{sql} as {name}" for name, sql in feed.columns.items())
        elif feed.format in ("csv", "xlsx"):
            fields = ", ".join(f"cast({sql} as varchar)" for sql in feed.columns.values())
            content = f"[{fields}] as fields"
        else:
            content = f"cast({feed.columns['line']} as varchar) as line"
        self.connection.execute(
            f"""
            create or replace temp table batch as
            select
                10 * row_number() over () as position,
                cast(null as varchar) as dirt,
                cast([{counts}] as bigint[]) as counts,
                {content}
            from (
                select *
                from ({feed.source}) as delivered
                where {_DELIVERED}
                order by {feed.order}
            )
            """
        )

    def _plant(self, feed: Feed, number: int) -> None:
        for place, dirt in enumerate(feed.dirt, start=1):
            # the first load is no month; dirt meant for a late month of a short run comes earlier
            wanted = dirt.month if dirt.month <= self.months else 1 + dirt.month % self.months
            if wanted != number:
                continue
            if feed.format in ("csv", "xlsx"):
                names = list(feed.columns)
                fields = (
                    dirt.fields
                    or "["
                    + ", ".join(
                        dirt.change.get(name, f"fields[{index}]")
                        for index, name in enumerate(names, start=1)
                    )
                    + "]"
                )
                content = f"{fields} as fields"
            elif feed.format == "parquet":
                content = ", ".join(
                    f"{dirt.change.get(name, name)} as {name}" for name in feed.columns
                )
            else:
                content = f"{dirt.line or 'line'} as line"
            label = f"{dirt.kind}|{dirt.fate}|{dirt.line or ''}".replace("'", "''")
            self.connection.execute(
                f"""
                insert into batch
                select
                    position + {place % 10} as position,
                    '{label}' as dirt,
                    counts,
                    {content}
                from batch
                where dirt is null and position = 10 * greatest(1, cast(ceil(
                    {dirt.at} * (select count(*) from batch where dirt is null)) as bigint))
                """
            )

    def _write(self, feed: Feed, tag: str, chunk: str) -> None:
        size = ROWS_PER_PARQUET if feed.format == "parquet" else ROWS_PER_FILE
        # dirty rows included: a part ends where its rows do
        many = self.connection.execute("select count(*) from batch").fetchone()[0]
        for part, start in enumerate(range(0, many, size)):
            source = "batch"
            if many > size:
                source = "part"
                self.connection.execute(
                    "create or replace temp table part as select * from batch order by position "
                    f"limit {size} offset {start}"
                )
            suffix = f"_{part + 1:03d}" if many > size else ""
            relative = f"{feed.system}/{feed.name}_{tag}{chunk}{suffix}.{feed.format}"
            path = self.folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            first = self._write_part(feed, path, source)
            self._account(feed, relative, path, first)

    def _write_part(self, feed: Feed, path: Path, source: str) -> int:
        """Write one file; return the line number of its first record."""
        if feed.format == "parquet":
            names = ", ".join(feed.columns)
            self.connection.execute(
                "create or replace temp view written as select position, dirt, counts, "
                f"position::varchar as line from {source}"
            )
            is_dirty = self.connection.execute(f"select count(dirt) from {source}").fetchone()[0]
            # what was composed in order stays in order; only planted rows must be sorted in
            order = "order by position" if is_dirty else ""
            self.connection.execute(
                f"copy (select {names} from {source} {order}) "
                f"to '{path}' (format parquet, compression zstd, row_group_size 122880)"
            )
            return 1
        if feed.format == "xlsx":
            self.connection.execute(
                "create or replace temp view written as select position, dirt, counts, "
                f"array_to_string(fields, ';') as line from {source}"
            )
            write_workbook(self.connection, feed, path, source)
            return 2
        mark = feed.delimiter
        line = "line"
        if feed.format == "csv":
            # a field is quoted only where it must be, as most systems do
            line = (
                f"array_to_string(list_transform(fields, lambda text: case "
                f"when text is null then '' when contains(text, '{mark}') or contains(text, '\"') "
                f"or contains(text, chr(10)) then '\"' || replace(text, '\"', '\"\"') || '\"' "
                f"else text end), '{mark}')"
            )
        # the label of a dirty row carries its own SQL only for csv: quotes that never close
        self.connection.execute(
            f"create or replace temp table text_line as select position, dirt, counts, "
            f"case when dirt like 'unclosed_quote|%' then {line} || ' \"open' else {line} end "
            f"as line from {source}"
        )
        self.connection.execute("create or replace temp view written as select * from text_line")
        first = 1
        header = ""
        if feed.format == "csv":
            first = 2
            names = mark.join(feed.columns).replace("'", "''")
            header = f"select 0 as position, '{names}' as line union all "
        if feed.format == "json":
            # one document: the records between brackets, one a line
            header = "select 0 as position, '[' as line union all "
            body = (
                "select position, line || if(position = max(position) over (), '', ',') as line "
                "from written union all select 9e18::bigint, ']'"
            )
        else:
            body = "select position, line from written"
        self.connection.execute(
            f"copy (select line from ({header}{body}) order by position) to '{path}' "
            "(format csv, header false, quote '', escape '', delimiter e'\\x01')"
        )
        if feed.encoding != "utf-8":
            _transcode(path, feed.encoding)
        return first

    def _account(self, feed: Feed, relative: str, path: Path, first: int) -> None:
        varied = [entity for entity, sql in feed.entities.items() if sql != "1"]
        kept = "filter (dirt is null or split_part(dirt, '|', 2) <> 'quarantined')"
        sums = "".join(
            f", coalesce(sum(counts[{index}]) {kept}, 0)" for index in range(1, len(varied) + 1)
        )
        records, dirty, loaded, *many = self.connection.execute(
            f"select count(*), count(dirt), count(*) {kept}{sums} from written"
        ).fetchone()
        self.connection.execute(
            "insert into truth_file values (?, ?, ?, ?, ?, ?)",
            [relative, feed.system, feed.name, records, records - loaded, path.stat().st_size],
        )
        rows = {**dict.fromkeys(feed.entities, loaded), **dict(zip(varied, many, strict=True))}
        self.connection.executemany(
            "insert into truth_loaded values (?, ?, ?, ?)",
            [(relative, feed.name, entity, count) for entity, count in rows.items()],
        )
        if not dirty:
            return
        # a record over several lines is known by its first one
        self.connection.execute(
            """
            insert into truth_dirt
            select
                $file,
                $feed,
                line_n,
                split_part(dirt, '|', 1),
                split_part(dirt, '|', 2),
                line,
            from (
                select
                    *,
                    $first + coalesce(sum(1 + len(line) - len(replace(line, chr(10), ''))) over (
                        order by position rows between unbounded preceding and 1 preceding
                    ), 0) as line_n,
                from written
            )
            where dirt is not null
            order by line_n
            """,
            {"file": relative, "feed": feed.name, "first": first},
        )


def _transcode(path: Path, encoding: str) -> None:
    """Bring a UTF-8 file to another encoding, block by block."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    other = path.with_suffix(".transcoding")
    with path.open("rb") as read, other.open("wb") as written:
        while block := read.read(1 << 20):
            written.write(decoder.decode(block).encode(encoding))
    other.rename(path)
