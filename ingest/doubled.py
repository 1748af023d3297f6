"""The hours that stand twice on a zone's clocks, in the nights they are put back.

A wall clock's time in such an hour names two moments, and only the source knows which.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FROM, _TO = datetime(1970, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=5)


@cache
def doubled_hours(zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """Return each stretch of local time (naive, half-open) that a zone's clocks show twice."""
    clock, found, before = ZoneInfo(zone), [], _FROM
    while before < _TO:
        after = before + _STEP
        gap = _offset(before, clock) - _offset(after, clock)
        if gap > timedelta(0):
            low, high = before, after
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                is_before = _offset(middle, clock) == _offset(before, clock)
                low, high = (middle, high) if is_before else (low, middle)
            start = (high + _offset(after, clock)).replace(tzinfo=None)
            found.append((start, start + gap))
        before = after
    return tuple(found)


def _offset(moment: datetime, clock: ZoneInfo) -> timedelta:
    return moment.astimezone(clock).utcoffset() or timedelta(0)


def is_doubled_sql(local: str, zone: str) -> str | None:
    """Return SQL that tells whether a local time stands twice; None where none does in the zone."""
    ranges = doubled_hours(zone)
    if not ranges:
        return None
    within = " or ".join(
        f"{local} >= timestamp '{start}' and {local} < timestamp '{end}'" for start, end in ranges
    )
    return _asked(local, ranges, within, "false")


def gap_sql(local: str, zone: str) -> str:
    """Return SQL for how much earlier the first of two readings is; no interval for other times."""
    ranges = doubled_hours(zone)
    cases = " ".join(
        f"when {local} >= timestamp '{start}' and {local} < timestamp '{end}' "
        f"then to_seconds({(end - start).total_seconds():.0f})"
        for start, end in ranges
    )
    none = "to_seconds(0)"
    return _asked(local, ranges, f"case {cases} else {none} end", none) if ranges else none


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
        # a day without a time is its midnight, and that a day has once
        otherwise_asked = f"{local} = date_trunc('day', {local})"
        asked = f"case when {otherwise_asked} then {otherwise} else {asked} end"
    return f"case when hour({local}) in ({listed}) then {asked} else {otherwise} end"
