"""Rows of one file → raw: typed by contract, pseudonymised, each row loaded, refused or dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np

from cx.errors import CxError
from cx.keys import Keys
from ingest.contract_mapping import Mapping
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.mapping import Mapped, raw_name
from ingest.pseudonyms import make_tokens, seal_tokens

BAD_ROWS = "bad_rows"


class AccountsDoNotBalance(CxError):
    """A file whose rows were not all loaded, quarantined or dropped by rule: nothing is kept."""


class Miscounted(CxError):
    """The fast reader did not see every line of the file as one row."""


@dataclass(frozen=True)
class Counts:
    """A file's account: read = loaded + quarantined + dropped."""

    read: int
    loaded: int
    quarantined: int
    dropped: int

    def balanced(self) -> Counts:
        """Return itself.

        Raises
        ------
        AccountsDoNotBalance
            When a row is unaccounted for.
        """
        if self.read != self.loaded + self.quarantined + self.dropped:
            raise AccountsDoNotBalance(
                f"{self.read} rows read, but {self.loaded} loaded + {self.quarantined} quarantined "
                f"+ {self.dropped} dropped by rule; nothing of it was kept"
            )
        return self


def transfer(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    source: Source,
    targets_of: Callable[[Source], list[Mapped]],
    file_id: str,
    keys: Keys,
    max_quarantined_share: float,
) -> Counts:
    """Move a source's rows into raw; temp table `bad_rows` then holds what was wrong.

    A row is loaded whole or quarantined whole, even when it feeds several entities. A source that
    feeds one entity goes there in one pass; otherwise the typed rows are kept until it is known
    which of them are good everywhere.

    Parameters
    ----------
    targets_of : callable
        Gives the mappings of a source: of this one, and of the rows it left out.

    Raises
    ------
    FileRefused
        When a larger share of the rows is bad than the contract allows.
    Miscounted
        When the reader saw another number of rows than the file has.
    AccountsDoNotBalance
        When a row is unaccounted for.
    """
    connection.execute(f"create or replace temp table {BAD_ROWS} ({_BAD_COLUMNS})")
    targets = targets_of(source)
    is_direct = len(targets) == 1 and not _needs_keeping(targets[0])
    if source.rest:
        counts = _move_surely(connection, vault, source, targets_of, file_id, keys)
    else:
        move = _move_directly if is_direct else _move_kept
        counts = move(connection, vault, source, targets, file_id, keys)
    if counts.quarantined:
        _refuse_another_order(connection, source)
    if counts.read and counts.quarantined / counts.read > max_quarantined_share:
        worst = connection.execute(
            f"select column_name, reason from {BAD_ROWS} group by all "
            "order by count(*) desc, reason limit 1"
        ).fetchone()
        raise FileRefused(
            f"has {counts.quarantined} bad rows of {counts.read}, more than the allowed share; "
            f"most often {worst[0] or 'the row'} {worst[1]}: is the contract right?"
        )
    return counts.balanced()


