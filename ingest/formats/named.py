"""Things that stand under their own names in JSON, {"OUT-1": {…}}, and in lists within others.

A path with `.*` finds the former, and what it is found under is data too: often it is the key.
So is what a thing's list stands in: the bill of a line, for the record holds several.
"""

from __future__ import annotations

import re

from ingest.formats.source import literal

# What a column reads the name by: the innermost, or one of several from the outermost on.
KEY = re.compile(r"\$key(?:\[(\d)\])?")
# What a column reads the things around by: that in whose list an element stands, and the next.
PARENT = re.compile(r"\$parent([2-9]?)((?:[.\[].*)?)", re.DOTALL)
# The same in SQL.
_PARENT_IN_SQL = re.compile(r"(?<![\w.$\"'])parent([2-9]?)(?!\w)")
_STEP = re.compile(r'\.\*|\[\*\]|(?:"[^"]*"|(?!\.\*|\[\*\]).)+')


def is_named(path: str) -> bool:
    """Whether a path goes over the members of an object."""
    return ".*" in _STEP.findall(path)


def depth_of(path: str) -> int:
    """Return over how many lists, or members, a path goes."""
    return sum(step in (".*", "[*]") for step in _STEP.findall(path))


def parents_read(texts: list[str]) -> int:
    """Return how far out the things lie that columns and expressions read around an element."""
    found = [
        match[1]
        for text in texts
        for match in (PARENT.fullmatch(text), *_PARENT_IN_SQL.finditer(text))
        if match
    ]
    return max((int(each or 1) for each in found), default=0)


def named_elements_sql(document: str, path: str, *, has_parents: bool = False) -> str:
    """Return SQL for a list of {item, keys}: what a path finds, and under which names of `.*`.

    With `has_parents` beside them what it went through, from the outermost on.

    A list where members are expected gives its places as names (an empty one is how some
    languages write an empty object); a scalar gives itself under no name, to be quarantined for
    the key it lacks rather than to vanish.
    """
    head, *steps = _STEP.findall(path)
    none, same = "", ""
    if has_parents:
        none = ", 'parents': cast([] as json[])"
    found = (
        f"[{{'item': json_extract({document}, {literal(head)}), "
        f"'keys': cast([] as varchar[]){none}}}]"
    )
    for number, step in enumerate(steps):
        each, inner = f"_e{number}", f"_i{number}"
        item, keys = f"{each}.item", f"{each}.keys"
        if has_parents:
            same = f", 'parents': {each}.parents"
        kind = f"coalesce(json_type({item}), 'NULL')"
        if step == ".*":
            further = f", 'parents': list_append({each}.parents, {inner}[2])" if has_parents else ""
            names = (
                f"case {kind} when 'OBJECT' then json_keys({item}) when 'ARRAY' then "
                f"cast(range(cast(json_array_length({item}) as bigint)) as varchar[]) "
                f"when 'NULL' then [] else [null] end"
            )
            things = (
                f"case {kind} when 'OBJECT' then json_extract({item}, '$.*') "
                f"when 'ARRAY' then json_extract({item}, '$[*]') "
                f"when 'NULL' then [] else [{item}] end"
            )
            found = (
                f"flatten(list_transform({found}, lambda {each}: list_transform("
                f"list_zip({names}, {things}), lambda {inner}: "
                f"{{'item': {inner}[2], 'keys': list_append({keys}, {inner}[1]){further}}})))"
            )
        elif step == "[*]":
            further = f", 'parents': list_append({each}.parents, {inner})" if has_parents else ""
            things = (
                f"case {kind} when 'ARRAY' then json_extract({item}, '$[*]') "
                f"when 'NULL' then [] else [{item}] end"
            )
            found = (
                f"flatten(list_transform({found}, lambda {each}: list_transform({things}, "
                f"lambda {inner}: {{'item': {inner}, 'keys': {keys}{further}}})))"
            )
        else:
            found = (
                f"list_transform({found}, lambda {each}: "
                f"{{'item': json_extract({item}, {literal('$' + step)}), 'keys': {keys}{same}}})"
            )
    return found
