"""The two grammars of 3GPP PM files, read as a stream by expat: measurements go to a sink.

TS 32.435 (`measCollecFile`) and TS 28.532 (`measDataFile`) differ in a few names only and are read
by one table of elements. What is neither in the table nor in a namespace of its own is refused, so
that nothing is passed over in silence. No DTD is accepted: no entity but the five of XML exists,
and nothing can be expanded or fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from xml.parsers import expat

from ingest.formats.source import FileRefused

ROOTS = ("measCollecFile", "measDataFile")
_CHUNK = 1 << 18
_MAX_TOKEN_BYTES = 1 << 20
_MAX_PIECES = 256
_MAX_RESULTS = 200_000
_MAX_DEPTH = 64

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
_TEXTS = {"type", "types", "results", "suspect"}


@dataclass
class Info:
    """One measInfo: what its measurements have in common."""

    line: int
    element: dict[str, str]
    attributes: dict[str, str]
    job: dict[str, str] = field(default_factory=dict)
    period: dict[str, str] = field(default_factory=dict)
    reporting: dict[str, str] = field(default_factory=dict)
    positions: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    given: list[list[str]] = field(default_factory=list)


@dataclass
class Value:
    """One measValue: results in the order of the file, as texts.

    `kinds` holds each result's place in the types of its measInfo, None for all in their order,
    -1 where there is no such type; `positions` then says what the file called it.
    """

    info: Info
    line: int
    ldn: str | None
    suspect: str | None
    texts: list[str]
    lines: list[int]
    kinds: list[int] | None
    positions: list[str]
    errors: dict[int, str]


class Parser:
    """Reads one file; hands over each measValue when it ends.

    Parameters
    ----------
    sink : callable
        Takes a `Value`.

    Attributes
    ----------
    header, sender, begin, end : dict of str
        Attributes of fileHeader, fileSender, and of the collection in header and footer.
    """

    def __init__(self, sink: Callable[[Value], None]) -> None:
        self.header: dict[str, str] = {}
        self.sender: dict[str, str] = {}
        self.begin: dict[str, str] = {}
        self.end: dict[str, str] = {}
        self._sink = sink
        self._prefix, self._binding, self._namespace = "", "xmlns", None
        self._path: list[str] = []
        self._seen: set[str] = set()
        self._depth = 0
        self._element: dict[str, str] = {}
        self._info: Info | None = None
        self._has_values = False
        self._patterns: dict[int, tuple[list[int], list[int]]] = {}
        self._chunks: list[str] = []
        self._begin_value(0, None)
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.ordered_attributes = True
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype
        self._outside()

    def read(self, path: Path) -> None:
        """Read the file to its end.

        Raises
        ------
        FileRefused
            With the line, for what is not well-formed, not of the grammar, or out of bounds.
        """
        fed, parser = 0, self._expat
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    fed += len(chunk)
                    parser.Parse(chunk, False)
                    # A tag, comment or text that does not end would be gathered without bound.
                    if (
                        fed - parser.CurrentByteIndex > _MAX_TOKEN_BYTES + _CHUNK
                        or len(self._chunks) > _MAX_PIECES + 2 * len(self._given)
                    ):
                        self._refuse("has a tag, comment or text above 1 MB")
                    if len(self._given) > _MAX_RESULTS:
                        self._refuse(f"has a measValue of more than {_MAX_RESULTS} results")
                if not fed:
                    raise FileRefused("is empty; have it sent again")
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise FileRefused(
                f"is not well-formed XML on line {error.lineno} "
                f"({expat.ErrorString(error.code)}); is it cut short? have it sent again"
            ) from error
        except (LookupError, ValueError) as error:
            raise FileRefused(f"declares an encoding that cannot be read ({error})") from error
        if "data" not in self._seen:
            raise FileRefused("has no measData, so no measurement at all; have it sent again")

    # Elements outside a measValue, and what is rare inside.

    def _outside(self) -> None:
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._chunks.append

    def _start(self, name: str, attributes: list[str]) -> None:
        if not self._path:
            self._start_file(name, dict(zip(attributes[::2], attributes[1::2], strict=True)))
            return
        given = dict(zip(attributes[::2], attributes[1::2], strict=True))
        inside = self._path[-1]
        local = name.removeprefix(self._prefix)
        if not name.startswith(self._prefix) or (":" in local) or self._rebinds(given):
            self._skip()
            return
        meant = _CHILDREN.get(inside, {}).get(local)
        if meant is None or (inside == "value" and len(self._marks) % 2):
            if meant is not None:
                inside = "r"
            self._refuse(f"has <{name[:60]}> inside {self._called(inside)}, where it means nothing")
        self._no_text()
        self._path.append(meant)
        self._seen.add(meant)
        self._mark, self._before = len(self._chunks), len(self._given)
        self._opened(meant, given)

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
        self._path.append("file")

    def _opened(self, meant: str, given: dict[str, str]) -> None:
        line = self._expat.CurrentLineNumber
        info = self._info
        if meant == "value":
            self._begin_value(line, given.get("measObjLdn"))
            self._has_values = True
            self._inside()
        elif meant == "info":
            self._info = Info(line, self._element, given)
            self._has_values = False
        elif meant in ("header", "sender", "begin", "end"):
            setattr(self, meant, given)
        elif meant == "data":
            self._element, self._info = {}, None
        elif meant == "element":
            if self._info is not None or self._element:
                self._refuse("has a managedElement that is not the first of its measData")
            self._element = given
        elif meant == "period":
            if info.period or self._has_values:
                self._refuse(
                    "has a granPeriod that is not the only one before the values of its measInfo"
                )
            info.period = given
        elif meant in ("type", "types"):
            if self._has_values:
                self._refuse("names a measType after the values of its measInfo")
            if meant == "type":
                if info.given:
                    self._refuse("mixes measType and measTypes in one measInfo")
                if "p" not in given:
                    self._refuse("has a measType without p, so its results cannot be told apart")
                info.positions.append(given["p"].strip())
        elif meant in ("job", "reporting"):
            setattr(info, meant, given)

    def _end(self, name: str) -> None:
        meant = self._path.pop()
        info = self._info
        if meant not in _TEXTS:
            self._no_text()
            if meant == "value":
                self._end_value()
                self._outside()
            return
        if len(self._given) != self._before:
            self._refuse(f"has <r> inside {self._called(meant)}, where it means nothing")
        text = "".join(self._chunks[self._mark :])
        del self._chunks[self._mark :]
        if meant == "suspect":
            self._suspect = text.strip()
        elif meant == "results":
            if self._results is not None:
                self._refuse("has two measResults in one measValue")
            self._results = text.split()
        elif meant == "types":
            if info.positions:
                self._refuse("names its measTypes twice")
            info.types = text.split()
            info.positions = [str(place) for place in range(1, len(info.types) + 1)]
            self._types_complete()
        else:
            info.types.append(text.strip())

    def _types_complete(self) -> None:
        info = self._info
        if len(info.positions) > _MAX_RESULTS:
            self._refuse(f"has a measInfo of more than {_MAX_RESULTS} measTypes")
        if len(set(info.positions)) != len(info.positions):
            twice = Counter(info.positions).most_common(1)[0][0]
            self._refuse(f"gives p={twice!r} to two measTypes of one measInfo")
        info.given = [["p", position] for position in info.positions]

    # Results: the hot path. What happens for each <r> is three appends, the rest is done in bulk.

    def _begin_value(self, line: int, ldn: str | None) -> None:
        self._line, self._ldn, self._suspect = line, ldn, None
        self._results: list[str] | None = None
        self._given: list[list[str]] = []
        self._lines: list[int] = []
        self._marks: list[int] = []
        self._chunks.clear()

    def _inside(self) -> None:
        if not self._info.given and self._info.positions:
            self._types_complete()
        parser, chunks = self._expat, self._chunks
        name_of_r, start, end = f"{self._prefix}r", self._start, self._end
        add_given, add_line, mark = self._given.append, self._lines.append, self._marks.append

        def start_result(name: str, attributes: list[str]) -> None:
            if name != name_of_r:
                start(name, attributes)
                return
            add_given(attributes)
            add_line(parser.CurrentLineNumber)
            mark(len(chunks))

        def end_result(name: str) -> None:
            # The complement tells an end from a start: an <r> inside an <r> must not pass.
            if name == name_of_r:
                mark(~len(chunks))
            else:
                end(name)

        parser.StartElementHandler = start_result
        parser.EndElementHandler = end_result

    def _end_value(self) -> None:
        info, errors, kinds, positions = self._info, {}, None, []
        if self._results is not None and self._given:
            self._refuse("has both measResults and r in one measValue")
        if self._results is not None:
            texts, lines = self._results, [self._line] * len(self._results)
            if len(texts) != len(info.types):
                # Which value is whose cannot be known: none of them is believed.
                reason = f"has {len(texts)} values for {len(info.types)} measTypes"
                texts = texts or [""]
                lines = [self._line] * len(texts)
                errors = dict.fromkeys(range(len(texts)), f"stands in measResults that {reason}")
                kinds = [-1] * len(texts)
                positions = [str(place) for place in range(1, len(texts) + 1)]
        else:
            texts, lines = self._texts(), self._lines
            if self._given != info.given:
                kinds, positions, errors = self._matched()
        self._sink(
            Value(
                info, self._line, self._ldn, self._suspect, texts, lines, kinds, positions, errors
            )
        )
        self._begin_value(0, None)

    def _texts(self) -> list[str]:
        """Return the text of each r, and see that there is none between them."""
        chunks, marks, count = self._chunks, self._marks, len(self._given)
        if count not in self._patterns:
            flat = chain.from_iterable
            self._patterns[count] = (
                list(flat((place, ~(place + 1)) for place in range(1, 2 * count, 2))),
                list(flat((place, ~(place + 1)) for place in range(count))),
            )
        indented, compact = self._patterns[count]
        if marks == indented:
            texts, between = chunks[1 : 2 * count : 2], chunks[0 : 2 * count : 2]
            between += chunks[2 * count :]
        elif marks == compact:
            texts, between = chunks[:count], chunks[count:]
        else:
            texts, between, last = [], [], 0
            for start, end in zip(marks[::2], marks[1::2], strict=True):
                if start < 0 or end >= 0:
                    self._refuse("has an r inside an r")
                texts.append("".join(chunks[start:~end]))
                between += chunks[last:start]
                last = ~end
            between += chunks[last:]
        if "".join(between).strip():
            self._refuse("has text between the results of a measValue")
        return texts

    def _matched(self) -> tuple[list[int], list[str], dict[int, str]]:
        """Find the type of each r of a measValue that does not simply follow its measTypes."""
        places = {position: place for place, position in enumerate(self._info.positions)}
        kinds, positions, errors, taken = [], [], {}, set()
        for number, attributes in enumerate(self._given):
            given = dict(zip(attributes[::2], attributes[1::2], strict=True))
            if self._rebinds(given):
                self._refuse("has an r of another namespace")
            position = given.get("p", "").strip()
            place = places.get(position, -1)
            if not position:
                errors[number] = "has no p, so its measType is not known"
            elif place < 0:
                errors[number] = f"has p={position[:40]!r}, which no measType of its measInfo has"
            elif place in taken:
                errors[number] = f"has p={position!r} for the second time in its measValue"
            taken.add(place)
            kinds.append(place)
            positions.append(position)
        return kinds, positions, errors

    # Bounds.

    def _rebinds(self, given: dict[str, str]) -> bool:
        """Tell whether an element leaves the namespace of the root."""
        return given.get(self._binding, self._namespace) != self._namespace

    def _skip(self) -> None:
        """Pass over an element of a foreign namespace: a vendor's extension, no measurement."""
        handlers = self._expat.StartElementHandler, self._expat.EndElementHandler
        self._depth = 1

        def start(name: str, attributes: list[str]) -> None:
            self._depth += 1
            if self._depth > _MAX_DEPTH:
                self._refuse(f"is nested more than {_MAX_DEPTH} deep")

        def end(name: str) -> None:
            self._depth -= 1
            if not self._depth:
                self._expat.StartElementHandler, self._expat.EndElementHandler = handlers
                self._expat.CharacterDataHandler = self._chunks.append

        self._expat.StartElementHandler, self._expat.EndElementHandler = start, end
        self._expat.CharacterDataHandler = None

    def _no_text(self) -> None:
        if self._path[-1:] == ["value"] or self._given:
            return
        if "".join(self._chunks).strip():
            self._refuse(f"has text where only elements may stand ({self._chunks[-1][:40]!r})")
        self._chunks.clear()

    def _called(self, meant: str) -> str:
        names = {
            name
            for children in _CHILDREN.values()
            for name, known in children.items()
            if known == meant
        }
        return " or ".join(f"<{name}>" for name in sorted(names)) or "the root element"

    def _refuse_doctype(self, *_: object) -> None:
        self._refuse("declares a DTD, which no PM file needs and which could hide an entity bomb")

    def _refuse(self, reason: str) -> None:
        raise FileRefused(f"{reason} (line {self._expat.CurrentLineNumber})")
