"""Deliveries → raw: read by contract, load what fits, quarantine what does not, account for all."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cx.errors import CxError
from cx.keys import Keys, load_keys
from cx.ledger import FileRecord, create_tables, mark_superseded, record_file
from cx.settings import Settings
from cx.warehouse import connected
from ingest.contract import load_contracts
from ingest.formats import csv, json, parquet, tmforum, xlsx
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.intake import answers, entities, raw_ddl
from ingest.landing import Delivery, batch_id, extracted_at, find, keep
from ingest.mapping import Mapped, mapped, needed_columns
from ingest.pseudonyms import seal_quarantined, token_table, vault_ddl

_READERS = {
    "csv": csv.read,
    "ndjson": json.read,
    "json": json.read,
    "xlsx": xlsx.read,
    "parquet": parquet.read,
    "tmf": tmforum.read,
}
_QUARANTINE = (
    "create table if not exists quarantine.rows (source_system varchar, feed varchar, "
    "file_id varchar, file_name varchar, row_number bigint, column_name varchar, "
    "reason varchar, batch_id varchar, state varchar)"
)


class AccountsDoNotBalance(CxError):
    """A file whose rows were not all loaded, quarantined or dropped by rule: nothing is kept."""


@dataclass
class LoadReport:
    """What one ingest did."""

    batch_id: str
    files_new: int = 0
    files_known: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_dropped: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)


def load_folder(
    folder: Path,
    settings: Settings,
    *,
    loaded_at: datetime | None = None,
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
    progress : callable
        Told (files done, files in all, file name) before each file.

    Returns
    -------
    LoadReport
        Counts of files and rows.

    Raises
    ------
    UserError
        When the folder or the contracts cannot be used.
    """
    started = time.monotonic()
    loaded_at = loaded_at or datetime.now(UTC).replace(tzinfo=None)
    contracts = load_contracts(settings)
    deliveries, unclaimed = find(folder, contracts)
    report = LoadReport(batch_id=batch_id(deliveries), unclaimed=unclaimed)
    keys = load_keys(settings)
    work = settings.temp / "ingest"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        prepare_raw(connection)
        _forget_refusals(connection, deliveries)
        known = {
            tuple(row)
            for row in connection.execute(
                "select source_system, feed, file_id from ops.file_ledger "
                "where state in ('loaded', 'superseded')"
            ).fetchall()
        }
        ordered = sorted(deliveries, key=lambda each: (_order(each, loaded_at), each.name))
        for done, delivery in enumerate(ordered):
            key = (delivery.contract.source_system, delivery.feed.feed, delivery.file_id)
            if key in known:
                report.files_known += 1
                continue
            progress(done, len(ordered), delivery.name)
            known.add(key)
            _load_file(connection, vault, delivery, settings, keys, report, loaded_at, work)
        if report.files_new:
            _count_fill(connection)
            connection.execute("checkpoint")
    shutil.rmtree(work, ignore_errors=True)
    report.seconds = time.monotonic() - started
    return report


def prepare_raw(connection: duckdb.DuckDBPyConnection) -> None:
    """Create raw, quarantine and ops, empty where nothing has come yet."""
    create_tables(connection)
    existing = connection.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'raw'"
    ).fetchall()
    for statement in raw_ddl(set(existing)):
        connection.execute(statement)
    connection.execute("create schema if not exists quarantine")
    connection.execute(_QUARANTINE)
    if connection.execute("select count(*) from raw.column_fill").fetchone()[0] != sum(
        len(entity.columns) for entity in entities().values()
    ):
        _count_fill(connection)


def _forget_refusals(connection: duckdb.DuckDBPyConnection, deliveries: list[Delivery]) -> None:
    """Give refused files of the feeds that delivered now another chance; still bad ones return."""
    for system, feed in {(each.contract.source_system, each.feed.feed) for each in deliveries}:
        connection.execute(
            "delete from ops.file_ledger "
            "where source_system = ? and feed = ? and state = 'rejected'",
            [system, feed],
        )


def _order(delivery: Delivery, loaded_at: datetime) -> datetime:
    try:
        return extracted_at(delivery, loaded_at)
    except ValueError:
        return loaded_at


def _load_file(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    settings: Settings,
    keys: Keys,
    report: LoadReport,
    loaded_at: datetime,
    work: Path,
) -> None:
    """Load one file, or record why it was refused."""
    connection.begin()
    try:
        record = _loaded(connection, vault, delivery, settings, keys, report, loaded_at, work)
        record_file(connection, record)
        connection.commit()
    except (FileRefused, AccountsDoNotBalance, ValueError, duckdb.Error) as error:
        connection.rollback()
        if isinstance(error, duckdb.Error) and not isinstance(
            error, (duckdb.BinderException, duckdb.ParserException, duckdb.ConversionException)
        ):
            raise
        reason = str(error).splitlines()[0]
        if isinstance(error, duckdb.ConversionException):
            # The engine quotes the value it could not convert, and a value may name a person.
            reason = re.sub(r"'[^']*'", "'…'", reason) + ": mend the contract's sql"
        report.refused.append(f"{delivery.name}: {reason}")
        record_file(
            connection,
            _record(delivery, report.batch_id, loaded_at, state="rejected", reason=reason),
        )
        return
    report.files_new += 1
    report.rows_read += record.rows_read
    report.rows_loaded += record.rows_loaded
    report.rows_quarantined += record.rows_quarantined
    report.rows_dropped += record.rows_dropped


