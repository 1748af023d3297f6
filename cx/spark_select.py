"""Parts of a DuckDB SELECT that Spark says in another place: stars, aliases, lists, windows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cx.spark_rules import in_spark_words
from cx.spark_words import Untranslatable, spark_type

Columns = list[tuple[str, str]]
_UNCAST = ("[", "STRUCT", "MAP", "INTERVAL", "NULL")


def expand_stars(select: exp.Select, sources: dict[str, Columns]) -> None:
    """Name every column a star stands for, with what it leaves out or says otherwise."""
    told: list[exp.Expression] = []
    for item in select.expressions:
        star = item if isinstance(item, exp.Star) else None
        tables = list(sources)
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            star, tables = item.this, [item.table]
        if star is None:
            told.append(item)
            continue
        left_out = {
            (column.name if hasattr(column, "name") else str(column)).lower()
            for column in star.args.get("except_") or []
        }
        replaced = {one.alias.lower(): one.this for one in star.args.get("replace") or []}
        for table in tables:
            for name, _ in sources[table]:
                if name.lower() in left_out:
                    continue
                value = replaced.get(name.lower()) or exp.column(name, table=table)
                told.append(exp.alias_(value.copy(), name))
    select.set("expressions", told)
    for columns in list(select.find_all(exp.Columns)):
        star = columns.this
        left_out = {column.name for column in star.args.get("except_") or []}
        call = columns.parent
        call.set(
            "expressions",
            [
                exp.column(name, table=table)
                for table, found in sources.items()
                for name, _ in found
                if name not in left_out
            ],
        )


def expand_aliases(select: exp.Select, sources: dict[str, Columns]) -> None:
    """Write out what an alias of the same SELECT stands for, wherever DuckDB lets it be used."""
    known = {name.lower() for found in sources.values() for name, _ in found}
    aliases: dict[str, exp.Expression] = {}

    def written_out(node: exp.Expression) -> exp.Expression:
        if (
            isinstance(node, exp.Column)
            and not node.table
            and node.name.lower() in aliases
            and node.name.lower() not in known
            and node.find_ancestor(exp.Select) is select
        ):
            return exp.paren(aliases[node.name.lower()].copy())
        return node

    for item in list(select.expressions):
        item.transform(written_out, copy=False)
        if isinstance(item, exp.Alias) and not item.find(exp.Explode):
            aliases[item.alias.lower()] = item.this
    for key in ("where", "group", "having", "qualify"):
        if select.args.get(key):
            select.args[key].transform(written_out, copy=False)


def lateral(select: exp.Select) -> None:
    """Put a list that is unnested inside an expression, or spoken of by others, beside the FROM."""
    named = {
        item.alias.lower(): item
        for item in select.expressions
        if isinstance(item, exp.Alias) and isinstance(item.this, exp.Explode)
    }
    spoken_of = {
        column.name.lower()
        for item in select.expressions
        for column in item.find_all(exp.Column)
        if not column.table and item.alias_or_name.lower() != column.name.lower()
    } & set(named)
    if len(named) > 1:
        raise Untranslatable("two lists unnested in one SELECT: they are read side by side")
    beside = [(named[name].this, name) for name in sorted(spoken_of)]
    beside += [
        (explode, f"{item.alias_or_name}_each")
        for item in select.expressions
        for explode in item.find_all(exp.Explode)
        if explode is not item and explode.parent is not item
    ]
    for explode, name in beside:
        inner = exp.select(exp.alias_(explode.copy(), name))
        view = f"each_{name}"
        lateral = exp.Lateral(
            this=inner.subquery(), alias=exp.TableAlias(this=exp.to_identifier(view))
        )
        if select.args.get("from_"):
            select.append("joins", exp.Join(this=lateral, kind="CROSS"))
        else:
            select.from_(inner.subquery(view), copy=False)
        explode.replace(exp.column(name, table=view))


def in_order(
    select: exp.Select, own: Columns, columns: Columns, sources: dict[str, Columns]
) -> exp.Expression:
    """Return the SELECT with exactly these columns: cast to DuckDB's type, in this order."""
    kinds = {(alias, name): kind for alias, found in sources.items() for name, kind in found}
    generators = [item for item in select.expressions if is_generator(item)]
    if generators or len(select.expressions) != len(own):
        # A generator makes several columns: what comes after it is counted from the end.
        end = len(select.expressions)
        first = min(map(select.expressions.index, generators), default=end)
        for place, item in enumerate(select.expressions):
            if not item.alias_or_name and item not in generators:
                name, _ = own[place if place < first else place - end]
                item.replace(exp.alias_(item.copy(), name))
        inner = select
        picked = [
            exp.alias_(cast(exp.column(made, quoted=True), kind), name)
            for (made, _), (name, kind) in zip(own, columns, strict=True)
        ]
        return exp.select(*picked).from_(inner.subquery("made"))
    told = []
    for item, (name, kind) in zip(select.expressions, columns, strict=True):
        value = item.this if isinstance(item, exp.Alias) else item
        plain = isinstance(value, exp.Column) and kinds.get((value.table, value.name)) == kind
        told.append(exp.alias_(value if plain else cast(value, kind), name, quoted=True))
    select.set("expressions", told)
    return select


