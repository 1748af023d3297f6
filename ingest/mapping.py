"""A contract's mapping as SQL: source columns in, typed intake columns and reasons out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cx.identifiers import identifying, normalised
from ingest.contract import Column as Spec
from ingest.contract import Contract, Feed, Mapping, Pair, Pattern
from ingest.formats.json import elements_sql
from ingest.formats.named import KEY, is_named, named_elements_sql
from ingest.formats.source import ERRORS, MACHINE, FileRefused, Source, literal, once, quoted
from ingest.intake import Column, Entity, entities
from ingest.values import (
    NUMBERS,
    STRICT,
    exactly,
    plain_number,
    quick,
    trimmed,
    typed,
    without_mark,
)

NOT_APPLICABLE = "not applicable"
# What a line that tells one act is kept with until it is paired.
PAIR_COLUMNS = ("_pair", "_act")
BEGINS = "begins"
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


class _Matched(dict):
    """A column whose name matched a pattern: its name as text, the pattern's groups by name."""

    def __init__(self, match: re.Match[str]) -> None:
        super().__init__(match.groupdict())
        self.name = match.group(0)

    def __str__(self) -> str:
        return self.name


def raw_name(column: str) -> str:
    """Return the column that holds an identifier as it was delivered."""
    return quoted(f"_raw_{column}")


def needed_columns(feed: Feed) -> set[str]:
    """Return the source columns that a feed's mappings read by name."""
    names = set()
    for mapping in feed.entities:
        patterns = [name for name, each in (mapping.for_each or {}).items() if _is_pattern(each)]
        depends = (
            re.compile(rf"\{{({'|'.join(map(re.escape, patterns))})[\[}}]") if patterns else None
        )
        for repeated in _repeats(mapping, None):
            specs = [*mapping.columns.values(), *([mapping.known_at] if mapping.known_at else [])]
            names |= {
                _filled(spec.from_, repeated)
                for spec in specs
                # What a pattern will find is known only when the file's columns are.
                if spec.from_ and not (depends and depends.search(spec.from_))
            }
    return names


def told_of(feed: Feed, columns: Sequence[str]) -> set[str]:
    """Return those of a file's columns that a feed reads without `from`: in SQL, or by pattern."""
    texts, found = [getattr(feed.extracted_at, "sql", None)], set()
    for mapping in feed.entities:
        specs = [*mapping.columns.values(), *([mapping.known_at] if mapping.known_at else [])]
        texts += [spec.sql for spec in specs] + [mapping.where, mapping.explode]
        if mapping.pair:
            texts += [mapping.pair.key, mapping.pair.begins, *mapping.pair.acts.values()]
        for each in (mapping.for_each or {}).values():
            if isinstance(each, Pattern):
                found |= set(filter(re.compile(each.columns).fullmatch, columns))
            else:
                texts.append(str(each))
    text = "\n".join(filter(None, texts))
    return found | {
        name
        for name in columns
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    }


def optional_columns(feed: Feed) -> set[str]:
    """Return the source columns that may be gone under `drift: evolve`: none is required."""
    if feed.drift != "evolve":
        return set()
    required = set()
    for mapping in feed.entities:
        entity = entities()[mapping.entity]
        for repeated in _repeats(mapping, None):
            required |= {
                _filled(spec.from_, repeated)
                for name, spec in mapping.columns.items()
                if spec.from_ and (entity.columns[name].required or name in entity.key)
            }
    return needed_columns(feed) - required


def is_plain(feed: Feed) -> bool:
    """Tell whether a feed's rows go to one entity as they are.

    What decides about a row, or looks at the whole of it, must see what was delivered.
    """
    mapping = feed.entities[0]
    specs = [*mapping.columns.values(), *([mapping.known_at] * bool(mapping.known_at))]
    return not (
        len(feed.entities) > 1
        or mapping.for_each
        or mapping.explode
        or mapping.where
        or mapping.pair
        or mapping.duplicates != "keep"
        or any(spec.sql for spec in specs)
        or getattr(feed.extracted_at, "sql", None)
    )


