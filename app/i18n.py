"""What the app says and how it writes numbers and dates, in the language of the session."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime

import pandas as pd
import streamlit as st
from babel import Locale
from babel.units import format_unit

from app.words import CATALOGUE
from app.words.contracts import RUSSIAN

LANGUAGES = ("en", "ru")
_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "ru": ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
}
_QUARTERS = {"en": ("1", "2", "3", "4"), "ru": ("I", "II", "III", "IV")}
_WHOLE_MONTHS = {
    "en": _MONTHS["en"],
    "ru": (
        *("январь", "февраль", "март", "апрель", "май", "июнь"),
        *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
    ),
}
_OF_MONTH = {
    "en": _MONTHS["en"],
    "ru": [
        "янв.",
        "февр.",
        "марта",
        "апр.",
        "мая",
        "июня",
        "июля",
        "авг.",
        "сент.",
        "окт.",
        "нояб.",
        "дек.",
    ],
}
_THIN = "\u00a0"
_IN_MONEY = re.compile(r"(?P<currency>[A-Z]{3})(?P<rest>| per month)")
_HYPHEN = re.compile(r"(?<![\w.)-])-(?=\d)")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_BLANK = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
MINUS = "\u2212"
NOTHING = "–"


# The language of this page run, in its own thread: a page asks for it a thousand times, and asking
# the session each time is a fifth of its work.
_LANGUAGE: ContextVar[str] = ContextVar("language")


def language() -> str:
    """Return the language of this session."""
    try:
        return _LANGUAGE.get()
    except LookupError:
        return st.session_state.get("language", LANGUAGES[0])


def settle_language() -> None:
    """Take the language from the address, else from the session, else from the browser."""
    told = st.query_params.get("lang")
    if told in LANGUAGES and told != st.session_state.get("language_told"):
        st.session_state["language"] = st.session_state["language_told"] = told
    if st.session_state.get("language") not in LANGUAGES:
        browser = (st.context.locale or "").lower()
        st.session_state["language"] = "ru" if browser.startswith("ru") else "en"
    _LANGUAGE.set(st.session_state["language"])


def t(key: str, **values: object) -> str:
    """Return a text of the catalogue, filled in."""
    text = CATALOGUE[key][LANGUAGES.index(language())]
    return text.format(**values) if values else text


def word(vocabulary: str, code: object) -> str:
    """Return a code of a vocabulary in words; a code we have no word for is made readable."""
    if is_missing(code) or code == "":
        return t("unknown")
    known = CATALOGUE.get(f"{vocabulary}.{code}")
    if known:
        return known[LANGUAGES.index(language())]
    if code == "unknown":
        return t("unknown")
    text = str(code).replace("_", " ")
    return text[:1].upper() + text[1:]


def inside(text: str) -> str:
    """Return a word as it stands within a sentence: small, unless it is an abbreviation."""
    return " ".join(
        each if len(each) > 1 and each.isupper() else each.lower() for each in text.split(" ")
    )


def counted_word(vocabulary: str, code: str, count: int) -> str:
    """Return a code in words as it stands behind a count: its own plural, where there is one."""
    form = f"{code}.{Locale.parse(language()).plural_form(count)}"
    return word(vocabulary, form if f"{vocabulary}.{form}" in CATALOGUE else code)


def unit_word(unit: object) -> str:
    """Return a metric's unit in words; what is counted in money names its currency."""
    found = _IN_MONEY.fullmatch(str(unit))
    money = f"money{found['rest']}" if found else ""
    if f"metric_unit.{money}" in CATALOGUE:
        return word("metric_unit", money).replace(word("metric_unit", "money"), found["currency"])
    return word("metric_unit", unit)


def contract(text: object) -> str:
    """Return a text of a metric's contract in the session's language.

    One that was never translated, as in a release older than the translation, stays in English.
    """
    if is_missing(text):
        return ""
    return RUSSIAN.get(str(text), str(text)) if language() == "ru" else str(text)


def told(text: str) -> str:
    """Return a sentence the batch wrote, its numbers' signs as the session writes them."""
    text = _HYPHEN.sub(MINUS, text)
    return _BLANK.sub(_THIN, _POINT.sub(",", text)) if language() == "ru" else text


def escaped(text: str) -> str:
    """Return a text from outside so that Markdown draws it as it is."""
    return "".join(
        f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|:$~" else letter for letter in text
    )


def is_missing(value: object) -> bool:
    """Tell whether a cell holds nothing."""
    return value is None or value is pd.NA or value is pd.NaT or value != value


def is_true(value: object) -> bool:
    """Tell whether a cell holds yes; one that holds nothing does not."""
    return not is_missing(value) and bool(value)


