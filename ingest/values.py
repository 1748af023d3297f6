"""How a delivered text becomes a typed value: exactly, or not at all with a reason.

Every function returns SQL. A text is read by a cheap cast where a check beside it proves that the
cast read it exactly, else by the careful expression, which accepts canonical forms only.
"""

from __future__ import annotations

import re

from ingest.contract import Contract, Feed
from ingest.contract_mapping import Column as Spec
from ingest.dialect import Dialect
from ingest.formats.source import MACHINE, ROUNDED, Source, literal, quoted
from ingest.intake import Column
from ingest.times import NUMBER, hour_of, or_doubled, time_sql, to_utc, zone_of

# Marks that print alike: spaces of three widths, and the apostrophe straight and curled.
_ALIKE = (" \u00a0\u202f", "'\u2019\u02bc")
# What stands around a cell and is no part of it, as an ASCII space is none.
_SPACES = " \u00a0\u2007\u202f\u3000"
NUMBERS = ("integer", "number", "money")
STRICT = (*NUMBERS, "boolean", "timestamp")
# Four decimals and then noughts; or with an exponent that leaves no more than twelve, which are
# kept while they are compared. Anything else the engine would round in silence.
_AMOUNT = (
    r"[+-]?((\d+(\.\d{0,4}0*)?|\.\d{1,4}0*)"
    r"|(\d+(\.\d{0,4})?|\.\d{1,4})[eE](\+?0*(\d|1\d)|-0*[0-8]))"
)
_INFINITE = literal("is no moment but infinity; where it means open, say blanks: [infinity]")


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
    if column.type != "timestamp" or spec.format or feed.dialect.writes_times:
        return None
    if spec.epoch or spec.seconds_since or spec.days_since:
        return None
    # The engine drops an offset in silence, so only a text that has no room for one is quick:
    # a date, or nineteen characters with a colon before the seconds.
    local = (
        f"case when strlen({given}) = 10 or (strlen({given}) = 19 and {given}[17] = ':') "
        f"then try_cast({given} as timestamp) end"
    )
    local = to_utc(local, zone_of(contract, feed, spec), hour_of(contract, feed))
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
        return (trimmed(printed(origin)) if is_native else origin), None
    if column.type == "boolean":
        said = f"lower({trimmed(printed(origin))})" if is_native else f"lower({text})"
        value = (
            f"case when {said} in ('true', 'yes', 'y', 't', '1') then true "
            f"when {said} in ('false', 'no', 'n', 'f', '0') then false end"
        )
        if is_native and spec.sql is not None:
            # of an expression any number but 0 is true, as in `flags & 4`
            value = (
                f"case when typeof({origin}) = 'VARCHAR' then {value} "
                f"else try_cast({origin} as boolean) end"
            )
        return value, "'is not true or false; map its codes in the contract'"
    given = _number if column.type in NUMBERS else time_sql
    careful = f"trim({text})" if spec.sql is not None else text
    value, reason = given(contract, feed, column, spec, careful)
    if is_native:
        # A column with a type of its own is taken by it; a text, in Parquet or out of an
        # expression, is read as carefully as any other: a cast would drop offsets and round.
        native = _native(contract, feed, column, spec, origin)
        if given is time_sql and reason:
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
        f"then {text} else nullif(trim({text}, {literal(_SPACES)}), '') end"
    )


def exactly(
    contract: Contract, feed: Feed, column: Column, spec: Spec, origin: str, source: Source
) -> tuple[str, str | None]:
    """Return SQL for a value that a strict reader has given the intake's own type, and a reason."""
    if column.type == "timestamp" and spec.from_ not in source.in_utc:
        zone, hour = zone_of(contract, feed, spec), hour_of(contract, feed)
        reason = or_doubled("null", origin, zone, hour)
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
        # A double is never exact, but a delivered one prints as the amount meant, or as one of more
        # decimals. What an expression divides or multiplies has decimals nobody delivered.
        printed, _ = _number(contract, feed, column, spec, f"cast({origin} as varchar)")
        printed = value if spec.sql is not None else printed
        return (
            f"case when typeof({origin}) in ('DOUBLE', 'FLOAT') then {printed} "
            f"when {value} = {origin} then {value} end"
        )
    if spec.format or spec.epoch or spec.seconds_since or spec.days_since:
        return time_sql(contract, feed, column, spec, f"cast({origin} as varchar)")[0]
    # A time with a zone casts by the session's zone, which is UTC; an expression gives UTC. A day
    # it gives is one of the zone's, as any day: no calendar here begins at midnight of Greenwich.
    zone = "UTC" if spec.sql is not None else zone_of(contract, feed, spec)
    moment = f"try_cast({origin} as timestamp)"
    moment = f"case when isfinite({moment}) then {moment} end"
    value = to_utc(moment, zone, hour_of(contract, feed))
    if spec.sql is None:
        value = (
            f"case when typeof({origin}) = 'TIMESTAMP WITH TIME ZONE' "
            f"then {moment} else {value} end"
        )
    elif (own := zone_of(contract, feed, spec)) != "UTC":
        of_day = to_utc(moment, own, hour_of(contract, feed))
        value = f"case when typeof({origin}) = 'DATE' then {of_day} else {value} end"
    return f"cast({value} as date)" if column.type == "date" else value


def printed(origin: str) -> str:
    """Return SQL for the text of a value with a type of its own.

    An id of whole numbers becomes doubles where one is missing (pandas writes such files): 1001.0
    is 1001, NaN is none; so is 1001.0000 of a decimal with places for all. Of those above 2^53 no
    double says which number was meant; they stay as they print, which no other file will match.
    """
    text, number = f"cast({origin} as varchar)", f"try_cast({origin} as double)"
    return (
        f"case when starts_with(typeof({origin}), 'DECIMAL') "
        f"then regexp_replace({text}, '\\.0+$', '') "
        f"when typeof({origin}) not in ('DOUBLE', 'FLOAT') then {text} "
        f"when not isfinite({number}) then null "
        f"when abs({number}) < 9007199254740992 and {number} = trunc({number}) "
        f"then cast(try_cast({number} as bigint) as varchar) else {text} end"
    )


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
    is_number = f"regexp_full_match({text}, {literal(NUMBER)})"
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
        f"case when suffix({text}, '{ROUNDED}') then 'has more digits than a number of JSON keeps; "
        "have it sent as text' "
        f"when regexp_full_match({text}, '[+-]?\\d*\\.\\d{{5,}}') then "
        "'is not an amount with at most four decimals; where it may be rounded, say "
        "round(cast(… as double), 2) in sql' "
        "else 'is not an amount with at most four decimals in the declared dialect' end",
    )
