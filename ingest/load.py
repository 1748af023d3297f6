"""Deliveries → raw: read by contract, load what fits, quarantine what does not, account for all."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from cx.errors import UserError
from cx.keys import load_keys
from cx.ledger import FileRecord, create_tables, mark_superseded, record_file
from cx.settings import Settings
from cx.warehouse import connected
from ingest.contract import Contract
from ingest.contract_file import load_contracts
from ingest.corrections import delete_rows
from ingest.file_account import Desk, LoadReport
from ingest.fold import fold_series
from ingest.formats.source import quoted
from ingest.intake import answers, entities, raw_ddl
from ingest.landing import Delivery, Refusal, batch_id, extracted_at, find, identity, label
from ingest.one_file import load_file
from ingest.pseudonyms import check_key, vault_ddl
from ingest.quarantine import quarantine_ddl


def load_folder(
    folder: Path,
    settings: Settings,
    *,
    loaded_at: datetime | None = None,
    contracts: dict[str, Contract] | None = None,
    since: date | None = None,
    until: date | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> LoadReport:
    """Load every new delivery under a folder into raw, each file exactly once.

    A file, its quarantine and its ledger row are one transaction: after a kill the next call
    goes on with the files that are not in the ledger.

    Parameters
    ----------
    folder : Path
        The extract folder.
    loaded_at : datetime, optional
        Naive UTC; known_at of feeds that state no better moment. Default: now.
    contracts : dict, optional
        Source system → contract. Default: every contract of the settings' folders.
    since, until : date, optional
        Leave alone what its source wrote on earlier or later days (UTC). A file whose rows tell
        when it was written counts as written now.
    progress : callable
        Told (files done, files in all, file name) before each file.

    Returns
    -------
    LoadReport
        Counts of files and rows.

    Raises
    ------
    UserError
        When the folder or the contracts cannot be used, or the disk is full.
    """
    started = time.monotonic()
    given_at = loaded_at or datetime.now(UTC).replace(tzinfo=None)
    contracts = contracts or load_contracts(settings)
    keys = load_keys(settings)
    work = settings.temp / "ingest"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        check_key(vault, keys)
        prepare_raw(connection)
        suit_streams(connection)
        ledger = connection.execute(
            "select source_system, feed, file_id::varchar, state, file_name, bytes "
            "from ops.file_ledger "
            "where state in ('loaded', 'superseded')"
        ).fetchall()
        latest = _latest(connection)
        loaded_at = given_at if loaded_at else _after_the_last(connection, given_at)
        names = {(name, size) for *_, name, size in ledger}
        found = find(folder, contracts, settings, names)
        found.deliveries = [replace(each, token=keys.token) for each in found.deliveries]
        desk = Desk(connection, vault, settings, keys, work, batch_id(found.deliveries), loaded_at)
        report = LoadReport(batch_id=desk.batch_id, unclaimed=found.unclaimed)
        _forget_refusals(connection, found.deliveries)
        for refusal in found.refusals:
            _record_refusal(desk, refusal, report)
        known = {tuple(key) for *key, state, _, _ in ledger if state == "loaded"}
        by_name = {(*key, name) for *key, _, name, _ in ledger}
        # What was corrected stays corrected, unless it stands under its own name again.
        corrected = {tuple(key): name for *key, state, name, _ in ledger if state == "superseded"}
        ordered = sorted(
            found.deliveries, key=lambda each: (_order(each, loaded_at), each.kept.name)
        )
        for done, delivery in enumerate(ordered):
            if delivery.feed.format == "postgres":
                if _is_as_last_time(connection, delivery):
                    report.files_known += 1
                    continue
                delivery = replace(delivery, taken_at=loaded_at)
            name = delivery.label(keys)
            read_as = delivery.contract.source_system, delivery.feed.feed
            if (*read_as, delivery.id_before, name) in by_name and delivery.taken_at is None:
                delivery = replace(delivery, known_as=delivery.id_before)
            key = (*read_as, delivery.file_id)
            is_again = latest.get((*read_as, name), delivery.kept.sha256) != delivery.kept.sha256
            if (key in known or key in corrected) and is_again and delivery.is_of_now:
                delivery = replace(delivery, known_as=None, taken_at=loaded_at)
                key = (*read_as, delivery.file_id)
            is_replaced = key in corrected and delivery.feed.replaces
            if key in known or is_replaced or corrected.get(key, name) != name:
                report.files_known += 1
                continue
            written = _order(delivery, loaded_at).date()
            if (since and written < since) or (until and written > until):
                report.files_passed += 1
                continue
            progress(done, len(ordered), name)
            known.add(key)
            load_file(desk, delivery, report)
        finish(desk, contracts, report)
    shutil.rmtree(work, ignore_errors=True)
    report.seconds = time.monotonic() - started
    return report


def _after_the_last(connection: duckdb.DuckDBPyConnection, now: datetime) -> datetime:
    """Return now, or a moment after the last load where the clock was set back since.

    What is known only since it was loaded must not be known before what came earlier.
    """
    last = connection.execute("select max(loaded_at) from ops.file_ledger").fetchone()[0]
    return now if last is None or now > last else last + timedelta(microseconds=1)


def _latest(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], str]:
    """Return the content that came last under each name of a feed."""
    return {
        (system, feed, name): sha256
        for system, feed, name, sha256 in connection.execute(
            "select source_system, feed, file_name, arg_max(sha256, loaded_at) "
            "from ops.file_ledger where state = 'loaded' group by all"
        ).fetchall()
    }


def _is_as_last_time(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> bool:
    """Tell whether a server's rows are those taken last: then there is nothing to take.

    Rows that were different in between are another picture, and so is a sliding window: what an
    earlier extraction brought stays.
    """
    last = connection.execute(
        "select arg_max(sha256, loaded_at) from ops.file_ledger "
        "where source_system = ? and feed = ? and state = 'loaded'",
        [delivery.contract.source_system, delivery.feed.feed],
    ).fetchone()
    return last == (delivery.kept.sha256,)


def prepare_raw(connection: duckdb.DuckDBPyConnection) -> None:
    """Create raw, quarantine and ops, empty where nothing has come yet."""
    create_tables(connection)
    existing = connection.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'raw'"
    ).fetchall()
    if ("customer", "batch_id") in existing:
        raise UserError(
            "this home was made before 2026-11-24, when rows named their file another way; give "
            "the same extracts to a new home (--home), or go on with the version that made it"
        )
    # In one transaction, for each by itself would wait for the disk.
    connection.begin()
    for statement in raw_ddl(set(existing)):
        connection.execute(statement)
    quarantine_ddl(connection)
    connection.commit()
    if connection.execute("select count(*) from raw.column_fill").fetchone()[0] != sum(
        len(entity.columns) for entity in entities().values()
    ):
        _count_fill(connection)


def suit_streams(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the engine write rows as they come, and join a stream without keeping it.

    Writing in any order is half the cost, and the table is not rewritten later.

    Row numbers do not suffer: numbering rows forces the engine to read the file in order.
    """
    connection.execute("set preserve_insertion_order = false")
    # The side a join keeps in memory is the one written last: the engine, which knows nothing of a
    # stream's length, would keep a whole file for the sake of its few identifiers.
    connection.execute("set disabled_optimizers = 'build_side_probe_side,join_order'")


