"""One file → raw: read by its contract, moved, put in quarantine or refused, and recorded."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import duckdb

from cx.errors import CxError, StepStopped, UserError
from cx.faults import explained
from cx.ledger import FileRecord, record_file
from cx.settings import Settings
from cx.warehouse import roll_back
from ingest import journal
from ingest.contract import Contract, Feed
from ingest.corrections import delete_rows, supersede
from ingest.doubled import refuse_second_picture
from ingest.file_account import Desk, LoadReport, journal_entry, keep_name, record_of
from ingest.fold import prepare_sightings
from ingest.formats.packed import unpacked
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.landing import Delivery, extracted_at
from ingest.mapping import mapped
from ingest.moment_in_rows import moment_in_rows
from ingest.needed import is_plain, needed_columns, optional_columns, strict_columns, told_of
from ingest.quarantine import put_in_quarantine
from ingest.torn import ends_open
from ingest.transfer import Counts, Miscounted, transfer

# Format → module and function that read it; a module is imported when its format is met.
_READERS = {
    "csv": ("csv", "read"),
    "ndjson": ("json", "read"),
    "json": ("json", "read"),
    "xml": ("json", "read"),
    "multiline": ("multiline", "read"),
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
            journal.note(desk.settings, journal_entry(desk, delivery))
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
        record_file(connection, record_of(desk, delivery, state="rejected", reason=reason))
        keep_name(desk, delivery)
        return False
    if delivery.completeness == "unproven" and ends_open(delivery.kept.path, delivery.feed):
        report.torn.append(delivery.named(desk.keys))
    report.files_new += 1
    report.rows_read += record.rows_read
    report.rows_loaded += record.rows_loaded
    report.rows_quarantined += record.rows_quarantined
    report.rows_dropped += record.rows_dropped
    return True


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
    if isinstance(error, duckdb.ParserException):
        return (
            f"{text}; a column whose name is a word of SQL (at, end, order), or holds a blank, "
            "stands in double quotes in the contract's sql"
        )
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
    keep_name(desk, delivery)
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
    return record_of(
        desk, delivery, state="loaded", extracted=moment, counts=counts, unmapped=drift
    )


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
        moment = moment_in_rows(connection, delivery, source, plain, in_name)
    at = f"timestamp '{moment.isoformat(sep=' ')}'"
    kept = unmapped if feed.unmapped == "keep" else []
    if again:
        delete_rows(connection, contract.source_system, feed.feed, delivery.file_id)
    refuse_second_picture(connection, delivery, moment)
    supersede(connection, delivery, moment, delivery.label(desk.keys))
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
    rows = counts.read - source.dropped
    if source.stated is not None and source.stated != rows:
        raise FileRefused(
            f"holds {rows} rows and says itself that it holds {source.stated} (row_count); is it "
            "cut short? have it sent again"
        )
    return counts, moment, [*new, *_left_out(contract, feed, source)]


def _left_out(contract: Contract, feed: Feed, source: Source) -> list[str]:
    """Name the sheets and lists that no feed asks for: next month's may stand under another name.

    A list of a document counts as asked for where its path stands in the contract at all.
    """
    if source.is_json:
        told = contract.model_dump_json().replace('\\"', '"')
        return [f"list {path}" for path in source.left_out if path not in told]
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
