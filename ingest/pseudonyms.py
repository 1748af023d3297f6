"""Keyed pseudonyms at the door, and the vault that alone can turn them back.

A direct identifier never reaches the warehouse: its normalised value becomes a keyed pseudonym
(HMAC-SHA256, first 128 bits, as a UUID) and the value itself is sealed (AES-256-GCM) in the vault.
"""

from __future__ import annotations

import os
import struct

import duckdb
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cx.errors import UserError
from cx.keys import Keys
from ingest.formats.arrays import blobs
from ingest.formats.source import literal, once

_NONCE_BYTES = 12
_SEALED = ("identity", "quarantined_text", "file_name")


def vault_ddl(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the vault's tables if they are not there yet."""
    connection.execute(
        "create table if not exists identity "
        "(token uuid, domain varchar, sealed blob, key_id varchar)"
    )
    connection.execute(
        "create table if not exists quarantined_text "
        "(source_system varchar, feed varchar, file_id varchar, row_number bigint, "
        "sealed blob, key_id varchar)"
    )
    connection.execute(
        "create table if not exists file_name "
        "(source_system varchar, feed varchar, file_id varchar, sealed blob, key_id varchar)"
    )


def keyed_hash(text: str, *, named: bool = False) -> str:
    """Return SQL for the HMAC-SHA256 of a text, cut to 128 bits, as a UUID.

    Parameters
    ----------
    text : str
        SQL of the text.
    named : bool
        The key's pads are bound as $inner and $outer, else as $1 and $2 (Keys.hmac_pads).
    """
    inner, outer = ("$inner", "$outer") if named else ("$1", "$2")
    return f"left(sha256({outer} || unhex(sha256({inner} || encode({text})))), 32)::uuid"


def make_tokens(
    connection: duckdb.DuckDBPyConnection, table: str, values: dict[str, str], keys: Keys
) -> None:
    """Add to a temp table of tokens those of temp table `identifiers` that it lacks.

    HMAC runs in SQL with the key's pads as bound parameters, on distinct texts only. What was
    added is in temp table `fresh_tokens`, too: the vault may not know it yet.

    Parameters
    ----------
    table : str
        Columns domain, raw (as delivered), value (the form its spellings share), token.
    values : dict
        Domain → SQL for the value, over raw. Each in a select of its own: in a branch of a case the
        engine computes what is written several times as often, and of a phone much is.
    """
    connection.execute(
        f"create temp table if not exists {table} "
        "(domain varchar, raw varchar, value varchar, token uuid)"
    )
    inner, outer = keys.hmac_pads()
    normal = " union all ".join(
        f"select domain, raw, {once('value')} as value from (select domain, raw, {value} as value "
        f"from identifiers anti join {table} using (domain, raw) "
        f"where domain = {literal(domain)})"
        for domain, value in values.items()
    )
    connection.execute(
        f"""
        create or replace temp table fresh_tokens as
        select
            domain,
            raw,
            value,
            {keyed_hash("domain || '|' || value", named=True)} as token
        from ({normal})
        where value is not null
        """,
        {"inner": inner, "outer": outer},
    )
    connection.execute(f"insert into {table} from fresh_tokens")


def seal_tokens(
    vault: duckdb.DuckDBPyConnection, tokens: duckdb.DuckDBPyRelation, keys: Keys
) -> None:
    """Seal the values of tokens the vault does not know yet.

    Called before the rows are committed, so a pseudonym in raw can always be resolved.

    Parameters
    ----------
    tokens : DuckDBPyRelation
        Columns token, domain, value.
    """
    found = tokens.to_arrow_table()
    if not found.num_rows:
        return
    vault.register("found", found)
    fresh = vault.sql(
        "select found.token, found.domain, found.value from found "
        "anti join identity on found.token = identity.token"
    ).to_arrow_table()
    vault.unregister("found")
    if fresh.num_rows:
        sealed = pa.table(
            {
                "token": fresh["token"],
                "domain": fresh["domain"],
                "sealed": _sealed(fresh["value"].to_pylist(), keys),
            }
        )
        vault.register("sealed_values", sealed)
        vault.execute(
            "insert into identity select token::uuid, domain, sealed, ? from sealed_values",
            [keys.key_id],
        )
        vault.unregister("sealed_values")


def seal_quarantined(
    vault: duckdb.DuckDBPyConnection,
    rows: pa.Table,
    *,
    source_system: str,
    feed: str,
    file_id: str,
    keys: Keys,
) -> None:
    """Keep the original text of quarantined rows, sealed: it may name a person.

    Parameters
    ----------
    rows : pyarrow.Table
        Columns row_number (int64) and original (string).
    """
    vault.execute(
        "delete from quarantined_text where source_system = ? and feed = ? and file_id = ?",
        [source_system, feed, file_id],
    )
    sealed = pa.table(
        {
            "row_number": rows["row_number"],
            "sealed": _sealed(rows["original"].to_pylist(), keys),
        }
    )
    vault.register("sealed_rows", sealed)
    vault.execute(
        "insert into quarantined_text select ?, ?, ?, row_number, sealed, ? from sealed_rows",
        [source_system, feed, file_id, keys.key_id],
    )
    vault.unregister("sealed_rows")


def seal_name(
    vault: duckdb.DuckDBPyConnection,
    source_system: str,
    feed: str,
    file_id: str,
    name: str,
    *,
    keys: Keys,
) -> None:
    """Keep the name of a delivered file, sealed: an identifier stands in it."""
    place = [source_system, feed, file_id]
    vault.execute(
        "delete from file_name where source_system = ? and feed = ? and file_id = ?", place
    )
    (sealed,) = _sealed([name], keys).to_pylist()
    vault.execute("insert into file_name values (?, ?, ?, ?, ?)", [*place, sealed, keys.key_id])


def sealed_name(
    vault: duckdb.DuckDBPyConnection, source_system: str, feed: str, file_id: str, *, keys: Keys
) -> str | None:
    """Return the name a delivered file truly had, where it had to be sealed."""
    found = vault.execute(
        "select sealed from file_name where source_system = ? and feed = ? and file_id = ?",
        [source_system, feed, file_id],
    ).fetchall()
    return unseal(found[0][0], keys) if found else None


def seal_text(text: str, keys: Keys) -> bytes:
    """Seal one value."""
    return _sealed([text], keys).to_pylist()[0]


def unseal(sealed: bytes, keys: Keys) -> str:
    """Open one sealed value.

    Raises
    ------
    UserError
        When another key sealed it, or its bytes were changed.
    """
    try:
        opened = AESGCM(keys.seal).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except InvalidTag as error:
        raise UserError(
            f"a value of the vault does not open with key {keys.key_id}: the key is another "
            "one, or the vault was changed; give the right key (CX_KEY_FILE), or restore the vault"
        ) from error
    return opened.decode()


def check_key(vault: duckdb.DuckDBPyConnection, keys: Keys) -> None:
    """Refuse to go on with a key that did not seal what the vault holds.

    Raises
    ------
    UserError
        Before anything is written: two keys in one vault would leave half of it unreadable.
    """
    for table in _SEALED:
        found = vault.execute(
            f"select sealed from {table} order by key_id = ? limit 1", [keys.key_id]
        ).fetchall()
        if found:
            unseal(found[0][0], keys)


def seal_anew(
    vault: duckdb.DuckDBPyConnection, old: Keys, new: Keys, *, batch_rows: int = 50_000
) -> int:
    """Seal every value of the vault with another key, in the caller's transaction."""
    count = 0
    for table in _SEALED:
        while True:
            found = vault.sql(
                f"select rowid as place, sealed from {table} where key_id <> $new limit $rows",
                params={"new": new.key_id, "rows": batch_rows},
            ).to_arrow_table()
            if not found.num_rows:
                break
            texts = [unseal(sealed, old) for sealed in found["sealed"].to_pylist()]
            anew = pa.table({"place": found["place"], "sealed": _sealed(texts, new)})
            vault.register("anew", anew)
            vault.execute(
                f"update {table} set sealed = anew.sealed, key_id = $new from anew "
                f"where {table}.rowid = anew.place",
                {"new": new.key_id},
            )
            vault.unregister("anew")
            count += found.num_rows
    return count


def _sealed(values: list[str | None], keys: Keys) -> pa.Array:
    # Authenticated encryption has no set-based form: one call a value, over distinct new values.
    cipher = AESGCM(keys.seal)

    # The nonces are taken from the system at once: asking a value costs as much as the cipher.
    nonces = struct.iter_unpack(f"{_NONCE_BYTES}s", os.urandom(_NONCE_BYTES * len(values)))
    return blobs(
        [
            nonce + cipher.encrypt(nonce, (value or "").encode(), None)
            for (nonce,), value in zip(nonces, values, strict=True)
        ]
    )
