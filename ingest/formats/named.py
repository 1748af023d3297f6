"""Things that stand under their own names in JSON: {"OUT-1": {…}, "OUT-2": {…}}.

A path with `.*` finds them, and what it is found under is data too: often it is the key.
"""

from __future__ import annotations

import re

from ingest.formats.source import literal

# What a column reads the name by: the innermost, or one of several from the outermost on.
KEY = re.compile(r"\$key(?:\[(\d)\])?")
_STEP = re.compile(r'\.\*|\[\*\]|(?:"[^"]*"|(?!\.\*|\[\*\]).)+')


def is_named(path: str) -> bool:
    """Whether a path goes over the members of an object."""
    return ".*" in _STEP.findall(path)


def named_elements_sql(document: str, path: str) -> str:
    """Return SQL for a list of {item, keys}: what a path with `.*` finds, and under which names.

    A list where members are expected gives its places as names (an empty one is how some
    languages write an empty object); a scalar gives itself under no name, to be quarantined for
    the key it lacks rather than to vanish.
    """
    head, *steps = _STEP.findall(path)
    found = (
        f"[{{'item': json_extract({document}, {literal(head)}), 'keys': cast([] as varchar[])}}]"
    )
    for number, step in enumerate(steps):
        each, inner = f"_e{number}", f"_i{number}"
        item, keys = f"{each}.item", f"{each}.keys"
        kind = f"coalesce(json_type({item}), 'NULL')"
        if step == ".*":
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
                f"{{'item': {inner}[2], 'keys': list_append({keys}, {inner}[1])}})))"
            )
        elif step == "[*]":
            things = (
                f"case {kind} when 'ARRAY' then json_extract({item}, '$[*]') "
                f"when 'NULL' then [] else [{item}] end"
            )
            found = (
                f"flatten(list_transform({found}, lambda {each}: list_transform({things}, "
                f"lambda {inner}: {{'item': {inner}, 'keys': {keys}}})))"
            )
        else:
            found = (
                f"list_transform({found}, lambda {each}: "
                f"{{'item': json_extract({item}, {literal('$' + step)}), 'keys': {keys}}})"
            )
    return found