def number(value: float | None, digits: int = 0) -> str:
    """Write a number with the session's separators."""
    if is_missing(value) or math.isinf(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    if language() == "ru":
        text = text.replace(",", _THIN).replace(".", ",")
    is_negative = round(value, digits) < 0
    return (MINUS if is_negative else "") + text


def compact(value: float | None, digits: int = 1) -> str:
    """Write a big number with K, M or bn; a small one whole."""
    if is_missing(value):
        return NOTHING
    for size, name in ((1e9, "billion"), (1e6, "million"), (1e4, "thousand")):
        if abs(value) >= size:
            divisor = 1e3 if name == "thousand" else size
            gap = "" if language() == "en" else _THIN
            return number(value / divisor, digits) + gap + t(f"unit.{name}")
    whole = abs(value) >= 100 or float(value).is_integer()
    return number(value, 0 if whole else digits if abs(value) >= 1 else max(digits, 2))


def signed(value: float | None, digits: int = 0) -> str:
    """Write a change with its sign."""
    if is_missing(value):
        return NOTHING
    rounded = round(value, digits)
    return ("+" if rounded > 0 else "±" if rounded == 0 else "") + number(value, digits)


def percent(value: float | None, digits: int = 1) -> str:
    """Write a number that is already in percent; of whole ones, some is not none."""
    if is_missing(value):
        return NOTHING
    told = "<1" if digits == 0 and 0 < value < 0.5 else number(value, digits)
    return told + ("%" if language() == "en" else _THIN + "%")


def signed_percent(value: float | None, digits: int = 0) -> str:
    """Write a change that is already in percent with its sign."""
    told = signed(value, digits)
    return told if told == NOTHING else told + ("%" if language() == "en" else _THIN + "%")


def between(low: float | None, high: float | None, digits: int = 0) -> str:
    """Write an interval of numbers, or nothing where there is none."""
    if is_missing(low) or is_missing(high):
        return NOTHING
    return f"{number(low, digits)} – {number(high, digits)}"


def measure(value: float | None, unit: str | None) -> str:
    """Write a metric's value the way its unit is written."""
    if is_missing(value):
        return NOTHING
    kind = unit_kind(unit)
    if kind == "percent":
        return percent(value, 3 if 99 < abs(value) < 100 else 2 if abs(value) < 10 else 1)
    if kind == "count":
        return compact(value)
    if kind == "minutes":
        return compact(value)
    return number(value, 2 if abs(value) < 1 else 1 if abs(value) < 1000 else 0)


def lasting(minutes: float | None) -> str:
    """Write minutes as minutes, hours or days, whichever reads best."""
    if is_missing(minutes):
        return NOTHING
    if minutes < 120:
        return f"{number(minutes)} {t('unit.min')}"
    if minutes < 2880:
        return f"{number(minutes / 60, 1)} {t('unit.h')}"
    return f"{number(minutes / 1440, 1)} {t('unit.d')}"


def months_long(months: int) -> str:
    """Write so many months in their plural, as in 1 month, 3 месяца."""
    return format_unit(months, "duration-month", locale=language())


def part(share: float | None, digits: int = 1) -> str:
    """Write a share in percent, rounded down: 99.96 % is not all of it."""
    if is_missing(share):
        return NOTHING
    return percent(math.floor(10 ** (digits + 2) * share) / 10**digits, digits)


def unit_kind(unit: str | None) -> str:
    """Sort the units of the metric catalogue into the few that are written differently."""
    text = (unit or "").lower()
    if text.startswith(("%", "pp")):
        return "percent"
    if text.startswith("min"):
        return "minutes"
    if text.startswith(("count", "subscription", "customer")):
        return "count"
    return "number"


def month(value: date | datetime | str | None) -> str:
    """Write a month, as in Oct 2026."""
    moment = _moment(value)
    if moment is None:
        return NOTHING
    return f"{_WHOLE_MONTHS[language()][moment.month - 1]} {moment.year}"


def short_month(value: date | datetime | str | None) -> str:
    """Write a month where there is little room, as in Oct 2026; Oct 26 would be read as a day."""
    moment = _moment(value)
    return NOTHING if moment is None else f"{_MONTHS[language()][moment.month - 1]} {moment.year}"


def quarter(value: date | datetime | str | None) -> str:
    """Write a quarter by its first day, as in Q4 2026."""
    moment = _moment(value)
    if moment is None:
        return NOTHING
    return t("quarter.of", number=_QUARTERS[language()][(moment.month - 1) // 3], year=moment.year)


def day(value: date | datetime | str | None, own: str = "") -> str:
    """Write a day, as in 3 Oct 2026, in the session's language or one's own."""
    moment = _moment(value)
    if moment is None:
        return NOTHING
    return f"{moment.day} {_OF_MONTH[own or language()][moment.month - 1]} {moment.year}"


def moment_text(value: date | datetime | str | None, own: str = "") -> str:
    """Write a day and time (UTC), as in 3 Oct 2026, 14:05, as `day` does."""
    moment = _moment(value)
    return NOTHING if moment is None else f"{day(moment, own)}, {moment:%H:%M}"


def month_names() -> list[str]:
    """Return the twelve short month names, for chart axes."""
    return _MONTHS[language()]


def filled(texts: Mapping[str, object], separator: str = " · ") -> str:
    """Join name–value pairs, leaving out what is missing."""
    return separator.join(
        f"{name} {value}" if name else f"{value}"
        for name, value in texts.items()
        if not is_missing(value) and value != NOTHING
    )


def _moment(value: date | datetime | str | None) -> datetime | date | None:
    if is_missing(value) or value == "":
        return None
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
