"""What a feed reads of its files: which columns, and which a reader may type itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.contract import Contract, Feed
from ingest.contract_mapping import Pattern
from ingest.for_each import filled, is_pattern, repeats
from ingest.intake import entities
from ingest.values import NUMBERS, STRICT


def needed_columns(feed: Feed) -> set[str]:
    """Return the source columns that a feed's mappings read by name."""
    names = set()
    for mapping in feed.entities:
        patterns = [name for name, each in (mapping.for_each or {}).items() if is_pattern(each)]
        depends = (
            re.compile(rf"\{{({'|'.join(map(re.escape, patterns))})[\[}}]") if patterns else None
        )
        for repeated in repeats(mapping, None):
            specs = [*mapping.columns.values(), *([mapping.known_at] if mapping.known_at else [])]
            names |= {
                filled(spec.from_, repeated)
                for spec in specs
                # What a pattern will find is known only when the file's columns are.
                if spec.from_ and not (depends and depends.search(spec.from_))
            }
    return names


def told_of(feed: Feed, columns: Sequence[str]) -> set[str]:
    """Return those of a file's columns that a feed reads without `from`: in SQL, or by pattern."""
    texts, found = [getattr(feed.extracted_at, "sql", None)], set()
    for mapping in feed.entities:
        specs = [*mapping.columns.values(), *([mapping.known_at] if mapping.known_at else [])]
        texts += [spec.sql for spec in specs] + [mapping.where, mapping.explode]
        if mapping.pair:
            texts += [mapping.pair.key, mapping.pair.begins, *mapping.pair.acts.values()]
        for each in (mapping.for_each or {}).values():
            if isinstance(each, Pattern):
                found |= set(filter(re.compile(each.columns).fullmatch, columns))
            else:
                texts.append(str(each))
    text = "\n".join(filter(None, texts))
    return found | {
        name
        for name in columns
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    }


def optional_columns(feed: Feed) -> set[str]:
    """Return the source columns that may be gone under `drift: evolve`: none is required."""
    if feed.drift != "evolve":
        return set()
    required = set()
    for mapping in feed.entities:
        entity = entities()[mapping.entity]
        for repeated in repeats(mapping, None):
            required |= {
                filled(spec.from_, repeated)
                for name, spec in mapping.columns.items()
                if spec.from_ and (entity.columns[name].required or name in entity.key)
            }
    return needed_columns(feed) - required


def is_plain(feed: Feed) -> bool:
    """Tell whether a feed's rows go to one entity as they are.

    What decides about a row, or looks at the whole of it, must see what was delivered.
    """
    mapping = feed.entities[0]
    specs = [*mapping.columns.values(), *([mapping.known_at] * bool(mapping.known_at))]
    return not (
        len(feed.entities) > 1
        or mapping.for_each
        or mapping.explode
        or mapping.where
        or mapping.pair
        or mapping.duplicates != "keep"
        or any(spec.sql for spec in specs)
        or getattr(feed.extracted_at, "sql", None)
    )


def strict_columns(contract: Contract, feed: Feed) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return which columns a reader may type itself, strictly, and the blanks all columns share.

    Only for a plain feed.
    """
    if not is_plain(feed):
        return {}, ()
    mapping = feed.entities[0]
    specs = [*mapping.columns.items(), *([("known_at", mapping.known_at)] * bool(mapping.known_at))]
    has_one_set = feed.unmapped != "keep" and all(spec.blanks is None for _, spec in specs)
    read = [spec.from_ for _, spec in specs]
    moment = getattr(feed.extracted_at, "from_", None)
    kinds = {}
    for name, spec in specs:
        column = entities()[mapping.entity].columns.get(name)
        kind = column.type if column else "timestamp"
        if kind in NUMBERS and feed.dialect.rewrites_numbers:
            continue
        if kind == "timestamp" and feed.dialect.writes_times:
            continue
        if column and column.until:
            # typed, a day alone could not be told from its first midnight
            continue
        own = contract.blanks if spec.blanks is None else spec.blanks
        none = (
            contract.not_applicable if spec.not_applicable is None else spec.not_applicable
        ) or (not has_one_set and own)
        says_more = spec.model_fields_set - {"from_", "blanks", "not_applicable", "time_zone"}
        if kind in STRICT and not (none or says_more or read.count(spec.from_) > 1):
            kinds[spec.from_] = kind
    kinds.pop(moment, None)
    return kinds, tuple(sorted(contract.blanks)) if has_one_set else ()
