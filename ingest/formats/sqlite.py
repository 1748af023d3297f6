"""SQLite files: one table, view or select, every value as the text it stands for exactly."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.contract import Feed
from ingest.formats.source import MACHINE, FileRefused, Source, quoted
from ingest.formats.tables import ROWS, check_columns, chosen, described, select_of
from ingest.formats.text import codecs_name
from ingest.needed import told_of

_MAGIC = b"SQLite format 3\x00"
_BATCH_ROWS = 20_000
_MAX_FAULTS = 2**31 - 1
# A value against the table's own rules is no damage, and SQLite 3.40 sees NULL where none is
# (a primary key without rowid whose order is not the columns'); the mapping judges values.
_OF_A_ROW = re.compile(r"(NULL|NUMERIC|TEXT|non-\w+) value in |CHECK constraint failed in ")
_READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
# Any column may hold any type in any row. A real number is written in its shortest exact form.
_REAL = (
    "case when cast(cast({c} as text) as real) = {c} then cast({c} as text) "
    "else printf('%!.17g', {c}) end"
)
_AS_TEXT = (
    "case typeof({c}) when 'real' then {real} when 'blob' then {mark}hex({c}) "
    "else cast({c} as text) end"
)
# Bytes are a text to one program and a number to another: in a column that is read they are told.
_BYTES = "\U000f0000"


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Fill temp table `database_rows` from a SQLite file, all text.

    Bytes (a blob) in a column that the contract reads are quarantined, elsewhere hexadecimal.

    `_row` is the row's rowid; of a table without one its place by primary key; of a view or a
    query its place.

    Raises
    ------
    FileRefused
        When the file is not a whole SQLite database, or the table or query cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise FileRefused("is not a SQLite file; is it encrypted, or of another format?")
    encoding = feed.dialect.encoding
    if codecs_name(encoding) != "utf-8":
        return _read(connection, path, feed, needed, lambda text: _either(text, encoding))
    try:
        return _read(connection, path, feed, needed, str)
    except _Undecodable:
        return _read(connection, path, feed, needed, _forgiving)


class _Undecodable(Exception):
    """A text of the file is not in the encoding the file says it is in."""


def _either(value: bytes, encoding: str) -> str:
    """Read a text by the file's own encoding, else by the one its programs wrote in."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode(encoding, errors="replace")


def _forgiving(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


def _read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    feed: Feed,
    needed: set[str],
    text_factory: object,
) -> Source:
    # nobody writes to the kept copy, so no lock and no journal file is wanted beside it
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as file:
            file.text_factory = text_factory
            for guard in ("query_only = on", "trusted_schema = off", "cell_size_check = on"):
                file.execute(f"pragma {guard}")
            found = file.execute(f"pragma quick_check({_MAX_FAULTS})")
            if any(fault != "ok" and not _OF_A_ROW.match(fault) for (fault,) in found):
                raise FileRefused("is a damaged SQLite file (it came cut?); have it sent again")
            select, numbered, order = _select(file, feed)
            file.set_authorizer(_only_reading)
            names = tuple(each[0] for each in file.execute(select).description)
            columns = names[1:] if numbered else names
            check_columns(columns, needed)
            mark = MACHINE if feed.dialect.rewrites_numbers else ""
            # one that nothing reads may say what it likes
            read = {*needed, *told_of(feed, columns), getattr(feed.extracted_at, "from_", None)}
            batches = _batches(file, select, numbered, order, columns, mark, read)
            judged = columns if feed.unmapped == "keep" else [c for c in columns if c in read]
            count = _fill(connection, columns, judged, batches)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _refusal(error, feed) from error
    return described(columns, count=count, marks_numbers=bool(mark))


def _only_reading(action: int, first: str | None, second: str | None, *more: object) -> int:
    """Answer SQLite's question whether a statement may do something."""
    is_harmless = action in _READING and second != "load_extension"
    return sqlite3.SQLITE_OK if is_harmless else sqlite3.SQLITE_DENY


