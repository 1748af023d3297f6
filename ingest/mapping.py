"""A contract's mapping as SQL: source columns in, typed intake columns and reasons out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cx.identifiers import Faults, faults_of, identifying, normalised
from ingest.contract import Contract, Feed
from ingest.contract_mapping import Column as Spec
from ingest.contract_mapping import Mapping, Pair
from ingest.deadlines import until_day_ends
from ingest.exploded import exploded
from ingest.for_each import filled, repeats
from ingest.formats.source import ERRORS, Source, literal, once, quoted
from ingest.intake import Column, Entity, entities
from ingest.origin import Paths, delivered
from ingest.values import NUMBERS, STRICT, exactly, plain_number, quick, trimmed, typed

# What a line that tells one act is kept with until it is paired.
PAIR_COLUMNS = ("_pair", "_act")
BEGINS = "begins"
# Signs of no width or no sense: beside its like without one, an id is another thing to every join.
_UNSEEN = "[\\x00-\\x1f\\x7f-\\x9f\ufffd\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
# A spreadsheet has rounded such a number: no digit behind the shown ones is left.
# 4.8E+10 of a spreadsheet; 1.0E10 of a double in Java.
_SHORTENED = r"[+-]?\d((\.\d+)?[Ee]\+|\.\d+[Ee])\d+"
_FILLED_UP = r"[+-]?\d{16,}\.0+"
# What every id that fails a check holds, in ids put together by `|`.
_SUSPECT = r"[^ -~]|\d[Ee][+\d]|\.0+(\||$)|(^|\|)[{\[]"
# So many cells that are names of columns prove a header, where all a mapping reads are names, too.
_HEADER_CELLS = 6


@dataclass(frozen=True)
class Mapped:
    """One mapping (one combination of its for_each), as SQL.

    Parameters
    ----------
    mapping : Mapping
        What the contract says.
    entity : Entity
        Where the rows go.
    sql : str
        Select with `_row`, `known_at`, every mapped intake column (tokens still as normalised
        text, and as delivered in `_raw_<column>`), `_bad` (whether the row must not be loaded) and
        `_errors`, a list of {column_name, reason}. What is not selected from it is not computed.
    columns : tuple of str
        The intake columns the select fills.
    tokens : dict
        Column → pseudonym domain, for those that must become pseudonyms.
    normal : dict
        Domain → SQL that brings its identifiers to one form, over a column `raw`.
    """

    mapping: Mapping
    entity: Entity
    sql: str
    columns: tuple[str, ...]
    tokens: dict[str, str]
    normal: dict[str, str]


def raw_name(column: str) -> str:
    """Return the column that holds an identifier as it was delivered."""
    return quoted(f"_raw_{column}")


def mapped(
    contract: Contract,
    feed: Feed,
    source: Source,
    extracted_at: str,
    unmapped: list[str],
    *,
    is_guarded: bool = False,
) -> Iterator[Mapped]:
    """Yield each mapping of a feed as SQL over the source's relation.

    Parameters
    ----------
    extracted_at : str
        SQL literal of the moment the source wrote the file (UTC).
    unmapped : list of str
        Source columns to keep in `_extra` of the first mapping's rows.
    is_guarded : bool
        Whether an expression that fails on a row is that row's fault and not the file's; dearer.

    Raises
    ------
    FileRefused
        When a for_each pattern finds no column.
    """
    for mapping in feed.entities:
        entity = entities()[mapping.entity]
        for repeated in repeats(mapping, source.columns):
            yield _one(
                contract,
                feed,
                source,
                mapping,
                entity,
                repeated,
                extracted_at,
                unmapped,
                is_guarded,
            )
            unmapped = []


def _one(
    contract: Contract,
    feed: Feed,
    source: Source,
    mapping: Mapping,
    entity: Entity,
    repeated: dict[str, object],
    extracted_at: str,
    unmapped: list[str],
    is_guarded: bool,
) -> Mapped:
    """Build the select in stages: rows → given texts → fast casts → values → verdict.

    A text that a plain cast reads exactly (the check beside it says so) is not looked at again;
    any other goes the careful way. Each stage is a subquery of the one after it.
    """
    known = Column(name="known_at", type="timestamp", meaning="", required=True)
    wanted = [(entity.columns[name], spec) for name, spec in mapping.columns.items()]
    if mapping.fold:
        # where the source does not tell the start, the pictures do
        told = mapping.fold.starts
        wanted = [
            (replace(column, required=False) if column.name == told else column, spec)
            for column, spec in wanted
        ]
    if mapping.pair:
        # what begins nothing need hold no more than its key and its moment
        needs = {column.name for column, _ in wanted if column.required} - {mapping.pair.starts}
    if mapping.known_at:
        wanted.append((known, mapping.known_at))
    paths = Paths()
    names = [quoted(column.name) for column, _ in wanted if column.name != "known_at"]
    given, fast, exact, values, checks, tokens, normal = [], [], [], [], {}, {}, {}
    of_ids: dict[str, list[tuple[str, str]]] = {}
    of_others: dict[str, Faults] = {}
    for column, spec in wanted:
        guard = is_guarded and spec.sql is not None
        told = spec.model_copy(update={"sql": f"try({spec.sql})"}) if guard else spec
        origin, is_native = delivered(contract, feed, source, column, told, repeated, paths)
        name = quoted(f"_given_{column.name}")
        domain = column.token if column.type == "token" else spec.token
        if domain:
            tokens[column.name] = domain
            plan = domain, contract.country_code, contract.trunk_prefix
            normal[domain] = normalised("raw", *plan)
            # looked at only where a row must have one: what it becomes is made once a text
            value = identifying(f"cast({name} as varchar)", domain)
            names.append(f"cast({name} as varchar) as {raw_name(column.name)}")
            reason = literal("holds nothing that could identify") if column.required else None
        else:
            if not is_native and column.type in NUMBERS:
                origin = plain_number(feed.dialect, origin)
            if spec.from_ in source.exact:
                value, reason = exactly(contract, feed, column, spec, name, source)
            else:
                value, reason = typed(contract, feed, column, spec, name, is_native)
            cheap = None if is_native else quick(contract, feed, column, spec, name)
            if cheap:
                cast, check = cheap
                quick_one, is_exact = (quoted(f"_{word}_{column.name}") for word in ("fast", "ok"))
                fast.append(f"{cast} as {quick_one}")
                exact.append(f"coalesce({check}, {name} is null) as {is_exact}")
                value = f"case when {is_exact} then {quick_one} else {value} end"
        if column.until:
            value = until_day_ends(contract, feed, spec, name, value, is_native=is_native)
        if spec.implied_decimals:
            shifted = f"({value}) * {10**-spec.implied_decimals:.{spec.implied_decimals}f}"
            exact_one = f"try_cast({shifted} as decimal(18, 4))"
            # among counts of the smallest unit 19.99 is an amount already
            is_count = f"({value}) = trunc({value})"
            said = "is no count of its smallest unit, and the contract says implied_decimals: "
            said = literal(f"{said}{spec.implied_decimals}")
            reason = f"case when not ({is_count}) then {said} else {reason} end"
            value = f"case when {is_count} and {exact_one} = {shifted} then {exact_one} end"
        given.append(f"{origin} as {name}")
        if guard:
            failed = quoted(f"_failed_{column.name}")
            given.append(f"try(({filled(spec.sql, repeated)}) is null) is null as {failed}")
        values.append(f"{value} as {quoted(column.name)}")
        found = _checks(column, name, reason)
        plan = domain or "", contract.country_code, contract.trunk_prefix
        if odd := faults_of(f"cast({name} as varchar)", *plan):
            of_others[column.name] = odd
        if column.type == "text" and column.name.endswith("_id") and not domain:
            is_typed = source.is_json or is_native
            of_ids[column.name] = _id_checks(quoted(column.name), is_typed)
        elif column.type == "text" and not domain and source.is_json and spec.from_:
            told = quoted(column.name)
            is_thing = f"left({told}, 1) = '{{' or left({told}, 1) = '[' and contains({told}, '\"')"
            said = "'is an object or a list, and no text; say which of it is'"
            found.append((f"({is_thing}) and json_valid({told})", said))
        if source.has_error_cells:
            errors = ", ".join(map(literal, ERRORS))
            said = "'holds an error of the workbook, or a formula nobody has calculated'"
            found.insert(0, (f"cast({name} as varchar) in ({errors})", said))
        if guard:
            found.insert(0, (failed, "'cannot be computed: its sql fails on this row'"))
        if mapping.pair and column.name in needs:
            (blank, why), *others = found
            found = [(f"{blank} and _act = {literal(BEGINS)}", why), *others]
        if found:
            checks[column.name] = found
    if mapping.pair:
        given += [f"{key} as {name}" for name, key in _pair_columns(mapping.pair, repeated).items()]
        names += PAIR_COLUMNS
        checks["pair.key"] = [("_pair is null", "'is blank: nothing ties the line to a thing'")]
    header = _is_header(wanted, source, repeated)
    if header:
        given.append(f"{header} as _is_header")
        checks[""] = [("_is_header", "'repeats the header, or its names in another order'")]
    known_sql = f'coalesce("known_at", {extracted_at})' if mapping.known_at else extracted_at
    rows = _rows(source, mapping, repeated, paths)
    bad = " or ".join(f"({condition})" for found in checks.values() for condition, _ in found)
    if of_ids:
        bad = " or ".join(filter(None, [bad, _bad_ids(of_ids)]))
        checks |= {name: checks.get(name, []) + found for name, found in of_ids.items()}
    for name, odd in of_others.items():
        bad = " or ".join(filter(None, [bad, odd.found]))
        told = [(condition, literal(reason)) for condition, reason in odd.reasons]
        checks[name] = checks.get(name, []) + told
    errors = ", ".join(
        f"{{'column_name': {literal(name) if name else 'null::varchar'}, 'reason': case "
        + " ".join(f"when {condition} then {reason}" for condition, reason in found)
        + " end}"
        for name, found in checks.items()
    )
    verdict = (
        f"{once(f'coalesce({bad}, false)')} as _bad, "
        f"list_filter([{errors}], lambda error: error.reason is not null) as _errors"
        if checks
        else "false as _bad, []::struct(column_name varchar, reason varchar)[] as _errors"
    )
    extra = ", ".join(f"{literal(name)}, {quoted(name)}" for name in unmapped)
    extra = f"json_object({extra})" if extra else "null::json"
    sql = f"select _row, {', '.join(given)}, {extra} as _extra from ({rows})"
    if fast:
        sql = f"select *, {', '.join(fast)} from ({sql})"
        sql = f"select *, {', '.join(exact)} from ({sql})"
    sql = (
        f"select _row, {', '.join([*names, f'{known_sql} as known_at', '_extra', verdict])} "
        f"from (select *, {', '.join(values)} from ({sql}))"
    )
    return Mapped(
        mapping=mapping,
        entity=entity,
        sql=sql,
        columns=(
            *(column.name for column, _ in wanted if column.name != "known_at"),
            *(PAIR_COLUMNS if mapping.pair else ()),
        ),
        tokens=tokens,
        normal=normal,
    )


def _rows(source: Source, mapping: Mapping, repeated: dict[str, object], paths: Paths) -> str:
    """Return the select of the source's readable rows, exploded and filtered."""
    rows = f"select * from {source.relation}"
    if source.has_errors:
        rows += " where _error is null"
    if mapping.explode and source.is_json:
        rows = exploded(mapping, repeated, rows)
    elif mapping.explode:
        elements = filled(mapping.explode, repeated)
        rows = (
            f"select *, unnest({elements}) as item, generate_subscripts({elements}, 1) "
            f"as item_number from ({rows})"
        )
    if mapping.where:
        rows = f"select * from ({rows}) where {filled(mapping.where, repeated)}"
    if mapping.pair:
        act = _pair_columns(mapping.pair, repeated)["_act"]
        rows = f"select * from ({rows}) where {act} is not null"
    return paths.extracted(rows, source.is_unproven)


