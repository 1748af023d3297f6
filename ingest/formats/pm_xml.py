"""3GPP performance measurement XML: one row per result, whichever of the two grammars wrote it.

Columns (all text, null where the file says nothing, unless noted):

file             file_format_version, vendor_name, dn_prefix, sender_name (localDn or senderName),
                 sender_type, begin_time, end_time, collected_at (UTC: end_time or, where that is
                 missing or earlier, the end of the interval)
element          managed_element (its localDn), user_label, sw_version, element (managed_element,
                 else sender_name)
measInfo         meas_info_id, job_id, granularity (ISO 8601 duration as given),
                 granularity_seconds (number), granularity_start, granularity_end (ISO 8601, with
                 the offset the file gives), reporting_period
measValue        meas_obj_ldn, suspect
result           meas_type, position (p, or the place in measResults), result_number (integer: the
                 how-manieth result of its measValue), value (as given), values (list of text: the
                 parts between commas, one for a plain counter; blank and NIL are null)

A result whose type or interval cannot be known is a row with `_error`. Rows are written to Parquet
in the scratch folder while the file is parsed, so memory does not grow with the file.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.contract import Feed
from ingest.formats.arrays import numbers, texts
from ingest.formats.pm_records import Info, Types, Value
from ingest.formats.pm_stream import Parser
from ingest.formats.source import Source, literal

_BATCH_RESULTS = 1 << 15
_FILE = (
    "file_format_version",
    "vendor_name",
    "dn_prefix",
    "sender_name",
    "sender_type",
    "begin_time",
    "end_time",
)
_INFO = (
    "managed_element",
    "user_label",
    "sw_version",
    "meas_info_id",
    "job_id",
    "granularity",
    "granularity_seconds",
    "granularity_start",
    "granularity_end",
    "reporting_period",
    "info_error",
)
_COLUMNS = (
    *_FILE,
    *_INFO[:-1],
    "collected_at",
    "element",
    "meas_obj_ldn",
    "suspect",
    "meas_type",
    "position",
    "result_number",
    "value",
    "values",
)
_DURATION = re.compile(
    r"P(?=.)((?P<weeks>\d+)W)?((?P<days>\d+)D)?"
    r"(T(?=.)((?P<hours>\d+)H)?((?P<minutes>\d+)M)?((?P<seconds>\d+([.,]\d+)?)S)?)?",
    re.ASCII,
)
# What counts days on the wall clock; P1DT1H counts hours.
_DAYS = re.compile(r"P(?=.)(\d+W)?(\d+D)?", re.ASCII)
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [
        *((name, _DICTIONARY) for name in _INFO if name != "granularity_seconds"),
        ("granularity_seconds", pa.float64()),
        ("meas_obj_ldn", _DICTIONARY),
        ("suspect", _DICTIONARY),
        ("meas_type", _DICTIONARY),
        ("position", _DICTIONARY),
        ("result_number", pa.int32()),
        ("line", pa.int32()),
        ("value", pa.string()),
        ("result_error", pa.string()),
    ]
)
# Columns whose values come again and again; to look for repetition in the others costs time.
_REPEATED = ["value", *(field.name for field in _SCHEMA if field.type == _DICTIONARY)]


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Make view `pm_results` over what was parsed; `_row` is the result's ordinal in the file.

    Raises
    ------
    FileRefused
        For a file that is not well-formed, not of the grammar or holds no measData; nothing of it
        is loaded then.
    """
    for former in work.glob("pm_results_*.parquet"):
        former.unlink()
    # A name of its own each time: the engine may remember the file that had the name before.
    with tempfile.NamedTemporaryFile(
        dir=work, prefix="pm_results_", suffix=".parquet", delete=False
    ) as file:
        results = Path(file.name)
    with pq.ParquetWriter(
        results, _SCHEMA, compression="lz4", use_dictionary=_REPEATED, write_statistics=False
    ) as writer:
        batches = _Batches(writer)
        parser = Parser(batches.add)
        batches.begins = lambda: parser.begin.get("beginTime", "")
        parser.read(path)
        batches.flush()
    given = {
        "file_format_version": parser.header.get("fileFormatVersion"),
        "vendor_name": parser.header.get("vendorName"),
        "dn_prefix": parser.header.get("dnPrefix"),
        "sender_name": parser.sender.get("localDn", parser.sender.get("senderName")),
        "sender_type": parser.sender.get("elementType", parser.sender.get("senderType")),
        "begin_time": parser.begin.get("beginTime"),
        "end_time": parser.end.get("endTime"),
    }
    of_file = ", ".join(
        f"{'null' if given[name] is None else literal(given[name])}::varchar as {name}"
        for name in _FILE
    )
    connection.execute(
        f"""
        create or replace temp view pm_results as
        select
            file_row_number + 1 as _row,
            'line ' || line || ': ' || coalesce(meas_type, '?') || ' (p=' || position || ') of '
            || coalesce(meas_obj_ldn, '?') || ': ' || left(value, 1000) as _original,
            coalesce(result_error, info_error) as _error,
            {of_file},
            * exclude (file_row_number, line, result_error, info_error),
            coalesce(nullif(managed_element, ''), nullif(sender_name, '')) as element,
            strftime(
                greatest(
                    try_cast(end_time as timestamptz), try_cast(granularity_end as timestamptz)
                ),
                '%Y-%m-%dT%H:%M:%SZ'
            ) as collected_at,
            list_transform(
                string_split(value, ','),
                lambda part: case when trim(part) not in ('', 'NIL') then trim(part) end
            ) as values
        from read_parquet({literal(str(results))}, file_row_number = true)
        """
    )
    return Source(
        columns=_COLUMNS,
        native=frozenset({"granularity_seconds", "result_number", "values"}),
        relation="pm_results",
        count=batches.written,
    )


