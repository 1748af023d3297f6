"""Times as SQL: by ISO 8601, in declared formats or as counts, from the zone they are in to UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ingest.contract import Contract, Feed
from ingest.contract_mapping import Column as Spec
from ingest.doubled import gap_sql, is_doubled_sql, is_skipped_sql
from ingest.formats.source import literal
from ingest.intake import Column
from ingest.written_times import OFFSET, parsed_sql, tells_offset

_ZONE = rf"(Z|z|{OFFSET})"
_ISO = rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?)?( ?{_ZONE})?"
_HOUR = rf"^(\d{{4}}-\d{{2}}-\d{{2}}[T ]\d{{2}})( ?{_ZONE})?$"
_OFFSET = rf".*\d{{2}}:\d{{2}}.*{_ZONE}$"
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"


def zone_of(contract: Contract, feed: Feed, spec: Spec) -> str:
    """Return the zone of a column's times: its own, the feed's or the contract's."""
    return spec.time_zone or feed.time_zone or contract.time_zone


def hour_of(contract: Contract, feed: Feed) -> str | None:
    """Return which moment a time means that the clocks show twice; None where it is unsaid."""
    return contract.hour_of(feed)


def time_sql(
    contract: Contract, feed: Feed, column: Column, spec: Spec, text: str
) -> tuple[str, str]:
    """Return SQL for a date or a moment (UTC) of a text, and why it is none."""
    zone, hour = zone_of(contract, feed, spec), hour_of(contract, feed)
    kind = "date" if column.type == "date" else "timestamp"
    days = () if spec.format else feed.dialect.date_format or ()
    declared = spec.format or feed.dialect.timestamp_format
    declared = declared and (*declared, *days)
    if spec.epoch or spec.seconds_since or spec.days_since:
        value, reason = _counted(text, spec, zone, hour)
        if spec.format:
            # a workbook's column may hold both: the serials of days, and texts somebody typed
            written, why = _written(contract, feed, spec, spec.format, text)
            is_number = f"regexp_full_match({text}, {literal(NUMBER)})"
            value = f"case when {is_number} then {value} else {written} end"
            reason = f"case when {is_number} then {reason} else {why} end"
    elif declared:
        value, reason = _written(contract, feed, spec, declared, text)
    else:
        # ISO 8601 lets the minutes go; the engine does not
        text = f"regexp_replace({text}, {literal(_HOUR)}, '\\1:00\\2')"
        is_iso = f"regexp_full_match({text}, {literal(_ISO)})"
        with_offset = f"regexp_full_match({text}, {literal(_OFFSET)})"
        local = f"try_cast({text} as timestamp)"
        value = (
            f"case when not {is_iso} then null "
            f"when {with_offset} then timezone('UTC', try_cast({text} as timestamptz)) "
            f"else {to_utc(local, zone, hour)} end"
        )
        reason = "'is not an ISO 8601 time; declare its format in the contract'"
        reason = or_doubled(reason, local, zone, hour)
        if days:
            # days have a format of their own, times are of ISO 8601 as ever
            value = f"coalesce({_written(contract, feed, spec, days, text)[0]}, {value})"
    return (f"cast({value} as date)" if kind == "date" else value), reason


def _counted(text: str, spec: Spec, zone: str, hour: str | None) -> tuple[str, str]:
    """Return SQL for the moment (UTC) of a count since another one, and why it is none."""
    if spec.epoch:
        value, reason = _since_1970(text, spec.epoch)
        # A 0 is no moment of an operator's: Zabbix and Netcool write it for "not yet". Seconds read
        # as a smaller unit are a moment of January 1970, too.
        until = "1970-01-01" if spec.epoch == "s" else "1970-01-31 23:59:59.999999"
        other = f"{value} between timestamp '1970-01-01' and timestamp '{until}'"
        reason = (
            f"case when try_cast({text} as double) = 0 "
            f"""then 'is 0: where it means not yet, say blanks: ["0"]' else {reason} end"""
        )
        return f"case when not ({other}) then {_in_our_age(value)} end", reason
    # No clock counts fractions of a day to more than the millisecond: a double of julian days is
    # 40 microseconds off, which is another day just before midnight.
    unit, parts, in_microseconds = (
        ("seconds", 1e6, 1) if spec.seconds_since else ("days", 86_400e3, 1000)
    )
    stated = datetime.fromisoformat(spec.seconds_since or spec.days_since or "")
    # days count on the wall clock, seconds do not; a moment that says its offset is no clock's
    zone = zone if spec.days_since and stated.tzinfo is None else "UTC"
    if stated.tzinfo is not None:
        stated = stated.astimezone(UTC).replace(tzinfo=None)
    number = f"case when not contains({text}, '_') then try_cast({text} as double) end"
    count = f"try_cast(round({number} * {parts:.0f}) as hugeint) * {in_microseconds}"
    value = (
        f"timestamp {literal(stated.isoformat(sep=' '))} + "
        f"to_microseconds(try_cast({count} as bigint))"
    )
    value = _in_our_age(value)
    reason = f"'is not a number of {unit}'"
    if zone != "UTC":
        reason = or_doubled(reason, value, zone, hour)
    return to_utc(value, zone, hour), reason