def strict_columns(contract: Contract, feed: Feed) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return which columns a reader may type itself, strictly, and the blanks all columns share.

    Only for a plain feed.
    """
    if not is_plain(feed):
        return {}, ()
    mapping = feed.entities[0]
    specs = [*mapping.columns.items(), *([("known_at", mapping.known_at)] * bool(mapping.known_at))]
    has_one_set = feed.unmapped != "keep" and all(spec.blanks is None for _, spec in specs)
    read = [spec.from_ for _, spec in specs]
    moment = getattr(feed.extracted_at, "from_", None)
    kinds = {}
    for name, spec in specs:
        column = entities()[mapping.entity].columns.get(name)
        kind = column.type if column else "timestamp"
        if kind in NUMBERS and feed.dialect.rewrites_numbers:
            continue
        if kind == "timestamp" and feed.dialect.timestamp_format:
            continue
        own = contract.blanks if spec.blanks is None else spec.blanks
        none = (
            contract.not_applicable if spec.not_applicable is None else spec.not_applicable
        ) or (not has_one_set and own)
        says_more = spec.model_fields_set - {"from_", "blanks", "not_applicable", "time_zone"}
        if kind in STRICT and not (none or says_more or read.count(spec.from_) > 1):
            kinds[spec.from_] = kind
    kinds.pop(moment, None)
    return kinds, tuple(sorted(contract.blanks)) if has_one_set else ()


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
        for repeated in _repeats(mapping, source.columns):
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
    paths = _Paths()
    names = [quoted(column.name) for column, _ in wanted if column.name != "known_at"]
    given, fast, exact, values, checks, tokens, normal = [], [], [], [], {}, {}, {}
    for column, spec in wanted:
        guard = is_guarded and spec.sql is not None
        told = spec.model_copy(update={"sql": f"try({spec.sql})"}) if guard else spec
        origin, is_native = _origin(contract, feed, source, column, told, repeated, paths)
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
        if spec.implied_decimals:
            shifted = f"({value}) * {10**-spec.implied_decimals:.{spec.implied_decimals}f}"
            exact_one = f"try_cast({shifted} as decimal(18, 4))"
            value = f"case when {exact_one} = {shifted} then {exact_one} end"
        given.append(f"{origin} as {name}")
        if guard:
            failed = quoted(f"_failed_{column.name}")
            given.append(f"try(({_filled(spec.sql, repeated)}) is null) is null as {failed}")
        values.append(f"{value} as {quoted(column.name)}")
        found = _checks(column, name, reason)
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


def _rows(source: Source, mapping: Mapping, repeated: dict[str, object], paths: _Paths) -> str:
    """Return the select of the source's readable rows, exploded and filtered."""
    rows = f"select * from {source.relation}"
    if source.has_errors:
        rows += " where _error is null"
    if mapping.explode and source.is_json and is_named(mapping.explode):
        elements = named_elements_sql("record", _filled(mapping.explode, repeated))
        rows = (
            "select * exclude (_named), _named.item as item, _named.keys as keys, "
            f"_named.keys[-1] as key from (select *, unnest({elements}) as _named from ({rows}))"
        )
    elif mapping.explode and source.is_json:
        elements = elements_sql("record", _list_path(mapping.explode, repeated))
        rows = f"select *, unnest({elements}) as item from ({rows})"
    elif mapping.explode:
        elements = _filled(mapping.explode, repeated)
        rows = (
            f"select *, unnest({elements}) as item, generate_subscripts({elements}, 1) "
            f"as item_number from ({rows})"
        )
    if mapping.where:
        rows = f"select * from ({rows}) where {_filled(mapping.where, repeated)}"
    if mapping.pair:
        act = _pair_columns(mapping.pair, repeated)["_act"]
        rows = f"select * from ({rows}) where {act} is not null"
    return paths.extracted(rows, source.is_unproven)