def finish(desk: Desk, contracts: dict[str, Contract], report: LoadReport) -> None:
    """Fold what came as timed snapshots and count what is filled now.

    Raises
    ------
    UserError
        When the disk is full.
    """
    replaced = _leave_the_latest(desk.connection, contracts)
    folded = fold_series(desk.connection, contracts)
    if report.files_new or folded or replaced:
        _count_fill(desk.connection)
        desk.connection.execute("checkpoint")


def _leave_the_latest(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> int:
    """Take out what a later snapshot replaced as a whole, in whichever order they came."""
    done = 0
    for contract in contracts.values():
        for feed in contract.feeds:
            if not feed.replaces:
                continue
            earlier = connection.execute(
                "select file_id::varchar, first_value(file_id::varchar) over latest "
                "from ops.file_ledger "
                "where source_system = ? and feed = ? and state = 'loaded' "
                "window latest as (order by extracted_at desc, loaded_at desc, file_id) "
                "qualify row_number() over latest > 1",
                [contract.source_system, feed.feed],
            ).fetchall()
            connection.begin()
            for file_id, by in earlier:
                delete_rows(connection, contract.source_system, feed.feed, file_id)
                mark_superseded(connection, contract.source_system, feed.feed, file_id, by)
                done += 1
            connection.commit()
    return done


def _forget_refusals(connection: duckdb.DuckDBPyConnection, deliveries: list[Delivery]) -> None:
    """Give refused files of the feeds that delivered now another chance; still bad ones return."""
    for system, feed in {(each.contract.source_system, each.feed.feed) for each in deliveries}:
        connection.execute(
            "delete from ops.file_ledger "
            "where source_system = ? and feed = ? and state = 'rejected'",
            [system, feed],
        )
    # What no feed could be named for is judged anew with every folder.
    connection.execute("delete from ops.file_ledger where feed is null and state = 'rejected'")


def _record_refusal(desk: Desk, refusal: Refusal, report: LoadReport) -> None:
    """Write down a file that could not even be taken in."""
    name = label(refusal.name, refusal.feed, desk.keys)
    name_hash = hashlib.sha256(refusal.name.encode()).hexdigest()
    system = refusal.contract.source_system if refusal.contract else None
    feed = refusal.feed.feed if refusal.feed else None
    by = f" (feed {system}.{feed})" if feed else ""
    report.refused.append(f"{name}{by}: {refusal.reason}")
    record_file(
        desk.connection,
        FileRecord(
            source_system=system,
            feed=feed,
            file_id=identity(f"{system}.{feed}:{name_hash}"),
            sha256=name_hash,
            file_name=name,
            bytes=0,
            state="rejected",
            reason=refusal.reason,
            batch_id=desk.batch_id,
            loaded_at=desk.loaded_at,
        ),
    )


def _order(delivery: Delivery, loaded_at: datetime) -> datetime:
    try:
        return extracted_at(delivery, loaded_at) or loaded_at
    except ValueError:
        return loaded_at


def _count_fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Count the filled rows of every intake column: what decides which answers are possible."""
    fill: list[dict] = []
    untouched = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() "
            "where schema_name = 'raw' and estimated_size = 0"
        ).fetchall()
    }
    for entity in entities().values():
        columns = list(entity.columns.values())
        rows, filled = 0, [0] * len(columns)
        if entity.name not in untouched:
            rows, *filled = connection.execute(
                "select count(*), "
                + ", ".join(f"count({quoted(column.name)})" for column in columns)
                + f" from raw.{entity.name}"
            ).fetchone()
        fill += [
            {
                "entity": entity.name,
                "column_name": column.name,
                "answers": list(column.answers),
                "is_required": column.required,
                "row_count": rows,
                "filled_count": count,
            }
            for column, count in zip(columns, filled, strict=True)
        ]
    questions = [
        {"answer_id": answer.name, "question": answer.question, "needs": list(answer.needs)}
        for answer in answers().values()
    ]
    connection.begin()
    for table, rows in (("column_fill", fill), ("answers", questions)):
        connection.execute(f"delete from raw.{table}")
        # bound, not as an Arrow table: for that Arrow loads pandas, a third of what starting costs
        connection.execute(
            f"insert into raw.{table} by name select unnest($rows, recursive := true)",
            {"rows": rows},
        )
    connection.commit()
