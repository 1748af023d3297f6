"""A 3GPP PM file as a stream: what is in plain writing is taken by patterns, the rest by expat.

Stretches of results in plain writing are proven well-formed by `pm_plain` and kept from expat,
which would call us three times for each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from ingest.formats import pm_plain
from ingest.formats.pm_grammar import Grammar
from ingest.formats.pm_records import Types, Value, by_position
from ingest.formats.source import FileRefused

_CHUNK = 1 << 18
_MAX_SPAN_BYTES = 2 << 20
_MAX_KNOWN_TYPES = 1000


class Parser(Grammar):
    """Reads one file; hands over each measValue when it is whole.

    Parameters
    ----------
    sink : callable
        Takes a `Value`.
    """

    def __init__(self, sink: Callable[[Value], None]) -> None:  # noqa: D107
        super().__init__(sink)
        self._plain_types: dict[bytes, Types] = {}
        self._is_plain = False

    def read(self, path: Path) -> None:
        """Read the file to its end.

        Raises
        ------
        FileRefused
            With the line, for what is not well-formed, not of the grammar, or out of bounds.
        """
        if path.stat().st_size == 0:
            raise FileRefused("is empty; have it sent again")
        rest = b""
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    rest = self._advance(rest + chunk)
                    # A tag, comment, text or measValue without end would be gathered for ever.
                    if len(self._window) - self._counted > _MAX_SPAN_BYTES:
                        self._refuse(f"has one thing of more than {_MAX_SPAN_BYTES >> 20} MiB")
            self._feed(rest)
            self._expat.Parse(b"", True)
        except expat.ExpatError as error:
            raise FileRefused(
                f"is not well-formed XML on line {error.lineno + self._lines_unseen} "
                f"({expat.ErrorString(error.code)}); is it cut short? have it sent again"
            ) from error
        except (LookupError, ValueError) as error:
            if self._path:
                raise
            raise FileRefused(f"declares an encoding that cannot be read ({error})") from error
        if not self._has_data:
            raise FileRefused("has no measData, so no measurement at all; have it sent again")

    # What expat is given, and what is kept from it.

    def _advance(self, buffer: bytes) -> bytes:
        """Read what the buffer holds; return what must wait for more."""
        position = search = 0
        while True:
            if self._is_plain:
                position = search = self._take_plain(buffer, position)
                if self._is_plain:
                    return buffer[position:]
            found = pm_plain.TRIGGER.search(buffer, search)
            if not found:
                self._feed(buffer[position:])
                return b""
            fed = buffer[position : found.start()]
            self._feed(fed)
            position = found.start()
            self._is_plain = self._is_between_elements_of_info(fed)
            if not self._is_plain:
                search = buffer.find(b"<measInfo", position)
                if search < 0:
                    self._feed(buffer[position:])
                    return b""

    def _is_between_elements_of_info(self, fed: bytes) -> bool:
        """Tell whether what follows stands in a measInfo: not in a comment, a text or the like.

        It does when expat has just seen a start where the last tag begins, and the tag is closed.
        """
        tag = pm_plain.last_tag(fed)
        started = self._window_at + len(self._window) - len(fed) + tag
        if tag < 0 or not self._may_be_plain or started != self._started_at:
            return False
        if self._path[-1][0] != "info":
            return False
        self._here += self._window.count(b"\n", self._counted)
        self._counted = len(self._window)
        return True

    def _take_plain(self, buffer: bytes, position: int) -> int:
        """Take results in plain writing; return where they end, or where to go on with more."""
        while True:
            start = pm_plain.spaces(buffer, position)
            line = self._here + buffer.count(b"\n", position, start)
            if buffer.startswith(b"<measValue ", start):
                span = pm_plain.value_span(buffer, start)
                if span is None:
                    self._is_plain = len(buffer) - start < _MAX_SPAN_BYTES
                    return position
                taken = span.ldn is not None and self._take_plain_value(buffer, span, line)
                end = span.end
            elif buffer.startswith(b"<measType ", start):
                end = pm_plain.types_end(buffer, start)
                if end is None:
                    self._is_plain = len(buffer) - start < _MAX_SPAN_BYTES
                    return position
                taken = self._take_plain_types(buffer[start:end])
            else:
                self._is_plain = len(buffer) - start < pm_plain.LONGEST_START
                return position
            if not taken:
                self._is_plain = False
                return position
            lines = buffer.count(b"\n", position, end)
            self._here += lines
            self._lines_unseen += lines
            position = end

    def _take_plain_types(self, run: bytes) -> bool:
        if self._given or self._has_values or self._info.types.names:
            return False
        known = self._plain_types.get(run)
        if known is None:
            found = pm_plain.plain_types(run)
            if found is None:
                return False
            self._given, self._texts = found
            self._take_types()
            self._given, self._texts = [], []
            if len(self._plain_types) >= _MAX_KNOWN_TYPES:
                self._plain_types.clear()
            known = self._plain_types[run] = self._info.types
        self._info.types = known
        return True

    def _take_plain_value(self, buffer: bytes, span: pm_plain.Span, line: int) -> bool:
        self._take_types()
        self._given, self._texts = [], []
        info, content = self._info, buffer[span.content_start : span.content_end]
        value = pm_plain.plain_value(span.ldn, content, info.types.pattern(), line)
        if value is None:
            return False
        self._has_values = True
        if value.positions is None:
            made = Value(info, value.ldn, value.suspect, value.texts, value.lines)
        else:
            made = by_position(
                info, value.ldn, value.suspect, value.texts, value.lines, value.positions
            )
        self._sink(made)
        return True
