"""Text files: one strict pass over every byte, then a plain UTF-8 file whose lines are counted."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from ingest.formats.packed import CHUNK
from ingest.formats.source import FileRefused, literal

_MAX_LINE_BYTES = 2_000_000
# Stand-ins for a delimiter when a whole line is one field; one that the file does not use is taken.
_UNUSED = [b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x02", b"\x03"]
_NEWLINE, _SPACE = ord("\n"), ord(" ")
_LINE = "{'line': 'VARCHAR'}"
# Spaces of more bytes than one: where they stand at all, they may stand at a field's edge.
_WIDE_SPACES = tuple(each.encode() for each in "\u00a0\u2007\u202f\u3000")


@dataclass(frozen=True)
class Text:
    """A text file that has been read once, byte by byte.

    Parameters
    ----------
    path : Path
        The file as UTF-8 with LF: the delivered one where it is so already, else a rewritten one.
    lines : int
        Physical lines.
    has_quotes, has_nul, has_blank_lines : bool
        Whether the quote, a NUL byte, or a line of no character stands in it anywhere.
    is_padded : bool
        Whether a field may begin or end with a space.
    free : str
        A control character that stands nowhere in it.
    """

    path: Path
    lines: int
    has_quotes: bool
    has_nul: bool
    has_blank_lines: bool
    is_padded: bool
    free: str

    def lines_sql(self) -> str:
        """Return a select of (_row, line), physical lines numbered from 1."""
        return (
            "select row_number() over () as _row, coalesce(line, '') as line "
            f"from read_csv({literal(str(self.path))}, columns = {_LINE}, "
            f"delim = {literal(self.free)}, quote = '', escape = '', header = false, "
            f"auto_detect = false, max_line_size = {_MAX_LINE_BYTES + 1})"
        )


class _Facts:
    """What a pass over UTF-8 bytes with LF line ends finds out."""

    def __init__(self, quote: bytes, delimiter: bytes) -> None:
        self.quote, self.has_fields = quote, bool(delimiter)
        self.before, self.after = (np.zeros(256, dtype=bool) for _ in range(2))
        for edge in (b"\n", quote, delimiter):
            self.before[list(edge[-1:])] = self.after[list(edge[:1])] = True
        self.lines = self.quotes = self.run = 0
        self.has_blank_lines = self.is_padded = False
        self.used: set[bytes] = set()
        self.last = b"\n"

    def see(self, chunk: bytes) -> None:
        if not chunk:
            return
        # What straddles two chunks is seen with the end of the one before.
        straddling = self.last + chunk
        seen = np.frombuffer(straddling, dtype=np.uint8)
        ends = np.flatnonzero(seen[len(self.last) - 1 :] == _NEWLINE)
        self.lines += len(ends) - self.last.endswith(b"\n")
        if self.has_fields and not self.is_padded:
            # one byte is sought far faster than two, and most texts lack the first
            self.is_padded = self._has_padding(seen) or any(
                each[:1] in straddling and each in straddling for each in _WIDE_SPACES
            )
        if self.quote and self.quote in chunk:  # looking is cheaper than counting
            self.quotes += self._quotes_in(chunk)
        gaps = np.diff(ends)
        self.has_blank_lines = self.has_blank_lines or bool((gaps == 1).any())
        self.used |= {mark for mark in _UNUSED if mark in chunk}
        # A chunk is shorter than the limit, so only a line over its edges can be too long.
        longest = self.run + (int(ends[0]) if len(ends) else len(chunk))
        self.run = len(chunk) - int(ends[-1]) if len(ends) else longest
        if max(longest, self.run) > _MAX_LINE_BYTES:
            raise FileRefused(
                f"has a line longer than {_MAX_LINE_BYTES} bytes near line {self.lines + 1}; "
                "is the line ending or the format right?"
            )
        self.last = (self.last + chunk)[-2:]

    def _quotes_in(self, chunk: bytes) -> int:
        if len(self.quote) > 1:
            return chunk.count(self.quote)
        # where every field is quoted, counting all bytes at once is three times as fast
        return np.count_nonzero(np.frombuffer(chunk, dtype=np.uint8) == self.quote[0])

    def _has_padding(self, seen: np.ndarray) -> bool:
        """Tell whether a space stands beside a field's edge; the last byte is judged next time."""
        spaces = np.flatnonzero(seen[1:-1] == _SPACE) + 1
        found = spaces[self.before[seen[spaces - 1]] | self.after[seen[spaces + 1]]]
        if not len(found) or len(self.quote) != 1:
            return bool(len(found))
        # ", " in a quoted text is no edge: an odd number of quotes stands before it.
        quotes = np.flatnonzero(seen == self.quote[0])
        earlier = self.quotes - self.last.count(self.quote)
        is_inside = (np.searchsorted(quotes, found) + earlier) % 2 == 1
        by_quote = (seen[found - 1] == self.quote[0]) | (seen[found + 1] == self.quote[0])
        return bool((~is_inside | by_quote).any())

    def text(self, path: Path, has_nul: bool) -> Text:
        free = [mark for mark in _UNUSED if mark not in self.used]
        if not free:
            raise FileRefused("is full of control characters; is it a text file at all?")
        return Text(
            path=path,
            lines=self.lines + (not self.last.endswith(b"\n")),
            has_quotes=self.quotes > 0,
            has_nul=has_nul,
            has_blank_lines=self.has_blank_lines,
            is_padded=self.is_padded or self.last.endswith(b" "),
            free=free[0].decode(),
        )


