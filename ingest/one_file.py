"""One file → raw: read by its contract, moved, put in quarantine or refused, and recorded."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import duckdb

from cx.errors import CxError, StepStopped, UserError
from cx.faults import explained
from cx.keys import Keys
from cx.ledger import FileRecord, mark_superseded, record_file
from cx.settings import Settings
from cx.warehouse import roll_back
from ingest import journal
from ingest.contract import Contract, Feed
from ingest.doubled import refuse_second_picture
from ingest.fold import prepare_sightings
from ingest.formats.json import document
from ingest.formats.packed import unpacked
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.landing import Delivery, extracted_at, in_utc
from ingest.mapping import mapped
from ingest.needed import is_plain, needed_columns, optional_columns, strict_columns, told_of
from ingest.pseudonyms import seal_name
from ingest.quarantine import put_in_quarantine
from ingest.torn import ends_open
from ingest.transfer import Counts, Miscounted, transfer
from ingest.written_times import parsed_sql, tells_offset

# Format → module and function that read it; a module is imported when its format is met.
_READERS = {
    "csv": ("csv", "read"),
    "ndjson": ("json", "read"),
    "json": ("json", "read"),
    "tmf": ("tmforum", "read"),
    "xlsx": ("xlsx", "read"),
    "parquet": ("parquet", "read"),
    "sqlite": ("sqlite", "read"),
    "duckdb": ("duckdb_file", "read"),
    "postgres": ("postgres", "read"),
    "pm_xml": ("pm_xml", "read"),
}


# What a bad file or contract makes the engine say; anything else (space, memory) ends the run.
_VALUE_FAULTS = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
)
_FILE_FAULTS = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    *_VALUE_FAULTS,
)


@dataclass
class LoadReport:
    """What one ingest did."""

    batch_id: str
    files_new: int = 0
    files_known: int = 0
    files_passed: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_dropped: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """What the loading of every file of a batch needs."""

    connection: duckdb.DuckDBPyConnection
    vault: duckdb.DuckDBPyConnection
    settings: Settings
    keys: Keys
    work: Path
    batch_id: str
    loaded_at: datetime


def load_file(
    desk: Desk,
    delivery: Delivery,
    report: LoadReport,
    *,
    again: bool = False,
    is_journaled: bool = False,
) -> bool:
    """Load one file, or record why it was refused; tell which.

    Parameters
    ----------
    again : bool
        Take out what an earlier reading of the same content brought, in the same transaction.
    is_journaled : bool
        It comes from landing's journal, which need not be told of it.
    """
    connection = desk.connection
    connection.begin()
    try:
        record = _loaded(desk, delivery, again=again)
        record_file(connection, record)
        if not again and not is_journaled:
            journal.note(desk.settings, _journal_entry(desk, delivery))
        # what is filled is counted when all files are in; should this run die before, by the next
        connection.execute("delete from raw.column_fill")
        connection.commit()
    except (CxError, ValueError, duckdb.Error) as error:
        roll_back(connection)
        if isinstance(error, UserError | StepStopped):
            raise
        if isinstance(error, duckdb.Error) and not isinstance(error, _FILE_FAULTS):
            raise _engine_error(desk.settings, error) from error
        reason = _reason(error)
        if again:
            report.refused.append(f"{delivery.named(desk.keys)}: {reason} (left as it was loaded)")
            return False
        report.refused.append(f"{delivery.named(desk.keys)}: {reason}")
        record_file(connection, _record(desk, delivery, state="rejected", reason=reason))
        _keep_name(desk, delivery)
        return False
    if delivery.completeness == "unproven" and ends_open(delivery.kept.path, delivery.feed):
        report.torn.append(delivery.named(desk.keys))
    report.files_new += 1
    report.rows_read += record.rows_read
    report.rows_loaded += record.rows_loaded
    report.rows_quarantined += record.rows_quarantined
    report.rows_dropped += record.rows_dropped
    return True


def _journal_entry(desk: Desk, delivery: Delivery) -> journal.Entry:
    return journal.entry(
        (delivery.contract.source_system, delivery.feed.feed, delivery.file_id),
        sha256=delivery.kept.sha256,
        name=delivery.kept.name,
        label=delivery.label(desk.keys),
        size=delivery.kept.bytes,
        is_proven=delivery.kept.is_proven,
        batch_id=desk.batch_id,
        loaded_at=desk.loaded_at,
        keys=desk.keys,
    )


def _keep_name(desk: Desk, delivery: Delivery) -> None:
    """Seal the true name of a file whose name holds an identifier: a replay needs it."""
    if delivery.label(desk.keys) != delivery.kept.name:
        seal_name(
            desk.vault,
            delivery.contract.source_system,
            delivery.feed.feed,
            delivery.file_id,
            delivery.kept.name,
            keys=desk.keys,
        )


def _engine_error(settings: Settings, error: duckdb.Error) -> Exception:
    """Say what the engine ran out of; what it does not say stays as it is."""
    known = explained(error, settings)
    if known is None and isinstance(error, duckdb.IOException):
        return UserError(
            f"{settings.home} cannot be written ({str(error).splitlines()[0]}); free or mend the "
            "disk and give the same command again: nothing is lost"
        )
    return known or error


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0]
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
        # The engine quotes the value it could not convert, and a value may name a person.
        return re.sub(r"""'[^']*'|"[^"]*\"""", "'…'", text) + ": mend the sql of the contract"
    if "No function matches" in text:
        return f"{text}: csv, workbooks and databases give text; cast it in the contract's sql"
    if isinstance(error, duckdb.Error):
        return f"{text}; does the contract's sql name columns the file has?"
    return text


