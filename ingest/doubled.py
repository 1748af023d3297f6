"""The hours that stand twice on a zone's clocks, or not at all, in the nights they are set.

A wall clock's time in an hour that stands twice names two moments, and only the source knows which;
one in an hour that the clocks skip names none, and says that the zone is another one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.formats.source import FileRefused
from ingest.written_times import tells_offset

if TYPE_CHECKING:
    import duckdb

    from ingest.landing import Delivery

_FROM, _TO = datetime(1970, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=5)


def doubled_hours(zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """Return each stretch of local time (naive, half-open) that a zone's clocks show twice."""
    return tuple((start, end) for start, end, is_twice in _set_hours(zone) if is_twice)


def skipped_hours(zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """Return each stretch of local time (naive, half-open) that a zone's clocks never show."""
    return tuple((start, end) for start, end, is_twice in _set_hours(zone) if not is_twice)


@cache
def _set_hours(zone: str) -> tuple[tuple[datetime, datetime, bool], ...]:
    clock, found, before = ZoneInfo(zone), [], _FROM
    while before < _TO:
        after = before + _STEP
        was, is_now = _offset(before, clock), _offset(after, clock)
        if was != is_now:
            low, high = before, after
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if _offset(middle, clock) == was else (low, middle)
            ends = sorted((high + offset).replace(tzinfo=None) for offset in (was, is_now))
            found.append((*ends, was > is_now))
        before = after
    return tuple(found)


def refuse_second_picture(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, moment: datetime
) -> None:
    """Refuse a picture where another of the feed bears the same time and is no part of it.

    Of pictures that are of the moment they are loaded, several of one load have no order at all.

    `doubled_hour` says which hour is meant where only one was delivered. Two are one of each, as
    like as not: taken for parts of one picture they would show both hours at once.

    Raises
    ------
    FileRefused
        When the contract alone says which hour it is, and the other picture is loaded.
    """
    feed, contract = delivery.feed, delivery.contract
    if not any(mapping.fold for mapping in feed.entities):
        return
    if feed.extracted_at == "loaded":
        if other := _of_moment(connection, delivery, moment):
            raise FileRefused(
                f"is a picture of when it is loaded, for want of extracted_at, and so is {other}: "
                "nothing tells which came first; say in extracted_at when each was taken, or give "
                "one picture a load"
            )
        return
    hour = contract.hour_of(feed)
    if hour is None:
        return
    zone = feed.time_zone or contract.time_zone
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    form = getattr(feed.extracted_at, "format", None) or ""
    if tells_offset(form) or form == "epoch":
        return
    if not any(start <= local < end for start, end in doubled_hours(zone)):
        return
    if other := _of_moment(connection, delivery, moment):
        raise FileRefused(
            f"is a picture of {local:%Y-%m-%d %H:%M}, and so is {other}: the hour stands twice "
            f"in {zone}, and doubled_hour cannot be right for both; read the source's own mark of "
            "the hour, by extracted_at with sql"
        )


def _of_moment(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, moment: datetime
) -> str | None:
    """Return the name of another file of the feed that is loaded as of a moment."""
    found = connection.execute(
        "select file_name from ops.file_ledger where source_system = ? and feed = ? "
        "and state = 'loaded' and extracted_at = ? and file_id <> ? limit 1",
        [delivery.contract.source_system, delivery.feed.feed, moment, delivery.file_id],
    ).fetchone()
    return found and found[0]


def _offset(moment: datetime, clock: ZoneInfo) -> timedelta:
    return moment.astimezone(clock).utcoffset() or timedelta(0)


def is_doubled_sql(local: str, zone: str) -> str | None:
    """Return SQL that tells whether a local time stands twice; None where none does in the zone."""
    ranges = doubled_hours(zone)
    if not ranges:
        return None
    twice = " or ".join(_stands_again(local, zone, gap) for gap in _gaps(zone))
    return _asked(local, ranges, f"({twice})", "false")


def is_skipped_sql(local: str, zone: str) -> str | None:
    """Return SQL that tells whether no clock showed a local time; None where a zone skips none."""
    ranges = skipped_hours(zone)
    if not ranges:
        return None
    back = f"timezone('{zone}', timezone('{zone}', {local}))"
    return _asked(local, ranges, f"{back} <> {local}", "false")


def gap_sql(local: str, zone: str) -> str:
    """Return SQL for how much earlier the first of two readings is; nothing for other times."""
    none = "to_seconds(0)"
    cases = " ".join(
        f"when {_stands_again(local, zone, gap)} then to_seconds({gap})" for gap in _gaps(zone)
    )
    return _asked(local, doubled_hours(zone), f"case {cases} else {none} end", none)


def _gaps(zone: str) -> list[int]:
    return sorted({int((end - start).total_seconds()) for start, end in doubled_hours(zone)})


def _stands_again(local: str, zone: str, gap: int) -> str:
    """Tell whether the clocks showed the same a gap earlier: the engine takes the second reading.

    Asked of the engine, for a list of all nights in every expression would take it longer to plan
    than the rows to read.
    """
    at = f"timezone('{zone}', {local})"
    return f"timezone('{zone}', {at} - to_seconds({gap})) = {local}"


def _asked(
    local: str, ranges: tuple[tuple[datetime, datetime], ...], asked: str, otherwise: str
) -> str:
    """Ask it only of the hours it can be: a row of any other pays for one comparison."""
    hours = {
        (start + timedelta(minutes=minutes)).hour
        for start, end in ranges
        for minutes in range(0, int((end - start).total_seconds() // 60), 15)
    }
    listed = ", ".join(map(str, sorted(hours)))
    if 0 in hours:
        # a day without a time is its midnight: that a day has once, or it begins an hour later
        is_day = f"{local} = date_trunc('day', {local})"
        asked = f"case when {is_day} then {otherwise} else {asked} end"
    return f"case when hour({local}) in ({listed}) then {asked} else {otherwise} end"
