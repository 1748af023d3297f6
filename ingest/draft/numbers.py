"""Numbers of a column: as on paper, their unit, hundredths, marks; ids taken for numbers."""

from __future__ import annotations

import re
from statistics import median

import pandas as pd

from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview, is_question
from ingest.draft.spec import Spec, reference
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.draft.units import factor, may_be_milliseconds, may_be_minutes, steps, unit_in
from ingest.formats.source import literal
from ingest.intake import Column

_NEARLY_ALL = 0.9
_FAULTS = 0.02
_FEW_AMOUNTS, _MANY_CENTS = 8, 500
_CENTS = {"cent", "cents", "ct", "centimes", "centimos", "centavos", "pence", "minor"}
_CENTS |= {"snt", "senttia", "ore", "öre", "øre", "oere", "grosz", "grosze", "groszy", "haler"}
_CENTS |= {"haleru", "bani", "kurus", "kuruş", "paise", "fils", "cts", "centesimi", "agorot"}
_CENTS |= {"kopeck", "kopecks", "kop", "копейки", "коп"}


def fill_number(
    spec: Spec,
    column: Column,
    profile: Profile,
    table: Table,
    place: str,
    interview: Interview,
) -> None:
    """Say how a number is read, and ask in what it counts where nothing tells."""
    spec.is_number = True
    if profile.has_sign_behind or profile.has_long_minus or profile.currency:
        spec.body = {"sql": _as_on_paper(profile, table)}
        spec.more.append("written as on paper: what stands around the number is taken away")
    if column.type == "money":
        _smallest_units(spec, profile, table, place, interview)
    else:
        _unit(spec, column, profile, table, place, interview)


def _as_on_paper(profile: Profile, table: Table) -> str:
    """Return SQL for numbers such as 12.50-, (12.50), € 12,50."""
    text = reference(table, profile.name)
    if profile.currency:
        text = f"replace({text}, {literal(profile.currency)}, '')"
    if profile.has_long_minus:
        text = f"replace({text}, '\u2212', '-')"
    text = f"trim({text})"
    if not profile.has_sign_behind:
        return text
    return (
        f"case when {text} like '%-' or {text} like '(%)' "
        f"then '-' || trim({text}, '()- ') else {text} end"
    )


def _unit(
    spec: Spec,
    column: Column,
    profile: Profile,
    table: Table,
    place: str,
    interview: Interview,
) -> None:
    """Bring a count to the intake's unit where its name tells another, or ask in what it counts."""
    wanted, named = column.unit or "", unit_in(profile.name)
    text = f"cast({reference(table, profile.name)} as double)"
    place = f"{place}.sql"
    if named and (times := factor(named, wanted)):
        read = f"{text} * {times}"
        is_rounded = column.type == "integer" and times < 1
        spec.body = {"sql": f"round({read})" if is_rounded else read}
        spec.more.append(f"by its name it counts {named}")
    elif named and (many := steps(named, wanted)):
        said = interview.ask(
            place,
            f"by its name it counts {named}, and {wanted} is wanted: 1000 or 1024 to the next?",
            ("1000", "1024"),
        )
        spec.body = {"sql": f"{text} / {said}.0 ** {many}" if said.isdecimal() else said}
    elif named and wanted in ("s", "GB", "months") and named != wanted:
        said = interview.ask(
            place, f"by its name it counts {named}, and {wanted} is wanted: give an expression"
        )
        spec.body = {"sql": said.removeprefix("sql:")}
    elif wanted == "s" and not named:
        counts = pd.to_numeric(table.frame[profile.name], errors="coerce").dropna()
        middle = counts[counts > 0].median()
        if len(counts) < _FEW_AMOUNTS or not (
            may_be_minutes(middle) or may_be_milliseconds(middle)
        ):
            return
        other = "minutes" if may_be_minutes(middle) else "milliseconds"
        said = interview.ask(
            place,
            f"whole numbers up to {counts.max():.10g}: seconds, or {other}?",
            ("seconds", other),
        )
        if said != "seconds":
            read = {"minutes": f"{text} * 60", "milliseconds": f"round({text} * 0.001)"}
            spec.body = {"sql": read.get(said, said)}