def _pair_columns(pair: Pair, repeated: dict[str, object]) -> dict[str, str]:
    """Return SQL for what ties a line to its thing, and for what it tells of it (null: nothing)."""
    told = {BEGINS: pair.begins, **pair.acts}
    cases = " ".join(
        f"when {_filled(sql, repeated)} then {literal(name)}" for name, sql in told.items()
    )
    key = trimmed(f"cast(({_filled(pair.key, repeated)}) as varchar)")
    return {"_pair": key, "_act": f"case {cases} end"}


class _Paths:
    """The JSON paths a mapping reads: all of one root are taken in one walk over the text."""

    def __init__(self) -> None:
        self.of: dict[str, list[str]] = {}

    def field(self, root: str, path: str) -> str:
        """Return SQL for the text at a path of `record` or `item`."""
        paths = self.of.setdefault(root, [])
        if path not in paths:
            paths.append(path)
        return f"_of_{root}[{paths.index(path) + 1}]"

    def extracted(self, rows: str, is_unproven: bool) -> str:
        """Return the rows with a list of the texts found, one list a root."""
        if is_unproven:
            self.of = self.of or {"record": ["$"]}
        if not self.of:
            return rows
        lists = {
            f"_of_{root}": f"json_extract_string({root}, [{', '.join(map(literal, paths))}])"
            for root, paths in self.of.items()
        }
        if is_unproven:
            # what is no JSON gives no list, and its row is missing
            ((name, found),) = lists.items()
            rows = f"select *, {once(f'try({found})')} as {name} from ({rows})"
            return f"select * from ({rows}) where {name} is not null"
        listed = ", ".join(f"{found} as {name}" for name, found in lists.items())
        return f"select *, {listed} from ({rows})"


def _checks(column: Column, given: str, reason: str | None) -> list[tuple[str, str]]:
    """Return (condition, reason) for each fault a value may have, first fault first."""
    value, checks = quoted(column.name), []
    if column.required:
        checks.append((f"{given} is null", "'is required but blank'"))
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
    return checks


def _is_header(
    wanted: list[tuple[Column, Spec]], source: Source, repeated: dict[str, object]
) -> str | None:
    """Return SQL that tells a header among the rows, where no type of a column refuses it.

    Parts put together bring theirs along. A row of which every text is a column's name is one.
    """
    if source.is_json or source.native or any(column.type in STRICT for column, _ in wanted):
        return None
    named = dict.fromkeys(_filled(spec.from_, repeated) for _, spec in wanted if spec.from_)
    mapped_ones = [name for name in named if name in source.columns]
    if not mapped_ones or len(source.columns) < 2:
        return None
    read = dict.fromkeys([*mapped_ones, *source.columns[:_HEADER_CELLS]])
    names = ", ".join(map(literal, source.columns))
    first, *others = (f"{quoted(name)} in ({names})" for name in read)
    return f"case when {first} then coalesce({' and '.join(others)}, false) else false end"


def _is_pattern(each: object) -> bool:
    return isinstance(each, Pattern)


