"""Lists and things in a document of JSON, by their paths."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def step_of(key: str) -> str:
    """Return the step of a path to a key."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f'."{key}"'


def record_lists(value: dict, path: str, depth: int = 0) -> Iterator[tuple[str, list[dict]]]:
    """Yield the lists of objects in an object, with their paths."""
    for key, each in value.items():
        at = path + step_of(key)
        if isinstance(each, list):
            marks, each = unpacked(each)
            if each and all(isinstance(one, dict) for one in each):
                yield at + marks, each
        elif isinstance(each, dict) and depth < 3 and not is_named(each):
            yield from record_lists(each, at, depth + 1)


def unpacked(elements: list) -> tuple[str, list]:
    """Return what lists within lists hold, with the path's marks: [[{…}, {…}], [{…}]] are three."""
    marks = "[*]"
    while elements and all(isinstance(each, list) for each in elements):
        inner = [one for each in elements for one in each]
        if not any(isinstance(one, dict | list) for one in inner):
            break  # rows whose fields have places instead of names
        marks, elements = marks + "[*]", inner
    return marks, elements


def placed_lists(value: dict, path: str) -> Iterator[tuple[str, list[list]]]:
    """Yield the lists of rows whose fields have places instead of names: [["T1", 3], ["T2", 4]]."""
    for key, each in value.items():
        at = path + step_of(key)
        if isinstance(each, list):
            marks, elements = unpacked(each)
            if elements and all(isinstance(one, list) and one for one in elements):
                yield at + marks, elements
            for element in elements:
                if isinstance(element, dict):
                    yield from placed_lists(element, at + marks)
        elif isinstance(each, dict):
            yield from placed_lists(each, at)


def deeper(found: list[tuple[str, list[dict]]]) -> list[tuple[str, list[dict]]]:
    """Return the lists of records within those of lists: pages of customers, say."""
    lists: dict[str, list[dict]] = {}
    for path, elements in found:
        for element in elements:
            for at, each in record_lists(element, path):
                lists.setdefault(at, []).extend(each)
    return list(lists.items())


def is_named(value: object) -> bool:
    """Tell things that stand under their own names from fields: {"OUT-1": {…}, "OUT-2": {…}}.

    Names that tell things apart are numbered; what is alike under any names is a group of such.
    """
    if not isinstance(value, dict) or not value:
        return False
    members = list(value.values())
    if not all(isinstance(each, dict) for each in members):
        return False
    if any(map(is_named, members)):
        return all(not each or is_named(each) for each in members)
    shared = set.intersection(*(set(each) for each in members))
    return bool(shared) and all(re.search(r"\d", key) for key in value)


def named_paths(value: object, path: str, depth: int = 0) -> Iterator[str]:
    """Yield the paths with `.*` of what stands under its own names."""
    if is_named(value):
        levels = 1
        while any(map(is_named, value.values())):
            value = next(each for each in value.values() if is_named(each))
            levels += 1
        yield path + ".*" * levels
    elif isinstance(value, dict) and depth < 3:
        for key, each in value.items():
            yield from named_paths(each, path + step_of(key), depth + 1)


def things_at(value: object, path: str) -> list[tuple[str, object]]:
    """Return the things a path with `.*` finds, with their names."""
    found = [("", value)]
    for step in re.findall(r'\.\*|\[(?:\*|\d+)\]|\."[^"]*"|\.\w+', path.removeprefix("$")):
        if step == "[*]":
            found = [(key, one) for key, each in found for one in each or ()]
            continue
        if step[0] == "[":
            at = int(step[1:-1])
            found = [(key, each[at]) for key, each in found if isinstance(each, list) and each[at:]]
            continue
        inner = [(key, each) for key, each in found if isinstance(each, dict)]
        if step == ".*":
            found = [member for _, each in inner for member in each.items()]
        else:
            found = [(key, each.get(step[1:].strip('"'))) for key, each in inner]
    return found