def _loaded(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    settings: Settings,
    keys: Keys,
    report: LoadReport,
    loaded_at: datetime,
    work: Path,
) -> FileRecord:
    contract, feed = delivery.contract, delivery.feed
    moment = extracted_at(delivery, loaded_at)
    copy = keep(delivery, settings)
    needed = needed_columns(feed)
    source = _READERS[feed.format](connection, copy, feed, work, needed)
    at = f"timestamp '{moment.isoformat(sep=' ')}'"
    targets = list(mapped(contract, feed, source, at))
    for number, target in enumerate(targets):
        connection.execute(f"create or replace temp table mapped_{number} as {target.sql}")
    _gather_bad_rows(connection, source, len(targets))
    _make_tokens(connection, vault, targets, keys)

    read = connection.execute(f"select count(*) from {source.relation}").fetchone()[0]
    quarantined = connection.execute("select count(distinct _row) from bad_rows").fetchone()[0]
    if read and quarantined / read > feed.max_quarantined_share:
        worst = connection.execute(
            "select column_name, reason from bad_rows group by all order by count(*) desc limit 1"
        ).fetchone()
        raise FileRefused(
            f"has {quarantined} bad rows of {read}, more than the allowed share; most often "
            f"{worst[0] or 'the row'} {worst[1]}: is the contract right?"
        )
    _supersede(connection, delivery, moment)
    unmapped = sorted(set(source.columns) - needed) if not source.is_json else []
    for number, target in enumerate(targets):
        extra = unmapped if number == 0 and feed.unmapped == "keep" else []
        _insert(connection, delivery, target, number, source, extra, report.batch_id)
    # an exploded record feeds several rows and is still one record read
    loaded = connection.execute(
        "select count(distinct fed._row) from ("
        + " union ".join(f"select _row from mapped_{number}" for number in range(len(targets)))
        + ") as fed anti join bad_rows on fed._row = bad_rows._row"
    ).fetchone()[0]
    dropped = connection.execute(
        f"select count(*) from {source.relation} as delivered where delivered._error is null and "
        + " and ".join(
            f"delivered._row not in (select _row from mapped_{number})"
            for number in range(len(targets))
        )
    ).fetchone()[0]
    _quarantine(connection, vault, delivery, source, keys, report.batch_id)
    if read != loaded + quarantined + dropped:
        raise AccountsDoNotBalance(
            f"{read} rows read, but {loaded} loaded + {quarantined} quarantined + {dropped} "
            "dropped by rule; nothing of it was kept"
        )
    for number in range(len(targets)):
        connection.execute(f"drop table mapped_{number}")
    return _record(
        delivery,
        report.batch_id,
        loaded_at,
        state="loaded",
        extracted=moment,
        counts=(read, loaded, quarantined, dropped),
        unmapped=unmapped,
    )


def _gather_bad_rows(connection: duckdb.DuckDBPyConnection, source: Source, targets: int) -> None:
    found = " union all ".join(
        f"select _row, unnest(_errors, recursive := true) from mapped_{number}"
        for number in range(targets)
    )
    connection.execute(
        "create or replace temp table bad_rows as "
        f"select distinct _row, column_name, reason from ({found}) union all "
        f"select _row, null, _error from {source.relation} where _error is not null"
    )