def padded(query: exp.Expression, own: Columns, columns: Columns) -> exp.Expression:
    """Return a side of a union by name in the union's order, with the columns it lacks."""
    if own == columns:
        return query
    names = {name for name, _ in own}
    told = [
        exp.column(name) if name in names else exp.alias_(cast(exp.null(), kind), name)
        for name, kind in columns
    ]
    return exp.select(*told).from_(query.subquery("side"))


def is_asked(node: exp.Expression) -> bool:
    """Return whether a rule must know DuckDB's type of this part."""
    parent = node.parent
    if isinstance(parent, (exp.Round, exp.Length, exp.Ordered, exp.PercentileDisc)):
        return node.arg_key == "this"
    if isinstance(parent, (exp.Add, exp.Sub)):
        return not isinstance(node, (exp.Literal, exp.Interval))
    if isinstance(parent, exp.Cast):
        to = parent.to.this
        is_number = to in exp.DataType.INTEGER_TYPES or to == exp.DType.DECIMAL
        return node.arg_key == "this" and is_number
    return False


def own_nodes(select: exp.Select) -> Iterator[exp.Expression]:
    """Walk the expressions of a SELECT, not those of queries inside them."""
    stack = [*select.expressions]
    for key in ("where", "group", "having", "qualify", "windows", "order"):
        value = select.args.get(key)
        stack += value if isinstance(value, list) else [value] if value else []
    for join in select.args.get("joins") or []:
        if join.args.get("on"):
            stack.append(join.args["on"])
    while stack:
        node = stack.pop()
        yield node
        stack += [
            child
            for child in node.iter_expressions()
            if not isinstance(child, (exp.Select, exp.Subquery, exp.SetOperation))
        ]


def inner_selects(select: exp.Select) -> Iterator[exp.Select]:
    """Return the outermost SELECTs inside expressions of a SELECT."""
    for inner in select.find_all(exp.Select):
        is_source = isinstance(inner.parent, exp.Subquery) and isinstance(
            inner.parent.parent, (exp.From, exp.Join)
        )
        if inner is not select and not is_source and inner.find_ancestor(exp.Select) is select:
            yield inner


def write_out_rows(select: exp.Select, sources: dict[str, Columns]) -> None:
    """Say a whole row, which DuckDB names by its table, as a struct of its columns."""
    known = {name.lower() for found in sources.values() for name, _ in found}
    for column in list(select.find_all(exp.Column)):
        if not column.table and column.name in sources and column.name.lower() not in known:
            told = [
                part
                for name, _ in sources[column.name]
                for part in (exp.Literal.string(name), exp.column(name, table=column.name))
            ]
            column.replace(exp.Anonymous(this="named_struct", expressions=told))


def write_out_windows(select: exp.Select) -> None:
    """Put named windows where they are used: Spark builds none on another one."""
    named: dict[str, exp.Window] = {}

    def whole(window: exp.Window) -> exp.Window:
        base = named.get(window.args["alias"].name) if window.args.get("alias") else None
        if base is not None:
            window.set("alias", None)
            for key in ("partition_by", "order", "spec"):
                if not window.args.get(key) and base.args.get(key):
                    value = base.args[key]
                    told = (
                        [one.copy() for one in value] if isinstance(value, list) else value.copy()
                    )
                    window.set(key, told)
        return window

    for window in select.args.get("windows") or []:
        named[window.name] = whole(window)
    select.set("windows", None)
    for window in select.find_all(exp.Window):
        whole(window)


def kept_of_groups(
    grouped: exp.Expression, condition: exp.Expression, said: dict[str, str], columns: Columns
) -> exp.Select:
    """Return groups with `is_kept`: Spark has no window over what it groups by.

    Parameters
    ----------
    said : dict of str to str
        The name of each expression the groups have.
    """

    def by_name(node: exp.Expression) -> exp.Expression:
        name = said.get(node.sql())
        return exp.column(name) if name else node

    kept = condition.transform(by_name)
    inner = grouped.subquery("groups")
    names = [exp.column(name) for name, _ in columns]
    windows = exp.select(*names, exp.alias_(in_spark_words(kept), "is_kept")).from_(inner)
    return exp.select(*[name.copy() for name in names]).from_(windows.subquery("windows"))


def plain_trunc(node: exp.Expression) -> exp.Expression:
    """Return date_trunc as both engines write it; a unit may be a column."""
    unit = str(node.args["unit"].name).lower()
    is_word = unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
    told = exp.Literal.string(unit) if is_word else exp.column(unit)
    return exp.Anonymous(this="date_trunc", expressions=[told, node.this.copy()])


def has_aggregate(node: exp.Expression) -> bool:
    """Return whether an expression is of groups or windows."""
    return isinstance(node, (exp.AggFunc, exp.Window)) or bool(node.find(exp.AggFunc, exp.Window))


def is_generator(item: exp.Expression) -> bool:
    """Return whether a column of a SELECT makes rows."""
    value = item.this if isinstance(item, exp.Alias) else item
    return isinstance(value, (exp.Explode, exp.Inline))


def cast(value: exp.Expression, kind: str) -> exp.Expression:
    """Return a value as DuckDB's type; lists, structs and intervals stay as they are."""
    if any(word in kind for word in _UNCAST):
        return value
    return exp.Cast(this=value, to=spark_type(kind))
