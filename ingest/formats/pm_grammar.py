"""The two grammars of 3GPP PM files, read as a stream by expat: measurements go to a sink.

TS 32.435 (`measCollecFile`) and TS 28.532 (`measDataFile`) differ in a few names only and are read
by one table of elements. What is neither in the table nor in a namespace of its own is refused, so
that nothing is passed over in silence. No DTD is accepted: no entity but the five of XML exists,
and nothing can be expanded or fetched.

Stretches of results in plain writing are proven well-formed by `pm_plain` and kept from expat,
which would call us three times for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from ingest.formats import pm_plain
from ingest.formats.pm_records import Info, Types, Value, by_order, by_position
from ingest.formats.source import FileRefused

ROOTS = ("measCollecFile", "measDataFile")
_CHUNK = 1 << 18
_MAX_SPAN_BYTES = 2 << 20
_MAX_RESULTS = 150_000  # what fits into the span, written as tersely as can be
_MAX_DEPTH = 64
_MAX_KNOWN_TYPES = 1000

# Element → its children and what we call them: the grammars say the same by different names, and
# measData means one thing in the header and another in the body.
_CHILDREN = {
    "file": {"fileHeader": "header", "measData": "data", "fileFooter": "footer"},
    "header": {"fileSender": "sender", "measCollec": "begin", "measData": "begin"},
    "footer": {"measCollec": "end", "measData": "end"},
    "data": {"managedElement": "element", "measEntity": "element", "measInfo": "info"},
    "info": {
        "job": "job",
        "granPeriod": "period",
        "repPeriod": "reporting",
        "measType": "type",
        "measTypes": "types",
        "measValue": "value",
    },
    "value": {"r": "r", "measResults": "results", "suspect": "suspect"},
}


class Parser:
    """Reads one file; hands over each measValue when it is whole.

    Parameters
    ----------
    sink : callable
        Takes a `Value`.

    Attributes
    ----------
    header, sender, begin, end : dict of str
        Attributes of fileHeader, fileSender, and of the collection in header and footer.
    """

    def __init__(self, sink: Callable[[Value], None]) -> None:  # noqa: D107
        self.header: dict[str, str] = {}
        self.sender: dict[str, str] = {}
        self.begin: dict[str, str] = {}
        self.end: dict[str, str] = {}
        self._sink = sink
        self._path: list[tuple[str, str]] = []
        self._meanings: dict[tuple[str, str], str] = {}
        self._types: dict[tuple[str, ...], Types] = {}
        self._plain_types: dict[bytes, Types] = {}
        self._has_data = False
        self._chunks: list[str] = []
        self._is_plain, self._may_be_plain, self._started_at = False, False, -1
        # Lines are counted here: asking expat for its line costs a third of the parse.
        self._window, self._window_at, self._counted = b"", 0, 0
        self._here, self._kept_lines = 1, 0
        self._openers: dict[str, Callable[[dict[str, str]], None]] = {
            "data": self._open_data,
            "element": self._open_element,
            "info": self._open_info,
            "period": self._open_period,
            "type": self._open_result,
            "value": self._open_value,
            "r": self._open_result,
        }
        self._closers: dict[str, Callable[[], None]] = {
            "info": self._take_types,
            "value": self._close_value,
        }
        self._readers: dict[str, Callable[[str], None]] = {
            "r": lambda text: self._texts.append(text),
            "type": lambda text: self._texts.append(text),
            "results": self._read_results,
            "suspect": self._read_suspect,
            "types": self._read_types,
        }
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.ordered_attributes = True
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype
        self._expat.XmlDeclHandler = self._declare
        self._encoding = "utf-8"
        self._handle(self._start, self._end, self._chunks.append)

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
                f"is not well-formed XML on line {error.lineno + self._kept_lines} "
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

    def _feed(self, fed: bytes) -> None:
        self._window = self._window[self._counted :] + fed
        self._window_at += self._counted
        self._counted = 0
        self._expat.Parse(fed, False)

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
            self._kept_lines += lines
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

    # What expat sees.

    def _handle(self, start: Callable, end: Callable, text: Callable | None) -> None:
        self._expat.StartElementHandler = start
        self._expat.EndElementHandler = end
        self._expat.CharacterDataHandler = text

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        self._encoding = (encoding or "utf-8").lower()

    def _count_lines(self) -> None:
        """Bring `_here` to the current line; what lies before it is not needed any more."""
        position = self._expat.CurrentByteIndex - self._window_at
        self._here += self._window.count(b"\n", self._counted, position)
        self._counted = position

    def _start(self, name: str, attributes: list[str]) -> None:
        self._count_lines()
        self._started_at = self._window_at + self._counted
        given = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if not self._path:
            self._start_file(name, given)
            return
        inside, called = self._path[-1]
        meant = self._meanings.get((inside, name))
        is_foreign = (
            not name.startswith(self._prefix)
            or ":" in name[len(self._prefix) :]
            or given.get(self._binding, self._namespace) != self._namespace
        )
        if inside in self._readers:
            self._refuse(f"has <{name[:60]}> inside <{called}>, where it means nothing")
        self._check_blank()
        if is_foreign:
            self._skip()
            return
        if meant is None:
            self._refuse(f"has <{name[:60]}> inside <{called}>, where it means nothing")
        self._path.append((meant, name))
        if opener := self._openers.get(meant):
            opener(given)
        elif meant in ("job", "reporting"):
            setattr(self._info, meant, given)
        elif meant in ("header", "sender", "begin", "end"):
            setattr(self, meant, given)

    def _start_file(self, name: str, given: dict[str, str]) -> None:
        prefix, _, local = name.rpartition(":")
        if local not in ROOTS:
            self._refuse(
                f"has the root element <{name[:60]}>, not {' or '.join(ROOTS)}: "
                "it is no 3GPP performance measurement file"
            )
        self._prefix = f"{prefix}:" if prefix else ""
        self._binding = f"xmlns:{prefix}" if prefix else "xmlns"
        self._namespace = given.get(self._binding)
        self._path.append(("file", name))
        self._meanings = {
            (inside, self._prefix + child): meant
            for inside, children in _CHILDREN.items()
            for child, meant in children.items()
        }
        self._may_be_plain = not prefix and self._encoding in ("utf-8", "us-ascii")

    def _end(self, name: str) -> None:
        meant, _ = self._path.pop()
        if reader := self._readers.get(meant):
            reader("".join(self._chunks))
            self._chunks.clear()
            return
        self._check_blank()
        if closer := self._closers.get(meant):
            closer()

    def _skip(self) -> None:
        """Pass over an element of a foreign namespace: a vendor's extension, no measurement."""
        depth, self._started_at = 1, -1

        def start(name: str, attributes: list[str]) -> None:
            nonlocal depth
            depth += 1
            self._count_lines()
            if depth > _MAX_DEPTH:
                self._refuse(f"is nested more than {_MAX_DEPTH} deep")

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            if not depth:
                self._handle(self._start, self._end, self._chunks.append)

        self._handle(start, end, None)

    # What each element means.

    def _open_data(self, given: dict[str, str]) -> None:
        self._has_data, self._has_info, self._element = True, False, {}

    def _open_element(self, given: dict[str, str]) -> None:
        if self._has_info or self._element:
            self._refuse("has a managedElement that is not the first of its measData")
        self._element = given

    def _open_info(self, given: dict[str, str]) -> None:
        self._info = Info(self._here, self._element, given)
        self._has_info, self._has_values = True, False
        self._given, self._texts, self._lines = [], [], []

    def _open_period(self, given: dict[str, str]) -> None:
        if self._info.period or self._has_values:
            self._refuse("has a granPeriod after the values of its measInfo, or a second one")
        self._info.period = given

    def _open_value(self, given: dict[str, str]) -> None:
        self._take_types()
        self._has_values = True
        self._line, self._ldn = self._here, given.get("measObjLdn")
        self._suspect: str | None = None
        self._results: list[str] | None = None
        self._given, self._texts, self._lines = [], [], []

    def _open_result(self, given: dict[str, str]) -> None:
        self._given.append(given.get("p", "").strip())
        self._lines.append(self._here)
        if len(self._given) > _MAX_RESULTS:
            self._refuse(f"has more than {_MAX_RESULTS} results in one measValue or measInfo")

    def _read_suspect(self, text: str) -> None:
        self._suspect = text.strip()

    def _read_results(self, text: str) -> None:
        if self._results is not None:
            self._refuse("has two measResults in one measValue")
        self._results = text.split()

    def _read_types(self, text: str) -> None:
        if self._info.types.names or self._given or self._has_values:
            self._refuse("has measTypes that are not the only ones before the values")
        names = text.split()
        self._info.types = Types([str(place) for place in range(1, len(names) + 1)], names)

    def _take_types(self) -> None:
        """Give the measInfo the measTypes that have been gathered, if any."""
        if not self._given:
            return
        if self._info.types.names or self._has_values:
            self._refuse("has a measType after the values of its measInfo, or beside measTypes")
        key = (*self._given, "", *self._texts)
        known = self._types.get(key)
        if known is None:
            if "" in self._given:
                self._refuse("has a measType without p, so its results cannot be told apart")
            if len(set(self._given)) != len(self._given):
                twice = Counter(self._given).most_common(1)[0][0]
                self._refuse(f"gives p={twice[:40]!r} to two measTypes of one measInfo")
            if len(self._types) >= _MAX_KNOWN_TYPES:
                self._types.clear()
            known = Types(self._given, [name.strip() for name in self._texts])
            self._types[key] = known
        self._info.types = known

    def _close_value(self) -> None:
        info, ldn, suspect = self._info, self._ldn, self._suspect
        if self._results is None:
            value = by_position(info, ldn, suspect, self._texts, self._lines, self._given)
        elif self._given:
            self._refuse("has both measResults and r in one measValue")
        else:
            value = by_order(info, ldn, suspect, self._results, self._line)
        self._given, self._texts, self._lines = [], [], []
        self._sink(value)

    # Bounds.

    def _check_blank(self) -> None:
        text = "".join(self._chunks).strip()
        self._chunks.clear()
        if text:
            self._refuse(f"has text where only elements may stand ({text[:40]!r})")

    def _refuse_doctype(self, *_: object) -> None:
        self._refuse("declares a DTD, which no PM file needs and which could hide an entity bomb")

    def _refuse(self, reason: str) -> None:
        line = self._expat.CurrentLineNumber + self._kept_lines
        raise FileRefused(f"{reason} (line {line})")