class _Batches:
    """Gathers the results of many measValues as columns and writes them as row groups."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self.written = 0
        self.begins: Callable[[], str] = str
        self._ends: dict[datetime, datetime] = {}
        self._begin()

    def _begin(self) -> None:
        self._infos: list[Info] = []
        self._types: dict[tuple[str, str | None], int] = {}
        self._kinds_of_info: list[int] = []
        self._known: dict[int, list[int]] = {}
        self._values: list[tuple[int, str | None, str | None]] = []
        self._counts: list[int] = []
        self._texts: list[str] = []
        self._lines: list[int] = []
        self._kinds: list[int] = []
        self._errors: dict[int, str] = {}

    def add(self, value: Value) -> None:
        """Take one measValue; write when enough have come."""
        info = value.info
        if not self._infos or self._infos[-1] is not info:
            self._infos.append(info)
            self._kinds_of_info = self._kinds_of(info.types)
        if value.kinds is None:
            self._kinds += self._kinds_of_info
        else:
            self._kinds += [
                self._kind(position, None) if place < 0 else self._kinds_of_info[place]
                for place, position in zip(value.kinds, value.positions, strict=True)
            ]
        first = len(self._texts)
        for number, reason in value.errors.items():
            self._errors[first + number] = reason
        self._values.append((len(self._infos) - 1, value.ldn, value.suspect))
        self._counts.append(len(value.texts))
        self._texts += value.texts
        self._lines += value.lines
        if len(self._texts) >= _BATCH_RESULTS:
            self.flush()

    def _kinds_of(self, types: Types) -> list[int]:
        # By identity, which is safe while the infos of the batch hold the types.
        if id(types) not in self._known:
            self._known[id(types)] = [
                self._kind(position, name or None)
                for position, name in zip(types.positions, types.names, strict=True)
            ]
        return self._known[id(types)]

    def _kind(self, position: str, name: str | None) -> int:
        return self._types.setdefault((position, name), len(self._types))

    def flush(self) -> None:
        """Write what has been gathered."""
        if not self._texts:
            return
        self.written += len(self._texts)
        counts = np.array(self._counts)
        value_of = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        info_of_value = np.array([number for number, *_ in self._values], dtype=np.int32)
        info_of, kind_of = info_of_value[value_of], np.array(self._kinds, dtype=np.int32)
        _note(self._ends, self.begins())
        described = [_described(info, self._ends) for info in self._infos]

        def spread(listed: list[str | None], places: np.ndarray) -> pa.Array:
            return texts(listed).dictionary_encode().take(numbers(places))

        columns = {
            name: spread([each[name] for each in described], info_of)
            for name in _INFO
            if name != "granularity_seconds"
        }
        lengths = [each["granularity_seconds"] for each in described]
        seconds = numbers(lengths, pa.float64())
        columns["granularity_seconds"] = seconds.take(numbers(info_of))
        columns["meas_obj_ldn"] = spread([ldn for _, ldn, _ in self._values], value_of)
        columns["suspect"] = spread([suspect for *_, suspect in self._values], value_of)
        columns["meas_type"] = spread([name for _, name in self._types], kind_of)
        columns["position"] = spread([position for position, _ in self._types], kind_of)
        starts = np.cumsum(counts) - counts
        ordinals = np.arange(1, len(value_of) + 1) - np.repeat(starts, counts)
        columns["result_number"] = numbers(ordinals, pa.int32())
        columns["line"] = numbers(self._lines, pa.int32())
        columns["value"] = texts(self._texts)
        columns["result_error"] = (
            texts([self._errors.get(row) for row in range(len(value_of))])
            if self._errors
            else pa.nulls(len(value_of), pa.string())
        )
        self._writer.write_table(
            pa.Table.from_arrays([columns[name] for name in _SCHEMA.names], schema=_SCHEMA)
        )
        self._begin()


def _note(moments: dict[datetime, datetime], text: str) -> None:
    """Note a moment under what the clock on the wall showed, where it tells its offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    if moment.tzinfo is not None:
        moments[moment.replace(tzinfo=None)] = moment


