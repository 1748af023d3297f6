"""A person is taken out of raw, quarantine, landing and vault, and does not come back.

What is a person's: the rows that name them first by customer, else by product, account, service,
bill, order, ticket or contact of theirs. All ids found so become keyed tombstones in the vault:
hashes that tell nothing without the key, by which rows of later or repeated deliveries are known
and taken out again before any model reads them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from cx.errors import UserError
from cx.keys import Keys, load_keys
from cx.ledger import create_tables, forget_built, record_erased, settle_erased_files
from cx.settings import Settings
from cx.warehouse import compacted, connected, reading
from ingest.contents import forget_content, gone_contents
from ingest.pseudonyms import keyed_hash, unseal, vault_ddl
from ingest.whose import (
    SAID,
    TOKEN,
    begin,
    close,
    find_again,
    find_subject,
    personal_entities,
    token_columns,
    whose_rows,
)

# A row's own kind is enough to find its key: what hangs on it names it by that.
_KINDS_OF_TEXT = ("customer_id", "account_id", "product_id", "party_id")


@dataclass(frozen=True)
class Erased:
    """What was taken out: rows by table, files of landing."""

    rows: dict[str, int]
    files: int


def request(settings: Settings, subjects: Iterable[str], at: datetime) -> str:
    """Write the tombstones of persons; return the receipt's name. Nothing is deleted yet.

    Parameters
    ----------
    subjects : iterable of str
        One person each: a customer's id as the source has it, `phone:`, `email:` or `document:`
        before an identity, or a pseudonym (UUID).
    at : datetime
        Naive UTC.

    Raises
    ------
    UserError
        When nothing is known of one of them; says its place in the list, never its text.
    """
    keys = load_keys(settings)
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        erasure_ddl(vault)
        create_tables(connection)
        connection.execute("create or replace temp table everybody (kind varchar, id varchar)")
        for place, subject in enumerate(subjects, start=1):
            if not find_subject(connection, subject, keys):
                raise UserError(
                    f"nothing is known of number {place} of the list; give a customer's id as its "
                    "source has it, phone:…, email:…, document:… or a pseudonym; nothing was erased"
                )
            connection.execute("insert into everybody from subjects")
        receipt = f"E{at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        hashes = connection.sql(
            f"select distinct kind, {keyed_hash(SAID)} as hash from everybody",
            params=keys.hmac_pads(keys.erasure),
        ).to_arrow_table()
        vault.begin()
        vault.register("hashes", hashes)
        vault.execute("insert into tombstone select kind, hash, ? from hashes", [receipt])
        vault.execute("insert into erasure values (?, ?, 'pending')", [receipt, at])
        vault.unregister("hashes")
        vault.commit()
    return receipt


def erasure_ddl(vault: duckdb.DuckDBPyConnection) -> None:
    """Create the vault's tables of erasures if they are not there yet."""
    vault.execute("create table if not exists tombstone (kind varchar, hash uuid, receipt varchar)")
    vault.execute(
        "create table if not exists erasure (receipt varchar, asked_at timestamp, state varchar)"
    )


def pending(settings: Settings) -> list[tuple[str, datetime]]:
    """Return receipts that are not complete yet, with their moments."""
    return _erasures(settings, "pending")


def finished(settings: Settings) -> list[tuple[str, datetime]]:
    """Return receipts of completed erasures, with their moments."""
    return _erasures(settings, "done")


def finish(settings: Settings, receipts: list[str]) -> None:
    """Note that nothing that is served knows the persons of these receipts any more."""
    with connected(settings, settings.vault) as vault:
        vault.execute(
            "update erasure set state = 'done' where list_contains(?, receipt)", [receipts]
        )


def forget(settings: Settings, receipt: str | None = None) -> Erased:
    """Take every row of a tombstoned person out of raw, quarantine, vault and landing.

    Does the same again when called again, so an interrupted call is made good by the next. Where
    a row was taken out, warehouse and vault are written anew as files: deleting leaves the bytes.

    Parameters
    ----------
    receipt : str, optional
        Under which name the ledger counts the rows; else as rows of persons erased before.
    """
    if not settings.vault.exists() or not settings.warehouse.exists():
        return Erased({}, 0)
    keys = load_keys(settings)
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        erasure_ddl(vault)
        create_tables(connection)
        if not vault.execute("select 1 from tombstone limit 1").fetchall():
            return Erased({}, 0)
        begin(connection)
        find_again(connection, vault, keys)
        close(connection)
        connection.begin()
        rows = _delete_rows(connection)
        texts = _delete_quarantined(connection, vault, keys, rows)
        files = connection.execute(
            "select distinct sha256 from ops.file_ledger where file_id in "
            "(select file_id from touched)"
        ).fetchall()
        # Before the ledger says so: what is gone from landing twice is gone once.
        for (sha256,) in files:
            forget_content(settings, sha256)
        if rows:
            _mark(settings)
            settle_erased_files(connection)
            record_erased(connection, receipt or "came again", rows)
        # Of an interrupted erasure too: its estimators are deleted, and ml would go on naming them.
        if rows or receipt:
            _drop_derived(connection)
        connection.commit()
        # Only now: an interrupted call finds the texts and tombstones again.
        if _forget_sealed(connection, vault, texts, keys) + _forget_names(
            connection, vault, settings
        ):
            _mark(settings)
    if _mark_path(settings).exists():
        compacted(settings, settings.warehouse)
        compacted(settings, settings.vault)
        _mark_path(settings).unlink(missing_ok=True)
    return Erased(rows, len(files))