def _loaded(desk: Desk, delivery: Delivery, *, again: bool) -> FileRecord:
    """Read and move one file inside the caller's transaction."""
    connection, contract, feed = desk.connection, delivery.contract, delivery.feed
    moment = extracted_at(delivery, desk.loaded_at)
    plain = unpacked(delivery.kept.path, desk.work)
    needed = needed_columns(feed)
    in_name = delivery.name_columns()
    module, name = _READERS[feed.format]
    read = getattr(import_module(f"ingest.formats.{module}"), name)
    more = {}
    if feed.format in ("csv", "parquet"):
        kinds, blanks = strict_columns(contract, feed)
        more = {"kinds": kinds, "blanks": blanks}
    elif feed.format == "ndjson" and not getattr(feed.extracted_at, "is_in_rows", False):
        more = {"is_plain": is_plain(feed)}
    asked = {
        "feed": feed,
        "work": desk.work,
        "needed": needed - set(in_name) - optional_columns(feed),
        **more,
    }
    source = read(connection, plain, **asked)
    try:
        counts, moment, drift = _moved(desk, delivery, source, in_name, moment, plain, again=again)
    except (Miscounted, duckdb.Error) as error:
        is_fault = isinstance(error, (Miscounted, *_FILE_FAULTS))
        # An expression that cannot be computed on a row of another kind is that row's fault.
        is_of_rows = isinstance(error, _VALUE_FAULTS) and _has_sql(feed)
        if not is_of_rows and (source.carefully is None or not is_fault):
            raise
        # The fast reader and the file disagree: start over with the reader that trusts nothing.
        connection.rollback()
        connection.begin()
        source = source.carefully() if source.carefully else read(connection, plain, **asked)
        counts, moment, drift = _moved(
            desk, delivery, source, in_name, moment, plain, again=again, is_guarded=is_of_rows
        )
    _keep_name(desk, delivery)
    put_in_quarantine(
        connection,
        desk.vault,
        source,
        source_system=contract.source_system,
        feed=feed.feed,
        file_id=delivery.file_id,
        file_name=delivery.label(desk.keys),
        batch_id=desk.batch_id,
        keys=desk.keys,
    )
    return _record(desk, delivery, state="loaded", extracted=moment, counts=counts, unmapped=drift)


def _has_sql(feed: Feed) -> bool:
    return any(spec.sql for mapping in feed.entities for spec in mapping.columns.values())