def _pair_columns(pair: Pair, repeated: dict[str, object]) -> dict[str, str]:
    """Return SQL for what ties a line to its thing, and for what it tells of it (null: nothing)."""
    told = {BEGINS: pair.begins, **pair.acts}
    cases = " ".join(
        f"when {filled(sql, repeated)} then {literal(name)}" for name, sql in told.items()
    )
    key = trimmed(f"cast(({filled(pair.key, repeated)}) as varchar)")
    return {"_pair": key, "_act": f"case {cases} end"}


def _checks(column: Column, given: str, reason: str | None) -> list[tuple[str, str]]:
    """Return (condition, reason) for each fault a value may have, first fault first."""
    value, checks = quoted(column.name), []
    if column.required:
        # a text is null, too, where its store holds a NaN
        filled_one = value if column.type == "text" and reason is None else given
        checks.append((f"{filled_one} is null", "'is required but blank'"))
    if reason:
        checks.append((f"{value} is null and {given} is not null", reason))
    if column.values:
        allowed = ", ".join(literal(allowed) for allowed in column.values)
        checks.append(
            (
                f"{value} not in ({allowed})",
                "'is a code outside the vocabulary; map it in the contract'",
            )
        )
    if column.below:
        reason = f"is {column.below:g} or more in size: a fault, not a quantity"
        checks.append((f"abs({value}) >= {column.below:g}", literal(reason)))
    return checks


