"""XML of any grammar: a document of JSON, so that records, lists and paths are said as for JSON.

An element is an object of its attributes (`@name`) and children, or, where it has neither, its
text; a text beside them is `#text`. What stands several times in one element is a list, and so is
what the contract writes with a bracket behind it (`$.alarm.cause[0]`), for else a list of one
would be read in another way than a list of two. Prefixes of namespaces are left out. No DTD is
accepted: no entity but the five of XML exists, and nothing can be expanded or fetched.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.parsers import expat

from ingest.contract import Feed
from ingest.formats.source import FileRefused

_CHUNK = 1 << 18
_MAX_BYTES = 256 << 20
_MAX_DEPTH = 64
_UNSAID = "utf-8"
# A name before a bracket, in a path or in an expression over `record`.
_LISTED = re.compile(r'\.(?:"([^"]+)"|([\w-]+))\[')
# A path as a contract writes it, and a step of one that goes on below it without a bracket.
_PATH = re.compile(r'\$(?:item)?((?:\.(?:"[^"]+"|[\w-]+)(?:\[[^\]]*\])*)+)')
_STEP = re.compile(r'\.(?:"([^"]+)"|([\w-]+))((?:\[[^\]]*\])*)')

Node = dict[str, object] | str | None


class _Tree:
    """Takes what expat sees; `root` is the document when it is read."""

    def __init__(
        self, lists: frozenset[str], single: frozenset[tuple[str, str]], encoding: str | None
    ) -> None:
        self.root: dict[str, Node] = {}
        self._lists, self._single = lists, single
        self._open: list[tuple[str, dict[str, object], list[str]]] = []
        self.expat = expat.ParserCreate(encoding)
        self.expat.buffer_text = True
        self.expat.StartDoctypeDeclHandler = self._refuse_doctype
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._text

    def _refuse_doctype(self, *_: object) -> None:
        raise FileRefused(
            f"holds a DOCTYPE on line {self.expat.CurrentLineNumber}; an extract needs none, and "
            "what it declares is not expanded"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise FileRefused(
                f"has more than {_MAX_DEPTH} elements one in another on line "
                f"{self.expat.CurrentLineNumber}; is it an extract at all?"
            )
        fields: dict[str, object] = {}
        for key, value in attributes.items():
            if key != "xmlns" and not key.startswith("xmlns:"):
                self._add(fields, f"@{_local(key)}", value)
        self._open.append((_local(name), fields, []))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def _end(self, _: str) -> None:
        name, fields, texts = self._open.pop()
        text = "".join(texts)
        node: Node = fields
        if fields.get("@nil") in ("true", "1"):
            node = None
        elif not fields:
            node = text if text.strip() else None
        elif text.strip():
            fields["#text"] = text
        self._add(self._open[-1][1] if self._open else self.root, name, node)

    def _add(self, fields: dict[str, object], name: str, value: Node) -> None:
        if name not in fields:
            fields[name] = [value] if name in self._lists else value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            above = self._open[-1][0] if self._open else ""
            if {(above, name), ("", name)} & self._single:
                # a path finds nothing in a list: what stands below would be gone without a word
                raise FileRefused(
                    f"holds <{name}> several times in one element (line "
                    f"{self.expat.CurrentLineNumber}), and the contract's paths go on below it as "
                    f"if it stood once: write {name}[*] in explode or records, or {name}[0]"
                )
            fields[name] = [fields[name], value]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def tree(
    path: Path,
    encoding: str = _UNSAID,
    lists: frozenset[str] = frozenset(),
    single: frozenset[tuple[str, str]] = frozenset(),
) -> dict:
    """Return a document as objects, lists and texts.

    Parameters
    ----------
    encoding : str
        Other than utf-8: what holds whatever the document declares.
    lists : frozenset of str
        Names of elements that are lists, also where they stand once.
    single : frozenset of (str, str)
        Element above (or "", where it is not known) and name of elements that must stand once.

    Raises
    ------
    FileRefused
        With the line, for what is not well-formed, has a DTD, or is out of bounds.
    """
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("is empty; have it sent again")
    if size > _MAX_BYTES:
        raise FileRefused(
            f"is one XML document above {_MAX_BYTES >> 20} MiB; have it delivered in parts"
        )
    built = _Tree(lists, single, None if encoding == _UNSAID else encoding)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                built.expat.Parse(chunk, False)
        built.expat.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(
            f"is not well-formed XML on line {error.lineno} ({expat.ErrorString(error.code)}); "
            "is it cut short, or several documents in one? have it sent again"
        ) from error
    except (LookupError, ValueError) as error:
        raise FileRefused(f"declares an encoding that cannot be read ({error})") from error
    return built.root


def with_lists(document: dict, several: set[tuple[str, ...]]) -> dict:
    """Return a document in which what stands several times in one place is a list in all of them.

    So samples tell which elements are lists; the contract then says so by a bracket.

    Parameters
    ----------
    several : set of tuple of str
        Places known to be lists; those of this document are added.
    """

    def look(node: object, place: tuple[str, ...]) -> None:
        for name, each in node.items() if isinstance(node, dict) else ():
            at = (*place, name)
            several.update([at] if isinstance(each, list) else [])
            for one in each if isinstance(each, list) else [each]:
                look(one, at)

    def made(node: object, place: tuple[str, ...]) -> object:
        if not isinstance(node, dict):
            return node
        fields = {}
        for name, each in node.items():
            at = (*place, name)
            ones = [made(one, at) for one in (each if isinstance(each, list) else [each])]
            fields[name] = ones if at in several else ones[0]
        return fields

    look(document, ())
    return made(document, ())


def listed(feed: Feed) -> frozenset[str]:
    """Return the names of the elements that a contract takes for lists."""
    told = feed.model_dump_json().replace('\\"', '"')
    return frozenset(one or other for one, other in _LISTED.findall(told))


def single(feed: Feed) -> frozenset[tuple[str, str]]:
    """Return (element above, name) of the elements below which a contract's paths go on."""
    found = set()
    for path in _PATH.findall(feed.model_dump_json().replace('\\"', '"')):
        above = ""
        steps = [(one or other, marks) for one, other, marks in _STEP.findall(path)]
        for name, marks in steps[:-1]:
            found |= set() if marks else {(above, name)}
            above = name
    return frozenset(found)


def as_json(path: Path, feed: Feed) -> str:
    """Return an XML document as a document of JSON; see `tree`."""
    found = tree(path, feed.dialect.encoding, listed(feed), single(feed))
    return json.dumps(found, ensure_ascii=False)


def is_empty_element(document: dict, path: str) -> bool:
    """Tell whether the element that should hold the records is there and holds none at all."""
    steps = [one or other for one, other in re.findall(r'\.(?:"([^"]+)"|([^.\[\]"]+))', path)]
    found: object = document
    for step in steps[:-1]:
        found = found[0] if isinstance(found, list) and len(found) == 1 else found
        if not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    found = found[0] if isinstance(found, list) and len(found) == 1 else found
    return len(steps) > 1 and (
        found is None or (isinstance(found, dict) and all(name.startswith("@") for name in found))
    )