def _moved(
    desk: Desk,
    delivery: Delivery,
    source: Source,
    in_name: dict[str, str],
    moment: datetime | None,
    plain: Path,
    *,
    again: bool,
    is_guarded: bool = False,
) -> tuple[Counts, datetime, list[str]]:
    connection, contract, feed = desk.connection, delivery.contract, delivery.feed
    prepare_sightings(connection, feed)
    needed = needed_columns(feed)
    source = _completed(source, needed, in_name)
    unmapped, new = [], []
    if not source.is_json:
        unmapped = sorted(set(source.columns) - needed - set(feed.ignore) - set(in_name))
        new = sorted(set(unmapped) - told_of(feed, unmapped))
        if new and feed.drift == "fail":
            raise FileRefused(
                f"has new columns {', '.join(map(repr, new))} and the contract says drift: "
                "fail; map them, or name them under `ignore`"
            )
    if moment is None:
        moment = _moment_in_rows(connection, delivery, source, plain, in_name)
    at = f"timestamp '{moment.isoformat(sep=' ')}'"
    kept = unmapped if feed.unmapped == "keep" else []
    if again:
        delete_rows(connection, contract.source_system, feed.feed, delivery.file_id)
    refuse_second_picture(connection, delivery, moment)
    _supersede(connection, delivery, moment, delivery.label(desk.keys))
    counts = transfer(
        connection,
        desk.vault,
        source,
        lambda rows: list(
            mapped(
                contract,
                feed,
                _completed(rows, needed, in_name),
                at,
                kept,
                is_guarded=is_guarded,
            )
        ),
        delivery.file_id,
        desk.keys,
        feed.max_quarantined_share,
    )
    return counts, moment, [*new, *_sheets_left_out(contract, feed, source)]


def _sheets_left_out(contract: Contract, feed: Feed, source: Source) -> list[str]:
    """Name the sheets that no feed asks for: next month's may stand under another name."""
    asked = [
        pattern
        for each in contract.feeds
        if each is not feed and each.format == "xlsx"
        for pattern in each.dialect.sheet or ()
    ]
    return [
        f"sheet {name!r}"
        for name in source.left_out
        if name not in feed.ignore and not any(fnmatchcase(name, pattern) for pattern in asked)
    ]


def _completed(source: Source, needed: set[str], in_name: dict[str, str]) -> Source:
    """Add the columns that stand in the file's name, and say which mapped ones there are not."""
    if in_name and not set(in_name) <= set(source.columns):
        listed = ", ".join(f"{literal(text)} as {quoted(name)}" for name, text in in_name.items())
        source = replace(
            source,
            columns=(*source.columns, *in_name),
            relation=f"(select *, {listed} from {source.relation})",
            originals=source.originals or f"select _row, _original from {source.relation}",
        )
    if source.is_json:
        return source
    return replace(source, missing=frozenset(needed - set(source.columns)))


def _moment_in_rows(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    source: Source,
    plain: Path,
    in_name: dict[str, str],
) -> datetime:
    """Return the latest moment that a column of the file, or a path into its document, states.

    Where an expression reads columns of the file's name alone, a picture of nothing has it, too.
    """
    rule, dialect = delivery.feed.extracted_at, delivery.feed.dialect
    name, form = rule.from_ or rule.sql, rule.format
    zones = delivery.contract.zones | delivery.feed.zones
    formats = (dialect.timestamp_format or ()) if form == "%Y%m%d" else (form,)
    says_offset = form == "epoch" or any(map(tells_offset, formats))
    column = f"json_extract_string(record, {literal(name)})" if source.is_json else quoted(name)
    column = f"({rule.sql})" if rule.sql else column
    places = [(source.relation, {}, column)]
    listed = "".join(f", {literal(text)} as {quoted(name)}" for name, text in in_name.items())
    if rule.sql and listed and _is_computed(connection, column, named := f"(select 1{listed})"):
        places.insert(0, (named, {}, column))
    elif delivery.feed.format == "json":
        # a path into the document, or into each of its records
        text = {"text": document(plain, dialect.encoding)}
        if rule.from_ and "[*]" in name:
            column = f"unnest({column})"
        places.insert(0, (f"(select $text::json as record{listed})", text, column))
    for rows, parameters, each in places:
        given = f"(select cast({each} as varchar) as told from {rows})"
        if form == "epoch":
            # Thirteen digits are milliseconds, ten are seconds, as in a file's name.
            number = "try_cast(told as double)"
            parsed = f"to_timestamp({number} / case when {number} >= 1e11 then 1000 else 1 end)"
        elif form == "%Y%m%d":
            # unsaid: ISO 8601, or what the feed's times are written in
            written = parsed_sql("told", formats, zones) if formats else ""
            parsed = "try_cast(told as timestamptz)"
            if written:
                parsed = f"coalesce({parsed}, {written}::timestamptz)"
        else:
            parsed = parsed_sql("told", (form,), zones)
        found = connection.execute(
            f"select max({parsed}), max(strlen(told) > 10 and told similar to "
            f"'.*(Z|z|[+-][0-9]{{2}}:?[0-9]{{2}})'), count(told), "
            f"count(distinct {parsed}) from {given}",
            parameters,
        ).fetchone()
        if found[2]:
            break
    if found[0] is None:
        raise FileRefused(
            f"states no moment at {name!r}, which extracted_at reads: "
            + (
                f"{found[2]} values, none written as its format {form} says"
                if found[2] and form != "%Y%m%d"
                else f"{found[2]} values, none in ISO 8601; say its format in extracted_at"
                if found[2]
                else "it is blank or not there"
            )
        )
    if found[3] > 1 and any(mapping.fold for mapping in delivery.feed.entities):
        raise FileRefused(
            f"holds {found[3]} moments at {name!r}: a file that is folded is one picture; have "
            "each picture in a file of its own (or, where the latest of them is the picture's, "
            "say the moment by file_name)"
        )
    moment = found[0].astimezone(UTC).replace(tzinfo=None) if found[0].tzinfo else found[0]
    return moment if found[1] or says_offset else in_utc(delivery, moment)