def _refuse_another_order(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Refuse a file of which a bad row is its header in another order, or another table's header.

    What follows stands in other columns, or is of other things, and would load as if nothing were.
    """
    if source.is_json or source.native or len(source.columns) < 2:
        return
    relation = "source_rows" if source.rest else source.relation
    names = sorted(source.columns)
    cells = ", ".join(f"cast({quoted(name)} as varchar)" for name in source.columns)
    own = ", ".join(map(literal, source.columns))
    same = " + ".join(
        f"coalesce(cast({quoted(name)} as varchar) = {literal(name)}, false)::int"
        for name in source.columns
    )
    # A row that lacks a cell is our own header, torn.
    is_other = (
        f"({same}) between {max(2, (len(source.columns) + 1) // 2)} and {len(names) - 1} "
        f"and len(list_filter([{cells}], lambda each: each <> '')) = {len(names)}"
    )
    other_order, other_table = connection.execute(
        f"select min(_row) filter (list_sort([{cells}]) = $names), min(_row) filter ({is_other}) "
        f"from {relation} semi join {BAD_ROWS} using (_row) where [{cells}] <> [{own}]",
        {"names": names},
    ).fetchone()
    if other_order is not None:
        raise FileRefused(
            f"holds its header again on line {other_order}, in another order: what follows stands "
            "in other columns; have its parts sent apart"
        )
    if other_table is not None:
        raise FileRefused(
            f"holds another header on line {other_table}, which shares names with its own: what "
            "follows is of another table; have the two sent apart"
        )


def raw_table(mapping: Mapping) -> str:
    """Return the table a mapping's rows go to: the entity's, or sightings to be put together."""
    return f"raw.{'sighting_' if mapping.is_series else ''}{mapping.entity}"


_BAD_COLUMNS = "_row bigint, column_name varchar, reason varchar"


def _needs_keeping(target: Mapped) -> bool:
    return target.mapping.explode is not None or target.mapping.duplicates != "keep"


def _move_directly(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    source: Source,
    targets: list[Mapped],
    file_id: str,
    keys: Keys,
) -> Counts:
    """Insert what is good while it is read; look again only at what is missing then."""
    (target,) = targets
    tokens = _tokens(connection, targets, [target.sql], keys)
    loaded = _insert(connection, target, f"({target.sql})", "not fed._bad", file_id, tokens)
    read = source.count
    if read is None:
        read = _count(connection, f"select count(*) from {source.relation}")
    if loaded != read:
        _gather(connection, source, [f"({target.sql})"])
    quarantined = _count(connection, f"select count(distinct _row) from {BAD_ROWS}")
    dropped = read - loaded - quarantined
    if dropped:
        counted = _count(connection, f"select count(*) from {source.relation}")
        if counted != read:
            raise Miscounted(f"has {read} lines of which the reader saw {counted}")
        if not (target.mapping.where or target.mapping.pair):
            raise AccountsDoNotBalance(
                f"{read} rows read, but {loaded} loaded + {quarantined} quarantined, and no rule "
                "drops any; nothing of it was kept"
            )
    if tokens:
        loaded_rows = f"(select * from ({target.sql}) where not _bad)" if quarantined else None
        seal_tokens(vault, _used(connection, tokens, targets, [loaded_rows]), keys)
    return Counts(read + source.dropped, loaded, quarantined, dropped + source.dropped)


def _move_surely(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    source: Source,
    targets_of: Callable[[Source], list[Mapped]],
    file_id: str,
    keys: Keys,
) -> Counts:
    """Insert what a strict reader is sure of; what is missing then is read with all care."""
    (target,) = targets_of(source)
    identifiers = frozenset(target.mapping.columns[column].from_ for column in target.tokens)
    narrow = targets_of(source.only(identifiers)) if identifiers and source.only else [target]
    tokens = _tokens(connection, narrow, [narrow[0].sql], keys)
    loaded = _insert(connection, target, f"({target.sql})", "not fed._bad", file_id, tokens)
    is_all = loaded == source.count
    if tokens:
        loaded_rows = None if is_all else f"(select * from ({target.sql}) where not _bad)"
        seal_tokens(vault, _used(connection, tokens, [target], [loaded_rows]), keys)
    if is_all:
        return Counts(loaded, loaded, 0, 0)
    rows = connection.execute(
        f"select row_number from {raw_table(target.mapping)} where file_id = ?",
        [file_id],
    ).fetchnumpy()["row_number"]
    is_missing = np.ones(source.count, dtype=bool)
    is_missing[rows - source.first_row] = False
    rest = source.rest(np.flatnonzero(is_missing) + source.first_row)
    left = _move_directly(connection, vault, rest, targets_of(rest), file_id, keys)
    return Counts(source.count, loaded + left.loaded, left.quarantined, left.dropped)


def _move_kept(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    source: Source,
    targets: list[Mapped],
    file_id: str,
    keys: Keys,
) -> Counts:
    """Type the rows for every entity, find the bad ones, then insert what is good everywhere."""
    kept = [f"mapped_{number}" for number in range(len(targets))]
    for target, table in zip(targets, kept, strict=True):
        columns = ", ".join(
            [*map(quoted, target.columns), *(raw_name(column) for column in target.tokens)]
        )
        connection.execute(
            f"create or replace temp table {table} as select _row, {columns}, known_at, _extra, "
            f"_bad, case when _bad then _errors end as _errors from ({target.sql})"
        )
        _settle_duplicates(connection, target, table)
    _gather(connection, source, kept)
    good = [f"(select * from {table} anti join {BAD_ROWS} using (_row))" for table in kept]
    tokens = _tokens(connection, targets, good, keys)
    if tokens:
        seal_tokens(vault, _used(connection, tokens, targets, [None]), keys)
    for target, rows in zip(targets, good, strict=True):
        _insert(connection, target, rows, "true", file_id, tokens)
    # an exploded record feeds several rows and is still one record read
    every = " union all ".join(f"select _row from {table}" for table in kept)
    fed = f"select distinct _row from ({every})"
    unread = " where _error is null" if source.has_errors else ""
    # one statement: of a small file its planning is most of the work
    counted, quarantined, loaded, dropped = connection.execute(
        f"with fed as materialized ({fed}) select (select count(*) from {source.relation}), "
        f"(select count(distinct _row) from {BAD_ROWS}), "
        f"(select count(*) from fed anti join {BAD_ROWS} using (_row)), "
        f"(select count(*) from (select _row from {source.relation}{unread}) as delivered "
        "anti join fed using (_row))"
    ).fetchall()[0]
    if source.count is not None and counted != source.count:
        raise Miscounted(f"has {source.count} lines of which the reader saw {counted}")
    for table in kept:
        connection.execute(f"drop table {table}")
    return Counts(counted + source.dropped, loaded, quarantined, dropped + source.dropped)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return connection.execute(query).fetchall()[0][0]


def _gather(connection: duckdb.DuckDBPyConnection, source: Source, mapped: list[str]) -> None:
    """Fill `bad_rows` with each fault of each row that must not be loaded."""
    found = " union ".join(
        f"select _row, unnest(_errors, recursive := true) from {rows} where _bad" for rows in mapped
    )
    if source.has_errors:
        found += f" union select _row, null, _error from {source.relation} where _error is not null"
    connection.execute(f"insert into {BAD_ROWS} {found}")


def _settle_duplicates(connection: duckdb.DuckDBPyConnection, target: Mapped, table: str) -> None:
    """Keep, drop or refuse rows of one file with the same key, as the contract says."""
    rule = target.mapping.duplicates
    if rule == "keep":
        return
    key = [column for column in target.entity.key if column in target.columns]
    by_key = ", ".join(quoted(column) for column in key)
    content = ", ".join(quoted(column) for column in target.columns)
    if rule == "quarantine":
        reason = literal("contradicts another row of the file with the same key")
        connection.execute(
            f"update {table} set _bad = true, _errors = [{{'column_name': {literal(key[0])}, "
            f"'reason': {reason}}}] where rowid in (select rowid from {table} where not _bad "
            f"qualify min(hash({content})) over (partition by {by_key}) "
            f"<> max(hash({content})) over (partition by {by_key}))"
        )
    by, order = (content, "asc") if rule in ("drop", "quarantine") else (by_key, "asc")
    if rule == "last":
        order = "desc"
    connection.execute(
        f"delete from {table} where rowid in (select rowid from {table} where not _bad "
        f"qualify row_number() over (partition by {by} order by _row {order}, rowid {order}) > 1)"
    )


def _tokens(
    connection: duckdb.DuckDBPyConnection, targets: list[Mapped], rows: list[str], keys: Keys
) -> str | None:
    """Make the tokens of some rows' identifiers; return the temp table they are in, if any.

    The table grows from file to file: an identifier delivered again costs a look-up, no hashing.
    """
    parts, normal = [], {}
    for target, each in zip(targets, rows, strict=True):
        normal |= target.normal
        if target.tokens:
            parts.append(_identifiers(target, each))
    if parts:
        # brought to one form once a text, not once a row
        said = " ".join(f"{domain} {sql}" for domain, sql in sorted(normal.items()))
        # kept as a table: the engine would push the filter on values below the distinct
        connection.execute(
            "create or replace temp table identifiers as "
            f"select distinct domain, raw from ({' union all '.join(parts)}) where raw is not null"
        )
        # contracts that bring identifiers to other forms share no table
        table = f"tokens_{hashlib.sha256(said.encode()).hexdigest()[:8]}"
        make_tokens(connection, table, normal, keys)
        return table
    return None


def _identifiers(target: Mapped, rows: str) -> str:
    """Return a select of the distinct (domain, raw) of each token column, in one walk over rows.

    A set of groups a column is half the work of making each row two, and then one a text.
    """
    raw = [raw_name(column) for column in target.tokens]
    domains = " ".join(
        f"when grouping({name}) = 0 then {literal(domain)}"
        for name, domain in zip(raw, target.tokens.values(), strict=True)
    )
    sets = ", ".join(f"({name})" for name in raw)
    return (
        f"select case {domains} end as domain, coalesce({', '.join(raw)}) as raw from ({rows}) "
        f"group by grouping sets ({sets})"
    )


def _used(
    connection: duckdb.DuckDBPyConnection, table: str, targets: list[Mapped], rows: list[str | None]
) -> duckdb.DuckDBPyRelation:
    """Return the tokens to seal: of the given rows, or all where every row was loaded.

    A file whose every row was loaded leaves nothing to seal of its identifiers, so that the next
    one seals only what it brought itself, and what a file with rows left out had not sealed.
    """
    unsealed = f"un{table}"
    connection.execute(f"create temp table if not exists {unsealed} (domain varchar, raw varchar)")
    if rows == [None]:
        return connection.sql(
            f"select distinct token, domain, value from (from fresh_tokens union all from {table} "
            f"semi join (from {unsealed} semi join identifiers using (domain, raw)) "
            "using (domain, raw))"
        )
    parts = " union ".join(
        f"select {literal(domain)} as domain, {raw_name(column)} as raw from {each}"
        for target, each in zip(targets, rows, strict=True)
        for column, domain in target.tokens.items()
    )
    connection.execute(f"insert into {unsealed} select domain, raw from fresh_tokens")
    return connection.sql(
        f"select distinct token, domain, value from {table} semi join ({parts}) using (domain, raw)"
    )


def _insert(
    connection: duckdb.DuckDBPyConnection,
    target: Mapped,
    rows: str,
    condition: str,
    file_id: str,
    tokens: str | None,
) -> int:
    values, joins = [], []
    for column in target.columns:
        if column in target.tokens:
            alias = f"token_{column}"
            kind = target.entity.columns[column].sql_type
            values.append(f"cast({alias}.token as {kind})")
            joins.append(
                f"left join {tokens} as {alias} on {alias}.raw = fed.{raw_name(column)} "
                f"and {alias}.domain = {literal(target.tokens[column])}"
            )
        else:
            values.append(f"fed.{quoted(column)}")
    names = ", ".join(quoted(column) for column in target.columns)
    return connection.execute(
        f"insert into {raw_table(target.mapping)} ({names}, file_id, row_number, known_at, _extra) "
        f"select {', '.join(values)}, ?::uuid, fed._row, fed.known_at, fed._extra "
        f"from {rows} as fed {' '.join(joins)} where {condition}",
        [file_id],
    ).fetchall()[0][0]