def _in_our_age(value: str) -> str:
    """Return SQL for a counted moment, null from the year 10000 on: a count of a smaller unit."""
    return f"case when {value} < timestamp '10000-01-01' then {value} end"


def _written(
    contract: Contract, feed: Feed, spec: Spec, declared: tuple[str, ...], text: str
) -> tuple[str, str]:
    """Return SQL for the moment (UTC) of a time in declared formats, and why it is none."""
    zone, hour = zone_of(contract, feed, spec), hour_of(contract, feed)
    if any("%p" in each for each in declared):
        # browsers, Java and PHP of today write the narrow space that does not break before PM
        text = f"replace({text}, chr(8239), ' ')"
    names = contract.zones | feed.zones, feed.months or contract.months
    moments = tuple(each for each in declared if tells_offset(each))
    clocks = tuple(each for each in declared if not tells_offset(each))
    said = f"does not follow the declared format {' or '.join(declared)}"
    has_weekday = any("%a" in each or "%A" in each for each in declared)
    reason = literal(said + (", or is of another day of the week" if has_weekday else ""))
    value = "null"
    if clocks:
        local, reason = _in_one_order(text, clocks, spec.mixed_order, names, reason)
        reason = or_doubled(reason, local, zone, hour)
        value = to_utc(local, zone, hour)
    if moments:
        moment, reason = _in_one_order(text, moments, spec.mixed_order, names, reason)
        value = f"coalesce(timezone('UTC', {moment}), {value})" if clocks else moment
    return value, reason


def _since_1970(text: str, unit: str) -> tuple[str, str]:
    name, to_microseconds, many = {
        "s": ("seconds", "* 1000000", 1_000_000),
        "ms": ("milliseconds", "* 1000", 1_000),
        "us": ("microseconds", "", 1),
        "ns": ("nanoseconds", "// 1000", 0),
    }[unit]
    whole = f"try_cast(try_cast({text} as hugeint) {to_microseconds} as bigint)"
    value = f"when regexp_full_match({text}, '[+-]?\\d+') then make_timestamp({whole})"
    if many:
        # a fraction is read exactly; what is finer than a microsecond is left out
        exact = f"floor(try_cast({text} as decimal(29, 9)) * {many})"
        value += (
            f" when regexp_full_match({text}, '[+-]?\\d+\\.\\d+') "
            f"then make_timestamp(try_cast({exact} as bigint))"
        )
    return f"case {value} end", f"'is not a number of {name}; or does it count another unit?'"


def _in_one_order(
    text: str,
    declared: tuple[str, ...],
    is_mixed: bool,
    names: tuple[Mapping[str, str], Sequence[str]],
    reason: str,
) -> tuple[str, str]:
    """Return SQL for a time in declared formats, and why it is none; null where two orders fit."""
    value = parsed_sql(text, declared, *names)
    if not is_mixed:
        return value, reason
    turned = tuple(each.translate(str.maketrans({"d": "m", "m": "d"})) for each in declared)
    other = parsed_sql(text, turned, *names)
    return (
        f"case when {other} is null then {value} end",
        f"case when {other} is null then {reason} else "
        "'fits both day and month order, and the source mixes them' end",
    )


def to_utc(local: str, zone: str, hour: str | None) -> str:
    """Return SQL that brings a time of a zone to naive UTC, null where no clock showed it.

    Parameters
    ----------
    hour : {"first", "second"}, optional
        Which of its two moments a time means that stands twice; without it such a time is null,
        too.
    """
    if zone == "UTC":
        return local
    moment = f"timezone('UTC', timezone({literal(zone)}, {local}))"
    if hour == "first" and is_doubled_sql(local, zone):
        moment = f"{moment} - {gap_sql(local, zone)}"
    none = [is_skipped_sql(local, zone), None if hour else is_doubled_sql(local, zone)]
    asked = " or ".join(each for each in none if each)
    return f"case when not ({asked}) then {moment} end" if asked else moment


def or_doubled(reason: str, local: str, zone: str, hour: str | None) -> str:
    """Return SQL for why a time is none: it stands twice, or never, or the reason given."""
    if zone == "UTC":
        return reason
    said = {
        f"stands twice in {zone}, in the night the clocks go back: say doubled_hour (first or "
        "second) in the contract, or read the source's own mark in sql": None
        if hour
        else is_doubled_sql(local, zone),
        f"stands on no clock of {zone}: that hour is skipped in the night the clocks go forward; "
        "is time_zone right? Where it is, read the offset meant in sql": is_skipped_sql(
            local, zone
        ),
    }
    cases = " ".join(f"when {asked} then {literal(why)}" for why, asked in said.items() if asked)
    return f"case {cases} else {reason} end" if cases else reason