def _select(file: sqlite3.Connection, feed: Feed) -> tuple[str, bool, list[int]]:
    """Return the select, whether its first column numbers the rows, the columns to order by."""
    query = select_of(feed.dialect)
    if query:
        return query, False, []
    listed = file.execute(
        "select 'main', name, type, wr from pragma_table_list "
        "where schema = 'main' and type in ('table', 'view', 'virtual') "
        "and name not like 'sqlite\\_%' escape '\\'"
    ).fetchall()
    _, table = chosen(feed.dialect.table or "", [each[:2] for each in listed], default="main")
    ((kind, without_rowid),) = [each[2:] for each in listed if each[1] == table]
    rows = f"select * from {quoted(table)}"
    info = file.execute("select name, pk from pragma_table_info(?)", [table]).fetchall()
    if kind == "table" and not without_rowid:
        taken = {name.lower() for name, _ in info}
        free = [alias for alias in ("rowid", "_rowid_", "oid") if alias not in taken]
        if free:
            return f"select {free[0]}, * from {quoted(table)}", True, [0]
    keyed = sorted((rank, place) for place, (_, rank) in enumerate(info) if rank)
    return rows, False, [place for _, place in keyed]


def _batches(
    file: sqlite3.Connection,
    select: str,
    numbered: bool,
    order: list[int],
    columns: tuple[str, ...],
    mark: str,
    read: set[str | None],
) -> Iterator[pa.Table]:
    # Columns are named by place: a quoted name SQLite does not know would be read as a text.
    places = [f"c{place}" for place in range(len(columns) + numbered)]
    values = [
        _as_text(place, mark, f"char({ord(_BYTES)}) || " if name in read else "")
        for place, name in zip(places[int(numbered) :], columns, strict=True)
    ]
    cursor = file.execute(
        f"with delivered({', '.join(places)}) as (\n{select}\n) "
        f"select {', '.join([*places[: int(numbered)], *values])} from delivered"
        + (f" order by {', '.join(places[place] for place in order)}" if order else "")
    )
    done = 0
    schema = pa.schema([("_row", pa.int64()), *((name, pa.string()) for name in columns)])
    while rows := cursor.fetchmany(_BATCH_ROWS):
        arrays = list(zip(*rows, strict=True))
        if not numbered:
            arrays.insert(0, tuple(range(done + 1, done + len(rows) + 1)))
        done += len(rows)
        yield pa.table(
            [pa.array(array, type=each.type) for array, each in zip(arrays, schema, strict=True)],
            schema=schema,
        )


def _as_text(place: str, mark: str, of_bytes: str) -> str:
    real = _REAL.format(c=place)
    if mark:
        real = f"{real} || case when instr({real}, 'e') then '' else '{MACHINE}' end"
    return _AS_TEXT.format(c=place, real=real, mark=of_bytes)


def _fill(
    connection: duckdb.DuckDBPyConnection,
    columns: tuple[str, ...],
    judged: Sequence[str],
    batches: Iterator[pa.Table],
) -> int:
    listed = ", ".join(f"{quoted(name)} varchar" for name in columns)
    connection.execute(
        f"create or replace temp table {ROWS} (_row bigint, _error varchar, {listed})"
    )
    unreadable = " or ".join(
        f"contains({quoted(name)}, chr(65533)) or contains({quoted(name)}, chr(0))"
        for name in judged
    )
    are_bytes = " or ".join(f"starts_with({quoted(name)}, '{_BYTES}')" for name in judged)
    count = 0
    for batch in batches:
        connection.register("delivered_batch", batch)
        connection.execute(
            f"insert into {ROWS} by name select *, case when {unreadable or 'false'} "
            "then 'holds unreadable characters (NUL or U+FFFD)' "
            f"when {are_bytes or 'false'} then 'holds bytes: say in dialect.query whether they are "
            "a text, cast(… as text), or hexadecimal, hex(…)' end as _error from delivered_batch"
        )
        connection.unregister("delivered_batch")
        count += batch.num_rows
    return count


def _refusal(error: Exception, feed: Feed) -> Exception:
    text = str(error)
    if "decode" in text:
        return _Undecodable()
    if "malformed" in text or "not a database" in text or "disk I/O" in text:
        return FileRefused("is a damaged SQLite file (it came cut?); have it sent again")
    asked = "dialect.query" if feed.dialect.query else f"dialect.table {feed.dialect.table!r}"
    if "authorized" in text or "prohibited" in text or "one statement" in text:
        return FileRefused(f"is only read, with one select; {asked} asks for more ({text})")
    return FileRefused(f"cannot be read by {asked} ({text}); mend the contract")
