"""What the rows of a feed are: of a list, deleted, sums of others, amounts of a unit."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd

from ingest.draft.match import Candidate
from ingest.draft.names import slug
from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview, is_question
from ingest.draft.spec import Spec, reference
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.draft.units import unit_in
from ingest.draft.words import plain, truth
from ingest.formats.source import literal
from ingest.intake import Entity

# What a column is called, in five languages, that marks rows as deleted.
_DELETED = re.compile(
    r"(is_?)?(soft_?)?(deleted|removed|geloescht|geloscht|udalen|udaleno|usuniet[ey]|supprime"
    r"|poistettu|slettet|borttagen|raderad|borrado|eliminado|excluido|cancellato|eliminato|torolt"
    r"|smazano|verwijderd|sters|silindi)"
    r"(_?(at|on|flag|ind|date|ts|time|timestamp))?"
)
# How a flag is called that says the same, besides: DEL_FLG, STORNO, is_void.
MARKS_DELETED = re.compile(
    r"delet|(^|[\W_])del([\W_]|$)|remov|storn|gelosch|geloesch|удал"
    # at a word's beginning: a preliminary bill is no eliminated one, nor is a trader
    r"|(^|[\W_])(is)?(void|ann?ul|usun|verwijder|supprim|borrad|elimin|udal|smaz|torol|silin|poist"
    r"|slett|rader)"
)
_NOT_DELETED = ("", "0", "false", "f", "n", "no")
# How a row begins that adds the others up, in the languages of the word list and a few more.
_SUM = re.compile(
    r"((sub|grand |gran )?totals?|(sub)?totale?s?|zwischensumme|summe|gesamt(summe)?|итого|всего"
    r"|suma|razem|ogółem|somme|totaal|celkem|összesen|yhteensä|toplam|summa|sum|i alt)"
    r"\b[ :]*([^\W\d]+[ :]*){0,3}",
    re.IGNORECASE,
)
# A field of the first in a list, and the list's path.
_FIRST_OF = re.compile(r"(\$[^\[\]]*)\[0\]\.")
_FEW_SUMS = 0.3
_LONGEST_FLAG = 12
# A row that has no more than this share of the usual fields is one of sums.
_SPARSE = 0.7

# What a problem may be; of others no downtime is told.
_CATEGORIES = {"outage", "degradation"}


def of_one_row(profiles: dict[str, Profile], table: Table) -> dict[str, Profile]:
    """Return the columns that are of the row itself.

    Where rows are of one list, the first of another says nothing of them: a bill is not of the
    first line that its account has.
    """
    others = [f"{path.replace('[*]', '[0]')}[0]" for path in table.lists] if table.explode else []
    return {name: each for name, each in profiles.items() if not name.startswith(tuple(others))}


def is_of_a_list(
    feed: FeedDraft, table: Table, chosen: Candidate | None, interview: Interview
) -> bool:
    """Ask what a row is where a list of several would be known by its first; tell if it is open."""
    sources = [match.source for match in chosen.matches.values()] if chosen else []
    firsts = {path: path.replace("[*]", "[0]") + "[0]" for path in table.lists}
    through = [
        path for path, first in firsts.items() if any(each.startswith(first) for each in sources)
    ]
    if table.explode:
        return False
    if not through:
        return _is_of_lists_of_one(feed, table, chosen, sources, interview)
    fields = [each.removeprefix("$item.") for each in table.lists[through[-1]][:4]]
    said = interview.ask(
        f"{feed.name}.{chosen.entity.name}.explode",
        f"records hold several of {' and of '.join(through)} ({', '.join(fields)}): one row for "
        f"each of them ({' or '.join(through)}), or for each record, by the first of the list "
        "(record)?",
        (*through, "record"),
    )
    feed.explode = None if said == "record" else said
    return is_question(said)


def _is_of_lists_of_one(
    feed: FeedDraft,
    table: Table,
    chosen: Candidate | None,
    sources: list[str],
    interview: Interview,
) -> bool:
    """Ask what a row is where lists of one say most of it: another day's may hold several."""
    found = Counter(each[1] for source in sources if (each := _FIRST_OF.match(source)))
    path, count = found.most_common(1)[0] if found else ("", 0)
    if count * 2 <= len(sources):
        return False
    start = f"{path}[0]."
    fields = [each.removeprefix(start) for each in table.columns if each.startswith(start)]
    said = interview.ask(
        f"{feed.name}.{chosen.entity.name}.explode",
        f"each record of the sample holds one of {path} ({', '.join(fields[:4])}), and others may "
        f"hold several: one row for each of them ({path}), or for each record, by the first of the "
        "list (record)?",
        (path, "record"),
    )
    feed.explode = None if said == "record" else said
    return is_question(said)


