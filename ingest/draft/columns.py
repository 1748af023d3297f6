"""One column of a mapping: where it comes from, its codes, and what must be asked."""

from __future__ import annotations

import re

from cx.errors import UserError
from ingest.draft.numbers import ask_tails, fill_number, has_tails
from ingest.draft.questions import Interview
from ingest.draft.spec import Spec
from ingest.draft.tables import Table
from ingest.draft.times import fill_time
from ingest.draft.types import MAYBE_BLANKS, Profile, is_far
from ingest.draft.words import concepts_of, meaning, truth
from ingest.intake import Column

_UNDERSTOOD = {"true", "yes", "y", "t", "1", "false", "no", "n", "f", "0"}
_MAX_ASKED_CODES = 12
_OF_LINES = ("product_id", "service_id", "customer_id", "account_id")


def answered(answer: str, column: Column, table: Table, place: str) -> Spec | str | None:
    """Read an answer for a whole column: a source column's name, a Spec, or None to leave it out.

    Raises
    ------
    UserError
        When it is no column of the sample, nor `value:…`, `sql:…` or `none`.
    """
    if answer in table.columns:
        return answer
    kind, _, text = answer.partition(":")
    if kind in ("value", "sql") and text:
        return Spec({kind: text.strip()}, note="answered")
    if answer == "none" and not column.required:
        return None
    shown = ", ".join(table.columns[:40])
    raise UserError(
        f"{answer!r} is no answer for {place}; give a column ({shown}), value:… or sql:…"
        + ("" if column.required else ", or none")
    )


def filled_from(
    column: Column,
    profile: Profile,
    table: Table,
    profiles: dict[str, Profile],
    place: str,
    interview: Interview,
) -> Spec:
    """Say how an intake column is filled from a source column."""
    spec = Spec({"from": profile.name}, source=profile.name)
    if column.type == "token":
        return spec
    if profile.is_partly:
        said = interview.ask(
            f"{place}.token",
            f"some of its values are of the kind {profile.identity}, most are not: "
            f"{profile.identity} makes pseudonyms of all, none keeps all as they are (rows of "
            "another file are left out by `where`)",
            (profile.identity, "none"),
        )
        spec.body |= {} if said == "none" else {"token": said}
        return spec
    if profile.identity in ("phone", "email", "document"):
        spec.body["token"] = profile.identity
        spec.more.append("names a person: its pseudonym stands in its place")
        return spec
    if column.name in _OF_LINES and _may_be_phones(profile, table):
        said = interview.ask(
            f"{place}.token",
            "its numbers are as long as phone numbers: are they (phone: a pseudonym stands in "
            "their place), or numbers of their own (none)?",
            ("phone", "none"),
        )
        spec.body |= {} if said == "none" else {"token": said}
        return spec
    if column.type in ("timestamp", "date"):
        fill_time(spec, profile, table, profiles, place, interview)
    elif column.type in ("integer", "number", "money"):
        fill_number(spec, column, profile, table, place, interview)
    elif column.type == "boolean":
        _truths(spec, profile, place, interview)
    elif column.name.endswith("_id") and has_tails(profile, table):
        ask_tails(spec, profile, table, place, interview)
    elif profile.codes and (column.values or not column.name.endswith("_id")):
        _codes(spec, column, profile, place, interview)
    if profile.maybe_blanks:
        spec.more.append(f"{', '.join(profile.maybe_blanks)}: a value, or unknown (blanks)?")
    if MAYBE_BLANKS & set(profile.blanks) or any(map(is_far, profile.blanks)):
        spec.body["blanks"] = ["", *profile.blanks]
    return spec


def _may_be_phones(profile: Profile, table: Table) -> bool:
    """Tell numbers of lines that begin alike and are as long as phone numbers abroad."""
    if "line" not in concepts_of(profile.name) and "subscriber" not in concepts_of(profile.name):
        return False
    texts = {str(text).strip() for text in table.frame[profile.name].dropna()} - {""}
    begun = {text[:2] for text in texts}
    return len(begun) == 1 and all(re.fullmatch(r"[1-9]\d{9,12}", text) for text in texts)


def _truths(spec: Spec, profile: Profile, place: str, interview: Interview) -> None:
    truths = {truth(code) for code in profile.codes}
    if truths == {True} and profile.filled < profile.rows:
        said = interview.ask(
            f"{place}.default",
            f"its one word is {' or '.join(profile.codes)}, and some rows have none: are they "
            "false, or unknown?",
            ("false", "unknown"),
        )
        if said != "unknown":
            spec.body["default"] = said
    codes = [code for code in profile.codes if code.lower() not in _UNDERSTOOD]
    if not codes:
        return
    said = {code: truth(code) for code in profile.codes}
    spec.body["map"] = {
        code: ("true" if value else "false")
        if value is not None
        else _code_answer(interview, f"{place}.map.{code}", code, ("true", "false"))
        for code, value in said.items()
    }


def _codes(spec: Spec, column: Column, profile: Profile, place: str, interview: Interview) -> None:
    known = {
        code: value
        for code in sorted(profile.codes)
        if (value := meaning(column.name, code, column.values)) is not None
    }
    if "terminated" in column.values and "terminated" not in known.values():
        for code in [code for code, value in known.items() if value == "cancelled"]:
            # in TM Forum's words what is cancelled never began, and so is no exit
            known[code] = interview.ask(
                f"{place}.map.{code}",
                f"does {code} mean that it ended (terminated), or that it never began (cancelled)?",
                ("terminated", "cancelled"),
            )
    if column.values:
        unknown = [code for code in sorted(profile.codes) if code not in known]
        for code in unknown[:_MAX_ASKED_CODES]:
            known[code] = _code_answer(interview, f"{place}.map.{code}", code, column.values)
        if len(unknown) > _MAX_ASKED_CODES:
            spec.more.append(f"{len(unknown) - _MAX_ASKED_CODES} more codes are not mapped")
    elif profile.is_code:
        unknown = [code for code in sorted(profile.codes) if code not in known]
        if known and unknown:
            shown = f": {', '.join(unknown)}" if profile.shown_codes else ""
            spec.more.append(f"{len(unknown)} codes pass as they are{shown}")
    mapped = {code: value for code, value in known.items() if code != value}
    if mapped:
        spec.body["map"] = mapped


def _code_answer(
    interview: Interview, place: str, code: str, options: tuple[str, ...]
) -> str | None:
    said = interview.ask(
        place, f"what does {code} mean? {', '.join(options)}, or unknown", (*options, "unknown")
    )
    return None if said == "unknown" else said