def has_tails(profile: Profile, table: Table) -> bool:
    """Tell ids such as 1001.0, by which a program says that it took them for numbers."""
    if table.format in ("json", "ndjson") or table.holds_typed(profile.name):
        return False  # their own types tell, and the loader knows them
    texts = table.frame[profile.name].dropna().map(str.strip)
    return len(texts) > 0 and texts.str.fullmatch(r"\d+\.0").mean() > _NEARLY_ALL


def ask_tails(spec: Spec, profile: Profile, table: Table, place: str, interview: Interview) -> None:
    """Ask whether the .0 is part of the ids."""
    said = interview.ask(
        f"{place}.sql",
        "its ids end in .0, as programs write whole numbers of which some are missing: are they "
        "known without it elsewhere (cut), or is it part of them (keep)?",
        ("cut", "keep"),
    )
    if said != "keep":
        spec.body.pop("from")
        cut = f"regexp_replace({reference(table, profile.name)}, '\\.0$', '')"
        spec.body["sql"] = cut if said == "cut" else said


def _smallest_units(
    spec: Spec, profile: Profile, table: Table, place: str, interview: Interview
) -> None:
    """Say or ask whether an amount counts hundredths: as whole money it would be 100 times more."""
    place = f"{place}.implied_decimals"
    if _counts_cents(profile.name):
        spec.body["implied_decimals"] = 2
        spec.more.append("by its name it counts hundredths")
        return
    texts = [text for each in table.frame[profile.name].dropna() if (text := str(each).strip())]
    # of a few prices there are many rows
    amounts = [abs(int(text)) for text in texts if re.fullmatch(r"[+-]?\d+", text)]
    # one among hundreds is a fault, which the answer quarantines
    fractions = sum(bool(re.search(r"\d[.,]\d", text)) for text in texts)
    if fractions > _FAULTS * len(texts) or len(amounts) < _FEW_AMOUNTS:
        return
    if median(amounts) < _MANY_CENTS:
        return
    said = interview.ask(
        place,
        f"whole numbers up to {max(amounts)}: of the whole currency (0), or of its hundredths (2)?",
        tuple("01234"),
    )
    if said != "0":
        spec.body["implied_decimals"] = int(said) if said.isdecimal() else said


def _counts_cents(name: str) -> bool:
    parted = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", " ", name).lower()
    return bool(_CENTS & set(re.split(r"[\W_\d]+", parted)))


def say_marks(feed: FeedDraft, profiles: dict[str, Profile], interview: Interview) -> None:
    """Say decimal and thousands marks: proven by the mapped columns, then by others, or asked."""
    mapped = [
        profiles[spec.source]
        for spec in feed.columns.values()
        if spec.is_number and spec.source in profiles and profiles[spec.source].kind == "number"
    ]
    place = f"{feed.name}.dialect.decimal"
    answer = interview.told(place)
    if not mapped:
        return
    marks = frozenset().union(*(each.marks for each in mapped))
    proven = marks & {".", ","} or frozenset().union(
        *(each.marks & {".", ","} for each in profiles.values())
    )
    example = next((each.example for each in mapped if each.example), None)
    if answer is None and len(proven) == 1:
        decimal = next(iter(proven))
    elif answer is None and not proven and not marks & {"?.", "?,"}:
        return
    else:
        text = (
            "the columns prove a decimal comma and a decimal point; have it delivered one way, or "
            "choose (what a cell or a store holds as a number is read as such anyway):"
            if proven
            else f"is {example} a whole number of thousands or has it three decimals?"
        )
        decimal = interview.ask(place, f"{text} the decimal mark is , or .", (",", "."))
    if decimal != ".":
        feed.dialect["decimal"] = decimal
    if is_question(decimal):
        return
    thousands = {mark[1] for mark in marks if mark[0] == "t"} - {decimal}
    thousands |= {mark[1] for mark in marks if mark[0] == "?"} - {decimal}
    if len(thousands) == 1:
        feed.dialect["thousands"] = next(iter(thousands))
