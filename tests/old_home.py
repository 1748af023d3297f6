"""A home as the release of 2026-11-26 (schema 1) left it: small, written by hand, no code of ours.

It has no schema version, no journal in landing, no sidecars, no numbers on its records.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb

_OPS = {
    "file_ledger": """
        source_system varchar, feed varchar, file_id uuid, sha256 varchar, file_name varchar,
        bytes bigint, state varchar, reason varchar, rows_read bigint, rows_loaded bigint,
        rows_quarantined bigint, rows_dropped bigint, unmapped_columns varchar,
        extracted_at timestamp, batch_id varchar, contract_digest varchar, loaded_at timestamp
    """,
    "run_ledger": """
        run_id varchar, command varchar, pid bigint, host varchar, status varchar,
        started_at timestamp, ended_at timestamp, message varchar
    """,
    "step_ledger": """
        run_id varchar, step varchar, input_digest varchar, status varchar, row_count bigint,
        seconds double, started_at timestamp, ended_at timestamp, summary varchar
    """,
}
DELIVERED = {
    "customers_1.csv": b"id,segment\nC1,consumer\nC2,consumer\n",
    "customers_2.csv": b"id,segment\nC3,business\n",
}


def write_old_home(home: Path) -> None:
    """Write warehouse, landing, vault and two releases."""
    home.mkdir(parents=True)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema ops")
        for table, columns in _OPS.items():
            connection.execute(f"create table ops.{table} ({columns})")
        for number, (name, content) in enumerate(DELIVERED.items()):
            sha256 = hashlib.sha256(content).hexdigest()
            kept = home / "landing" / sha256[:2] / sha256
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(content)
            file_id = hashlib.sha256(f"crm.customers:{sha256}@".encode()).hexdigest()[:32]
            connection.execute(
                "insert into ops.file_ledger (source_system, feed, file_id, sha256, file_name, "
                "bytes, state, rows_read, rows_loaded, rows_quarantined, rows_dropped, batch_id, "
                "loaded_at) values ('crm', 'customers', ?::uuid, ?, ?, ?, 'loaded', 1, 1, 0, 0, "
                "'b1', timestamp '2026-11-20 03:00:00' + to_minutes(?))",
                [file_id, sha256, name, len(content), number],
            )
        connection.execute(
            "insert into ops.run_ledger values ('r1', 'run', 1, 'h', 'ok', "
            "timestamp '2026-11-20 03:00:00', timestamp '2026-11-20 04:00:00', null)"
        )
        connection.execute(
            "insert into ops.step_ledger values ('r1', 'build', 'inputs', 'ok', 1, 1.0, "
            "timestamp '2026-11-20 03:00:00', timestamp '2026-11-20 04:00:00', 'built')"
        )
    with duckdb.connect(str(home / "vault.duckdb")) as connection:
        connection.execute(
            "create table identity (token uuid, domain varchar, sealed blob, key_id varchar)"
        )
    (home / "state").mkdir()
    (home / "state" / "vault.key").write_text("5a" * 32)
    for day in ("19", "20"):
        _write_release(home / "releases", day)


def _write_release(releases: Path, day: str) -> None:
    releases.mkdir(exist_ok=True)
    building = releases / "next.building"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{building}' as release (storage_version 'v1.4.0')")
        connection.execute("create schema release.marts")
        connection.execute(f"create table release.marts.control as select {day} as number")
        count, total = connection.execute(
            "select count(*), sum(hash(each)::hugeint)::varchar from release.marts.control as each"
        ).fetchone()
    digest = hashlib.sha256(f"marts.control {count} {total}".encode()).hexdigest()
    path = releases / f"202611{day}T040000000000Z_{digest[:8]}.duckdb"
    building.rename(path)
    pointer = {
        "file": path.name,
        "version": path.stem,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "content_digest": digest,
        "published_at": f"2026-11-{day}T04:00:00+00:00",
        "as_of": f"2026-11-{day} 00:00:00",
        "batch_id": "b1",
        "tables": {"marts.control": 1},
    }
    (releases / "current.json").write_text(json.dumps(pointer))
