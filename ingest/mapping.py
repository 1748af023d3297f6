"""A contract's mapping as SQL: source columns in, typed intake columns and reasons out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.contract import Column as Spec
from ingest.contract import Contract, Feed, Mapping
from ingest.formats.source import Source, literal, quoted
from ingest.intake import Column, Entity, entities
from ingest.pseudonyms import normalised

_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?( ?(Z|z|[+-]\d{2}(:?\d{2})?))?"
_OFFSET = r".*\d{2}:\d{2}.*(Z|z|[+-]\d{2}(:?\d{2})?)$"
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"


@dataclass(frozen=True)
class Mapped:
    """One mapping (one combination of its for_each), as SQL.

    Parameters
    ----------
    entity : Entity
        Where the rows go.
    sql : str
        Select with `_row`, `known_at`, every mapped intake column (tokens still as normalised
        text) and `_errors`, a list of {column_name, reason}.
    columns : tuple of str
        The intake columns the select fills.
    tokens : dict
        Column → pseudonym domain, for those that must become pseudonyms.
    """

    entity: Entity
    sql: str
    columns: tuple[str, ...]
    tokens: dict[str, str]


def needed_columns(feed: Feed) -> set[str]:
    """Return the source columns that a feed's mappings read by name."""
    names = set()
    for mapping in feed.entities:
        for repeated in _repeats(mapping):
            specs = [*mapping.columns.values(), *([mapping.known_at] if mapping.known_at else [])]
            names |= {_filled(spec.from_, repeated) for spec in specs if spec.from_}
    return names


def mapped(contract: Contract, feed: Feed, source: Source, extracted_at: str) -> Iterator[Mapped]:
    """Yield each mapping of a feed as SQL over the source's relation.

    Parameters
    ----------
    extracted_at : str
        SQL literal of the moment the source wrote the file (UTC).
    """
    for mapping in feed.entities:
        entity = entities()[mapping.entity]
        for repeated in _repeats(mapping):
            yield _one(contract, feed, source, mapping, entity, repeated, extracted_at)


def _one(
    contract: Contract,
    feed: Feed,
    source: Source,
    mapping: Mapping,
    entity: Entity,
    repeated: dict[str, object],
    extracted_at: str,
) -> Mapped:
    typed, errors, tokens = [], [], {}
    known = Column(name="known_at", type="timestamp", meaning="", required=True)
    wanted = [(entity.columns[name], spec) for name, spec in mapping.columns.items()]
    if mapping.known_at:
        wanted.append((known, mapping.known_at))
    for column, spec in wanted:
        origin, is_native = _origin(contract, source, spec, repeated)
        given = quoted(f"_given_{column.name}")
        domain = column.token if column.type == "token" else spec.token
        if domain:
            tokens[column.name] = domain
            value = normalised(
                f"cast({given} as varchar)", domain, contract.country_code, contract.trunk_prefix
            )
            reason = literal("holds nothing that could identify") if column.required else None
        else:
            value, reason = _typed(contract, feed, column, spec, given, is_native)
        typed.append((column.name, origin, given, value))
        checks = _checks(column, given, reason)
        if checks:
            errors.append(f"{{'column_name': {literal(column.name)}, 'reason': case {checks} end}}")
    rows = f"select * from {source.relation} where _error is null"
    if mapping.explode:
        rows = (
            f"select delivered.*, item from ({rows}) as delivered, "
            f"unnest(json_extract(record, {literal(_list_path(mapping.explode, repeated))})) "
            "as exploded(item)"
        )
    if mapping.where:
        rows = f"select * from ({rows}) where {_filled(mapping.where, repeated)}"
    given_columns = ", ".join(f"{origin} as {given}" for _, origin, given, _ in typed)
    value_columns = ", ".join(f"{value} as {quoted(name)}" for name, _, _, value in typed)
    listed = ", ".join(errors)
    names = [quoted(name) for name, *_ in typed if name != "known_at"]
    known_sql = 'coalesce("known_at", ' + extracted_at + ")" if mapping.known_at else extracted_at
    error_list = (
        f"list_filter([{listed}], lambda error: error.reason is not null)"
        if errors
        else "[]::struct(column_name varchar, reason varchar)[]"
    )
    sql = (
        f"select _row, {', '.join(names)}, {known_sql} as known_at, {error_list} as _errors "
        f"from (select *, {value_columns} from (select _row, {given_columns} from ({rows})))"
    )
    return Mapped(
        entity=entity,
        sql=sql,
        columns=tuple(name for name, *_ in typed if name != "known_at"),
        tokens=tokens,
    )


