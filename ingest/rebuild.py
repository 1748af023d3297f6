"""The warehouse made anew from landing and the contracts alone: the same rows, the same moments."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cx.digest import file_digest
from cx.errors import UserError
from cx.keys import Keys, load_keys
from cx.settings import Settings
from cx.warehouse import connected, roll_back
from ingest import journal
from ingest.contents import Kept, kept_path
from ingest.contract_file import load_contracts
from ingest.file_account import Desk, LoadReport
from ingest.formats.source import literal, quoted
from ingest.load import finish, prepare_raw, suit_streams
from ingest.one_file import load_file
from ingest.pseudonyms import sealed_name, vault_ddl
from ingest.replay import delivery_of


def reload(
    settings: Settings,
    *,
    before: Path | None = None,
    without_missing: bool = False,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> LoadReport:
    """Load every file of landing's journal into an empty warehouse, in the order it came.

    Each keeps the moment and the batch of its first load, so raw is what it was. What an earlier
    call has loaded is passed over: after a kill the next call goes on.

    Parameters
    ----------
    before : Path, optional
        The warehouse so far, if it can be read: rows of files that landing keeps no longer (their
        time was up, or somebody in them was erased) are taken over from it.
    without_missing : bool
        Go on without files that neither of them has.

    Raises
    ------
    UserError
        When landing has no journal, or a file is damaged or nowhere.
    """
    entries = journal.entries(settings)
    if not entries:
        raise UserError(
            f"{journal.journal(settings)} names no file to load; give the extracts to `cx run DIR`"
        )
    gone = [each for each in entries if not kept_path(settings, each.sha256).exists()]
    contracts, keys = load_contracts(settings), load_keys(settings)
    work = settings.temp / "ingest"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    report = LoadReport(batch_id="")
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        prepare_raw(connection)
        suit_streams(connection)
        if gone:
            _take_over(connection, gone, before)
        known = set(
            connection.execute(
                "select source_system, feed, file_id::varchar from ops.file_ledger"
            ).fetchall()
        )
        lost = [each for each in gone if each.key not in known]
        if lost and not without_missing:
            raise UserError(
                f"landing keeps {len(lost)} of {len(entries)} files no longer, {lost[0].name} "
                "first, and no warehouse has their rows; restore a backup, or go on with "
                "--without-missing and do without them"
            )
        now = datetime.now(UTC).replace(tzinfo=None)
        desk = Desk(connection, vault, settings, keys, work, "", now)
        for done, each in enumerate(entries):
            progress(done, len(entries), each.name)
            if each.key in known:
                report.files_known += 1
            elif each not in lost:
                _load(desk, each, contracts, keys, report)
        finish(desk, contracts, report)
    shutil.rmtree(work, ignore_errors=True)
    return report


def _take_over(
    connection: duckdb.DuckDBPyConnection, gone: list[journal.Entry], before: Path | None
) -> None:
    """Copy what the warehouse so far holds of some files: raw, quarantine and ledger."""
    if before is None or not before.exists():
        return
    try:
        connection.execute(f"attach {literal(str(before))} as before (read_only)")
    except duckdb.Error:
        return  # it is damaged: that is why it is made anew
    connection.execute("create or replace temp table gone (file_id uuid)")
    connection.executemany("insert into gone values (?)", [[each.file_id] for each in gone])
    connection.execute("delete from gone where file_id in (select file_id from ops.file_ledger)")
    tables = connection.execute(
        "select schema_name, table_name from duckdb_columns() where database_name = 'before' "
        "and column_name = 'file_id' and (schema_name = 'raw' or (schema_name, table_name) in "
        "(('quarantine', 'rows'), ('ops', 'file_ledger'))) order by all"
    ).fetchall()
    connection.begin()
    try:
        for table in (f"{quoted(schema)}.{quoted(name)}" for schema, name in tables):
            connection.execute(
                f"insert into {table} by name from before.{table} semi join gone using (file_id)"
            )
        connection.commit()
    except BaseException:
        roll_back(connection)
        raise
    connection.execute("detach before")


def _load(desk: Desk, each: journal.Entry, contracts: dict, keys: Keys, report: LoadReport) -> None:
    path = kept_path(desk.settings, each.sha256)
    if file_digest(path) != each.sha256:
        raise UserError(
            f"landing's copy of {each.name} ({path}) is damaged; put it back from a backup, or "
            "delete it and go on with --without-missing; the warehouse is as it was"
        )
    name = sealed_name(desk.vault, *each.key, keys=keys) or each.true_name(keys)
    kept = Kept(name, path, each.sha256, each.bytes, each.is_proven)
    delivery = delivery_of(contracts, *each.key, kept)
    if delivery is None:
        report.refused.append(
            f"{each.name}: no contract reads {each.source_system}.{each.feed} any more"
        )
        return
    if delivery.feed.format == "postgres":
        delivery = replace(delivery, taken_at=each.moment())
    at = replace(desk, batch_id=each.batch_id, loaded_at=each.moment())
    load_file(at, delivery, report, is_journaled=True)
