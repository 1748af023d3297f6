"""The two grammars of 3GPP PM files, as expat sees them: measurements go to a sink.

TS 32.435 (`measCollecFile`) and TS 28.532 (`measDataFile`) differ in a few names only and are read
by one table of elements. What is neither in the table nor in a namespace of its own is refused, so
that nothing is passed over in silence. No DTD is accepted: no entity but the five of XML exists,
and nothing can be expanded or fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from xml.parsers import expat

from ingest.formats.pm_records import Info, Types, Value, by_order, by_position
from ingest.formats.source import FileRefused

ROOTS = ("measCollecFile", "measDataFile")
# What fits into the span the stream allows, written as tersely as can be.
_MAX_RESULTS = 150_000
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


class Grammar:
    """Takes what expat sees; hands over each measValue when it is whole.

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
        self._has_data = False
        self._chunks: list[str] = []
        self._started_at, self._may_be_plain = -1, False
        # Lines are counted here: asking expat for its line costs a third of the parse.
        self._window, self._window_at, self._counted = b"", 0, 0
        self._here, self._lines_unseen = 1, 0
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

    def _feed(self, fed: bytes) -> None:
        self._window = self._window[self._counted :] + fed
        self._window_at += self._counted
        self._counted = 0
        self._expat.Parse(fed, False)

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
        line = self._expat.CurrentLineNumber + self._lines_unseen
        raise FileRefused(f"{reason} (line {line})")
