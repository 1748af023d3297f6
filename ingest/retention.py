"""What is older than it may be is deleted: rows, and the bytes they stood in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from cx.ledger import settle_erased_files
from cx.logs import forget_old
from cx.retention import Retention
from cx.rollback import forget_before
from cx.settings import Settings
from cx.warehouse import compacted, connected
from ingest.contents import forget_content
from ingest.pseudonyms import vault_ddl

# Events, and the moment that dates them. What describes customers, lines and elements has no age:
# it holds until it is told otherwise, and an erasure takes it out.
_DATED = {
    "usage": "started_at",
    "interaction": "started_at",
    "trouble_ticket": "coalesce(closed_at, resolved_at, opened_at)",
    "communication_message": "sent_at",
    "survey_response": "coalesce(answered_at, invited_at)",
    "campaign_contact": "contacted_at",
    "payment": "paid_at",
    "performance_measurement": "measured_from",
    "service_quality": "measured_from",
    "alarm": "coalesce(cleared_at, raised_at)",
}


def retain(settings: Settings, keep: Retention, now: datetime) -> dict[str, int]:
    """Delete what is older than it may be; return how much of what.

    Where rows went, the database is written anew: deleting leaves the bytes.

    Parameters
    ----------
    now : datetime
        Naive UTC.
    """

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    done: dict[str, int] = {}
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        connection.begin()
        connection.execute(
            "create or replace temp table touched "
            "(file_id uuid, row_number bigint, is_quarantined boolean)"
        )
        for table, moment in _DATED.items():
            done[f"raw.{table}"] = _old_rows(connection, table, moment, before(keep.raw_days))
        places = _old_quarantined(connection, before(keep.quarantine_days))
        done["quarantine.rows"] = len(places)
        settle_erased_files(connection)
        connection.commit()
        done["landing"] = _old_landing(connection, settings, before(keep.landing_days))
        done["vault.quarantined_text"] = _orphan_texts(connection, vault)
    if any(count for name, count in done.items() if name.startswith(("raw", "quarantine"))):
        compacted(settings, settings.warehouse)
    if done["vault.quarantined_text"]:
        compacted(settings, settings.vault)
    oldest = before(keep.release_days).replace(tzinfo=UTC)
    done["releases"] = len(forget_before(settings, oldest))
    done["logs"] = forget_old(settings, now, keep.log_days)
    return {name: count for name, count in done.items() if count}


def _old_rows(
    connection: duckdb.DuckDBPyConnection, table: str, moment: str, before: datetime
) -> int:
    connection.execute(
        f"insert into touched select distinct file_id, row_number, false from raw.{table} "
        f"where {moment} < ?",
        [before],
    )
    return connection.execute(f"delete from raw.{table} where {moment} < ?", [before]).fetchall()[
        0
    ][0]


def _old_quarantined(connection: duckdb.DuckDBPyConnection, before: datetime) -> list[tuple]:
    old = (
        "from quarantine.rows where file_id in "
        "(select file_id from ops.file_ledger where loaded_at < ?)"
    )
    places = connection.execute(f"select distinct file_id, row_number {old}", [before]).fetchall()
    connection.execute(
        f"insert into touched select distinct file_id, row_number, true {old}", [before]
    )
    connection.execute(f"delete {old}", [before])
    return places


def _orphan_texts(connection: duckdb.DuckDBPyConnection, vault: duckdb.DuckDBPyConnection) -> int:
    """Take out the sealed texts of rows that are in quarantine no more."""
    kept = connection.sql(
        "select distinct file_id::varchar as file_id, row_number from quarantine.rows"
    ).to_arrow_table()
    vault.register("kept", kept)
    count = vault.execute(
        "delete from quarantined_text where (file_id, row_number) not in (from kept)"
    ).fetchall()[0][0]
    vault.unregister("kept")
    return count


def _old_landing(
    connection: duckdb.DuckDBPyConnection, settings: Settings, before: datetime
) -> int:
    """Drop delivered files; one that came again lately is kept by its last date."""
    old = connection.execute(
        "select sha256 from ops.file_ledger group by sha256 having max(loaded_at) < ?", [before]
    ).fetchall()
    count = 0
    for (sha256,) in old:
        count += forget_content(settings, sha256)
    return count
