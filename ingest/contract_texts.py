"""The texts of a contract: what may stand for one, and what is refused wherever it stands."""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ingest.expression import refuse_query


def _as_text(value: object) -> object:
    """Let a YAML author write 0, true or 2020-01-01 where a text is meant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else str(value)


def as_list(value: object) -> object:
    """Let a YAML author write one text where several are allowed."""
    return value if value is None or isinstance(value, list | tuple) else (value,)


@cache
def _zones() -> set[str]:
    return available_timezones()


def known_zone(value: str) -> str:
    """Return the name of a time zone; ValueError where there is none of that name."""
    if value not in _zones():
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Moscow")
    return value


def whole_year(value: list[str]) -> list[str]:
    """Return the names of months; ValueError unless there are twelve, or none."""
    if value and len({name.casefold() for name in value}) != 12:
        raise ValueError("months are the names of all twelve, from January on")
    return value


def regular(value: str) -> str:
    """Return a regular expression; ValueError where it is none."""
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression ({error})") from error
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
Offset = Annotated[str, Field(pattern=r"^[+-]([01]\d|2[0-3]):[0-5]\d$")]
Expression = Annotated[str, AfterValidator(refuse_query)]


class Strict(BaseModel):
    """A part of a contract: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Formats = Annotated[tuple[Text, ...] | None, BeforeValidator(as_list)]


def refuse_two_orders(formats: tuple[str, ...] | None) -> None:
    """Refuse formats of which two differ only in the order of day and month: a guess."""
    for one, other in itertools.combinations(formats or (), 2):
        if one == other.translate(str.maketrans({"d": "m", "m": "d"})):
            raise ValueError(
                f"{one!r} and {other!r} differ only in the order of day and month; declare one, "
                "or use mixed_order on the column"
            )


def refuse_half_days(formats: tuple[str, ...] | None) -> None:
    """Refuse a clock of twelve hours that does not say which half of the day it is, and the like.

    The hour of %H with %p is taken as it is by one of the two readers of times we have.
    """
    for form in formats or ():
        if bool(re.search("%-?I", form)) != ("%p" in form):
            raise ValueError(
                f"{form!r}: a clock of twelve hours is %I with %p (AM, PM), one of 24 hours is %H"
            )


def refuse_no_year(formats: tuple[str, ...] | None) -> None:
    """Refuse a format without a year, which the engine takes for 1900, and one of half a week."""
    for form in formats or ():
        if "%V" in form and "%G" not in form:
            raise ValueError(f"{form!r}: the year of a week (%V) is %G; %g are milliseconds here")
        if not re.search("%-?[YyGxc]", form):
            raise ValueError(
                f"{form!r} names no year, and 1900 is not meant: put it before the text in sql "
                "('2026 ' || …), from the file's name by name_columns, say"
            )
