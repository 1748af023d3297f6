"""A deadline told as a day alone is over when that day is, on the clock of its zone.

A promise for the 10th is kept by whoever comes on the 10th; read as the midnight that day begins
with, it was broken before anybody got up. A time with a clock, be it 00:00, is the moment it says.
"""

from __future__ import annotations

import re

from ingest.contract import Contract, Feed
from ingest.contract_mapping import Column as Spec
from ingest.formats.source import literal
from ingest.times import zone_of
from ingest.written_times import parsed_sql

_DAY = r"\d{4}-\d{2}-\d{2}"
_WHOLE = r"[+-]?\d+(\.0+)?"
# What a format has that tells more than a day: hours, a whole clock, seconds since 1970.
_CLOCK = re.compile(r"%-?[HIcsTRrXp]")
_LENGTH = "interval 1 day - interval 1 microsecond"


def until_day_ends(
    contract: Contract, feed: Feed, spec: Spec, given: str, value: str, *, is_native: bool
) -> str:
    """Return SQL for a deadline (UTC): of a day alone the last moment.

    Parameters
    ----------
    given : str
        SQL of the value as it came.
    value : str
        SQL of what it was read as: of a day its first moment (UTC).
    is_native : bool
        Whether it may have come with a type of its own.
    """
    is_day = _is_day(contract, feed, spec, f"trim(cast({given} as varchar))")
    if is_native:
        is_text = f"typeof({given}) in ('VARCHAR', 'JSON')"
        is_day = f"case when {is_text} then {is_day} else typeof({given}) = 'DATE' end"
    zone = literal(zone_of(contract, feed, spec))
    local = f"timezone({zone}, timezone('UTC', ({value})))"
    end = f"timezone('UTC', timezone({zone}, {local} + {_LENGTH}))"
    return f"case when {is_day} then {end} else {value} end"


def _is_day(contract: Contract, feed: Feed, spec: Spec, text: str) -> str:
    """Return SQL for whether a text tells a day and no clock."""
    days = feed.dialect.date_format or ()
    declared = spec.format or (*(feed.dialect.timestamp_format or ()), *days)
    if spec.epoch or spec.seconds_since:
        return "false"
    if spec.days_since:
        return f"regexp_full_match({text}, {literal(_WHOLE)})"
    forms = tuple(form for form in declared if not _CLOCK.search(form))
    names = contract.zones | feed.zones, feed.months or contract.months
    told = [f"{parsed_sql(text, forms, *names)} is not null"] if forms else []
    if not (spec.format or feed.dialect.timestamp_format):
        told.append(f"regexp_full_match({text}, {literal(_DAY)})")
    return f"coalesce({' or '.join(told)}, false)" if told else "false"