def _delete_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    rows = {}
    for name in personal_entities():
        theirs = whose_rows(name)
        connection.execute(
            "insert into touched select distinct file_id, row_number, false "
            f"from raw.{name} where {theirs}"
        )
        count = connection.execute(f"delete from raw.{name} where {theirs}").fetchall()[0][0]
        if count:
            rows[f"raw.{name}"] = count
    return rows


def _delete_quarantined(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    keys: Keys,
    rows: dict[str, int],
) -> list[tuple]:
    """Take out quarantined rows in whose text an id of theirs is a word; return their places."""
    sealed = vault.execute(
        "select source_system, feed, file_id, row_number, sealed from quarantined_text"
    ).fetchall()
    if not sealed:
        return []
    texts = [(*place, unseal(text, keys)) for *place, text in sealed]
    connection.execute(
        "create or replace temp table texts "
        "(source_system varchar, feed varchar, file_id varchar, row_number bigint, said varchar)"
    )
    connection.executemany("insert into texts values (?, ?, ?, ?, ?)", texts)
    connection.execute(
        f"""
        create or replace temp table theirs as
        select distinct source_system, feed, file_id, row_number
        from (
            select *, unnest(string_split_regex(said, '[^[:alnum:]_-]+')) as id
            from texts
        )
        cross join (select unnest({list(_KINDS_OF_TEXT)}) as kind)
        where id <> '' and (kind, {keyed_hash(SAID)}) in (from tombstones)
        """,
        keys.hmac_pads(keys.erasure),
    )
    theirs = connection.execute("from theirs").fetchall()
    connection.execute("drop table texts")
    if not theirs:
        return []
    connection.execute("insert into touched select file_id::uuid, row_number, true from theirs")
    count = connection.execute(
        "delete from quarantine.rows where (source_system, feed, file_id::varchar, row_number) "
        "in (from theirs)"
    ).fetchall()[0][0]
    if count:
        rows["quarantine.rows"] = count
    return theirs


def _forget_sealed(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    texts: list[tuple],
    keys: Keys,
) -> int:
    """Take out of the vault their texts, and identities that no row of raw names any more."""
    used = " union ".join(
        f"select {column} as token from raw.{name} where {column} is not null"
        for name in personal_entities()
        for column in token_columns(name)
    )
    vault.begin()
    for place in texts:
        vault.execute(
            "delete from quarantined_text where source_system = ? and feed = ? and file_id = ? "
            "and row_number = ?",
            list(place),
        )
    still_used = connection.sql(used).to_arrow_table()
    vault.register("still_used", still_used)
    count = vault.execute(
        f"""
        delete from identity
        where
            ('{TOKEN}', {keyed_hash(f"'{TOKEN}|' || cast(token as varchar)")})
            in (select kind, hash from tombstone)
            and token not in (select token::uuid from still_used)
        """,
        keys.hmac_pads(keys.erasure),
    ).fetchall()[0][0]
    vault.unregister("still_used")
    vault.commit()
    return count + len(texts)


def _forget_names(
    connection: duckdb.DuckDBPyConnection, vault: duckdb.DuckDBPyConnection, settings: Settings
) -> int:
    """Take out of the vault the names of files that landing dropped; an identifier is in them."""
    named = vault.execute("select distinct file_id from file_name").fetchall()
    contents = connection.execute(
        "select file_id::varchar, sha256 from ops.file_ledger "
        "where list_contains(?, file_id::varchar)",
        [[file_id for (file_id,) in named]],
    ).fetchall()
    dropped = gone_contents(settings)
    gone = [file_id for file_id, sha256 in contents if sha256 in dropped]
    return vault.execute(
        "delete from file_name where list_contains(?, file_id)", [gone]
    ).fetchall()[0][0]


def _drop_derived(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop everything that was made from raw: it is made again without them."""
    kept = ("raw", "quarantine", "ops", "main", "information_schema", "pg_catalog")
    derived = connection.execute(
        "select schema_name from duckdb_schemas() where database_name = current_database() "
        "and not internal and not list_contains(?, schema_name)",
        [list(kept)],
    ).fetchall()
    for (schema,) in derived:
        connection.execute(f'drop schema "{schema}" cascade')
    # so that the next build takes nothing for built
    forget_built(connection)


def _erasures(settings: Settings, state: str) -> list[tuple[str, datetime]]:
    if not settings.vault.exists():
        return []
    with reading(settings, settings.vault) as vault:
        is_there = vault.execute(
            "select 1 from duckdb_tables() where table_name = 'erasure'"
        ).fetchall()
        if not is_there:
            return []
        return vault.execute(
            "select receipt, asked_at from erasure where state = ? order by asked_at", [state]
        ).fetchall()


def _mark_path(settings: Settings) -> Path:
    return settings.state / "compaction.due"


def _mark(settings: Settings) -> None:
    """Note that bytes of deleted rows are left, until both files are written anew."""
    _mark_path(settings).touch(mode=0o600)
