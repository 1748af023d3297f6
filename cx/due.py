"""When a feed's next file must be here, and how late it is."""

from __future__ import annotations

from datetime import datetime, time, timedelta

_MINUTES = {"min": 1, "h": 60, "d": 1440}


def minutes_of(cadence: str) -> int:
    """Return the minutes of a cadence as contracts write it: 15min, 1h, 1d."""
    number = cadence.rstrip("mihnd")
    return int(number) * _MINUTES[cadence[len(number) :]]


def due_at(last: datetime, every: str, by: str | None) -> datetime:
    """Return the moment by which the file after the last one must be here.

    Parameters
    ----------
    last : datetime
        Extraction of the last file, naive UTC.
    every : str
        Cadence, such as ``1d``.
    by : str or None
        Time of day (UTC) to which that moment is moved.
    """
    expected = last + timedelta(minutes=minutes_of(every))
    if by:
        at = datetime.combine(expected.date(), time.fromisoformat(by))
        expected = at if at >= expected else at + timedelta(days=1)
    return expected


def in_words(late: timedelta) -> str:
    """Return a delay as people say it: ``2 d 3 h`` or ``4 h 10 min``."""
    if late.days:
        return f"{late.days} d {late.seconds // 3600} h"
    return f"{late.seconds // 3600} h {late.seconds % 3600 // 60} min"
