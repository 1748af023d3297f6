"""The hour that the clocks of a zone show twice in a year: which one a source means is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview, is_question
from ingest.draft.spec import Spec

_PLACE = "doubled_hour"
_QUARANTINE = "quarantine"
_LONGEST_DAYS = 366


def times_of(spec: Spec, cells: pd.Series) -> set[datetime]:
    """Return the times of the wall clock that a column of a sample tells."""
    forms = spec.body.get("format") or ()
    forms = (forms,) if isinstance(forms, str) else tuple(forms)
    if any(map(is_question, forms)):
        return set()
    return {found for text in set(cells.dropna()) if (found := _time(str(text).strip(), forms))}


def _time(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms or (None,):
        try:
            found = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
            return None if found.tzinfo else found
        except ValueError:
            continue
    return None


def which_of_two_hours(
    feeds: list[FeedDraft], time_zone: str | None, interview: Interview
) -> str | None:
    """Return what the contract says of the doubled hour; None where it need say nothing.

    It is asked where a time of the samples stands twice, and noted where they only reach from one
    side of such a night to the other.
    """
    said = interview.told(_PLACE)
    if time_zone is None or is_question(time_zone):
        return said
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return said
    doubled = [(each, feed) for feed in feeds for each in feed.local_times if _twice(each, zone)]
    if doubled or said is not None:
        example = min(each for each, _ in doubled) if doubled else ""
        said = interview.ask(
            _PLACE,
            f"{example} stands twice in {time_zone}, in the night the clocks go back: first or "
            f"second (summer or winter), or {_QUARANTINE}",
            ("first", "second", _QUARANTINE),
        )
        return None if said == _QUARANTINE else said
    for feed in feeds:
        night = _night_within(feed.local_times, zone)
        if night:
            feed.notes.append(
                f"on {night:%Y-%m-%d} the clocks go back: a time in that hour is quarantined "
                "unless doubled_hour (first or second) is said"
            )
    return None


def _twice(time: datetime, zone: ZoneInfo) -> bool:
    first, second = (time.replace(tzinfo=zone, fold=each).utcoffset() for each in (0, 1))
    return first > second


def _night_within(times: set[datetime], zone: ZoneInfo) -> datetime | None:
    if not times:
        return None
    day = min(times).replace(hour=12, minute=0, second=0, microsecond=0)
    for _ in range(min((max(times) - day).days + 1, _LONGEST_DAYS)):
        after = day + timedelta(days=1)
        if day.replace(tzinfo=zone).utcoffset() > after.replace(tzinfo=zone).utcoffset():
            return after
        day = after
    return None
