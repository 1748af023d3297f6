"""A csv file in which every line is one row, as Arrow batches: parsed once, typed strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ingest.formats.arrays import numbers, texts, truths

_BLOCK, _SAMPLE = 4 << 20, 1 << 18
_KEPT = 192 << 20  # bytes of a file whose rows may wait in memory: they take about as much there
_NEWLINE = ord("\n")
_TRUE = ["true", "True", "TRUE", "t", "T", "yes", "Yes", "YES", "y", "Y", "1"]
_FALSE = ["false", "False", "FALSE", "f", "F", "no", "No", "NO", "n", "N", "0"]
_NAIVE, _UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")
# Arrow types by intake type, the likelier first; the first that reads a sample whole is taken.
_TYPES = {
    "integer": [pa.int64()],
    "number": [pa.float64()],
    "money": [pa.decimal128(18, 4)],
    "boolean": [pa.bool_()],
    "timestamp": [_NAIVE, _UTC],
}
_TOO_MUCH = 10**14  # fourteen digits before the point are all that decimal(18, 4) holds
_FEW = 16
_COLUMN = re.compile(r"In CSV column #(\d+): CSV conversion error")


class Unfit(Exception):
    """The file is not what this reader believes: a line of it is not one row."""


@dataclass
class Stream:
    """Rows of a file: `_row`, then its columns; parsed anew each time the engine scans it.

    Arrow refuses any text it would have to round, cut or guess at (no `1.5` or `1_000` as an
    integer, no fifth decimal, no time with an offset as one without), so what it types is exact.
    A line with a value that a column's type refuses, or with another number of fields, is left
    out: whoever counts finds it missing, and `lines` gives its text.

    Parameters
    ----------
    path : Path
        UTF-8 with LF, no BOM, NUL or blank line.
    columns : tuple of str
        Names, in the file's order.
    skipped : int
        Header lines.
    delimiter, quote : str
        One byte each; no quote where none is used.
    blanks : tuple of str
        Texts that stand for null.
    kinds : dict
        Column → intake type, for those to be typed here; others stay text.
    wanted : frozenset of str, optional
        The columns to give, when not all.
    may_leave_out : bool
        Whether lines may be left out at all; else each is a fault of the file.

    Raises
    ------
    Unfit
        While it is scanned (the engine passes it on as an error of its own).
    """

    path: Path
    columns: tuple[str, ...]
    skipped: int
    delimiter: str
    quote: str
    blanks: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    wanted: frozenset[str] | None = None
    may_leave_out: bool = False
    doubtful: set[str] = field(default_factory=set, init=False)
    kept: list[pa.RecordBatch] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Settle on types, by a sample."""
        self.given = [name for name in self.columns if self.wanted is None or name in self.wanted]
        # what is wanted may all stand in the file's name; Arrow takes none to mean every column
        self.given = self.given or [self.columns[0]]
        self.types = self._settled()
        given = {name: _NAIVE if kind == _UTC else kind for name, kind in self.types.items()}
        self.schema = pa.schema(
            [("_row", pa.int64()), *((name, given.get(name, pa.string())) for name in self.given)]
        )

    @property
    def in_utc(self) -> frozenset[str]:
        """Columns whose every time said its offset."""
        return frozenset(name for name, kind in self.types.items() if kind == _UTC)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the engine a fresh stream (Arrow PyCapsule interface)."""
        batches = self._once_more() if self.kept else self._batches()
        reader = pa.RecordBatchReader.from_batches(self.schema, batches)
        return reader.__arrow_c_stream__(requested_schema)

    def only(self, names: frozenset[str]) -> Stream | Part:
        """Return a stream of few columns; what it parses of a small file is kept for the next."""
        if self.path.stat().st_size <= _KEPT:
            return Part(self, [name for name in self.given if name in names] or self.given[:1])
        return replace(self, wanted=names, kinds={})

    def _once_more(self) -> Iterator[pa.RecordBatch]:
        """Yield what was kept, and let go of it."""
        self.kept.reverse()
        while self.kept:
            yield self.kept.pop()

    def lines(self, rows: np.ndarray) -> Iterator[bytes]:
        """Yield the lines of the given numbers, in order and with their ends, block by block."""
        wanted, first = rows - 1, 0
        for block in _blocks(self.path, _BLOCK):
            seen = np.frombuffer(block if block.endswith(b"\n") else block + b"\n", dtype=np.uint8)
            ends = np.flatnonzero(seen == _NEWLINE) + 1
            low, high = np.searchsorted(wanted, (first, first + len(ends)))
            is_wanted = np.zeros(len(ends), dtype=bool)
            is_wanted[wanted[low:high] - first] = True
            yield seen[np.repeat(is_wanted, np.diff(ends, prepend=0))].tobytes()
            first += len(ends)

    def _settled(self) -> dict[str, pa.DataType]:
        """Return the type of each column that a sample of the file bears out."""
        for block in _blocks(self.path, _SAMPLE, self.skipped):
            settled = {}
            for name, kind in self.kinds.items():
                for candidate in _TYPES[kind]:
                    try:
                        self._parsed(block, {name: candidate}, [])
                    except pa.ArrowInvalid:
                        continue
                    settled[name] = candidate
                    break
            return settled
        return {}

    def _batches(self) -> Iterator[pa.RecordBatch]:
        row = self.skipped + 1
        for block in _blocks(self.path, _BLOCK, self.skipped):
            count = block.count(b"\n") + (not block.endswith(b"\n"))
            yield self._batch(block, row, count)
            row += count

    def _batch(self, block: bytes, first: int, count: int) -> pa.RecordBatch:
        if self.quote and not _fits(block, self.quote.encode(), self.delimiter.encode()):
            raise Unfit("a quote stands where none may")
        if pa.int64() in self.types.values() and _has_hexadecimal(block):
            raise Unfit("hexadecimal digits may be meant")
        table, torn = self._surely_parsed(block)
        table, failed = self._each_typed(table)
        if table.num_rows + len(torn) != count or (torn and not self.may_leave_out):
            raise Unfit("a line is not one row")
        rows = np.arange(first, first + count, dtype=np.int64)
        if torn:
            rows = np.delete(rows, np.array(torn) - 1)
        table = table.add_column(0, "_row", numbers(rows))
        bad = _out_of_bounds(table)
        if failed is not None:
            bad = failed if bad is None else bad | failed
        if bad is not None and bad.any():
            table = table.filter(truths(~bad))
        table = table.cast(self.schema)  # times that said their offset are UTC without one now
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=self.schema)

    def _surely_parsed(self, block: bytes) -> tuple[pa.Table, list[int]]:
        """Parse whole lines; a column with a text that its type refuses stays text from here on."""
        while True:
            sure = {name: kind for name, kind in self.types.items() if name not in self.doubtful}
            torn: list[int] = []
            try:
                return self._parsed(block, sure, torn), torn
            except pa.ArrowInvalid as error:
                said = _COLUMN.search(str(error))
                name = self.columns[int(said[1])] if said else None
                self.doubtful |= {name} if name in sure else set(sure)
                if not sure:
                    raise

    def _parsed(self, block: bytes, types: dict[str, pa.DataType], torn: list[int]) -> pa.Table:
        """Parse whole lines; numbers of lines with another number of fields go to `torn`."""

        def leave_out(line: csv.InvalidRow) -> str:
            torn.append(line.number)
            return "skip"

        return csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(
                use_threads=False, column_names=self.columns, block_size=len(block) + 1
            ),
            parse_options=csv.ParseOptions(
                delimiter=self.delimiter,
                quote_char=self.quote or False,
                double_quote=bool(self.quote),
                ignore_empty_lines=False,
                invalid_row_handler=leave_out,
            ),
            convert_options=csv.ConvertOptions(
                column_types={name: types.get(name, pa.string()) for name in self.given},
                include_columns=self.given,
                null_values=["", *self.blanks],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                true_values=_TRUE,
                false_values=_FALSE,
                timestamp_parsers=[csv.ISO8601],
                check_utf8=False,
            ),
        )

    def _each_typed(self, table: pa.Table) -> tuple[pa.Table, np.ndarray | None]:
        """Type what stayed text; also return which rows hold a text that its type refuses."""
        if not self.doubtful:
            return table, None
        failed = np.zeros(table.num_rows, dtype=bool)
        for name, kind in self.types.items():
            if name not in self.doubtful:
                continue
            at = table.schema.get_field_index(name)
            given = table.column(at).combine_chunks()
            typed = pa.concat_arrays(list(_cast(given, kind)) or [pa.nulls(0, kind)])
            failed |= pc.and_(pc.is_valid(given), pc.is_null(typed)).to_numpy(zero_copy_only=False)
            table = table.set_column(at, name, typed)
        return table, failed


@dataclass
class Part:
    """Some columns of a stream, all of which is kept on the way: it will be asked for next."""

    stream: Stream
    given: list[str]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the engine a fresh stream (Arrow PyCapsule interface)."""
        names = ["_row", *self.given]
        schema = pa.schema([self.stream.schema.field(name) for name in names])
        reader = pa.RecordBatchReader.from_batches(schema, self._batches(names))
        return reader.__arrow_c_stream__(requested_schema)

    def _batches(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        kept = []
        for batch in self.stream._batches():
            kept.append(batch)
            yield batch.select(names)
        self.stream.kept = kept


def _cast(given: pa.Array, kind: pa.DataType) -> Iterator[pa.Array]:
    """Yield the typed values piece by piece; a few around one that is refused are all null."""
    try:
        if kind == pa.bool_():
            is_true = pc.is_in(given, texts(_TRUE))
            if not pc.all(pc.or_(is_true, pc.is_in(given, texts([*_FALSE, None])))).as_py():
                raise pa.ArrowInvalid
            yield pc.if_else(pc.is_valid(given), is_true, pa.scalar(None, pa.bool_()))
        else:
            yield pc.cast(given, kind)
    except pa.ArrowInvalid:
        if len(given) <= _FEW:
            yield pa.nulls(len(given), kind)
            return
        half = len(given) // 2
        yield from _cast(given[:half], kind)
        yield from _cast(given[half:], kind)


def _out_of_bounds(table: pa.Table) -> np.ndarray | None:
    """Tell which rows hold a number that is infinite, none, or too large to be kept exactly."""
    bad = None
    for column, kind in zip(table.columns, table.schema.types, strict=True):
        if pa.types.is_floating(kind):
            here = pc.invert(pc.is_finite(column))
        elif pa.types.is_decimal(kind):
            bounds = pc.min_max(column)
            low, high = bounds["min"].as_py(), bounds["max"].as_py()
            if low is None or (low > -_TOO_MUCH and high < _TOO_MUCH):
                continue
            here = pc.greater_equal(pc.abs(column), pa.scalar(_TOO_MUCH, pa.decimal128(18, 0)))
        else:
            continue
        here = pc.fill_null(here, False).to_numpy()
        bad = here if bad is None else bad | here
    return bad


def _has_hexadecimal(block: bytes) -> bool:
    """Tell whether 0x stands anywhere: Arrow would read it as a number."""
    for letter in (b"x", b"X"):
        if letter in block:
            seen = np.frombuffer(block, dtype=np.uint8)
            places = np.flatnonzero(seen[1:] == letter[0])
            if (seen[places] == ord("0")).any():
                return True
    return False


def _fits(block: bytes, quote: bytes, delimiter: bytes) -> bool:
    """Tell whether every quote opens, closes or doubles as RFC 4180 says.

    That none is open at the end of a line the number of rows says: it would be fewer than lines.
    """
    if quote not in block:
        return True
    seen = np.frombuffer(block, dtype=np.uint8)
    places = np.flatnonzero(seen == quote[0])
    if len(places) % 2:
        return False
    opening, closing = places[::2], places[1::2]
    # before the block and behind it a line begins and ends
    opening = opening[int(opening[0] == 0) :]
    closing = closing[: len(closing) - int(closing[-1] == len(seen) - 1)]
    beside = np.concatenate([seen.take(opening - 1), seen.take(closing + 1)])
    is_edge = (beside == _NEWLINE) | (beside == quote[0]) | (beside == delimiter[0])
    return bool(is_edge.all())


def _blocks(path: Path, size: int, skipped: int = 0) -> Iterator[bytes]:
    """Yield the file in blocks of whole lines, without its first lines."""
    with path.open("rb") as file:
        for _ in range(skipped):
            file.readline()
        while block := file.read(size):
            if not block.endswith(b"\n"):
                block += file.readline()
            yield block
