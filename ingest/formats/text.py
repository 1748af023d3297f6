"""Text files: a strict safety pass, then physical lines, numbered, in temp table `lines`."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.formats.source import FileRefused, literal

_CHUNK = 1 << 20
_MAX_LINE_BYTES = 2_000_000
_MAX_RATIO = 200
# Stand-ins for a delimiter when a whole line is one field; one that the file does not use is taken.
_UNUSED = ["\x1f", "\x1e", "\x1d", "\x1c", "\x02", "\x03"]


@dataclass(frozen=True)
class Lines:
    """A text file whose physical lines are in temp table `lines(_row, line)`."""

    count: int
    has_quotes: bool


def read_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, encoding: str, quote: str, work: Path
) -> Lines:
    """Check a text file byte by byte, bring it to UTF-8 and LF, and load its physical lines.

    Raises
    ------
    FileRefused
        For a wrong encoding, a damaged archive, a line above 2 MB, or lines the database
        counted otherwise than we did.
    """
    clean = work / "lines.txt"
    lines, quotes, used = _clean(path, clean, encoding, quote.encode() if quote else b"")
    free = [mark for mark in _UNUSED if mark.encode() not in used]
    if not free:
        raise FileRefused("is full of control characters; is it a text file at all?")
    connection.execute(
        "create or replace temp table lines as "
        "select row_number() over () as _row, coalesce(line, '') as line "
        f"from read_csv({literal(str(clean))}, columns = {{'line': 'VARCHAR'}}, "
        f"delim = {literal(free[0])}, quote = '', escape = '', header = false, "
        f"auto_detect = false, max_line_size = {_MAX_LINE_BYTES + 1})"
    )
    counted = connection.execute("select count(*) from lines").fetchone()[0]
    clean.unlink()
    if counted != lines:
        raise FileRefused(f"has {lines} lines of which the reader saw {counted}")
    return Lines(count=lines, has_quotes=quotes > 0)


def _clean(path: Path, clean: Path, encoding: str, quote: bytes) -> tuple[int, int, set[bytes]]:
    """Write the file as UTF-8 with LF; return lines, quotes, and the control characters used."""
    lines = quotes = run = 0
    used: set[bytes] = set()
    last = b"\n"
    with clean.open("wb") as out:
        for text in _decoded(path, encoding):
            chunk = text.encode()
            out.write(chunk)
            lines += chunk.count(b"\n")
            quotes += chunk.count(quote) if quote else 0
            used |= {mark.encode() for mark in _UNUSED if mark.encode() in chunk}
            pieces = chunk.split(b"\n")
            longest = max(run + len(pieces[0]), *(len(piece) for piece in pieces))
            run = len(pieces[-1]) + (run if len(pieces) == 1 else 0)
            if longest > _MAX_LINE_BYTES:
                raise FileRefused(
                    f"has a line longer than {_MAX_LINE_BYTES} bytes near line {lines}; "
                    "is the line ending or the format right?"
                )
            if chunk:
                last = chunk[-1:]
        if last != b"\n":
            out.write(b"\n")
            lines += 1
    return lines, quotes, used


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """Yield the text with LF line ends; NUL becomes U+FFFD, which quarantines its line."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    except LookupError as error:
        raise FileRefused(f"declares encoding {encoding!r}, which is not known") from error
    position, is_first, pending = 0, True, ""
    try:
        for chunk in _raw_chunks(path):
            text = pending + decoder.decode(chunk)
            pending = "\r" if text.endswith("\r") else ""
            text = text[: len(text) - len(pending)]
            position += len(chunk)
            if is_first and text:
                text, is_first = text.removeprefix("\ufeff"), False
            yield text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        yield decoder.decode(b"", final=True)
        yield "\n" if pending else ""
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"is not {encoding} near byte {position + error.start}: declare its encoding "
            "in the contract's dialect"
        ) from error


def _raw_chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes; a gzip file is unpacked with its checksum verified and its size capped."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            file.seek(0)
            yield from iter(lambda: file.read(_CHUNK), b"")
            return
    limit, seen = max(path.stat().st_size * _MAX_RATIO, 100 * _CHUNK), 0
    try:
        with gzip.open(path, "rb") as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                seen += len(chunk)
                if seen > limit:
                    raise FileRefused(f"unpacks to more than {_MAX_RATIO} times its size")
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefused(f"is a damaged gzip file ({error}); have it sent again") from error
