"""Numbers that are moments: since when they may count, told by where they would lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

# Times of an operator's systems lie between: a count fits that brings all values there.
_FIRST, _LAST = datetime(1990, 1, 1), datetime(2045, 1, 1)
# Years by which systems say that something is open.
_OPEN = (2999, 9999)
_MAX_OPEN = 2
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_MANY_SECONDS = 10_000_000
TICKS = 10  # of a microsecond
JULIAN = "julian"
# The day of a julian day number at which 1970 began.
JULIAN_1970 = 2440587.5


def _since(moment: datetime, unit: timedelta) -> Callable[[float], datetime]:
    def read(number: float) -> datetime:
        if unit == _SECOND and number < _MANY_SECONDS:
            raise ValueError(f"{number} is no count of seconds, but of days")
        return moment + number * unit

    return read


def _by_format(form: str, digits: int) -> Callable[[float], datetime]:
    def read(number: float) -> datetime:
        text = f"{int(number)}"
        if len(text) != digits or number != int(number):
            raise ValueError(f"{number} has not {digits} digits")
        return datetime.strptime(text, form)

    return read


def _ticks(moment: datetime) -> Callable[[float], datetime]:
    return lambda number: moment + timedelta(microseconds=number // TICKS)


_READINGS: dict[str, Callable[[float], datetime]] = {
    "days:1899-12-30": _since(datetime(1899, 12, 30), _DAY),
    "days:1904-01-01": _since(datetime(1904, 1, 1), _DAY),
    "days:1970-01-01": _since(datetime(1970, 1, 1), _DAY),
    JULIAN: lambda number: datetime(1970, 1, 1) + (number - JULIAN_1970) * _DAY,
    "format:%y%j": _by_format("%y%j", 5),
    "format:%Y%j": _by_format("%Y%j", 7),
    "format:%y%m%d": _by_format("%y%m%d", 6),
    "format:%d%m%y": _by_format("%d%m%y", 6),
    "format:%y%j%H%M": _by_format("%y%j%H%M", 9),
    "format:%y%m%d%H%M": _by_format("%y%m%d%H%M", 10),
    "format:%y%m%d%H%M%S": _by_format("%y%m%d%H%M%S", 12),
    # of Windows and of .NET
    "ticks:1601-01-01": _ticks(datetime(1601, 1, 1)),
    "ticks:0001-01-01": _ticks(datetime(1, 1, 1)),
    "seconds:1904-01-01": _since(datetime(1904, 1, 1), _SECOND),
    "seconds:1980-01-06": _since(datetime(1980, 1, 6), _SECOND),
    "seconds:2000-01-01": _since(datetime(2000, 1, 1), _SECOND),
}


@dataclass(frozen=True)
class Reading:
    """One way to read a column's numbers as moments.

    Parameters
    ----------
    answer : str
        What chooses it: days:…, seconds:…, ticks:…, format:… or julian.
    first, last : datetime
        From when to when they would lie.
    is_open : tuple of float
        Numbers that would be the last day of time.
    """

    answer: str
    first: datetime
    last: datetime
    is_open: tuple[float, ...]

    def __str__(self) -> str:
        """Return what a question says of it."""
        return f"{self.answer} ({self.first:%Y-%m-%d} to {self.last:%Y-%m-%d})"


def _moment(read: Callable[[float], datetime], number: float) -> datetime:
    """Read a number; the day after the last one is how some say that a thing is open."""
    try:
        return read(number)
    except OverflowError:
        return datetime.max


def readings(numbers: list[float]) -> list[Reading]:
    """Return the ways of reading that bring all numbers, but for an open end, to our time."""
    found = []
    for answer, read in _READINGS.items():
        try:
            moments = {number: _moment(read, number) for number in numbers}
        except ValueError:
            continue
        near = [each for each in moments.values() if each.year not in _OPEN]
        is_ours = bool(near) and len(moments) - len(near) <= _MAX_OPEN
        if is_ours and min(near) >= _FIRST and max(near) < _LAST:
            far = tuple(number for number, each in moments.items() if each.year in _OPEN)
            found.append(Reading(answer, min(near), max(near), far))
    return found