def _repeats(mapping: Mapping, columns: tuple[str, ...] | None) -> list[dict[str, object]]:
    """Return every combination of for_each; without columns, patterns are left out of them."""
    if not mapping.for_each:
        return [{}]
    choices: dict[str, list[object]] = {}
    for name, each in mapping.for_each.items():
        if not isinstance(each, Pattern):
            choices[name] = each
        elif columns is not None:
            pattern = re.compile(each.columns)
            choices[name] = [_Matched(found) for found in map(pattern.fullmatch, columns) if found]
            if not choices[name]:
                raise FileRefused(
                    f"has no column that matches {each.columns!r}, which the contract un-pivots"
                )
    return [
        dict(zip(choices, chosen, strict=True)) for chosen in itertools.product(*choices.values())
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
    contract: Contract,
    feed: Feed,
    source: Source,
    column: Column,
    spec: Spec,
    repeated: dict[str, object],
    paths: _Paths,
) -> tuple[str, bool]:
    """Return SQL for the delivered value (null when blank) and whether it has a type of its own."""
    if spec.value is not None:
        return literal(_filled(spec.value, repeated)), False
    is_padded, is_native = True, False
    if spec.sql is not None:
        origin = f"({_filled(spec.sql, repeated)})"
        is_native = True
    else:
        name = _filled(spec.from_ or "", repeated)
        if source.is_json and (key := KEY.fullmatch(name)):
            origin = f"keys[{int(key[1]) + 1}]" if key[1] else "key"
        elif source.is_json:
            is_item = name.startswith("$item")
            path = "$" + name.removeprefix("$item") if is_item else name
            root = "item" if is_item else "record"
            origin = paths.field(root, path)
            if feed.dialect.rewrites_numbers and column.type in NUMBERS:
                # a number of JSON is no text of the dialect
                is_number = f"json_type({root}, {literal(path)}) = 'DOUBLE'"
                is_number += f" and not contains({origin}, 'e')"
                origin = f"case when {is_number} then {origin} || '{MACHINE}' else {origin} end"
        elif name in source.missing:
            return "null", False
        else:
            origin = quoted(name)
            if name in source.exact:
                return origin, True
            is_native = name in source.native
            is_padded = source.is_padded or is_native
            if source.marks_numbers and column.type not in NUMBERS:
                origin = without_mark(origin)
    blanks = contract.blanks if spec.blanks is None else spec.blanks
    blanks = sorted({blank.strip() for blank in blanks} - {""})
    not_applicable = spec.not_applicable
    if not_applicable is None:
        not_applicable = contract.not_applicable
    if is_native and not spec.map and spec.default is None:
        if spec.sql is not None:
            # a text an expression gives may be blank, as any other
            is_blank = f"trim(cast({origin} as varchar)) = ''"
            origin = (
                f"case when typeof({origin}) = 'VARCHAR' and {is_blank} then null else {origin} end"
            )
        return _native_origin(column, origin, blanks, not_applicable or ()), True
    text = f"cast({origin} as varchar)" if is_native or source.is_json else origin
    if is_padded:
        origin = text = trimmed(text)
    else:
        origin = f"nullif({text}, '')" if source.has_empty_texts else text
    cases = ""
    if blanks:
        cases += f" when {text} in ({', '.join(map(literal, blanks))}) then null"
    if not_applicable:
        # Not applicable is not unknown: a text says so, any other type can only be empty.
        said = literal(NOT_APPLICABLE) if column.type == "text" and not column.values else "null"
        cases += f" when {text} in ({', '.join(map(literal, not_applicable))}) then {said}"
    if spec.map:
        cases += "".join(
            f" when {text} = {literal(code)} then {'null' if value is None else literal(value)}"
            for code, value in spec.map.items()
        )
    if cases:
        origin = f"case{cases} else {origin} end"
    if spec.default is not None:
        origin = f"coalesce({origin}, {literal(spec.default)})"
    return origin, False


def _native_origin(
    column: Column, origin: str, blanks: list[str], not_applicable: Sequence[str]
) -> str:
    """Return SQL for a value with a type of its own, null where the contract calls it unknown.

    A blank is compared as a text and as a value of that type: "0" is 0.00 too, and "9999-12-31" the
    midnight of that day.
    """
    said = column.type == "text" and not column.values and not_applicable
    blanks = [*blanks, *(() if said else not_applicable)]
    if not blanks and not said:
        return origin
    text = trimmed(f"cast({origin} as varchar)")
    tests = [f"{text} in ({', '.join(map(literal, blanks))})"] if blanks else []
    tests += [f"{origin} = try(cast_to_type({literal(blank)}, {origin}))" for blank in blanks]
    cases = f" when {' or '.join(tests)} then null" if tests else ""
    if said:
        # a text that is not applicable says so; its column is a text, so it may become one
        cases += f" when {text} in ({', '.join(map(literal, not_applicable))})"
        return f"case{cases} then {literal(NOT_APPLICABLE)} else cast({origin} as varchar) end"
    return f"case{cases} else {origin} end"
