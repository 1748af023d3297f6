"""In what a column counts, as its name tells: minutes are no seconds, megabytes no gigabytes."""

from __future__ import annotations

import re

_WORDS = {
    "ms": "ms msec msecs millis milliseconds millisekunden мс",
    "s": "s sec secs second seconds sek sekunden segundos secondes secondi sekund сек секунд",
    "min": "min mins minute minutes minuten minutos minuti minut минут мин",
    "h": "h hr hrs hour hours std stunden horas heures ore godzin час часов",
    "B": "byte bytes octets",
    "KB": "kb kib kbyte kbytes кб",
    "MB": "mb mib mbyte mbytes мб",
    "GB": "gb gib gbyte gbytes гб",
    "TB": "tb tib",
    "months": "month months monat monate monaten mes meses mois miesiace месяцев",
    "years": "year years yr yrs jahr jahre jahren ano anos ans anni lat лет",
    "weeks": "week weeks woche wochen",
    "days": "day days tag tage dias jours giorni dni дней",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_SIZES = ("B", "KB", "MB", "GB", "TB")
_FACTORS = {("ms", "s"): 0.001, ("min", "s"): 60, ("h", "s"): 3600, ("years", "months"): 12}
# What minutes of calls look like, and seconds hardly do.
_FEW_SECONDS = 30
# Hours at a stretch nobody talks, holds or waits: so many are milliseconds, as Genesys counts.
_MANY_SECONDS = 7_200


def unit_in(name: str) -> str | None:
    """Return the unit a column's name speaks of, if it names one."""
    parted = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", " ", name).lower()
    found = {_UNITS[word] for word in re.split(r"[\W_\d]+", parted) if word in _UNITS}
    return found.pop() if len(found) == 1 else None


def factor(unit: str, wanted: str) -> float | None:
    """Return by what a count is multiplied, where that is known for certain."""
    return _FACTORS.get((unit, wanted))


def steps(unit: str, wanted: str) -> int | None:
    """Return how often a count of bytes is divided by a thousand, or by 1024."""
    if unit in _SIZES and wanted in _SIZES:
        return _SIZES.index(wanted) - _SIZES.index(unit)
    return None


def may_be_milliseconds(median: float) -> bool:
    """Tell whether durations are so long that they rather count milliseconds."""
    return median >= _MANY_SECONDS


def may_be_minutes(median: float) -> bool:
    """Tell whether durations are so short that they may as well count minutes."""
    return 0 < median <= _FEW_SECONDS
