"""How a feed is delivered: when its files were written, and whether they are pictures or events."""

from __future__ import annotations

import itertools
import re
from pathlib import PurePosixPath
from statistics import median

import pandas as pd

from cx.errors import UserError
from ingest.draft.moments import moments
from ingest.draft.names import MARKED_HOUR, MARKED_SUMMER, ZONE_NAME, short_stamps_of, stamp_of
from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.intake import Entity

_INTERVALS = (
    ("valid_from", "valid_to"),
    ("started_at", "restored_at"),
    ("started_at", "ended_at"),
    ("raised_at", "cleared_at"),
)
# where the source tells the start itself, pictures tell when it was first and last seen
_SEEN = ("detected_at", "restored_at")
_OVERLAP = 0.3
_OTHER_CAPITALS = 0.1
_NO_MOMENT = (
    "the file's name holds no date: what it says is known from the moment it is loaded, "
    "unless extracted_at says more"
)
# How a column is called that holds in each row when the file was written.
_OF_FILE = re.compile(
    r"snapshot|extract|export|as.?of|report(ing)?.?(date|day)|stichtag|abzug|load.?(date|ts)|(^|_)stand",
    re.IGNORECASE,
)


def say_delivery(
    feed: FeedDraft,
    files: list[str],
    packs: list[str],
    told: dict[str, str],
    interview: Interview,
) -> None:
    """Say when the files were written, as their names tell, and how the feed is delivered."""
    # the name of a member begins with that of its archive, which tells nothing of several in it
    stamp = stamp_of(files) or (stamp_of(packs) if len(set(packs)) == len(files) else None)
    if any(map(MARKED_HOUR.search, files)):
        feed.notes.append(
            "the files' names mark the hour that stands twice, as 02A30 and 02B30: read their "
            "parts by name_columns, and the moment by extracted_at with sql over them"
        )
    elif stamp:
        if any(map(MARKED_SUMMER.search, files)):
            feed.notes.append(
                "DST marks summer in the files' names: in the hour that stands twice, and where "
                "each file is a picture, take it by name_columns into extracted_at with sql"
            )
        feed.extracted_at = {"file_name": stamp[0], "format": stamp[1]}
        if "%Z" in stamp[1]:
            feed.zones |= {re.search(ZONE_NAME, re.search(stamp[0], name)[1])[0] for name in files}
    elif not told and (short := short_stamps_of(files)):
        _say_short(feed, files[0], *short, interview)
    elif not told or not _said_within(feed, told, interview):
        feed.notes.append(_NO_MOMENT)
    answer = interview.told(f"{feed.name}.delivery")
    if answer is not None:
        if answer not in ("events", "delta", "snapshot"):
            raise UserError(f"{answer!r} is no delivery; give events, delta or snapshot")
        feed.delivery = answer


def _say_short(
    feed: FeedDraft, name: str, rule: str, formats: list[str], interview: Interview
) -> None:
    """Ask in which order the digits of a name are a date, if they are one."""
    shown = re.search(rule, PurePosixPath(name).name)[1]
    said = interview.ask(
        f"{feed.name}.extracted_at.format",
        f"{shown} in the name may be when the file was written: {' or '.join(formats)}; or none "
        "(then what it says is known from the moment it is loaded)",
        (*formats, "none"),
    )
    if said != "none":
        feed.extracted_at = {"file_name": rule, "format": said}


def _said_within(feed: FeedDraft, told: dict[str, str], interview: Interview) -> bool:
    """Ask whether a document says itself when it was written; tell if it does."""
    shown = " or ".join(f"{path} ({text})" for path, text in told.items())
    said = interview.ask(
        f"{feed.name}.extracted_at.from",
        f"the file's name holds no date: does the document say when it was written? {shown}, or "
        "loaded (the moment it is loaded)",
        (*told, "loaded"),
    )
    if said == "loaded":
        return False
    feed.extracted_at = {"from": said}
    if said in told:
        found = moments({told[said]: 1})
        form = "epoch" if found is None else " ".join(found.formats[:1])
        feed.extracted_at |= {"format": form} if form else {}
        if "%Z" in form:
            feed.zones |= set(re.findall(ZONE_NAME, told[said]))
    return True


