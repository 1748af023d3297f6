"""The two grammars of 3GPP PM files, read as a stream by expat: measurements go to a sink.

TS 32.435 (`measCollecFile`) and TS 28.532 (`measDataFile`) differ in a few names only and are read
by one table of elements. What is neither in the table nor in a namespace of its own is refused, so
that nothing is passed over in silence. No DTD is accepted: no entity but the five of XML exists,
and nothing can be expanded or fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from ingest.formats.pm_runs import Piece, RunFault, take_run
from ingest.formats.source import FileRefused

ROOTS = ("measCollecFile", "measDataFile")
_CHUNK = 1 << 18
_MAX_SPAN_BYTES = 2 << 20
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
        "measType": "run",
        "measTypes": "types",
        "measValue": "value",
    },
    "value": {"r": "run", "measResults": "results", "suspect": "suspect"},
}
_RUNS = {"info": "measType", "value": "r"}


@dataclass(frozen=True)
class Types:
    """The measTypes of a measInfo; equal ones are one object, as most of a file's are.

    `given` is what the attributes of the r are when they come whole and in this order.
    """

    positions: list[str]
    names: list[str]
    given: list[list[str]]


_NO_TYPES = Types([], [], [])


@dataclass
class Info:
    """One measInfo: what its measurements have in common."""

    line: int
    element: dict[str, str]
    attributes: dict[str, str]
    job: dict[str, str] = field(default_factory=dict)
    period: dict[str, str] = field(default_factory=dict)
    reporting: dict[str, str] = field(default_factory=dict)
    types: Types = _NO_TYPES


@dataclass(frozen=True)
class Value:
    """One measValue: results in the order of the file, as texts.

    `kinds` holds each result's place in the types of its measInfo, None for all in their order,
    -1 where there is no such type; `positions` then says what the file called it.
    """

    info: Info
    ldn: str | None
    suspect: str | None
    texts: list[str]
    lines: Sequence[int]
    kinds: list[int] | None
    positions: list[str]
    errors: dict[int, str]


class Parser:
    """Reads one file; hands over each measValue when it is whole.

    Within measInfo and measValue, ends and texts are gathered by the list itself and looked at in
    bulk when another kind of element starts: a result costs one short call, not three.

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
        self._types: dict[tuple[str, ...], Types] = {}
        self._has_data = False
        self._pieces: list[Piece] = []
        # Lines are counted here: asking expat for its line costs a third of the parse.
        self._window, self._window_at, self._counted, self._here = b"", 0, 0, 1
        self._openers: dict[str, Callable[[list[str]], None]] = {
            "data": self._open_data,
            "element": self._open_element,
            "info": self._open_info,
            "period": self._open_period,
            "value": self._open_value,
        }
        self._closers: dict[str, Callable[[str], None]] = {
            "info": self._close_info,
            "results": self._close_results,
            "suspect": self._close_suspect,
            "types": self._close_types,
            "value": self._close_value,
        }
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.ordered_attributes = True
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype
        self._gather()

    def read(self, path: Path) -> None:
        """Read the file to its end.

        Raises
        ------
        FileRefused
            With the line, for what is not well-formed, not of the grammar, or out of bounds.
        """
        if path.stat().st_size == 0:
            raise FileRefused("is empty; have it sent again")
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    self._window = self._window[self._counted :] + chunk
                    self._window_at += self._counted
                    self._counted = 0
                    self._expat.Parse(chunk, False)
                    # A tag, comment, text or measValue without end would be gathered for ever.
                    if len(self._window) - self._counted > _MAX_SPAN_BYTES:
                        self._refuse(f"has one thing of more than {_MAX_SPAN_BYTES >> 20} MiB")
                self._expat.Parse(b"", True)
            self._settle()
        except expat.ExpatError as error:
            raise FileRefused(
                f"is not well-formed XML on line {error.lineno} "
                f"({expat.ErrorString(error.code)}); is it cut short? have it sent again"
            ) from error
        except RunFault as fault:
            self._refuse(str(fault))
        except (LookupError, ValueError) as error:
            if self._path:
                raise
            raise FileRefused(f"declares an encoding that cannot be read ({error})") from error
        if not self._has_data:
            raise FileRefused("has no measData, so no measurement at all; have it sent again")

    # Starts.

    def _gather(self) -> None:
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._pieces.append
        self._expat.CharacterDataHandler = self._pieces.append

    def _start(self, name: str, attributes: list[str]) -> None:
        if not self._path:
            self._start_file(name, _mapped(attributes))
            return
        self._settle()
        inside, called = self._path[-1]
        meant = self._meanings.get((inside, name))
        if (meant is None or self._binding in attributes) and self._is_foreign(name, attributes):
            self._skip()
        elif meant is None:
            self._refuse(f"has <{name[:60]}> inside <{called}>, where it means nothing")
        elif meant == "run":
            self._pieces.append(attributes)
            self._begin_run(inside)
        else:
            self._path.append((meant, name))
            self._expat.StartElementHandler = self._start
            if opener := self._openers.get(meant):
                opener(attributes)
            elif meant in ("job", "reporting"):
                setattr(self._info, meant, _mapped(attributes))
            elif meant in ("header", "sender", "begin", "end"):
                setattr(self, meant, _mapped(attributes))

    def _start_file(self, name: str, given: dict[str, str]) -> None:
        prefix, _, local = name.rpartition(":")
        if local not in ROOTS:
            self._refuse(
                f"has the root element <{name[:60]}>, not {' or '.join(ROOTS)}: "
                "it is no 3GPP performance measurement file"
            )
        prefix = f"{prefix}:" if prefix else ""
        self._prefix, self._binding = prefix, f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
        self._namespace = given.get(self._binding)
        self._path.append(("file", name))
        self._meanings = {
            (inside, prefix + child): meant
            for inside, children in _CHILDREN.items()
            for child, meant in children.items()
        }
        self._run_names = {inside: prefix + child for inside, child in _RUNS.items()}
        self._run_starts = {
            inside: self._start_of_run(wanted) for inside, wanted in self._run_names.items()
        }

    def _start_of_run(self, wanted: str) -> Callable[[str, list[str]], None]:
        """Return the handler for where elements of one name come in long runs: the hot path."""
        gather, start = self._pieces.append, self._start

        def start_one(name: str, attributes: list[str]) -> None:
            if name == wanted:
                gather(attributes)
            else:
                start(name, attributes)

        return start_one

    def _begin_run(self, inside: str) -> None:
        self._run_line = self._here
        self._expat.StartElementHandler = self._run_starts[inside]

    def _is_foreign(self, name: str, attributes: list[str]) -> bool:
        bound = _mapped(attributes).get(self._binding, self._namespace)
        is_prefixed = not name.startswith(self._prefix) or ":" in name[len(self._prefix) :]
        return is_prefixed or bound != self._namespace

    def _skip(self) -> None:
        """Pass over an element of a foreign namespace: a vendor's extension, no measurement."""
        depth = 1

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
                self._gather()

        self._expat.StartElementHandler, self._expat.EndElementHandler = start, end
        self._expat.CharacterDataHandler = None

    # What came since the last start, in bulk.

    def _count_lines(self) -> None:
        """Bring `_here` to the current line; what lies before it is not needed any more."""
        position = self._expat.CurrentByteIndex - self._window_at
        self._here += self._window.count(b"\n", self._counted, position)
        self._counted = position

    def _settle(self) -> None:
        """Make sense of the pieces so far: a run, perhaps a text, and the ends of elements."""
        self._count_lines()
        pieces, path, text = self._pieces[:], self._path, ""
        self._pieces.clear()
        inside, name = path[-1]
        if inside in _RUNS and list in map(type, pieces):
            run = take_run(pieces, self._run_names[inside], self._run_line, self._here)
            self._given += run.given
            self._texts += run.texts
            self._lines += run.lines
            pieces = run.tail
        for number, piece in enumerate(pieces):
            if isinstance(piece, list):
                self._refuse(f"has an element of a run after <{inside}>, where it means nothing")
            # Where a name comes twice, the first is a text that looks like the end after it.
            if piece != name or pieces[number + 1 : number + 2] == [name]:
                text += piece
                continue
            meant, _ = path.pop()
            if meant not in ("results", "suspect", "types"):
                self._check_blank(text)
            if closer := self._closers.get(meant):
                closer(text)
            text, name = "", path[-1][1] if path else ""
        self._check_blank(text)

    def _check_blank(self, text: str) -> None:
        if stray := text.strip():
            raise RunFault(f"has text where only elements may stand ({stray[:40]!r})")

    # What each element means.

    def _open_data(self, attributes: list[str]) -> None:
        self._has_data, self._has_info, self._element = True, False, {}

    def _open_element(self, attributes: list[str]) -> None:
        if self._has_info or self._element:
            self._refuse("has a managedElement that is not the first of its measData")
        self._element = _mapped(attributes)

    def _open_info(self, attributes: list[str]) -> None:
        self._info = Info(self._here, self._element, _mapped(attributes))
        self._has_info, self._has_values = True, False
        self._given, self._texts, self._lines = [], [], []

    def _open_period(self, attributes: list[str]) -> None:
        if self._info.period or self._has_values:
            self._refuse("has a granPeriod after the values of its measInfo, or a second one")
        self._info.period = _mapped(attributes)

    def _open_value(self, attributes: list[str]) -> None:
        self._take_types()
        self._has_values = True
        self._line, self._ldn = self._here, _mapped(attributes).get("measObjLdn")
        self._suspect: str | None = None
        self._results: list[str] | None = None
        self._given, self._texts, self._lines = [], [], []
        self._begin_run("value")

    def _close_info(self, text: str) -> None:
        self._take_types()

    def _close_suspect(self, text: str) -> None:
        self._suspect = text.strip()

    def _close_results(self, text: str) -> None:
        if self._results is not None:
            self._refuse("has two measResults in one measValue")
        self._results = text.split()

    def _close_types(self, text: str) -> None:
        if self._info.types.names or self._given or self._has_values:
            self._refuse("has measTypes that are not the only ones before the values")
        names = text.split()
        positions = [str(place) for place in range(1, len(names) + 1)]
        self._info.types = Types(positions, names, [["p", position] for position in positions])

    def _take_types(self) -> None:
        """Give the measInfo the measTypes that have been gathered, if any."""
        if not self._given:
            return
        if self._info.types.names or self._has_values:
            self._refuse("has a measType after the values of its measInfo, or beside measTypes")
        key = tuple(self._texts)
        known = self._types.get(key)
        if known is None or known.given != self._given:
            if len(self._types) >= _MAX_KNOWN_TYPES:
                self._types.clear()
            known = self._types[key] = self._checked_types()
        self._info.types = known

    def _checked_types(self) -> Types:
        positions = [_position(attributes) for attributes in self._given]
        if "" in positions:
            self._refuse("has a measType without p, so its results cannot be told apart")
        if len(set(positions)) != len(positions):
            twice = Counter(positions).most_common(1)[0][0]
            self._refuse(f"gives p={twice[:40]!r} to two measTypes of one measInfo")
        return Types(positions, [name.strip() for name in self._texts], self._given)

    def _close_value(self, text: str) -> None:
        texts, lines, types = self._texts, self._lines, self._info.types
        kinds, positions, errors = None, [], {}
        if self._results is None:
            if self._given != types.given:
                kinds, positions, errors = _matched(self._given, types)
        elif self._given:
            self._refuse("has both measResults and r in one measValue")
        else:
            texts = self._results
            if len(texts) != len(types.names):
                # Which value is whose cannot be known: none of them is believed.
                reason = (
                    f"stands in measResults of {len(texts)} values for {len(types.names)} measTypes"
                )
                texts = texts or [""]
                errors = dict.fromkeys(range(len(texts)), reason)
                kinds = [-1] * len(texts)
                positions = [str(place) for place in range(1, len(texts) + 1)]
            lines = [self._line] * len(texts)
        value = Value(self._info, self._ldn, self._suspect, texts, lines, kinds, positions, errors)
        self._given, self._texts, self._lines = [], [], []
        self._sink(value)

    def _refuse_doctype(self, *_: object) -> None:
        self._refuse("declares a DTD, which no PM file needs and which could hide an entity bomb")

    def _refuse(self, reason: str) -> None:
        raise FileRefused(f"{reason} (by line {self._expat.CurrentLineNumber})")


def _matched(given: list[list[str]], types: Types) -> tuple[list[int], list[str], dict[int, str]]:
    """Find the type of each r of a measValue that does not simply follow its measTypes."""
    places = {position: place for place, position in enumerate(types.positions)}
    kinds, positions, errors, taken = [], [], {}, set()
    for number, attributes in enumerate(given):
        position = _position(attributes)
        place = places.get(position, -1)
        if not position:
            errors[number] = "has no p, so its measType is not known"
        elif place < 0:
            errors[number] = f"has p={position[:40]!r}, which no measType of its measInfo has"
        elif place in taken:
            errors[number] = f"has p={position[:40]!r} for the second time in its measValue"
        taken.add(place)
        kinds.append(place)
        positions.append(position)
    return kinds, positions, errors


def _mapped(attributes: list[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


def _position(attributes: list[str]) -> str:
    if len(attributes) == 2 and attributes[0] == "p":
        return attributes[1].strip()
    given = _mapped(attributes)
    if any(name.startswith("xmlns") for name in given):
        raise RunFault("has a measType or r with a namespace of its own: is it a result at all?")
    return given.get("p", "").strip()