def _is_computed(connection: duckdb.DuckDBPyConnection, sql: str, rows: str) -> bool:
    """Tell whether an expression can be computed over rows: whether it names their columns only."""
    try:
        connection.execute(f"explain select {sql} from {rows}").fetchall()
    except duckdb.BinderException:
        return False
    return True


def _supersede(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, moment: datetime, name: str
) -> None:
    """Take out what an earlier delivery of the same name said, when this one corrects it."""
    system, feed = delivery.contract.source_system, delivery.feed
    if delivery.taken_at is not None:
        return  # what a server held earlier is an earlier picture, not a mistake
    earlier = connection.execute(
        "select file_id::varchar, extracted_at from ops.file_ledger "
        "where source_system = ? and feed = ? "
        "and file_name = ? and state = 'loaded' and file_id <> ?",
        [system, feed.feed, name, delivery.file_id],
    ).fetchall()
    for file_id, extracted in earlier:
        if feed.delivery == "snapshot" and extracted != moment:
            continue  # another day's picture under the same name, not a correction
        delete_rows(connection, system, feed.feed, file_id)
        mark_superseded(connection, system, feed.feed, file_id, delivery.file_id)


def delete_rows(
    connection: duckdb.DuckDBPyConnection, system: str, feed: str, file_id: str
) -> None:
    """Delete what a file brought, from every table: its contract may have been another then."""
    tables = connection.execute(
        "select table_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = 'raw' and column_name = 'file_id'"
    ).fetchall()
    for (table,) in tables:
        connection.execute(
            f"delete from raw.{quoted(table)} where file_id = ?",
            [file_id],
        )
    # what was folded of its sightings is gone, too, and must be made again
    if ("folded_series",) in connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
    ).fetchall():
        connection.execute(
            "delete from raw.folded_series where source_system = ? and feed = ?", [system, feed]
        )
    connection.execute(
        "delete from quarantine.rows where source_system = ? and feed = ? and file_id = ?",
        [system, feed, file_id],
    )


def _record(
    desk: Desk,
    delivery: Delivery,
    *,
    state: str,
    reason: str | None = None,
    extracted: datetime | None = None,
    counts: Counts | None = None,
    unmapped: list[str] | None = None,
) -> FileRecord:
    counts = counts or Counts(0, 0, 0, 0)
    return FileRecord(
        source_system=delivery.contract.source_system,
        feed=delivery.feed.feed,
        file_id=delivery.file_id,
        sha256=delivery.kept.sha256,
        file_name=delivery.label(desk.keys),
        bytes=delivery.kept.bytes,
        state=state,
        reason=reason,
        rows_read=counts.read,
        rows_loaded=counts.loaded,
        rows_quarantined=counts.quarantined,
        rows_dropped=counts.dropped,
        unmapped_columns=", ".join(unmapped) if unmapped else None,
        completeness=delivery.completeness,
        extracted_at=extracted,
        batch_id=desk.batch_id,
        contract_digest=contract_digest(delivery.contract),
        loaded_at=desk.loaded_at,
    )


def contract_digest(contract: Contract) -> str:
    """Return what tells two versions of a contract apart."""
    return hashlib.sha256(contract.model_dump_json().encode()).hexdigest()[:16]
