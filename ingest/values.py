"""How a delivered text becomes a typed value: exactly, or not at all with a reason.

Every function returns SQL. A text is read by a cheap cast where a check beside it proves that the
cast read it exactly, else by the careful expression, which accepts canonical forms only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ingest.contract import Column as Spec
from ingest.contract import Contract, Dialect, Feed
from ingest.doubled import gap_sql, is_doubled_sql
from ingest.formats.source import MACHINE, Source, literal, quoted
from ingest.intake import Column
from ingest.written_times import OFFSET, parsed_sql, tells_offset

# Marks that print alike: spaces of three widths, and the apostrophe straight and curled.
_ALIKE = (" \u00a0\u202f", "'\u2019\u02bc")
NUMBERS = ("integer", "number", "money")
STRICT = (*NUMBERS, "boolean", "timestamp")
_ZONE = rf"(Z|z|{OFFSET})"
_ISO = rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?)?( ?{_ZONE})?"
_HOUR = rf"^(\d{{4}}-\d{{2}}-\d{{2}}[T ]\d{{2}})( ?{_ZONE})?$"
_OFFSET = rf".*\d{{2}}:\d{{2}}.*{_ZONE}$"
# Four decimals and then noughts; or with an exponent that leaves no more than twelve, which are
# kept while they are compared. Anything else the engine would round in silence.
_AMOUNT = (
    r"[+-]?((\d+(\.\d{0,4}0*)?|\.\d{1,4}0*)"
    r"|(\d+(\.\d{0,4})?|\.\d{1,4})[eE](\+?0*(\d|1\d)|-0*[0-8]))"
)
_INFINITE = literal("is no moment but infinity; where it means open, say blanks: [infinity]")
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"


def plain_number(dialect: Dialect, origin: str) -> str:
    """Bring a number to digits and a dot; what the dialect cannot mean becomes no number.

    The thousands mark stands before three digits, or in the Indian way before two and at last
    three: elsewhere it is another source's decimal mark, and 19.99 is not 1999. A number a store
    holds as one (a workbook's cell, a real of SQLite) ends in `e0`: no dialect wrote it.
    """
    if not dialect.rewrites_numbers:
        return origin
    text, mark = origin, dialect.thousands
    if mark:
        for marks in (each for each in _ALIKE if mark in each):
            text = f"translate({text}, {literal(marks)}, {literal(mark * len(marks))})"
        each, point = re.escape(mark), re.escape(dialect.decimal)
        few = "2,3" if mark == "," else "3"
        grouped = rf"[+-]?\d{{1,3}}({each}\d{{{few}}})*{each}\d{{3}}({point}\d*)?"
        text = (
            f"case when contains({text}, {literal(mark)}) "
            f"then case when regexp_full_match({text}, {literal(grouped)}) "
            f"then replace({text}, {literal(mark)}, '') else 'x' end else {text} end"
        )
    if dialect.decimal != ".":
        # A dot in a comma dialect is not a decimal mark; refuse it rather than read it as one.
        text = f"case when contains({text}, '.') then 'x' else replace({text}, ',', '.') end"
    return (
        f"case when suffix({origin}, {literal(MACHINE)}) then left({origin}, -{len(MACHINE)}) "
        f"else {text} end"
    )


def without_mark(text: str) -> str:
    """Return SQL for a text that, where it is a number a store holds as one, has lost its mark."""
    return (
        f"case when suffix({text}, {literal(MACHINE)}) and regexp_full_match({text}, "
        rf"'-?\d+\.\d+{MACHINE}') then left({text}, -{len(MACHINE)}) else {text} end"
    )


def quick(
    contract: Contract, feed: Feed, column: Column, spec: Spec, given: str
) -> tuple[str, str] | None:
    """Return a cheap cast and the check that it read the text exactly, where there is one."""
    fast = quoted(f"_fast_{column.name}")
    if column.type == "integer":
        return f"try_cast({given} as bigint)", f"cast({fast} as varchar) = {given}"
    if column.type == "boolean":
        # the engine knows the same words: true, t, yes, y, 1 and their opposites
        return f"try_cast({given} as boolean)", f"{fast} is not null"
    if column.type == "number":
        # The engine reads 1_000 as a number, and infinity.
        return (
            f"try_cast({given} as double)",
            f"isfinite({fast}) and not contains({given}, '_')",
        )
    if column.type == "money":
        # A decimal cast rounds in silence. Fifteen digits each have a double of their own, so two
        # equal doubles say that nothing was rounded; but for 1e-400, which is the double nought.
        return (
            f"try_cast({given} as decimal(18, 4))",
            f"abs({fast}) < 100000000000 and strlen({given}) <= 16 "
            f"and cast({fast} as double) = try_cast({given} as double) "
            f"and not contains({given}, '_') "
            f"and ({fast} <> 0 or not (contains({given}, 'e') or contains({given}, 'E')))",
        )
    if column.type != "timestamp" or spec.format or feed.dialect.timestamp_format:
        return None
    if spec.epoch or spec.seconds_since or spec.days_since:
        return None
    # The engine drops an offset in silence, so only a text that has no room for one is quick:
    # a date, or nineteen characters with a colon before the seconds.
    local = (
        f"case when strlen({given}) = 10 or (strlen({given}) = 19 and {given}[17] = ':') "
        f"then try_cast({given} as timestamp) end"
    )
    local = to_utc(local, _zone_of(contract, feed, spec), _hour_of(contract, feed))
    # Z is UTC whatever the contract's zone is; what is left then is the quick form again.
    utc = (
        f"case when strlen({given}) = 20 and {given}[17] = ':' and suffix({given}, 'Z') "
        f"then try_cast({given} as timestamp) else {local} end"
    )
    return utc, f"isfinite({fast})"


def typed(
    contract: Contract, feed: Feed, column: Column, spec: Spec, origin: str, is_native: bool
) -> tuple[str, str | None]:
    """Return SQL for the typed value (null when it does not fit) and for the reason."""
    text = f"cast({origin} as varchar)"
    if column.type == "text":
        return (trimmed(text) if is_native else origin), None
    if column.type == "boolean":
        if is_native:
            return f"try_cast({origin} as boolean)", "'is not true or false'"
        return (
            f"case when lower({text}) in ('true', 'yes', 'y', 't', '1') then true "
            f"when lower({text}) in ('false', 'no', 'n', 'f', '0') then false end",
            "'is not true or false; map its codes in the contract'",
        )
    given = _number if column.type in NUMBERS else _moment
    careful = f"trim({text})" if spec.sql is not None else text
    value, reason = given(contract, feed, column, spec, careful)
    if is_native:
        # A column with a type of its own is taken by it; a text, in Parquet or out of an
        # expression, is read as carefully as any other: a cast would drop offsets and round.
        native = _native(contract, feed, column, spec, origin)
        if given is _moment and reason:
            # an engine's mark for `open`: no difference of times could be told from it
            reason = (
                f"case when {text} in ('infinity', '-infinity') then {_INFINITE} else {reason} end"
            )
        value = f"case when typeof({origin}) in ('VARCHAR', 'JSON') then {value} else {native} end"
    return value, reason


def trimmed(text: str) -> str:
    """Return SQL for a text without spaces at its edges, null when none is left.

    Looking for a space, of ASCII or of more bytes than characters, is cheaper than cutting.
    """
    return (
        f"case when {text} <> '' and not contains({text}, ' ') and strlen({text}) = length({text}) "
        f"then {text} else nullif(trim({text}), '') end"
    )


def exactly(
    contract: Contract, feed: Feed, column: Column, spec: Spec, origin: str, source: Source
) -> tuple[str, str | None]:
    """Return SQL for a value that a strict reader has given the intake's own type, and a reason."""
    if column.type == "timestamp" and spec.from_ not in source.in_utc:
        zone, hour = _zone_of(contract, feed, spec), _hour_of(contract, feed)
        reason = _or_doubled("null", origin, zone, hour)
        return to_utc(origin, zone, hour), None if reason == "null" else reason
    return origin, None


def _native(contract: Contract, feed: Feed, column: Column, spec: Spec, origin: str) -> str:
    """Return SQL that takes a value by the type it came with."""
    if column.type == "integer":
        integers = "'BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'UINTEGER', 'USMALLINT', 'UTINYINT'"
        text = f"cast({origin} as varchar)"
        return (
            f"case when typeof({origin}) in ({integers}) then try_cast({origin} as bigint) "
            f"else {_whole(text)} end"
        )
    if column.type == "number":
        value = f"try_cast({origin} as double)"
        return f"case when isfinite({value}) then {value} end"
    if column.type == "money":
        value = f"try_cast({origin} as decimal(18, 4))"
        # a double is never exact; a decimal or an integer must be
        is_exact = f"typeof({origin}) in ('DOUBLE', 'FLOAT') or {value} = {origin}"
        return f"case when {is_exact} then {value} end"
    if spec.format or spec.epoch or spec.seconds_since or spec.days_since:
        return _moment(contract, feed, column, spec, f"cast({origin} as varchar)")[0]
    # A time with a zone casts by the session's zone, which is UTC; an expression gives UTC.
    zone = "UTC" if spec.sql is not None else _zone_of(contract, feed, spec)
    moment = f"try_cast({origin} as timestamp)"
    moment = f"case when isfinite({moment}) then {moment} end"
    value = to_utc(moment, zone, _hour_of(contract, feed))
    if spec.sql is None:
        value = (
            f"case when typeof({origin}) = 'TIMESTAMP WITH TIME ZONE' "
            f"then {moment} else {value} end"
        )
    return f"cast({value} as date)" if column.type == "date" else value


def _zone_of(contract: Contract, feed: Feed, spec: Spec) -> str:
    return spec.time_zone or feed.time_zone or contract.time_zone


def _hour_of(contract: Contract, feed: Feed) -> str | None:
    return feed.doubled_hour or contract.doubled_hour


def _whole(text: str) -> str:
    return (
        rf"case when regexp_full_match({text}, '[+-]?\d+(\.0+)?') "
        f"then try_cast(split_part({text}, '.', 1) as bigint) end"
    )


def _number(
    contract: Contract, feed: Feed, column: Column, spec: Spec, text: str
) -> tuple[str, str]:
    if spec.sql is not None:
        text = plain_number(feed.dialect, text)
    if column.type == "integer":
        return _whole(text), "'is not a whole number'"
    is_number = f"regexp_full_match({text}, {literal(_NUMBER)})"
    if column.type == "number":
        value = f"try_cast({text} as double)"
        return (
            f"case when {is_number} and isfinite({value}) then {value} end",
            "'is not a number in the declared dialect'",
        )
    exact = f"try_cast({text} as decimal(38, 12))"
    # 0.30000000000000004 is how a double says 0.3: workbooks and JSON are full of them
    is_print = f"strlen({text}) >= 16 and cast(try_cast({text} as double) as varchar) = {text}"
    return (
        f"case when (regexp_full_match({text}, {literal(_AMOUNT)}) or {is_print}) "
        f"and {exact} = try_cast({text} as decimal(18, 4)) "
        f"then try_cast({text} as decimal(18, 4)) end",
        "'is not an amount with at most four decimals in the declared dialect'",
    )


def _moment(
    contract: Contract, feed: Feed, column: Column, spec: Spec, text: str
) -> tuple[str, str]:
    zone, hour = _zone_of(contract, feed, spec), _hour_of(contract, feed)
    kind = "date" if column.type == "date" else "timestamp"
    declared = spec.format or (
        feed.dialect.date_format if kind == "date" else feed.dialect.timestamp_format
    )
    if spec.epoch or spec.seconds_since or spec.days_since:
        value, reason = _counted(text, spec, zone, hour)
        if spec.format:
            # a workbook's column may hold both: the serials of days, and texts somebody typed
            written, why = _written(contract, feed, spec, spec.format, text)
            is_number = f"regexp_full_match({text}, {literal(_NUMBER)})"
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
        reason = _or_doubled(reason, local, zone, hour)
    return (f"cast({value} as date)" if kind == "date" else value), reason


def _counted(text: str, spec: Spec, zone: str, hour: str | None) -> tuple[str, str]:
    """Return SQL for the moment (UTC) of a count since another one, and why it is none."""
    if spec.epoch:
        return _since_1970(text, spec.epoch)
    unit, in_microseconds = ("seconds", 1e6) if spec.seconds_since else ("days", 86_400e6)
    stated = datetime.fromisoformat(spec.seconds_since or spec.days_since or "")
    # days count on the wall clock, seconds do not; a moment that says its offset is no clock's
    zone = zone if spec.days_since and stated.tzinfo is None else "UTC"
    if stated.tzinfo is not None:
        stated = stated.astimezone(UTC).replace(tzinfo=None)
    number = f"case when not contains({text}, '_') then try_cast({text} as double) end"
    value = (
        f"timestamp {literal(stated.isoformat(sep=' '))} + to_microseconds("
        f"try_cast(round({number} * {in_microseconds:.0f}) as bigint))"
    )
    reason = f"'is not a number of {unit}'"
    if zone != "UTC":
        reason = _or_doubled(reason, value, zone, hour)
    return to_utc(value, zone, hour), reason


def _written(
    contract: Contract, feed: Feed, spec: Spec, declared: tuple[str, ...], text: str
) -> tuple[str, str]:
    """Return SQL for the moment (UTC) of a time in declared formats, and why it is none."""
    zone, hour = _zone_of(contract, feed, spec), _hour_of(contract, feed)
    names = contract.zones | feed.zones, feed.months or contract.months
    moments = tuple(each for each in declared if tells_offset(each))
    clocks = tuple(each for each in declared if not tells_offset(each))
    reason = literal(f"does not follow the declared format {' or '.join(declared)}")
    value = "null"
    if clocks:
        local, reason = _in_one_order(text, clocks, spec.mixed_order, names, reason)
        reason = _or_doubled(reason, local, zone, hour)
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
    return f"case {value} end", f"'is not a number of {name}'"


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
    """Return SQL that brings a time of a zone to naive UTC.

    Parameters
    ----------
    hour : {"first", "second"}, optional
        Which of its two moments a time means that stands twice; without it such a time is null.
    """
    if zone == "UTC":
        return local
    second = f"timezone('UTC', timezone({literal(zone)}, {local}))"
    doubled = is_doubled_sql(local, zone)
    if hour == "second" or doubled is None:
        return second
    if hour == "first":
        return f"{second} - {gap_sql(local, zone)}"
    return f"case when not {doubled} then {second} end"


def _or_doubled(reason: str, local: str, zone: str, hour: str | None) -> str:
    """Return SQL for why a time is none: it stands twice, or the reason given."""
    doubled = None if hour or zone == "UTC" else is_doubled_sql(local, zone)
    if doubled is None:
        return reason
    said = literal(
        f"stands twice in {zone}, in the night the clocks go back: say doubled_hour (first or "
        "second) in the contract, or read the source's own mark in sql"
    )
    return f"case when {doubled} then {said} else {reason} end"