def _id_checks(value: str, is_typed: bool) -> list[tuple[str, str]]:
    """Return (condition, reason) for what makes an id another than the one meant."""
    checks = [
        (
            f"regexp_matches({value}, {literal(_UNSEEN)})",
            "'holds a sign that cannot be seen, such as a space of no width; take it away in sql'",
        ),
        (
            f"regexp_full_match({value}, {literal(_SHORTENED)})",
            "'is a number that a spreadsheet has shortened, as 4.8E+10; have it sent as text'",
        ),
        (
            f"regexp_full_match({value}, {literal(_FILLED_UP)})",
            "'is a number too long for its store, which has rounded it; have it sent as text'",
        ),
    ]
    if is_typed:
        # {3F2504E0-…} is an id of Windows, and no JSON; nor are the engine's own structs
        is_thing = f"json_valid({value}) or regexp_matches({value}, '^(\\[|\\{{''?\\w+''?: )')"
        is_thing = f"left({value}, 1) in ('{{', '[') and ({is_thing})"
        checks.append((is_thing, "'is an object or a list, and no id; say which of it is'"))
    return checks


def _bad_ids(of_ids: dict[str, list[tuple[str, str]]]) -> str:
    """Return SQL that tells whether any id of a row is another than the one meant.

    All ids of a row are looked at at once for what makes one suspect, and few rows hold any: to
    check each on its own costs far more.
    """
    row = f"concat_ws('|', {', '.join(map(quoted, of_ids))})"
    each = " or ".join(f"({condition})" for found in of_ids.values() for condition, _ in found)
    return f"case when regexp_matches({row}, {literal(_SUSPECT)}) then {each} else false end"


def _is_header(
    wanted: list[tuple[Column, Spec]], source: Source, repeated: dict[str, object]
) -> str | None:
    """Return SQL that tells a header among the rows, where no type of a column refuses it.

    Parts put together bring theirs along. A row of which every text is a column's name is one, and
    so is one, of another table, that names half of the columns in their places.
    """
    if source.is_json or source.native or any(column.type in STRICT for column, _ in wanted):
        return None
    named = dict.fromkeys(filled(spec.from_, repeated) for _, spec in wanted if spec.from_)
    mapped_ones = [name for name in named if name in source.columns]
    if not mapped_ones or len(source.columns) < 2:
        return None
    read = dict.fromkeys([*mapped_ones, *source.columns[:_HEADER_CELLS]])
    names = ", ".join(map(literal, source.columns))
    first, *others = (f"{quoted(name)} in ({names})" for name in read)
    same = " + ".join(f"coalesce({quoted(name)} = {literal(name)}, false)::int" for name in read)
    half = max(2, (len(read) + 1) // 2)
    return (
        f"(case when {first} then coalesce({' and '.join(others)}, false) else false end "
        f"or {same} >= {half})"
    )
