"""The word list: which concepts a column's name speaks of, and what a source's codes mean."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

from ingest.intake import entities

_LINKS = ("", "s", "n", "en", "es", "e")
_MIN_PART = 3
_WEAK, _STRONG = 0.3, 1.0
_STOPS = {"of", "the", "der", "die", "das", "la", "el", "del", "le", "du", "des", "do", "da", "por"}


@cache
def _list() -> dict:
    text = Path(__file__).with_name("words.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def _concepts() -> dict[str, frozenset[str]]:
    """Word → the concepts it may mean."""
    found: dict[str, set[str]] = {}
    for concept, words in _list()["concepts"].items():
        for word in (concept, *map(str, words)):
            found.setdefault(_plain(word).replace("_", ""), set()).add(concept)
    return {word: frozenset(concepts) for word, concepts in found.items()}


def _plain(text: str) -> str:
    """Return a text in lower case without accents; Cyrillic й and ё become и and е."""
    for umlaut, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(umlaut, pair).replace(umlaut.upper(), pair)
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def tokens(name: str) -> tuple[frozenset[str], ...]:
    """Return the concepts of each word in a name; a word that is not known is its own concept."""
    name = name.replace("#", " nr ")
    name = re.sub(r"(?<=[a-zа-яß-ÿ\d])(?=[A-ZА-ЯÀ-Þ])", " ", name)
    words = [_plain(word) for word in re.split(r"[\W_]+", name) if word]
    found: list[frozenset[str]] = []
    position = 0
    while position < len(words):
        pair = "".join(words[position : position + 2])
        if position + 1 < len(words) and pair in _concepts() and words[position] != "id":
            found.append(_concepts()[pair])
            position += 2
            continue
        word = words[position]
        position += 1
        if word not in _STOPS and not word.isdigit():
            found += _of_word(word)
    return tuple(dict.fromkeys(found))


def _of_word(word: str) -> list[frozenset[str]]:
    known = _concepts()
    if word in known:
        return [known[word]]
    parts = _parts(word)
    if parts:
        return [known[part] for part in parts]
    if len(word) >= 6:
        near = difflib.get_close_matches(word, known, n=1, cutoff=0.9)
        if near and near[0][0] == word[0]:
            return [known[near[0]]]
    return [frozenset([word])]


def _parts(word: str) -> list[str] | None:
    """Take a compound apart into known words: kundennummer → kunde(n) + nummer."""
    known = _concepts()
    if word in known:
        return [word]
    for end in range(len(word) - 2, _MIN_PART - 1, -1):
        head, rest = word[:end], word[end:]
        if head not in known:
            continue
        for link in _LINKS:
            if rest == link and link:
                return [head]
            tail = rest.removeprefix(link) if rest.startswith(link) else None
            if tail and len(tail) >= 2 and (parts := _parts(tail)):
                return [head, *parts]
    return None


def is_known(name: str) -> bool:
    """Tell whether every other word of a name stands in the word list."""
    words = tokens(name)
    known = _list()["concepts"]
    return bool(words) and sum(bool(each & known.keys()) for each in words) * 2 >= len(words)


@cache
def aliases(entity: str, column: str) -> tuple[tuple[frozenset[str], ...], ...]:
    """Return what an intake column is called, each name as its words' concepts."""
    listed = _list()["columns"]
    names = [column, *listed.get(f"{entity}.{column}", ())]
    # What all entities call it counts, unless this entity has a word of its own.
    names += [] if f"{entity}.{column}" in listed else listed.get(column, ())
    return tuple(tokens(name) for name in names)


@cache
def likeness(name: str, entity: str, column: str) -> float:
    """Return how well a source column's name fits an intake column, from 0 to 1."""
    words = tokens(name)
    best = max(_overlap(words, alias) for alias in aliases(entity, column))
    # The entity's own noun may stand in the name or not: ticket_opened, Ticket Status.
    own = tokens(entity)
    bare = tuple(word for word in words if not any(word & each for each in own))
    if bare and len(bare) < len(words):
        best = max(best, *(0.97 * _overlap(bare, alias) for alias in aliases(entity, column)))
    return best


def _overlap(one: tuple[frozenset[str], ...], other: tuple[frozenset[str], ...]) -> float:
    if not one or not other:
        return 0.0
    shared = [word for word in one if any(word & each for each in other)]
    back = [each for each in other if any(word & each for word in one)]
    if not _has_strong(shared) and _has_strong(one) and _has_strong(other):
        return 0.0  # `zip code` and `ticket id` share that both identify something
    return (_weight(shared) + _weight(back)) / (_weight(one) + _weight(other))


def _has_strong(words: tuple[frozenset[str], ...] | list[frozenset[str]]) -> bool:
    return any(not word <= set(_list()["weak"]) for word in words)


def _weight(words: tuple[frozenset[str], ...] | list[frozenset[str]]) -> float:
    weak = set(_list()["weak"])
    return sum(_WEAK if word <= weak else _STRONG for word in words)


def concepts_of(name: str) -> frozenset[str]:
    """Return every concept a name speaks of."""
    return frozenset().union(*tokens(name))


@cache
def hints(name: str) -> frozenset[str]:
    """Return the entities a file's, sheet's or table's name speaks of."""
    said = concepts_of(name)
    return frozenset(
        entity
        for entity, phrases in _list()["entities"].items()
        if any(all(word & said for word in tokens(phrase)) for phrase in phrases)
    )


def meaning(column: str, code: str, allowed: tuple[str, ...]) -> str | None:
    """Return the intake's word for a source's code; None when the word list has none."""
    if not allowed and column in ("status", "state"):
        return None  # as the source says it: closed is not the same of a ticket and of a line
    wanted = _code(code)
    for value in allowed:
        if _code(value) == wanted:
            return value
    for value, codes in _list()["codes"].get(column, {}).items():
        if wanted in {_code(str(value)), *(_code(str(each)) for each in codes)} and (
            not allowed or value in allowed
        ):
            return str(value)
    return None


def truth(code: str) -> bool | None:
    """Return what a code says where true or false is wanted; None when it is neither."""
    wanted = _code(code)
    for value in (True, False):
        if wanted in {_code(str(each)) for each in _list()["codes"][value]}:
            return value
    return None


def _code(text: str) -> str:
    return re.sub(r"[\W_]+", "", _plain(text))


@cache
def identity_words(name: str) -> str | None:
    """Return which direct identifier a column's name speaks of, if any."""
    said = concepts_of(name)
    for kind, concepts in _list()["identities"].items():
        if said & set(concepts):
            return kind
    # The name of a customer or of a person names someone; the name of an element does not.
    if "name" in said and said & {"customer", "party", "subscriber", "agent"}:
        return "name"
    return None


def check_words() -> list[str]:
    """Return what the word list says of entities or columns the intake does not have."""
    columns = {name for entity in entities().values() for name in entity.columns}
    wrong = [name for name in _list()["entities"] if name not in entities()]
    for name in _list()["columns"]:
        entity, _, column = name.rpartition(".")
        if column not in (entities()[entity].columns if entity in entities() else columns):
            wrong.append(name)
    return wrong
