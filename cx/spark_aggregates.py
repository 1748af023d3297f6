"""Lists, choices, quantiles and windows, as Spark says what DuckDB means."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp, parse_one

from cx.spark_words import duck_kind, spark_call


def as_list(node: exp.ArrayAgg) -> exp.Expression:
    """Spark's list keeps no order: order it afterwards, by the keys put before the value."""
    value, order = node.this, None
    if isinstance(value, exp.Order):
        value, order = value.this, value.expressions
    is_distinct = isinstance(value, exp.Distinct)
    if is_distinct:
        value = value.expressions[0]
        if isinstance(value, exp.Order):
            value, order = value.this, value.expressions
    if order is None:
        return node
    if is_distinct:
        made = listed = spark_call("collect_set", value.copy())
    else:
        keys = [_ascending(key) for key in order]
        parts = [
            part
            for place, key in enumerate(keys)
            for part in (exp.Literal.string(f"k{place}"), key)
        ]
        made = spark_call("named_struct", *parts, exp.Literal.string("told"), value.copy())
        made = listed = spark_call("collect_list", made)
    outer = node
    if isinstance(node.parent, exp.Filter):
        outer = node.parent
        listed = exp.Filter(this=made, expression=outer.expression.copy())
    listed = spark_call("sort_array", listed)
    if not is_distinct:
        told = exp.Lambda(
            this=exp.Dot(this=exp.to_identifier("one"), expression=exp.to_identifier("told")),
            expressions=[exp.to_identifier("one")],
        )
        listed = spark_call("transform", listed, told)
    if outer is node:
        return listed
    outer.replace(listed)
    return node


def _ascending(key: exp.Ordered) -> exp.Expression:
    if not key.args.get("desc"):
        return key.this.copy()
    if duck_kind(key.this) == "BOOLEAN":
        return exp.not_(exp.paren(key.this.copy()))
    return exp.Neg(this=exp.paren(key.this.copy()))


def chosen(name: str) -> Callable[[exp.Expression], exp.Expression]:
    """arg_min passes over rows without a value; Spark only over those without an order."""

    def rule(node: exp.Expression) -> exp.Expression:
        value, order = node.this, node.expression
        told = exp.and_(value.copy().is_(exp.null()).not_(), order.copy().is_(exp.null()).not_())
        call = spark_call(name, value.copy(), order.copy())
        if isinstance(node.parent, exp.Filter):
            node.parent.expression.set("this", exp.and_(node.parent.expression.this, told))
            return call
        return exp.Filter(this=call, expression=exp.Where(this=told))

    return rule


def product(value: exp.Expression) -> exp.Expression:
    """Spark multiplies no column: it folds the list of its values."""
    call = parse_one("aggregate(collect_list(x), double(1), (a, b) -> a * b)", read="spark")
    for column in list(call.find_all(exp.Column)):
        if column.name == "x":
            column.replace(value)
    return call


def quantile(node: exp.Expression) -> exp.Expression:
    """Between two values, in proportion."""
    return spark_call("percentile", node.this.copy(), node.expression.copy())


def quantile_disc(node: exp.Expression) -> exp.Expression:
    """Spark takes a quantile of numbers, not of days."""
    is_day = duck_kind(node.this) == "DATE"
    value = spark_call("unix_date", node.this.copy()) if is_day else node.this.copy()
    told = exp.WithinGroup(
        this=spark_call("percentile_disc", node.expression.copy()),
        expression=exp.Order(expressions=[exp.Ordered(this=value)]),
    )
    return spark_call("date_from_unix_date", exp.cast(told, "int")) if is_day else told


def median(node: exp.Median) -> exp.Expression:
    """The quantile of a half."""
    return spark_call("percentile", node.this.copy(), exp.Literal.number("0.5"))


def mode(node: exp.Mode) -> exp.Expression:
    """Of values as frequent the first in the order told."""
    value = node.this
    if not isinstance(value, exp.Order):
        return node
    return exp.WithinGroup(
        this=spark_call("mode"),
        expression=exp.Order(expressions=[part.copy() for part in value.expressions]),
    )


def window(node: exp.Window) -> exp.Expression:
    """Spark has no FILTER in a window: what is filtered out is null instead."""
    inner = node.this
    wrapped = inner.this if isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls)) else inner
    if not isinstance(wrapped, exp.Filter):
        return node
    condition = wrapped.expression.this
    call = wrapped.this
    if isinstance(call, exp.Count):
        value = exp.Literal.number(1) if isinstance(call.this, exp.Star) else call.this
        new = exp.Count(this=exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())]))
    elif isinstance(call, exp.Anonymous) and str(call.this) in ("min_by", "max_by"):
        value, order = call.expressions
        new = spark_call(
            str(call.this),
            value.copy(),
            exp.Case(ifs=[exp.If(this=condition.copy(), true=order.copy())]),
        )
    else:
        new = call.copy()
        first = new.expressions[0] if isinstance(new, exp.Anonymous) else new.this
        first.replace(exp.Case(ifs=[exp.If(this=condition.copy(), true=first.copy())]))
    wrapped.replace(new)
    return node