def prepared(path: Path, encoding: str, quote: str, delimiter: str, work: Path) -> Text:
    """Check a text file byte by byte and bring it to UTF-8 and LF, in place when it is so already.

    Raises
    ------
    FileRefused
        For a wrong encoding, a line above 2 MB, or a file of control characters.
    """
    marks = (quote.encode(), delimiter.encode())
    if codecs_name(encoding) == "utf-8":
        facts = _Facts(*marks)
        if _is_plain(path, facts):
            return facts.text(path, has_nul=False)
    facts, has_nul = _Facts(*marks), False
    clean = work / "lines.txt"
    with clean.open("wb") as out:
        for text in _decoded(path, encoding):
            has_nul = has_nul or "\ufffd" in text
            chunk = text.encode()
            out.write(chunk)
            facts.see(chunk)
    return facts.text(clean, has_nul)


def codecs_name(encoding: str) -> str:
    """Return the codec's own name.

    Raises
    ------
    FileRefused
        When Python knows no such encoding.
    """
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise FileRefused(f"declares encoding {encoding!r}, which is not known") from error


def read_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, encoding: str, quote: str, work: Path
) -> Text:
    """Prepare a text file and load its physical lines into temp table `lines`(_row, line).

    Raises
    ------
    FileRefused
        As `prepared`, and when the database counts other lines than we did.
    """
    text = prepared(path, encoding, quote, "", work)
    table_of_lines(connection, text)
    return text


def table_of_lines(connection: duckdb.DuckDBPyConnection, text: Text) -> None:
    """Load the physical lines into temp table `lines`(_row, line)."""
    connection.execute(f"create or replace temp table lines as {text.lines_sql()}")
    counted = connection.execute("select count(*) from lines").fetchall()[0][0]
    if counted != text.lines:
        raise FileRefused(f"has {text.lines} lines of which the reader saw {counted}")


def _is_plain(path: Path, facts: _Facts) -> bool:
    """Run over a file as it is; False when a BOM, CR, NUL or U+FFFD asks for a rewritten one."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
    position = 0
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            if b"\r" in chunk or b"\0" in chunk:
                return False
            # a BOM or U+FFFD begins with this byte, which is rarer and found faster; the end of
            # a chunk may hold the beginning of either
            if b"\xef" in chunk and (
                b"\xef\xbf\xbd" in chunk
                or codecs.BOM_UTF8 in chunk
                or chunk.endswith((b"\xef", b"\xef\xbb", b"\xef\xbf"))
            ):
                return False
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _not_encoded("utf-8", position + error.start) from error
            position += len(chunk)
            facts.see(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_encoded("utf-8", position) from error
    return True


def _not_encoded(encoding: str, position: int) -> FileRefused:
    return FileRefused(
        f"is not {encoding} near byte {position}: declare its encoding in the contract's dialect"
    )


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """Yield the text with LF line ends; NUL becomes U+FFFD, which quarantines its line.

    A BOM that begins a line is no letter of it: parts that were put together bear one each.
    """
    codecs_name(encoding)
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    position, begins, pending = 0, True, ""
    try:
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                text = pending + decoder.decode(chunk)
                pending = "\r" if text.endswith("\r") else ""
                text = text[: len(text) - len(pending)]
                position += len(chunk)
                text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
                if text:
                    text = text.removeprefix("\ufeff") if begins else text
                    begins = text.endswith("\n") or (begins and not text)
                    yield text.replace("\n\ufeff", "\n")
        yield decoder.decode(b"", final=True)
        yield "\n" if pending else ""
    except UnicodeDecodeError as error:
        raise _not_encoded(encoding, position + error.start) from error
