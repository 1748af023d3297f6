"""Which intake entity a sample is of, and which of its columns feeds which intake column."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import sqrt

from ingest.draft.types import Profile
from ingest.draft.words import concepts_of, hints, likeness, meaning, plain, tokens, truth
from ingest.intake import Column, Entity, entities

SURE = 0.5
# What of a name's likeness is left when the values say nothing for it.
_NAME_ALONE = 0.6
# Of these there are about as many as there are rows, or customers.
_INDIVIDUAL = {"customer_id", "product_id", "account_id", "party_id", "ticket_id", "bill_id"}
_MANY, _FEW = 20, 5
_REPEATED = re.compile(r"(.*\D)_?\d{1,2}")
_HINT, _KEY, _LACKING = 0.7, 0.6, 0.5
_NEAR = 0.2
_LEAST = 1.2
_DATED = re.compile(
    r"(^|[^a-z])(date|datum|datetime|timestamp|fecha|tarihi?|dat[eu]ma?)([^a-z]|$)"
    r"|(^|[^а-яії])дат[аи]([^а-яії]|$)|ημερομηνια"
)
_WITH_TAX = re.compile(r"incl|ttc|brutto|gross|total")
_NUMBERS = {"integer", "number", "money"}


@dataclass(frozen=True)
class Match:
    """One source column that may feed one intake column."""

    source: str
    column: str
    confidence: float
    why: str


@dataclass(frozen=True)
class Candidate:
    """An intake entity with the best way to fill it from a sample."""

    entity: Entity
    score: float
    matches: dict[str, Match]
    doubts: dict[str, Match]


def candidates(name: str, profiles: dict[str, Profile], said: str | None = None) -> list[Candidate]:
    """Return every intake entity that shares anything with a sample, best first.

    Parameters
    ----------
    name : str
        Of the file, sheet or table.
    said : str, optional
        The entity that was answered, which is one however little speaks for it.
    """
    stems = Counter(match[1] for name in profiles if (match := _REPEATED.fullmatch(name)))
    single = {
        name: profile
        for name, profile in profiles.items()
        # arpu_6, arpu_7 …: one row per month or place, which is for a person to say
        if not ((match := _REPEATED.fullmatch(name)) and stems[match[1]] > 1)
    }
    found = [_candidate(entity, hints(name), single) for entity in entities().values()]
    kept = (each for each in found if each.score > 0 or each.entity.name == said)
    return sorted(kept, key=lambda each: -each.score)


def rivals(found: list[Candidate]) -> list[Candidate]:
    """Return the candidates between which a person must choose; none when the best leads."""
    if not found:
        return []
    best = found[0]
    near = [each for each in found if best.score - each.score < _NEAR * best.score]
    if best.score < _LEAST or not best.matches:
        return found[:3]
    return near[:4] if len(near) > 1 else []


def is_likely(found: list[Candidate]) -> bool:
    """Tell whether a sample is of any intake entity at all."""
    return bool(found) and found[0].score >= _LEAST and bool(found[0].matches)


def _candidate(entity: Entity, said: frozenset[str], profiles: dict[str, Profile]) -> Candidate:
    pairs = [
        match
        for profile in profiles.values()
        if profile.kind != "empty"
        for column in entity.columns.values()
        if (match := _match(entity, column, profile)) is not None
    ]
    matches: dict[str, Match] = {}
    doubts: dict[str, Match] = {}
    used: set[str] = set()
    # of two that are as sure, the one that bears the very name: order_id is no order_item_id
    for match in sorted(pairs, key=lambda each: (-each.confidence, not _is_of_name(each))):
        if match.column in matches or match.source in used:
            continue
        if match.confidence >= SURE:
            matches[match.column] = match
            used.add(match.source)
        elif match.column not in doubts and match.confidence >= 0.3:
            doubts[match.column] = match
    doubts = {name: each for name, each in doubts.items() if name not in matches}
    score = sum(match.confidence * _rarity()[name] for name, match in matches.items())
    if score:
        key = [name in matches for name in entity.key]
        score += _KEY * sum(key) / len(key)
        required = [column.name for column in entity.columns.values() if column.required]
        score -= _LACKING * sum(name not in matches for name in required) / len(required)
    if entity.name in said:
        score += _HINT
    return Candidate(entity, score, matches, doubts)


def _is_of_name(match: Match) -> bool:
    return re.sub(r"[\W_]+", "_", plain(match.source)).strip("_") == match.column


@cache
def _rarity() -> dict[str, float]:
    """Intake column → what it says of the entity: customer_id stands in many."""
    counts = Counter(name for entity in entities().values() for name in entity.columns)
    return {name: 1 / sqrt(count) for name, count in counts.items()}


def _match(entity: Entity, column: Column, profile: Profile) -> Match | None:
    # of a path in JSON the root says nothing
    own = re.sub(r"^\$(item|parent)?\.|\.\"#text\"$", "", profile.name)
    if column.name.endswith("_id") and _DATED.search(plain(own)) and "id" not in concepts_of(own):
        return None  # the date of a bill is not the bill, however its dates are written
    is_tax = concepts_of(own) == {"tax"} and not _WITH_TAX.search(plain(own))
    if is_tax and column.type == "money" and column.name != "amount_tax":
        return None  # the tax on an amount is not the amount
    named = likeness(own, entity.name, column.name)
    if named < 0.2:
        return None
    valued = _value_evidence(column, profile)
    if valued is None:
        return None
    bare_id = all(word <= {"id"} for word in tokens(own))
    if column.name == entity.key[0] and len(entity.key) == 1 and bare_id and profile.is_unique:
        # `Nr` or `ID` alone is the number of the row's own thing.
        named, valued = max(named, 0.85), 1.0
    if column.name == entity.key[0] and profile.is_unique:
        valued = 1.0
    confidence = named * (_NAME_ALONE + (1 - _NAME_ALONE) * valued)
    why = "name and values" if valued >= 0.7 else "name"
    return Match(profile.name, column.name, round(confidence, 2), why)


def _value_evidence(column: Column, profile: Profile) -> float | None:
    """Return how well the values fit an intake column, from 0 to 1; None when they cannot."""
    identity = profile.identity
    if column.type == "token":
        if identity is None:
            return None
        return 1.0 if identity == column.token else None
    if column.name.endswith("_band") and profile.kind in ("integer", "number"):
        return None  # an exact age is no band
    if identity == "birth":
        return 0.5 if column.name == "birth_year" and profile.kind == "integer" else None
    if identity is not None:
        # A phone number as a key becomes its pseudonym; it serves nowhere else.
        is_key = column.type == "text" and column.name.endswith("_id")
        return 0.8 if is_key and identity in ("phone", "email", "document") else None
    kind = profile.kind
    if kind == "nested":
        return None  # one of its fields is meant
    if column.type in ("timestamp", "date"):
        if kind in ("date", "timestamp"):
            return 1.0
        if kind not in _NUMBERS:
            return None
        says_time = bool(concepts_of(profile.name) & {"at", "start", "end", "open", "close"})
        return 0.9 if profile.epoch else (0.3 if says_time else None)
    if column.type == "boolean":
        if kind == "boolean":
            return 1.0
        is_binary = bool(profile.codes) and all(truth(code) is not None for code in profile.codes)
        return 0.8 if is_binary and len(profile.codes) <= 2 else None
    if column.type in _NUMBERS:
        if kind == "integer":
            return 1.0
        return 1.0 if kind == "number" and column.type != "integer" else None
    if kind in ("date", "timestamp", "time") or profile.is_free_text:
        return None
    if column.values:
        known = [code for code in profile.codes if meaning(column.name, code, column.values)]
        if not profile.codes or (not known and kind == "boolean"):
            return None
        return len(known) / len(profile.codes) if known else (0.0 if profile.is_code else None)
    if column.name.endswith("_id"):
        is_individual = column.name in _INDIVIDUAL and profile.filled >= _MANY
        if is_individual and profile.distinct <= _FEW:
            return None
        says_nothing = profile.filled >= _MANY and profile.distinct == 1
        return 0.0 if kind in ("number", "boolean") or says_nothing else 0.8
    if kind == "boolean":
        return None
    if kind in ("number", "integer") and not profile.is_code:
        return 0.3
    if profile.codes and any(meaning(column.name, code, ()) for code in profile.codes):
        return 1.0
    return 0.6