def say_moment_of_rows(
    feed: FeedDraft, profiles: dict[str, Profile], tables: list[Table], interview: Interview
) -> None:
    """Ask whether a column tells when each file was written: it holds one value in each."""
    if feed.extracted_at or any(each.startswith("$item") for each in profiles):
        return
    place = f"{feed.name}.extracted_at.from"
    found = []
    for name, each in profiles.items():
        if each.kind not in ("date", "timestamp"):
            continue
        values = [set(one.frame[name].dropna()) for one in tables if len(one.frame)]
        is_one = bool(values) and all(len(value) == 1 for value in values)
        several = len(values) > 1 and len(set.union(*values)) == len(values)
        if is_one and (several or _OF_FILE.search(name)):
            found.append(name)
    if not found:
        return
    said = interview.ask(
        place,
        f"the file's name holds no date, and {' and '.join(found)} holds one value in each file: "
        "is it when the file was written? give the column, or loaded (the moment it is loaded)",
        (*found, "loaded"),
    )
    if said == "loaded":
        return
    feed.notes = [each for each in feed.notes if each != _NO_MOMENT]
    feed.extracted_at = {"from": said}
    times = profiles[said].moments if said in profiles else None
    if times is None or not times.formats:
        return
    form = times.formats[0]
    if times.rivals:
        forms = (form, *times.rivals)
        form = interview.ask(
            f"{feed.name}.extracted_at.format",
            f"in which order are day and month of {said}? {' or '.join(forms)}",
            forms,
        )
    feed.extracted_at["format"] = form


def say_series(
    feed: FeedDraft,
    entity: Entity,
    matched: dict[str, str],
    tables: list[Table],
    files: list[str],
    interview: Interview,
) -> None:
    """Tell timed pictures of the same things from new events: their keys come again.

    Parameters
    ----------
    matched : dict
        Intake column → source column, as far as the sample tells.
    """
    if interview.told(f"{feed.name}.delivery") is not None:
        return
    sources = [matched[name] for name in entity.key if name in matched]
    if len(files) < 2 or not sources:
        return
    keys = [each.frame[sources].dropna().astype(str) for each in tables]
    shared = _shared([each.map(str.lower) for each in keys])
    if shared < _OVERLAP:
        return
    if not feed.extracted_at:
        if any(map(MARKED_HOUR.search, files)):
            return  # their names tell, as a note says
        said = interview.ask(
            f"{feed.name}.extracted_at.from",
            f"{shared:.0%} of the keys come again from file to file, and nothing tells which file "
            "is the newer: give a column that does, have its date put into the name, or loaded "
            "(the files must then be loaded one by one, the oldest first)",
            (*tables[0].columns, "loaded"),
        )
        if said != "loaded":
            feed.extracted_at = {"from": said}
        return
    if shared > _shared(keys) + _OTHER_CAPITALS:
        feed.notes.append(
            f"the same {', '.join(sources)} comes again in other capitals: upper(…) in sql makes "
            "it one"
        )
    feed.delivery = "snapshot"
    feed.notes.append(
        f"{shared:.0%} of the keys come again from file to file, half of the time or "
        "more: pictures of the same things, it seems"
    )
    for starts, ends in _INTERVALS:
        free = {starts, ends} <= set(entity.columns) and not {starts, ends} & set(matched)
        if free:
            feed.fold = _fold(feed, entity, starts, ends, interview)
            return
    starts, ends = _SEEN
    if {starts, ends} <= set(entity.columns) and not {*_SEEN, "closed_at"} & set(matched):
        said = interview.ask(
            f"{feed.name}.{entity.name}.fold",
            "no column tells when it ended: has what a later picture no longer shows ended, or "
            f"does it stay as it was last told? ended or stays (here: {{starts: {starts}, ends: "
            f"{ends}}}, or no fold at all)",
            ("ended", "stays"),
        )
        if said == "ended":
            feed.fold = _fold(feed, entity, starts, ends, interview)
        elif said != "stays":
            feed.fold = said


def _shared(frames: list[pd.DataFrame]) -> float:
    """Return which share of the keys of a file come again in the next, half of the time or more."""
    sets = [set(each.itertuples(index=False, name=None)) for each in frames]
    found = [
        len(one & other) / min(len(one), len(other))
        # a picture of nothing tells nothing of the others
        for one, other in itertools.pairwise(filter(None, sets))
    ]
    return median(found) if found else 0.0


def _fold(
    feed: FeedDraft, entity: Entity, starts: str, ends: str, interview: Interview
) -> dict[str, object]:
    """Return a fold; whether an empty picture is the truth or a failure, no sample tells."""
    said = interview.ask(
        f"{feed.name}.{entity.name}.fold.empty_ends",
        "a picture that shows nothing: is nothing the case then, so that all has ended (true), or "
        "may its feed have failed, so that it ends nothing (false)? Where it tells its own "
        "health, see Timed snapshots in docs/onboard-a-source.md",
        ("true", "false"),
    )
    answer = {"true": True, "false": False}.get(said, said)
    return {"starts": starts, "ends": ends, "empty_ends": answer}
