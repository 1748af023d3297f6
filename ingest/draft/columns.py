"""One column of a mapping: where it comes from, its codes, its times, and what must be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from statistics import median

import pandas as pd

from cx.errors import UserError
from ingest.draft.counts import JULIAN, JULIAN_1970, readings
from ingest.draft.moments import Moments
from ingest.draft.questions import Interview
from ingest.draft.tables import Table
from ingest.draft.types import MAYBE_BLANKS, Profile, is_far
from ingest.draft.units import factor, may_be_minutes, steps, unit_in
from ingest.draft.words import meaning, tokens, truth
from ingest.formats.source import literal, quoted
from ingest.intake import Column
from ingest.written_times import tells_offset

_UNDERSTOOD = {"true", "yes", "y", "t", "1", "false", "no", "n", "f", "0"}
_MAX_ASKED_CODES = 12
_ISO_DATE = "%Y-%m-%d"
_YEARS = (1900, 2200)
_NEARLY_ALL = 0.9
MIXED = "mixed"
_FEW_AMOUNTS, _MANY_CENTS = 8, 500
_CENTS = {"cent", "cents", "ct", "centimes", "centimos", "centavos", "pence", "minor"}
_CENTS |= {"snt", "senttia", "ore", "öre", "øre", "oere", "grosz", "grosze", "groszy", "haler"}
_CENTS |= {"haleru", "bani", "kurus", "kuruş", "paise", "fils", "cts", "centesimi", "agorot"}
_CENTS |= {"kopeck", "kopecks", "kop", "копейки", "коп"}


@dataclass
class Spec:
    """How one intake column is filled, as the contract will say it.

    Parameters
    ----------
    body : dict
        The keys of the contract's column, in their order.
    source : str, optional
        The source column behind it.
    note : str
        The comment beside it.
    is_local_time : bool
        Its times carry no offset.
    is_number : bool
        Its texts are read by the dialect's marks.
    """

    body: dict[str, object]
    source: str | None = None
    note: str = ""
    more: list[str] = field(default_factory=list)
    is_local_time: bool = False
    is_number: bool = False


def reference(table: Table, name: str) -> str:
    """Return SQL for a source column."""
    if name.startswith("$key"):
        return name.removeprefix("$")
    if table.format in ("json", "ndjson"):
        root, path = "record", name
        if name.startswith("$item"):
            root, path = "item", "$" + name.removeprefix("$item")
        return f"json_extract_string({root}, {literal(path)})"
    return quoted(name)


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
    if column.type in ("timestamp", "date"):
        _time(spec, profile, table, profiles, place, interview)
    elif column.type in ("integer", "number", "money"):
        spec.is_number = True
        if profile.has_sign_behind or profile.has_long_minus or profile.currency:
            spec.body = {"sql": _as_on_paper(profile, table)}
            spec.more.append("written as on paper: what stands around the number is taken away")
        if column.type == "money":
            _smallest_units(spec, profile, table, place, interview)
        else:
            _unit(spec, column, profile, table, place, interview)
    elif column.type == "boolean":
        _truths(spec, profile, place, interview)
    elif column.name.endswith("_id") and _has_tails(profile, table):
        _tails(spec, profile, table, place, interview)
    elif profile.codes and (column.values or not column.name.endswith("_id")):
        _codes(spec, column, profile, place, interview)
    if profile.maybe_blanks:
        spec.more.append(f"{', '.join(profile.maybe_blanks)}: a value, or unknown (blanks)?")
    if MAYBE_BLANKS & set(profile.blanks) or any(map(is_far, profile.blanks)):
        spec.body["blanks"] = ["", *profile.blanks]
    return spec


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
        spec.body = {"sql": f"{text} * {times}"}
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
        if len(counts) < _FEW_AMOUNTS or not may_be_minutes(counts[counts > 0].median()):
            return
        said = interview.ask(
            place,
            f"whole numbers up to {counts.max():.10g}: seconds, or minutes?",
            ("seconds", "minutes"),
        )
        if said != "seconds":
            spec.body = {"sql": f"{text} * 60" if said == "minutes" else said}


def _has_tails(profile: Profile, table: Table) -> bool:
    """Tell ids such as 1001.0, by which a program says that it took them for numbers."""
    if table.format in ("json", "ndjson", "parquet") or profile.name in table.native:
        return False  # their own types tell, and the loader knows them
    texts = table.frame[profile.name].dropna().map(str.strip)
    return len(texts) > 0 and texts.str.fullmatch(r"\d+\.0").mean() > _NEARLY_ALL


def _tails(spec: Spec, profile: Profile, table: Table, place: str, interview: Interview) -> None:
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
    has_fraction = any(re.search(r"\d[.,]\d", text) for text in texts)
    if has_fraction or len(amounts) < _FEW_AMOUNTS or median(amounts) < _MANY_CENTS:
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


def _time(
    spec: Spec,
    profile: Profile,
    table: Table,
    profiles: dict[str, Profile],
    place: str,
    interview: Interview,
) -> None:
    found = profile.moments
    if profile.epoch:
        spec.body["epoch"] = profile.epoch
        spec.more.append("numbers that lie between 2000 and 2040 as such")
        return
    if found is None:
        _since(spec, profile, table, place, interview)
        return
    if profile.name in table.native and table.native[profile.name] != "text":
        spec.is_local_time = not found.has_offset
        return
    _calendar(spec, profile, table, place, interview)
    formats = _formats(spec, found, profile, place, interview)
    if any(each.endswith(("Z", "z")) and not tells_offset(each) for each in formats):
        spec.body["time_zone"] = "UTC"
    spec.is_local_time = not found.has_offset
    clock = _clock(profile, profiles) if found.kind == "date" else None
    if (
        clock is not None
        and "from" in spec.body
        and not any(each.startswith("ASK") for each in formats)
    ):
        day = formats or (_ISO_DATE,)
        spec.body.pop("from")
        both = f"{reference(table, profile.name)} || ' ' || {reference(table, clock.name)}"
        spec.body = {"sql": both, **spec.body}
        formats = tuple(f"{one} {other}" for one in day for other in clock.moments.formats)
        spec.more.append(f"the date with its time of day from {clock.name}")
    if formats:
        at = {"format": formats[0] if len(formats) == 1 else list(formats)}
        mixed = spec.body.pop("mixed_order", None)
        spec.body |= at | ({"mixed_order": True} if mixed else {})
    if found.unfit:
        spec.more.append(f"{found.unfit} of {profile.distinct} values are no date so")


def _calendar(spec: Spec, profile: Profile, table: Table, place: str, interview: Interview) -> None:
    """Ask for the calendar of years no system has seen: 2569 is 2026 in Thailand, 1448 in Mecca."""
    texts = table.frame[profile.name].dropna().astype(str)
    years = texts[~texts.map(is_far)].str.extract(r"(?<!\d)(\d{4})(?!\d)")[0].dropna().astype(int)
    if years.empty or _YEARS[0] <= years.median() < _YEARS[1]:
        return
    said = interview.ask(
        f"{place}.sql",
        f"its years are {years.min()} to {years.max()}: right as they are (answer right; here: "
        "from and the column's name), or of another calendar? then an expression that tells them "
        "in ours, such as replace(\"column\", '2569', '2026')",
    )
    if said != "right":
        spec.body.pop("from")
        spec.body["sql"] = said.removeprefix("sql:")


def _formats(
    spec: Spec, found: Moments, profile: Profile, place: str, interview: Interview
) -> tuple[str, ...]:
    """Return the formats; a question where the values prove no order, or both."""
    place = f"{place}.format"
    if not found.rivals:
        answer = interview.told(place)
        return tuple(answer.split(" | ")) if answer else found.formats
    options = tuple(dict.fromkeys(found.rivals))
    if found.is_mixed:
        shown = f"; {found.example} fits both" if found.example else ""
        said = interview.ask(
            place,
            f"the values follow {' and '.join(options)} by turns{shown}; answer {MIXED} "
            "(what fits both is quarantined) or the one order that is right",
            (MIXED, *options),
        )
        if said == MIXED:
            spec.body["mixed_order"] = True
            proven = [each for each in found.formats if each in options]
            return (proven or list(options))[:1] and tuple((proven or list(options))[:1])
    else:
        said = interview.ask(
            place,
            f"day or month first? {found.example} fits both; {' or '.join(options)}",
            options,
        )
    rest = tuple(each for each in found.formats if each not in options)
    return (said, *rest)


def _since(spec: Spec, profile: Profile, table: Table, place: str, interview: Interview) -> None:
    """Ask what numbers are that are no moments since 1970: Excel's days, or seconds since when."""
    texts = table.frame[profile.name].dropna().map(str.strip)
    if texts.empty:
        spec.is_local_time = True
        return
    numbers = {text: float(text) for text in texts if re.fullmatch(r"[+-]?\d+(\.\d+)?", text)}
    written = interview.told(f"{place}.format")
    if written or 2 * len(numbers) < len(set(texts)):
        shown = next((text for text in texts if text not in numbers), "")
        spec.body["format"] = written or interview.ask(
            f"{place}.format",
            f"how are its times written, as {shown!r}? strptime: %d/%m/%Y %H:%M, say; or another "
            "column",
        )
        spec.is_local_time = not tells_offset(spec.body["format"])
        return
    found = readings(list(numbers.values()))
    is_days = bool(found) and not found[0].answer.startswith("seconds")
    at, unit = ("days_since", "days") if is_days else ("seconds_since", "seconds")
    fitting = " or ".join(map(str, found))
    hint = f"they may be {fitting}" if found else "such as 2000-01-01"
    said = interview.ask(
        f"{place}.{at}",
        f"numbers from {min(numbers.values()):.10g} to {max(numbers.values()):.10g}: {unit} since "
        f"which moment? {hint}; days:…, seconds:…, format:… or julian if so",
    )
    chosen = next((each for each in found if each.answer == said), None)
    if chosen and chosen.is_open:
        # as the draft reads any other last day of time
        opens = [text for text, each in numbers.items() if each in chosen.is_open]
        spec.body["blanks"] = ["", *opens]
    kind, _, moment = said.partition(":")
    if said == JULIAN:
        text = reference(table, profile.name)
        days = f"cast({text} as double) - {JULIAN_1970}"
        if chosen and chosen.is_open:
            opens = ", ".join(map(literal, spec.body.pop("blanks")))
            days = f"case when {text} not in ({opens}) then {days} end"
        spec.body = {"sql": days, "days_since": "1970-01-01T00:00Z"}
        return
    if kind in ("days", "seconds", "format") and moment:
        at, said = "format" if kind == "format" else f"{kind}_since", moment.strip()
    spec.body[at] = said
    spec.is_local_time = at != "seconds_since"


def _clock(profile: Profile, profiles: dict[str, Profile]) -> Profile | None:
    """Find the column with the time of day that belongs to a date: START_DATE, START_TIME."""
    clocks = [each for each in profiles.values() if each.kind == "time" and each.moments]
    dates = [each for each in profiles.values() if each.kind == "date"]

    def rest(name: str) -> frozenset[frozenset[str]]:
        return frozenset(word for word in tokens(name) if not word & {"at"})

    same = [each for each in clocks if rest(each.name) == rest(profile.name)]
    if len(same) == 1:
        return same[0]
    return clocks[0] if len(clocks) == len(dates) == 1 else None
