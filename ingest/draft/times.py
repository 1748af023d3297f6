"""Times of a column: in which formats, of which calendar, or counted since when."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pandas as pd

from cx.errors import UserError
from ingest.draft.counts import JULIAN, JULIAN_1970, TICKS, readings
from ingest.draft.moments import Moments, epoch_of
from ingest.draft.questions import Interview, is_question
from ingest.draft.spec import Spec, reference
from ingest.draft.tables import Table
from ingest.draft.types import Profile, is_far
from ingest.draft.words import plain, tokens
from ingest.formats.source import literal
from ingest.written_times import tells_offset

_ISO_DATE = "%Y-%m-%d"
_YEARS = (1900, 2200)
MIXED = "mixed"
_HOURS = 24
_ENOUGH_TIMES, _NEARLY_ALL = 20, 11
_HOUR = re.compile(
    r"(^|[\W_])(hour|hr|hh|h|stunde|std|hora|heure|ora|godzina|hodina|uur|timme|time|tunti|saat|chas"
    r"|час)(s|n|e|y)?([\W_]|$)"
)
# Four digits that are no offset (+0530) and no part of a second.
_YEAR = r"(?<![\d+])(?<!\d{6}-)(?<![.,]\d-)(?<!:\d\d[+-])(?<!:\d\d [+-])(?<!:\d\d[.,])(\d{4})(?!\d)"


def fill_time(
    spec: Spec,
    profile: Profile,
    table: Table,
    profiles: dict[str, Profile],
    place: str,
    interview: Interview,
) -> None:
    """Say how a time is read, and ask what the values leave open."""
    found = profile.moments
    if profile.epoch:
        spec.body["epoch"] = profile.epoch
        spec.more.append("numbers that lie between 2000 and 2040 as such")
        texts = table.frame[profile.name].dropna().astype(str).str.strip()
        noughts = sorted({text for text in texts if text and not text.strip("0.")})
        if noughts and "from" in spec.body:
            spec.body["blanks"] = ["", *noughts]
            spec.more.append("0 is taken for none")
        unfit = sum(epoch_of([text]) != profile.epoch for text in set(texts) - {*noughts, ""})
        if unfit:
            spec.more.append(f"{unfit} of {profile.distinct} values are no moments so")
        return
    if found is None:
        _since(spec, profile, table, place, interview)
        return
    if table.holds_typed(profile.name):
        spec.is_local_time = not found.has_offset
        return
    _calendar(spec, profile, table, place, interview)
    formats = _formats(spec, found, profile, place, interview)
    if interview.told(f"{place}.format") is None and _may_lack_halves(profile, table, formats):
        shown = " | ".join(formats) or "%Y-%m-%d %H:%M:%S"
        formats = (
            interview.ask(
                f"{place}.format",
                "no hour is 0 or above 12, and nearly all others come: do its clocks show twelve "
                "hours, and the halves of the day are lost? then no time can be read; have AM and "
                f"PM sent. If they show 24, answer the format: {shown}",
            ),
        )
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
        spec.beside = clock.name
        spec.more.append(f"the date with its time of day from {clock.name}")
    elif found.kind == "date" and "from" in spec.body and not any(map(is_question, formats)):
        formats = _with_hours(spec, profile, profiles, table, formats, place, interview)
    if profile.has_serials and "from" in spec.body and not any(map(is_question, formats)):
        formats = formats or (_ISO_DATE, "%Y-%m-%d %H:%M:%S")
        spec.body["days_since"] = "1899-12-30"
        spec.more.append("numbers among the dates are a sheet's serials")
    if formats:
        at = {"format": formats[0] if len(formats) == 1 else list(formats)}
        mixed = spec.body.pop("mixed_order", None)
        spec.body |= at | ({"mixed_order": True} if mixed else {})
    if found.unfit:
        spec.more.append(f"{found.unfit} of {profile.distinct} values are no date so")


def _may_lack_halves(profile: Profile, table: Table, formats: tuple[str, ...]) -> bool:
    """Tell whether times may be of clocks of twelve hours whose AM and PM are left out."""
    is_clock = profile.kind == "timestamp" and profile.distinct >= _ENOUGH_TIMES
    if not is_clock or any("%p" in each or is_question(each) for each in formats):
        return False
    texts = table.frame[profile.name].dropna().astype(str)
    hours = set(texts.str.extract(r"[ T/](\d{1,2})[:.h]\d{2}(?!\d)")[0].dropna().astype(int))
    return len(hours) >= _NEARLY_ALL and hours <= set(range(1, 13))


def _with_hours(
    spec: Spec,
    profile: Profile,
    profiles: dict[str, Profile],
    table: Table,
    formats: tuple[str, ...],
    place: str,
    interview: Interview,
) -> tuple[str, ...]:
    """Put a column of hours behind a date: all of a day would be of its midnight."""
    dates = [each for each in profiles.values() if each.kind == "date"]
    hours = [each for each in profiles.values() if _counts_hours(each, table)]
    if len(dates) != 1 or len(hours) != 1:
        return formats
    number = f"cast({reference(table, hours[0].name)} as integer)"
    spec.beside = hours[0].name
    told = pd.to_numeric(table.frame[hours[0].name], errors="coerce")
    if told.max() == _HOURS and told.min() > 0:
        said = interview.ask(
            f"{place}.sql",
            f"hours 1 to 24 of {hours[0].name}: does 1 end at 01:00 (to), or begin then (from)?",
            ("to", "from"),
        )
        if is_question(said):
            spec.body = {"sql": said}
            return ()
        number += " - 1" if said == "to" else ""
    spec.body.pop("from")
    day = reference(table, profile.name)
    spec.body = {"sql": f"{day} || ' ' || lpad(cast({number} as varchar), 2, '0')", **spec.body}
    spec.more.append(f"the date with its hour from {hours[0].name}")
    return tuple(f"{each} %H" for each in formats or (_ISO_DATE,))


def _counts_hours(profile: Profile, table: Table) -> bool:
    """Tell a column of the hours of a day."""
    if profile.kind != "integer" or not _HOUR.search(plain(profile.name)):
        return False
    told = pd.to_numeric(table.frame[profile.name], errors="coerce").dropna()
    return profile.distinct > 1 and told.between(0, _HOURS).all()


def _calendar(spec: Spec, profile: Profile, table: Table, place: str, interview: Interview) -> None:
    """Ask for the calendar of years no system has seen: 2569 is 2026 in Thailand, 1448 in Mecca."""
    texts = table.frame[profile.name].dropna().astype(str)
    years = texts[~texts.map(is_far)].str.extract(_YEAR)[0].dropna().astype(int)
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
            f"how are its times written, as {shown!r}? strptime: %d/%m/%Y %H:%M, say (for "
            "months in words of another language, `months` in the contract); or another column",
        )
        spec.is_local_time = not tells_offset(spec.body["format"])
        return
    found = readings(list(numbers.values()))
    is_days = bool(found) and not found[0].answer.startswith(("seconds", "ticks"))
    at, unit = ("days_since", "days") if is_days else ("seconds_since", "seconds")
    fitting = " or ".join(map(str, found))
    hint = f"they may be {fitting}" if found else "such as 2000-01-01"
    said = interview.ask(
        f"{place}.{at}",
        f"numbers from {min(numbers.values()):.10g} to {max(numbers.values()):.10g}: {unit} since "
        f"which moment? {hint}; days:…, seconds:…, ticks:…, format:… or julian if so",
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
    if kind == "ticks" and moment:
        since = (datetime(1970, 1, 1) - _stated(moment, place)) // timedelta(seconds=1)
        text = f"cast({reference(table, profile.name)} as hugeint)"
        spec.body = {"sql": f"({text} - {since * 1_000_000 * TICKS}) // {TICKS}", "epoch": "us"}
        return
    if kind in ("days", "seconds", "format") and moment:
        at, said = "format" if kind == "format" else f"{kind}_since", moment.strip()
    spec.body[at] = said
    spec.is_local_time = at != "seconds_since"


def _stated(moment: str, place: str) -> datetime:
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=None)
    except ValueError:
        raise UserError(f"{place}: {moment!r} is no moment, such as 1601-01-01") from None


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