def sums(
    feed: FeedDraft, entity: Entity, table: Table, frames: list[pd.DataFrame]
) -> list[pd.DataFrame]:
    """Leave out rows of sums among the others: `Total` would be the id of a thing.

    Such a row has nothing in a good part of the columns, for what it adds up is of many. The same
    holds of what stands at the head of a page. Where all other ids are digits, what is none is
    left out by that: its words may name someone. Return the frames without such rows.
    """
    spec = feed.columns.get(entity.key[0])
    if spec is None or spec.source is None or table.format not in ("csv", "xlsx"):
        return frames
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows[spec.source].notna()]
    ids, filled = rows[spec.source].str.strip(), rows.notna().sum(axis=1)
    is_digits = ids.str.fullmatch(r"\d+")
    is_sum = ids.str.fullmatch(_SUM) & (filled <= filled.median() / 2)
    is_sparse = ~is_digits & (filled <= filled.median() * _SPARSE)
    key = reference(table, spec.source)
    if 0 < is_sparse.mean() < _FEW_SUMS and (is_digits | is_sparse).all():
        is_sum = is_sparse
        feed.sums = f"coalesce(regexp_full_match(trim({key}), '[0-9]+'), true)"
        feed.notes.append(
            f"{is_sum.sum()} rows whose {spec.source} is no number hold little else (sums, heads "
            "of pages?): left out by where"
        )
    elif (words := sorted(set(ids[is_sum]))) and is_sum.mean() < _FEW_SUMS:
        listed = ", ".join(map(literal, words))
        feed.sums = f"coalesce(trim({key}), '') not in ({listed})"
        feed.notes.append(f"rows of sums ({', '.join(words)}) are left out by where")
    else:
        return frames
    out = set(ids[is_sum])
    return [each[~each[spec.source].str.strip().isin(out)] for each in frames]


def used(feed: FeedDraft, entity: Entity, interview: Interview) -> None:
    """Ask in what an amount used is counted: without a unit no answer counts it."""
    quantity = feed.columns.get("quantity")
    if entity.name != "usage" or quantity is None or "unit" in feed.columns:
        return
    named = unit_in(quantity.source or "")
    hint = f"{named}, by its name; " if named else ""
    said = interview.ask(
        f"{feed.name}.usage.unit.value",
        f"in what is {quantity.source or 'quantity'} counted? {hint}MB, min or count, say",
    )
    feed.columns["unit"] = Spec({"value": said})


def outages(feed: FeedDraft, entity: Entity, table: Table, interview: Interview) -> None:
    """Ask which problems are outages: one without that word makes no downtime."""
    place = f"{feed.name}.{entity.name}.category"
    if entity.name != "service_problem" or interview.told(place) is not None:
        return
    spec = feed.columns.get("category")
    codes: list[str] = []
    if spec is not None and spec.source in table.columns:
        mapped = spec.body.get("map", {})
        codes = [str(mapped.get(each, each)) for each in table.frame[spec.source].dropna().unique()]
        if codes and {each.lower() for each in codes} <= _CATEGORIES:
            return
    shown = f"{spec.source} says {', '.join(codes[:4])}; " if codes else ""
    said = interview.ask(
        place,
        f"which rows are outages? An outage makes downtime, a degradation does not, nor does a row "
        f"that says neither: {shown}value:outage for all, sql:… that gives outage or degradation, "
        "a column, or none",
    )
    feed.columns["category"] = Spec({"from": said})


def deleted(
    feed: FeedDraft,
    entity: Entity,
    table: Table,
    profiles: dict[str, Profile],
    interview: Interview,
) -> str | None:
    """Ask what rows are that the source marks as deleted: they would count as any other.

    Returns the column that was asked about.
    """
    used = {spec.source for spec in feed.columns.values()}
    flags = [
        name
        for name, each in profiles.items()
        if 0 < each.distinct <= 2
        and all(len(code) <= _LONGEST_FLAG for code in each.codes)
        and MARKS_DELETED.search(plain(name))
    ]
    sure = [each for each in table.columns if _DELETED.fullmatch(slug(each))]
    name = next((each for each in (*sure, *flags) if each not in used), None)
    if name is None:
        return None
    place, is_flag = f"{feed.name}.{entity.name}.where", name in flags
    codes = profiles[name].codes if is_flag else ()
    if any(truth(code) is None for code in codes):
        said = interview.ask(
            place,
            f"{name} seems to mark rows that were deleted ({', '.join(codes)}): keep them all, or "
            "the SQL of those to keep?",
        )
    else:
        said = interview.ask(
            place,
            f"{name} tells which rows were deleted: keep such rows, or drop them?",
            ("keep", "drop"),
        )
    if said == "drop":
        text = f"lower(trim(cast({reference(table, name)} as varchar)))"
        no = (*_NOT_DELETED, *(code.lower() for code in codes if truth(code) is False))
        listed = ", ".join(map(literal, dict.fromkeys(no)))
        feed.where = f"coalesce({text} in ({listed}), true)"
        feed.notes.append(
            "a row marked as deleted after it was loaded stays as it was last told; where it never "
            "was, say delivery: snapshot and replaces: true"
        )
    elif said != "keep":
        feed.where = said
    return name
