"""Everything about one person, out of every layer, for the person: a ZIP of CSV with an index."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb

from cx.column_privacy import classed, person_columns
from cx.errors import UserError
from cx.keys import load_keys
from cx.settings import Settings
from cx.warehouse import connected, reading
from ingest.intake import entities
from ingest.pseudonyms import unseal
from ingest.whose import find_subject, personal_entities, whose_rows

# A warehouse's name of what raw calls otherwise.
_KINDS = {"subscription_id": "product_id"}


def export(settings: Settings, subject: str, target: Path, at: datetime) -> dict[str, int]:
    """Write everything held about a person; return rows by table.

    The file is for its owner only (0600); identities are in it in clear. Every column that
    docs/privacy-columns.md classes is in it, also where it is empty.

    Parameters
    ----------
    subject : str
        As for an erasure: a customer's id, `phone:`, `email:`, `document:` or a pseudonym.
    at : datetime
        Naive UTC; stands in the index.

    Raises
    ------
    UserError
        When nothing is known of the person, or the file is there already.
    """
    if target.exists():
        raise UserError(
            f"{target} exists; give another name, so that nobody's data is written over"
        )
    keys = load_keys(settings)
    with connected(settings) as connection:
        if not find_subject(connection, subject, keys):
            raise UserError(
                "nothing is known of this person; give a customer's id as its source has it, "
                "phone:…, email:…, document:… or a pseudonym"
            )
        parts = {
            name: _csv(connection, query) for name, query in sorted(_queries(connection).items())
        }
        tokens = connection.execute("select id from subjects where kind = 'token'").fetchall()
    with reading(settings, settings.vault) as vault:
        sealed = vault.execute(
            "select domain, token::varchar, sealed from identity "
            "where list_contains(?, token::varchar) order by domain, token",
            [[token for (token,) in tokens]],
        ).fetchall()
    identities = [(domain, unseal(blob, keys), token) for domain, token, blob in sealed]
    parts["vault.identity"] = _rows(("domain", "value", "pseudonym"), identities)
    rows = {name: count for name, (_, count, _) in parts.items()}
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("README.txt", _index(parts, at))
        archive.writestr("columns.json", _columns(parts))
        for name, (text, _, _) in parts.items():
            archive.writestr(f"{name}.csv", text)
    return rows


def _queries(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return a query of the person's rows for each table that can hold some."""
    queries = {
        f"raw.{name}": f"select * from raw.{name} where {whose_rows(name)} "
        "order by known_at, file_id, row_number"
        for name in personal_entities()
    }
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() "
        "and schema_name in ('marts', 'features', 'ml') order by all"
    ).fetchall():
        tables.setdefault((schema, table), []).append(column)
    for (schema, table), columns in tables.items():
        found = [
            f"when {name} is not null then ('{_KINDS.get(name, name)}', {name}) in (from subjects)"
            for name in person_columns(schema, table, columns)
        ]
        if found:
            queries[f"{schema}.{table}"] = (
                f'select * from {schema}."{table}" where case {" ".join(found)} else false end'
            )
    return queries


def _csv(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[str, int, list[str]]:
    result = connection.execute(query)
    return _rows([name for name, *_ in result.description], result.fetchall())


def _rows(columns: list[str] | tuple, rows: list[tuple]) -> tuple[str, int, list[str]]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue(), len(rows), list(columns)


def _index(parts: dict, at: datetime) -> str:
    meanings = {f"raw.{name}": entity.grain for name, entity in entities().items()}
    meanings["vault.identity"] = "what identifies you, and the pseudonym that stands for it"
    lines = [
        f"Everything this warehouse holds about you, at {at:%Y-%m-%d %H:%M} UTC.",
        "",
        "raw is as your operator's systems delivered it; marts, features and ml are made from it.",
        "columns.json says of each column what it says of you, what it is for, and how long it is",
        "kept. A file without rows: we keep such things, and hold none about you.",
        "",
    ]
    for name, (_, count, _) in parts.items():
        lines.append(f"{name}.csv: {count} rows" + f" – {meanings.get(name, '')}".rstrip(" –"))
    return "\n".join(lines) + "\n"


def _columns(parts: dict) -> str:
    found: dict[str, dict] = {}
    for each in classed():
        name = f"{each.schema}.{each.table}"
        if name in parts and each.column in parts[name][2]:
            found.setdefault(name, {})[each.column] = {
                "class": each.privacy,
                "purpose": each.purpose,
                "retention": each.retention,
            }
    return json.dumps(found, indent=1)