def _checks(column: Column, given: str, reason: str | None) -> str:
    """Return the branches of a case that names what is wrong with a value, first fault first."""
    value, checks = quoted(column.name), []
    if column.required:
        checks.append(f"when {given} is null then 'is required but blank'")
    if reason:
        checks.append(f"when {given} is not null and {value} is null then {reason}")
    if column.values:
        allowed = ", ".join(literal(allowed) for allowed in column.values)
        checks.append(
            f"when {value} not in ({allowed}) "
            "then 'is a code outside the vocabulary; map it in the contract'"
        )
    return " ".join(checks)


def _repeats(mapping: Mapping) -> list[dict[str, object]]:
    if not mapping.for_each:
        return [{}]
    names = list(mapping.for_each)
    return [
        dict(zip(names, chosen, strict=True))
        for chosen in itertools.product(*mapping.for_each.values())
    ]


def _filled(text: str, repeated: dict[str, object]) -> str:
    """Put the for_each values in: {month} or {month[n]}; other braces stay as they are."""
    if not repeated:
        return text
    names = "|".join(map(re.escape, repeated))

    def put(match: re.Match[str]) -> str:
        value = repeated[match["name"]]
        return str(value[match["field"]] if match["field"] else value)

    return re.sub(rf"\{{(?P<name>{names})(\[(?P<field>\w+)\])?\}}", put, text)


def _list_path(path: str, repeated: dict[str, object]) -> str:
    path = _filled(path, repeated)
    return path if path.endswith("[*]") else f"{path}[*]"


def _origin(
    contract: Contract, source: Source, spec: Spec, repeated: dict[str, object]
) -> tuple[str, bool]:
    """Return SQL for the delivered value (null when blank) and whether it has a type of its own."""
    is_native = False
    if spec.value is not None:
        return literal(_filled(spec.value, repeated)), False
    if spec.sql is not None:
        origin = f"({_filled(spec.sql, repeated)})"
        is_native = True
    else:
        name = _filled(spec.from_ or "", repeated)
        if source.is_json:
            root, path = (
                ("item", "$" + name.removeprefix("$item"))
                if name.startswith("$item")
                else ("record", name)
            )
            origin = f"json_extract_string({root}, {literal(path)})"
        else:
            origin = quoted(name)
            is_native = name in source.native
    if is_native and not spec.map and spec.default is None:
        return origin, True
    blanks = spec.blanks if spec.blanks is not None else contract.blanks
    listed = ", ".join(literal(blank.strip()) for blank in {"", *blanks})
    text = f"trim(cast({origin} as varchar))"
    origin = f"case when {text} in ({listed}) then null else {text} end"
    if spec.map:
        cases = " ".join(
            f"when {literal(code)} then {'null' if value is None else literal(value)}"
            for code, value in spec.map.items()
        )
        origin = f"case {origin} {cases} else {origin} end"
    if spec.default is not None:
        origin = f"coalesce({origin}, {literal(spec.default)})"
    return origin, False


def _typed(
    contract: Contract, feed: Feed, column: Column, spec: Spec, origin: str, is_native: bool
) -> tuple[str, str | None]:
    """Return SQL for the typed value (null when it does not fit) and for the reason."""
    dialect = feed.dialect
    text = f"cast({origin} as varchar)"
    if column.type == "text":
        return (f"nullif(trim({text}), '')" if is_native else origin), None
    if column.type == "boolean":
        if is_native:
            return f"try_cast({origin} as boolean)", "'is not true or false'"
        return (
            f"case when lower({text}) in ('true', 'yes', 'y', 't', '1') then true "
            f"when lower({text}) in ('false', 'no', 'n', 'f', '0') then false end",
            "'is not true or false; map its codes in the contract'",
        )
    if column.type in ("integer", "number", "money"):
        return _number(dialect.decimal, dialect.thousands, column, origin, is_native)
    return _moment(contract, feed, column, spec, origin, is_native)