def _described(info: Info, ends: dict[datetime, datetime]) -> dict[str, str | float | None]:
    """Return the columns a measInfo gives, its interval worked out.

    Parameters
    ----------
    ends : dict
        Clock time → moment at which the file begins, or an interval before this one ended.
    """
    described = {
        "managed_element": info.element.get("localDn"),
        "user_label": info.element.get("userLabel"),
        "sw_version": info.element.get("swVersion"),
        "meas_info_id": info.attributes.get("measInfoId"),
        "job_id": info.job.get("jobId"),
        "granularity": info.period.get("duration"),
        "granularity_seconds": None,
        "granularity_start": None,
        "granularity_end": info.period.get("endTime"),
        "reporting_period": info.reporting.get("duration"),
        "info_error": None,
    }
    duration, until = described["granularity"], described["granularity_end"]
    if duration is None or until is None:
        missing = "granPeriod" if not info.period else "duration" if duration is None else "endTime"
        fault = f"a measInfo without {missing}, so its interval is unknown"
    else:
        seconds, start, end, fault = _interval(duration, until)
        if fault is None and _DAYS.fullmatch(duration.strip()):
            seconds, start, fault = _of_days(seconds, end, ends)
            _note(ends, end)
        if fault is None:
            described["granularity_seconds"] = seconds
            described["granularity_start"], described["granularity_end"] = start, end
    if fault is not None:
        described["info_error"] = f"stands in {fault} (measInfo of line {info.line})"
    return described


@lru_cache(maxsize=256)
def _interval(duration: str, until: str) -> tuple[float | None, str | None, str | None, str | None]:
    """Return the length, start and end of an interval, or what is wrong with it."""
    seconds = _seconds(duration)
    if seconds is None:
        fault = f"a granPeriod that lasts {duration[:40]!r}, which is no ISO 8601 duration"
        return None, None, None, f"{fault} of fixed length"
    try:
        end = datetime.fromisoformat(until)
        start = end - timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        fault = f"a granPeriod that ends {until[:40]!r}, which is no ISO 8601 time"
        return None, None, None, fault
    return seconds, start.isoformat(), end.isoformat(), None


def _of_days(
    seconds: float, until: str, ends: dict[datetime, datetime]
) -> tuple[float, str, str | None]:
    """Return the length and start of an interval of days, or what is wrong with it.

    A day is one on the wall clock: that on which the clocks change has 23 or 25 hours. Where the
    file begins, or the interval before ended, at that clock time, its offset is told.
    """
    end = datetime.fromisoformat(until)
    start = end - timedelta(seconds=seconds)
    if end.tzinfo is None:
        return seconds, start.isoformat(), None
    told = ends.get(start.replace(tzinfo=None))
    if told is not None:
        return (end - told).total_seconds(), told.isoformat(), None
    if any(each.utcoffset() != end.utcoffset() for each in ends.values()):
        fault = "a granPeriod of days in a file over which the clocks change: its begin is not told"
        return seconds, start.isoformat(), fault
    return seconds, start.isoformat(), None


def _seconds(duration: str) -> float | None:
    """Return the length of an ISO 8601 duration; null where it has none that is fixed."""
    found = _DURATION.fullmatch(duration.strip())
    if not found:
        return None
    parts = {
        unit: float(number.replace(",", "."))
        for unit, number in found.groupdict().items()
        if number
    }
    length = timedelta(**parts).total_seconds() if parts else 0.0
    return length or None