def _make_tokens(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    targets: list[Mapped],
    keys: Keys,
) -> None:
    parts = [
        f"select {literal(domain)} as domain, {quoted(column)} as value from mapped_{number}"
        for number, target in enumerate(targets)
        for column, domain in target.tokens.items()
    ]
    if not parts:
        return
    # Only rows that will be loaded: a quarantined row must leave nothing but its sealed text.
    parts = [f"{part} anti join bad_rows using (_row)" for part in parts]
    connection.execute(
        "create or replace temp table identifiers as "
        f"select distinct domain, value from ({' union all '.join(parts)})"
    )
    token_table(connection, vault, keys)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    target: Mapped,
    number: int,
    source: Source,
    extra: list[str],
    batch: str,
) -> None:
    values, joins = [], []
    for column in target.columns:
        if column in target.tokens:
            alias = f"token_{column}"
            kind = target.entity.columns[column].sql_type
            values.append(f"cast({alias}.token as {kind})")
            joins.append(
                f"left join tokens as {alias} on {alias}.value = fed.{quoted(column)} "
                f"and {alias}.domain = {literal(target.tokens[column])}"
            )
        else:
            values.append(f"fed.{quoted(column)}")
    kept = "null"
    if extra:
        fields = ", ".join(f"{literal(name)}, delivered.{quoted(name)}" for name in extra)
        kept = f"json_object({fields})"
        joins.append(f"inner join {source.relation} as delivered on delivered._row = fed._row")
    names = ", ".join(quoted(column) for column in target.columns)
    connection.execute(
        f"insert into raw.{target.entity.name} ({names}, source_system, file_id, row_number, "
        f"batch_id, known_at, _extra) select {', '.join(values)}, $system, $file, fed._row, "
        f"$batch, fed.known_at, {kept} from mapped_{number} as fed {' '.join(joins)} "
        "where fed._row not in (select _row from bad_rows)",
        {
            "system": delivery.contract.source_system,
            "file": delivery.file_id,
            "batch": batch,
        },
    )


def _supersede(connection: duckdb.DuckDBPyConnection, delivery: Delivery, moment: datetime) -> None:
    """Take out what an earlier delivery of the same name said, when this one corrects it."""
    system, feed = delivery.contract.source_system, delivery.feed
    earlier = connection.execute(
        "select file_id, extracted_at from ops.file_ledger where source_system = ? and feed = ? "
        "and file_name = ? and state = 'loaded' and file_id <> ?",
        [system, feed.feed, delivery.name, delivery.file_id],
    ).fetchall()
    for file_id, extracted in earlier:
        if feed.delivery == "snapshot" and extracted != moment:
            continue  # another day's picture under the same name, not a correction
        for entity in {mapping.entity for mapping in feed.entities}:
            connection.execute(
                f"delete from raw.{entity} where source_system = ? and file_id = ?",
                [system, file_id],
            )
        connection.execute(
            "delete from quarantine.rows where source_system = ? and feed = ? and file_id = ?",
            [system, feed.feed, file_id],
        )
        mark_superseded(connection, system, feed.feed, file_id, delivery.file_id)


def _quarantine(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    source: Source,
    keys: Keys,
    batch: str,
) -> None:
    system, feed = delivery.contract.source_system, delivery.feed.feed
    connection.execute(
        "insert into quarantine.rows select ?, ?, ?, ?, _row, column_name, reason, ?, 'open' "
        "from bad_rows",
        [system, feed, delivery.file_id, delivery.name, batch],
    )
    originals = connection.sql(
        f"select _row as row_number, _original as original from {source.relation} "
        "where _row in (select _row from bad_rows) order by _row"
    ).to_arrow_table()
    if originals.num_rows:
        seal_quarantined(
            vault,
            originals,
            source_system=system,
            feed=feed,
            file_id=delivery.file_id,
            keys=keys,
        )


def _record(
    delivery: Delivery,
    batch: str,
    loaded_at: datetime,
    *,
    state: str,
    reason: str | None = None,
    extracted: datetime | None = None,
    counts: tuple[int, int, int, int] = (0, 0, 0, 0),
    unmapped: list[str] | None = None,
) -> FileRecord:
    read, loaded, quarantined, dropped = counts
    return FileRecord(
        source_system=delivery.contract.source_system,
        feed=delivery.feed.feed,
        file_id=delivery.file_id,
        sha256=delivery.sha256,
        file_name=delivery.name,
        bytes=delivery.bytes,
        state=state,
        reason=reason,
        rows_read=read,
        rows_loaded=loaded,
        rows_quarantined=quarantined,
        rows_dropped=dropped,
        unmapped_columns=", ".join(unmapped) if unmapped else None,
        extracted_at=extracted,
        batch_id=batch,
        contract_digest=hashlib.sha256(delivery.contract.model_dump_json().encode()).hexdigest()[
            :16
        ],
        loaded_at=loaded_at,
    )


def _count_fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Count the filled rows of every intake column: what decides which answers are possible."""
    connection.begin()
    connection.execute("delete from raw.column_fill")
    connection.execute("delete from raw.answers")
    for entity in entities().values():
        columns = list(entity.columns.values())
        counts = connection.execute(
            "select count(*), "
            + ", ".join(f"count({quoted(column.name)})" for column in columns)
            + f" from raw.{entity.name}"
        ).fetchone()
        connection.executemany(
            "insert into raw.column_fill values (?, ?, ?, ?, ?, ?)",
            [
                [
                    entity.name,
                    column.name,
                    list(column.answers),
                    column.required,
                    counts[0],
                    counts[position],
                ]
                for position, column in enumerate(columns, start=1)
            ],
        )
    connection.executemany(
        "insert into raw.answers values (?, ?, ?)",
        [[answer.name, answer.question, list(answer.needs)] for answer in answers().values()],
    )
    connection.commit()
