"""The delivered value of a column as SQL: from the source, a constant or an expression."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.contract import Contract, Feed
from ingest.contract_mapping import Column as Spec
from ingest.for_each import filled
from ingest.formats.named import KEY, PARENT
from ingest.formats.source import MACHINE, ROUNDED, Source, literal, once, quoted
from ingest.intake import Column
from ingest.values import NUMBERS, printed, trimmed, without_mark

NOT_APPLICABLE = "not applicable"
# Below it a double keeps the four decimals of an amount.
_EXACT_AMOUNT = 100_000_000_000


class Paths:
    """The JSON paths a mapping reads: all of one root are taken in one walk over the text."""

    def __init__(self) -> None:  # noqa: D107
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


def delivered(
    contract: Contract,
    feed: Feed,
    source: Source,
    column: Column,
    spec: Spec,
    repeated: dict[str, object],
    paths: Paths,
) -> tuple[str, bool]:
    """Return SQL for the delivered value (null when blank) and whether it has a type of its own."""
    if spec.value is not None:
        return literal(filled(spec.value, repeated)), False
    is_padded, is_native = True, False
    if spec.sql is not None:
        origin = f"({filled(spec.sql, repeated)})"
        is_native = True
    else:
        name = filled(spec.from_ or "", repeated)
        if source.is_json and (key := KEY.fullmatch(name)):
            origin = f"keys[{int(key[1]) + 1}]" if key[1] else "key"
        elif source.is_json:
            is_item = name.startswith("$item")
            path = "$" + name.removeprefix("$item") if is_item else name
            root = "item" if is_item else "record"
            if around := PARENT.fullmatch(name):
                root, path = f"parent{around[1]}", f"${around[2]}"
            origin = quantity = paths.field(root, path)
            if feed.dialect.rewrites_numbers and column.type in NUMBERS:
                # a number of JSON is no text of the dialect
                is_number = f"json_type({root}, {literal(path)}) = 'DOUBLE'"
                is_number += f" and not contains({origin}, 'e')"
                origin = f"case when {is_number} then {origin} || '{MACHINE}' else {origin} end"
            if column.type == "money":
                # of 12345678901234.5678 the engine keeps 12345678901234.568, and says nothing
                is_rounded = f"json_type({root}, {literal(path)}) = 'DOUBLE'"
                is_rounded += f" and abs(try_cast({quantity} as double)) >= {_EXACT_AMOUNT}"
                origin = (
                    f"case when strlen(ltrim({quantity}, '-')) > 16 and contains({quantity}, '.') "
                    f"then case when {is_rounded} then {quantity} || '{ROUNDED}' else {origin} end "
                    f"else {origin} end"
                )
            elif column.type == "text" and column.name.endswith("_id"):
                # 1001.0 is how pandas writes 1001 where another record has none; above 2^53 a
                # double is no longer the number that was meant: its plus tells it from a text.
                # Case by case: of a condition negated as a whole the engine asks every row's type.
                is_whole = f"suffix({origin}, '.0') and strlen({origin}) <= 17"
                # NaN is what Python writes where there is none: it would be everybody's id.
                origin = (
                    f"case when {origin} = 'NaN' then case when json_type({root}, {literal(path)}) "
                    f"= 'DOUBLE' then null else {origin} end "
                    f"when suffix({origin}, '.0') or contains({origin}, 'e') then "
                    f"case when json_type({root}, {literal(path)}) = 'DOUBLE' then "
                    f"case when {is_whole} then left({origin}, -2) "
                    f"else regexp_replace({origin}, 'e(\\d)', 'e+\\1') end "
                    f"else {origin} end else {origin} end"
                )
            elif spec.map:
                is_double = f"json_type({root}, {literal(path)}) = 'DOUBLE'"
                origin = (
                    f"case when suffix({origin}, '.0') then case when {is_double} "
                    f"then left({origin}, -2) else {origin} end else {origin} end"
                )
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
    # a code that its store holds as a double, as pandas does where one is missing, is 1 and not 1.0
    text = printed(origin) if is_native else origin
    text = f"cast({origin} as varchar)" if source.is_json and spec.sql is None else text
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
