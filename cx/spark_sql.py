"""The models' SQL, written for DuckDB, as Apache Spark runs it: the same rows on both.

sqlglot rewrites the words; what two engines *mean* differently is in `cx/spark_rules.py`. What only
the schema can tell (columns behind a star, the type of a CTE) DuckDB is asked, over tables
without rows: it is the compiler, Spark the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
from sqlglot import exp, parse_one

from cx.spark_rules import in_spark_words
from cx.spark_select import (
    Columns,
    expand_aliases,
    expand_stars,
    has_aggregate,
    in_order,
    inner_selects,
    is_asked,
    kept_of_groups,
    lateral,
    own_nodes,
    padded,
    plain_trunc,
    write_out_rows,
    write_out_windows,
)
from cx.spark_words import Untranslatable


@dataclass(frozen=True)
class View:
    """A named part of a model."""

    name: str
    sql: str


@dataclass(frozen=True)
class Recursion:
    """Rows from which rows follow: `start`, then `step` until it says nothing new.

    `step` reads the rows of the step before under `name`, all rows so far under `known`; a row
    takes the place of one with the same keys.
    """

    name: str
    known: str
    keys: list[str]
    start: str
    step: str


@dataclass(frozen=True)
class Translated:
    """What Spark has to run for one model, in this order."""

    parts: list[View | Recursion]
    select: str

    @property
    def recursions(self) -> list[Recursion]:
        """The parts that one query cannot say."""
        return [part for part in self.parts if isinstance(part, Recursion)]

    def query(self, sql: str, given: dict[str, str]) -> str:
        """Return `sql` with the parts it can name before it.

        Parameters
        ----------
        given : dict of str to str
            SQL for the names of recursions, as far as they are known by now.
        """
        told = []
        for part in self.parts:
            if isinstance(part, View):
                told.append(f"{part.name} AS ({part.sql})")
                continue
            told += [
                f"{name} AS ({given[name]})" for name in (part.known, part.name) if name in given
            ]
            if part.name not in given or part.known in given:
                break
        return f"WITH {', '.join(told)} {sql}" if told else sql


@dataclass
class _Part:
    name: str
    body: exp.Query
    keys: list[str] | None = None
    names: list[str] = field(default_factory=list)


class Translator:
    """Translate compiled models over a DuckDB file that holds every table, with or without rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        May be read-only; temporary tables are made and dropped.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read which tables and columns there are."""
        self._connection = connection
        self._tables: dict[str, Columns] = {}
        for schema, table, column, kind in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal order by schema_name, table_name, column_index"
        ).fetchall():
            self._tables.setdefault(f"{schema}.{table}", []).append((column, kind))

    def columns(self, table: str) -> Columns:
        """Return the names and DuckDB types of a table, given as schema.name."""
        return self._tables[table]

    def translated(self, sql: str, columns: Columns | None = None) -> Translated:
        """Return what Spark runs for one compiled query.

        Parameters
        ----------
        columns : list of (name, DuckDB type), optional
            What the table must have; else what DuckDB says the query has.
        """
        tree = parse_one(sql, read="duckdb")
        self._parts: list[_Part] = []
        self._taken: set[str] = set()
        self._is_inline = False  # inside a recursion, which is one query
        self._described: dict[str, Columns] = {}
        for table in tree.find_all(exp.Table):
            table.set("catalog", None)
        for trunc in list(tree.find_all(exp.TimestampTrunc, exp.DateTrunc)):
            trunc.replace(plain_trunc(trunc))
        root = self._lifted(tree, {})
        try:
            parts = [self._part(part) for part in self._parts]
            own = self._describe(root)
            if columns:  # a contract's table has them in the contract's order
                kinds = dict(columns)
                own = [(name, kinds[name]) for name, _ in own]
            query = padded(self._query(root, own), own, columns or own)
            return Translated(parts, query.sql("spark"))
        finally:
            for name in self._described:
                self._connection.execute(f'drop table if exists temp."{name}"')

    # ---- one flat list of named parts, no query inside a FROM

    def _lifted(self, node: exp.Expression, visible: dict[str, str]) -> exp.Expression:
        with_ = node.args.get("with_")
        if with_:
            with_.pop()
            for cte in with_.expressions:
                alias = cte.alias
                name = self._unused(alias)
                keys = [key.name for key in cte.args.get("key_expressions") or []]
                inside = visible | {alias: name} if keys else visible
                self._is_inline = bool(keys)
                body = self._lifted(cte.this, inside)
                self._is_inline = False
                names = [column.name for column in cte.args["alias"].args.get("columns") or []]
                self._parts.append(_Part(name, body, keys or None, names))
                visible = visible | {alias: name}
        for child in list(node.iter_expressions()):
            self._lift_child(child, visible)
        return node

    def _lift_child(self, child: exp.Expression, visible: dict[str, str]) -> None:
        if isinstance(child, exp.Table):
            if not child.db and child.name in visible:
                if not child.alias:
                    child.set("alias", exp.TableAlias(this=exp.to_identifier(child.name)))
                child.set("this", exp.to_identifier(visible[child.name]))
            elif child.db == "recurring":
                child.set("this", exp.to_identifier(f"{visible[child.name]}_known"))
                child.set("db", None)
            return
        is_derived = isinstance(child, exp.Subquery) and isinstance(
            child.parent, (exp.From, exp.Join)
        )
        if is_derived and not self._is_inline:
            name = self._unused(child.alias or "part")
            body = self._lifted(child.this, visible)
            self._parts.append(_Part(name, body))
            child.replace(exp.to_table(name, alias=child.alias or name))
            return
        self._lifted(child, visible)

    def _unused(self, alias: str) -> str:
        name, number = alias, 1
        while name in self._taken:
            number += 1
            name = f"{alias}_{number}"
        self._taken.add(name)
        return name

    # ---- each part in Spark's words

    def _part(self, part: _Part) -> View | Recursion:
        if part.keys:
            return self._recursion(part)
        found = self._describe(part.body)
        if part.names:
            found = [(name, kind) for name, (_, kind) in zip(part.names, found, strict=True)]
        self._make(part.name, found)
        return View(part.name, self._query(part.body, found).sql("spark"))

    def _recursion(self, part: _Part) -> Recursion:
        start, step = part.body.this, part.body.expression
        found = [
            (name, kind) for name, (_, kind) in zip(part.names, self._describe(start), strict=True)
        ]
        self._make(part.name, found)
        known = f"{part.name}_known"
        self._make(known, found)
        return Recursion(
            part.name,
            known,
            part.keys,
            self._query(start, found).sql("spark"),
            self._query(step, found).sql("spark"),
        )

    def _make(self, name: str, columns: Columns) -> None:
        told = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        self._connection.execute(f'create or replace temp table "{name}" ({told})')
        self._described[name] = columns

    def _describe(self, query: exp.Expression) -> Columns:
        return self._describe_sql(query.sql("duckdb"))

    def _describe_sql(self, sql: str) -> Columns:
        found: dict[str, str] = {}
        for name, kind, *_ in self._connection.execute(f"describe {sql}").fetchall():
            number, told = 0, name
            while told in found:  # a name twice: DuckDB counts on
                number += 1
                told = f"{name}_{number}"
            found[told] = kind
        return list(found.items())

    def _query(self, query: exp.Expression, columns: Columns) -> exp.Expression:
        """Return a query whose columns have these names and types, in this order."""
        if isinstance(query, exp.Subquery):
            query = query.this
        if isinstance(query, exp.SetOperation):
            is_by_name = query.args.get("by_name")
            sides = []
            for side in (query.this, query.expression):
                if not is_by_name:
                    sides.append(self._query(side, columns))
                    continue
                kinds = dict(columns)
                own = [(name, kinds[name]) for name, _ in self._describe(side)]
                sides.append(padded(self._query(side, own), own, columns))
            query.set("by_name", None)
            query.set("this", sides[0])
            query.set("expression", sides[1])
            return query
        return self._select(query, columns)

    def _select(self, select: exp.Select, columns: Columns | None) -> exp.Expression:
        own = self._describe(select) if columns is not None else None
        sources = self._sources(select)
        write_out_windows(select)
        expand_stars(select, sources)
        expand_aliases(select, sources)
        self._unnest_structs(select)
        qualify = select.args.get("qualify")
        if qualify:
            select.set("qualify", None)
            if not select.args.get("group"):
                select.append("expressions", exp.alias_(qualify.this, "is_kept"))
        said = {item.unalias().sql(): item.alias_or_name for item in select.expressions}
        self._learn_types(select)
        write_out_rows(select, sources)
        for inner in list(inner_selects(select)):
            inner.replace(self._select(inner, None))
        select = in_spark_words(select)
        if columns is None:
            return select
        ordered = in_order(select, own, columns, sources)
        if qualify and select.args.get("group"):
            ordered = kept_of_groups(ordered, qualify.this, said, columns)
        return ordered.where("is_kept", copy=False) if qualify else ordered

    # ---- what only the schema tells

    def _sources(self, select: exp.Select) -> dict[str, Columns]:
        """Return the columns of each table a SELECT's projections can name, by alias."""
        found: dict[str, Columns] = {}
        from_ = select.args.get("from_")
        items = [from_.this] if from_ else []
        items += [
            join.this
            for join in select.args.get("joins") or []
            if join.args.get("kind") not in ("SEMI", "ANTI")
            and join.args.get("side") not in ("SEMI", "ANTI")
        ]
        for item in items:
            if isinstance(item, exp.Table):
                name = f"{item.db}.{item.name}" if item.db else item.name
                columns = self._tables.get(name) or self._described.get(item.name)
                if columns is None:
                    raise Untranslatable(
                        f"{name or item.sql('duckdb')}: no table known by this name"
                    )
                found[item.alias_or_name] = columns
            elif isinstance(item, exp.Subquery):
                inner = item.this
                columns = self._describe(inner)
                inner.replace(self._query(inner, columns))
                found[item.alias] = columns
            else:
                alias = item.args["alias"]
                names = [column.name for column in alias.args.get("columns") or []]
                query = item.this
                inner = query.this if isinstance(query, exp.Subquery) else query
                if not names and isinstance(inner, exp.Select):
                    names = [projection.alias_or_name for projection in inner.expressions]
                found[alias.name] = [(name, "") for name in names]
        return found

    def _unnest_structs(self, select: exp.Select) -> None:
        """Turn lists that are unnested into views beside the FROM, structs into their fields."""
        told: list[exp.Expression] = []
        for item in select.expressions:
            value = item.this if isinstance(item, exp.Alias) else item
            if not isinstance(value, exp.Explode):
                told.append(item)
                continue
            kind = self._type_in(select, value.this)
            if not kind.startswith("STRUCT") or kind.endswith("[]"):
                told.append(item)
                continue
            parsed = exp.DataType.build(kind, dialect="duckdb")
            for struct_field in parsed.expressions:
                name = struct_field.this.name
                told.append(
                    exp.alias_(
                        exp.Dot(this=value.this.copy(), expression=exp.to_identifier(name)), name
                    )
                )
        select.set("expressions", told)
        lateral(select)

    # ---- types of parts of expressions

    def _type_in(self, select: exp.Select, node: exp.Expression) -> str:
        return self._ask(select, [node])[0]

    def _learn_types(self, select: exp.Select) -> None:
        """Note on each expression a rule asks about what type DuckDB gives it."""
        nodes = [node for node in own_nodes(select) if is_asked(node)]
        if nodes:
            for node, kind in zip(nodes, self._ask(select, nodes), strict=True):
                node.meta["duck"] = kind

    def _ask(self, select: exp.Select, nodes: list[exp.Expression]) -> list[str]:
        base = exp.select()
        for key in ("from_", "joins", "laterals"):
            if select.args.get(key):
                value = select.args[key]
                base.set(
                    key, [v.copy() for v in value] if isinstance(value, list) else value.copy()
                )
        grouped = base.copy()
        for key in ("group", "windows"):
            if select.args.get(key):
                value = select.args[key]
                grouped.set(
                    key, [v.copy() for v in value] if isinstance(value, list) else value.copy()
                )
        plain = [not has_aggregate(node) for node in nodes]
        kinds: dict[int, str] = {}
        for is_plain, query in ((True, base), (False, grouped)):
            asked = [place for place, told in enumerate(plain) if told == is_plain]
            for place, kind in zip(
                asked, self._types(query, [nodes[place] for place in asked]), strict=True
            ):
                kinds[place] = kind
        return [kinds[place] for place in range(len(nodes))]

    def _types(self, query: exp.Select, nodes: list[exp.Expression]) -> list[str]:
        if not nodes:
            return []
        try:
            told = query.copy().select(
                *(exp.alias_(node.copy(), f"c{place}") for place, node in enumerate(nodes))
            )
            return [kind for _, kind in self._describe(told)]
        except duckdb.Error:
            if len(nodes) == 1:
                return [""]  # a word of an outer query: its rule does without
            return [kind for node in nodes for kind in self._types(query, [node])]