def _number(
    decimal: str, thousands: str, column: Column, origin: str, is_native: bool
) -> tuple[str, str]:
    if is_native and column.type == "number":
        value = f"try_cast({origin} as double)"
        return f"case when isfinite({value}) then {value} end", "'is not a finite number'"
    if is_native and column.type == "money":
        return f"try_cast({origin} as decimal(18, 4))", "'is not an amount'"
    text = f"cast({origin} as varchar)"
    for mark in {thousands, "\u00a0" if thousands.strip() == "" and thousands else thousands}:
        text = f"replace({text}, {literal(mark)}, '')" if mark else text
    if decimal != ".":
        # A dot in a comma dialect is not a decimal mark; refuse it rather than read it as one.
        text = f"case when contains({text}, '.') then 'x' else replace({text}, ',', '.') end"
    if column.type == "integer":
        return (
            rf"case when regexp_full_match({text}, '[+-]?\d+(\.0+)?') "
            f"then try_cast(split_part({text}, '.', 1) as bigint) end",
            "'is not a whole number'",
        )
    is_number = f"regexp_full_match({text}, {literal(_NUMBER)})"
    if column.type == "number":
        value = f"try_cast({text} as double)"
        return (
            f"case when {is_number} and isfinite({value}) then {value} end",
            "'is not a number in the declared dialect'",
        )
    exact = f"try_cast({text} as decimal(38, 12))"
    return (
        f"case when {is_number} and {exact} = try_cast({text} as decimal(18, 4)) "
        f"then try_cast({text} as decimal(18, 4)) end",
        "'is not an amount with at most four decimals in the declared dialect'",
    )


def _moment(
    contract: Contract, feed: Feed, column: Column, spec: Spec, origin: str, is_native: bool
) -> tuple[str, str]:
    kind = "date" if column.type == "date" else "timestamp"
    zone = spec.time_zone or feed.time_zone or contract.time_zone
    text = f"cast({origin} as varchar)"
    declared = spec.format or (
        feed.dialect.date_format if kind == "date" else feed.dialect.timestamp_format
    )
    reason = "'is not an ISO 8601 time; declare its format in the contract'"
    if spec.epoch:
        value, reason = _since_1970(text, spec.epoch)
        zone = "UTC"
    elif spec.seconds_since or spec.days_since:
        unit, in_microseconds = ("seconds", 1e6) if spec.seconds_since else ("days", 86_400e6)
        value = (
            f"timestamp {literal(spec.seconds_since or spec.days_since or '')} + to_microseconds("
            f"try_cast(round(try_cast({text} as double) * {in_microseconds:.0f}) as bigint))"
        )
        reason = f"'is not a number of {unit}'"
        zone = zone if spec.days_since else "UTC"
    elif is_native and not spec.format:
        # A time with a zone (Parquet UTC-adjusted) casts by the session's zone, which is UTC.
        value = f"try_cast({origin} as timestamp)"
        reason = "'is not a time'"
        if spec.sql is not None:
            zone = "UTC"
    elif declared:
        value, reason = _by_format(text, declared, spec.mixed_order)
        if any("%z" in each for each in declared):
            zone = "UTC"
    else:
        is_iso = f"regexp_full_match({text}, {literal(_ISO)})"
        with_offset = f"regexp_full_match({text}, {literal(_OFFSET)})"
        local = f"try_cast({text} as timestamp)"
        value = (
            f"case when not {is_iso} then null "
            f"when {with_offset} then timezone('UTC', try_cast({text} as timestamptz)) "
            f"else {_to_utc(local, zone)} end"
        )
        zone = "UTC"
    value = _to_utc(value, zone)
    return (f"cast({value} as date)" if kind == "date" else value), reason


def _since_1970(text: str, unit: str) -> tuple[str, str]:
    name, to_microseconds = {
        "s": ("seconds", "* 1000000"),
        "ms": ("milliseconds", "* 1000"),
        "us": ("microseconds", ""),
        "ns": ("nanoseconds", "// 1000"),
    }[unit]
    value = f"make_timestamp(try_cast(try_cast({text} as hugeint) {to_microseconds} as bigint))"
    return (
        rf"case when regexp_full_match({text}, '[+-]?\d+') then {value} end",
        f"'is not a whole number of {name}'",
    )


def _by_format(text: str, declared: tuple[str, ...], is_mixed: bool) -> tuple[str, str]:
    listed = ", ".join(literal(each) for each in declared)
    value = f"try_strptime({text}, [{listed}])"
    reason = literal(f"does not follow the declared format {' or '.join(declared)}")
    if not is_mixed:
        return value, reason
    others = ", ".join(
        literal(each.translate(str.maketrans({"d": "m", "m": "d"}))) for each in declared
    )
    other = f"try_strptime({text}, [{others}])"
    return (
        f"case when {other} is null then {value} end",
        f"case when {other} is null then {reason} else "
        "'fits both day and month order, and the source mixes them' end",
    )


def _to_utc(local: str, zone: str) -> str:
    if zone == "UTC":
        return local
    return f"timezone('UTC', timezone({literal(zone)}, {local}))"
