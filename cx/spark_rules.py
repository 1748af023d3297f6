"""What DuckDB and Spark mean differently by the same words: each rule is one line of a table.

Listed for readers in docs/scale-out.md, held by tests/test_scale_out.py on both engines.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp, parse_one


class Untranslatable(Exception):
    """What DuckDB is asked cannot be said in Spark's SQL."""


# DuckDB's open end. Spark has no infinite moment; this is the last one both can write.
LAST_MOMENT = "9999-12-31 23:59:59.999999"
FIRST_MOMENT = "0001-01-01 00:00:00"
_WHOLE = {"HUGEINT", "UHUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT"}
UNKNOWN_TO_SPARK = _WHOLE | {"UUID", "JSON"}
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"} | _WHOLE


def spark_type(kind: str) -> exp.DataType:
    """Return a DuckDB type as Spark's: whole numbers wider than 64 bits are counts, and fit."""
    if kind in _WHOLE:
        kind = "BIGINT"
    if kind in ("UUID", "JSON") or kind.startswith("ENUM"):
        kind = "VARCHAR"
    if kind.startswith("TIMESTAMP"):
        kind = "TIMESTAMPTZ"  # Spark's TIMESTAMP, read in UTC as the session's zone is
    return exp.DataType.build(kind, dialect="duckdb")


def in_spark_words(select: exp.Expression) -> exp.Expression:
    """Apply every rule to a SELECT whose expressions know their DuckDB type (`meta["duck"]`)."""
    for join in select.args.get("joins") or []:
        if str(join.args.get("method") or "").upper() == "ASOF":
            _asof(select, join)
    nodes = [node for node in select.walk() if type(node) in RULES]
    for node in reversed(nodes):  # from the leaves up, so that a rule sees what its parts became
        new = RULES[type(node)](node)
        if new is not node:
            node.replace(new)
    return select


def _call(name: str, *arguments: exp.Expression | str) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _double(node: exp.Expression) -> exp.Expression:
    return exp.cast(node, exp.DataType.build("double"))


def _moment(node: exp.Expression) -> exp.Expression:
    return exp.Cast(this=node, to=spark_type("TIMESTAMP"))


def _kind(node: exp.Expression | None) -> str:
    return node.meta.get("duck", "") if node is not None else ""


def _is_zero_free(node: exp.Expression) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return float(node.name) != 0
    return isinstance(node, exp.Nullif)


def _div(node: exp.Div) -> exp.Expression:
    """`/` is of doubles; by zero it is infinite, or no number."""
    left, right = _double(node.this.copy()), _double(node.expression.copy())
    if _is_zero_free(node.expression):
        return exp.paren(exp.Div(this=left, expression=right, typed=True, safe=True))
    infinite = exp.Mul(this=left.copy(), expression=_call("double", exp.Literal.string("Infinity")))
    divided = exp.Div(this=left, expression=right, typed=True, safe=True)
    return exp.Case(
        ifs=[
            exp.If(this=exp.EQ(this=right.copy(), expression=exp.Literal.number(0)), true=infinite)
        ],
        default=divided,
    )


def _round(node: exp.Round) -> exp.Expression:
    """Doubles: half away from zero of the shifted value, as C does; digits may be computed."""
    kind = _kind(node.this)
    if kind not in ("DOUBLE", "FLOAT", ""):
        return node
    digits = node.args.get("decimals")
    if digits is None:
        return _call("round", node.this.copy())
    shift = (
        exp.Literal.number(f"{10 ** int(digits.name)}")
        if isinstance(digits, exp.Literal)
        else exp.paren(_call("power", exp.Literal.number(10), digits.copy()))
    )
    shifted = _call(
        "round", exp.Mul(this=exp.paren(_double(node.this.copy())), expression=_double(shift))
    )
    return exp.paren(exp.Div(this=shifted, expression=_double(shift.copy()), typed=True, safe=True))


def _cast(node: exp.Cast) -> exp.Expression:
    """Doubles become whole to the nearest even, decimals away from zero."""
    value = node.this
    if isinstance(value, exp.Literal) and value.is_string and "infinity" in value.name.lower():
        told = FIRST_MOMENT if value.name.startswith("-") else LAST_MOMENT
        return _moment(exp.Literal.string(told))
    to = node.to.this
    if to in exp.DataType.INTEGER_TYPES:
        kind = _kind(value)
        if kind in ("DOUBLE", "FLOAT"):
            node.set("this", _call("rint", value.copy()))
        elif kind.startswith("DECIMAL"):
            node.set("this", _call("round", value.copy()))
        hexadecimal = value.unnest()
        if isinstance(hexadecimal, exp.DPipe) and hexadecimal.this.name == "0x":
            number = hexadecimal.expression.copy()
            node.set("this", _call("conv", number, exp.Literal.number(16), exp.Literal.number(10)))
    elif to == exp.DType.DECIMAL and _kind(value) in ("DOUBLE", "FLOAT"):
        return _double_to_decimal(node)
    node.set("to", spark_type(node.to.sql("duckdb")))
    return node


def _double_to_decimal(node: exp.Cast) -> exp.Expression:
    """DuckDB shifts the double and rounds it; Spark would round what it prints."""
    width, scale = (int(part.name) for part in node.to.expressions)
    kind = type(node)  # a try_cast goes on being one

    def to(value: exp.Expression, told: str) -> exp.Expression:
        return kind(this=value, to=exp.DataType.build(told))

    factor = _double(exp.Literal.number(10**scale))
    shifted = _call("round", exp.Mul(this=exp.paren(node.this.copy()), expression=factor))
    whole = to(to(shifted, "bigint"), "decimal(19, 0)")
    if width > 18:
        # As many digits as leave room for the scale in the 38 that a product may have.
        digits = f"decimal({38 - max(scale, 1) - 1}, 0)"
        is_narrow = exp.LT(this=_call("abs", shifted.copy()), expression=exp.Literal.number("9e18"))
        wide = to(shifted.copy(), digits)
        whole = exp.If(this=is_narrow, true=to(whole, digits), false=wide)
    unit = exp.cast(exp.Literal.string(f"1e-{scale}"), f"decimal({max(scale, 1)}, {scale})")
    return kind(this=exp.Mul(this=whole, expression=unit), to=node.to.copy())


def _list(node: exp.ArrayAgg) -> exp.Expression:
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
        made = listed = _call("collect_set", value.copy())
    else:
        keys = [_ascending(key) for key in order]
        parts = [
            part
            for place, key in enumerate(keys)
            for part in (exp.Literal.string(f"k{place}"), key)
        ]
        made = _call("named_struct", *parts, exp.Literal.string("told"), value.copy())
        made = listed = _call("collect_list", made)
    outer = node
    if isinstance(node.parent, exp.Filter):
        outer = node.parent
        listed = exp.Filter(this=made, expression=outer.expression.copy())
    listed = _call("sort_array", listed)
    if not is_distinct:
        told = exp.Lambda(
            this=exp.Dot(this=exp.to_identifier("one"), expression=exp.to_identifier("told")),
            expressions=[exp.to_identifier("one")],
        )
        listed = _call("transform", listed, told)
    if outer is node:
        return listed
    outer.replace(listed)
    return node


def _ascending(key: exp.Ordered) -> exp.Expression:
    if not key.args.get("desc"):
        return key.this.copy()
    if _kind(key.this) == "BOOLEAN":
        return exp.not_(exp.paren(key.this.copy()))
    return exp.Neg(this=exp.paren(key.this.copy()))


def _add(node: exp.Add) -> exp.Expression:
    for day, days in ((node.this, node.expression), (node.expression, node.this)):
        if (
            _kind(day) == "DATE"
            and _kind(days) in _INTEGERS | {""}
            and not isinstance(days, (exp.Interval, exp.Anonymous))
        ):
            return _call("date_add", day.copy(), exp.cast(days.copy(), "int"))
    return node


def _sub(node: exp.Sub) -> exp.Expression:
    left, right = _kind(node.this), _kind(node.expression)
    if left == "DATE" and right == "DATE":
        return exp.cast(_call("datediff", node.this.copy(), node.expression.copy()), "bigint")
    if left == "DATE" and (right in _INTEGERS or isinstance(node.expression, exp.Literal)):
        return _call("date_sub", node.this.copy(), exp.cast(node.expression.copy(), "int"))
    return node


def _length(node: exp.Length) -> exp.Expression:
    return _call("size", node.this.copy()) if _kind(node.this).endswith("[]") else node


def _span(unit: str) -> Callable[[exp.Expression], exp.Expression]:
    def rule(count: exp.Expression) -> exp.Expression:
        if isinstance(count, exp.Literal):
            # Not make_dt_interval: beside a window its optimizer fails on one.
            return exp.Interval(this=exp.Literal.string(count.name), unit=exp.var(unit))
        part = exp.Interval(this=exp.Literal.string("1"), unit=exp.var(unit))
        return exp.paren(exp.Mul(this=exp.paren(count), expression=part))

    return rule


def _to_days(node: exp.ToDays) -> exp.Expression:
    return _span("DAY")(node.this.copy())


def _anonymous(node: exp.Anonymous) -> exp.Expression:
    rule = CALLS.get(str(node.this).lower())
    return rule(*[argument.copy() for argument in node.expressions]) if rule else node


def _hash(*values: exp.Expression) -> exp.Expression:
    """Spark's hash passes over nulls: say where they were."""
    told = [
        part
        for value in values
        for part in (value, exp.paren(exp.Is(this=value.copy(), expression=exp.null())))
    ]
    return _call("xxhash64", *told)


def _chosen(name: str) -> Callable[[exp.Expression], exp.Expression]:
    def rule(node: exp.Expression) -> exp.Expression:
        """arg_min passes over rows without a value; Spark only over those without an order."""
        value, order = node.this, node.expression
        told = exp.and_(value.copy().is_(exp.null()).not_(), order.copy().is_(exp.null()).not_())
        call = _call(name, value.copy(), order.copy())
        if isinstance(node.parent, exp.Filter):
            node.parent.expression.set("this", exp.and_(node.parent.expression.this, told))
            return call
        return exp.Filter(this=call, expression=exp.Where(this=told))

    return rule


def _product(value: exp.Expression) -> exp.Expression:
    call = parse_one("aggregate(collect_list(x), double(1), (a, b) -> a * b)", read="spark")
    for column in list(call.find_all(exp.Column)):
        if column.name == "x":
            column.replace(value)
    return call


def _iso_weekday(node: exp.DayOfWeekIso) -> exp.Expression:
    return exp.paren(
        exp.Add(this=_call("weekday", node.this.copy()), expression=exp.Literal.number(1))
    )


def _quantile(node: exp.Expression) -> exp.Expression:
    return _call("percentile", node.this.copy(), node.expression.copy())


def _quantile_disc(node: exp.Expression) -> exp.Expression:
    """Spark takes a quantile of numbers, not of days."""
    is_day = _kind(node.this) == "DATE"
    value = _call("unix_date", node.this.copy()) if is_day else node.this.copy()
    told = exp.WithinGroup(
        this=_call("percentile_disc", node.expression.copy()),
        expression=exp.Order(expressions=[exp.Ordered(this=value)]),
    )
    return _call("date_from_unix_date", exp.cast(told, "int")) if is_day else told


def _median(node: exp.Median) -> exp.Expression:
    return _call("percentile", node.this.copy(), exp.Literal.number("0.5"))


def _mode(node: exp.Mode) -> exp.Expression:
    value = node.this
    if not isinstance(value, exp.Order):
        return node
    return exp.WithinGroup(
        this=_call("mode"),
        expression=exp.Order(expressions=[part.copy() for part in value.expressions]),
    )


def _window(node: exp.Window) -> exp.Expression:
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
        new = _call(
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


def _date_diff(node: exp.DateDiff) -> exp.Expression:
    unit = str(node.args["unit"].name).lower() if node.args.get("unit") else "day"
    later, earlier = node.this.copy(), node.expression.copy()
    if unit == "day":
        return exp.cast(
            _call("datediff", exp.cast(later, "date"), exp.cast(earlier, "date")), "bigint"
        )
    if unit == "second":
        return exp.paren(
            exp.Sub(
                this=_call("unix_seconds", _moment(later)),
                expression=_call("unix_seconds", _moment(earlier)),
            )
        )
    if unit == "month":  # turns of the month between the two, whatever their days
        return exp.cast(
            exp.paren(exp.Sub(this=_months(later), expression=_months(earlier))), "bigint"
        )
    raise Untranslatable(f"date_diff by {unit}")


def _months(moment: exp.Expression) -> exp.Expression:
    years = exp.Mul(this=_call("year", moment), expression=exp.Literal.number(12))
    return exp.paren(exp.Add(this=years, expression=_call("month", moment.copy())))


def _epoch(node: exp.Expression) -> exp.Expression:
    micros = _call("unix_micros", _moment(node.this.copy()))
    return exp.paren(
        exp.Div(
            this=_double(micros),
            expression=_double(exp.Literal.number(1000000)),
            typed=True,
            safe=True,
        )
    )


def _epoch_ms(node: exp.UnixToTime) -> exp.Expression:
    """epoch_ms of a moment, or (scale 6) make_timestamp of microseconds."""
    scale = node.args.get("scale")
    if scale is not None and scale.name == "6":
        return _call("timestamp_micros", node.this.copy())
    micros = exp.cast(_call("unix_micros", _moment(node.this.copy())), "decimal(20, 0)")
    thousandth = exp.cast(exp.Literal.string("0.001"), "decimal(3, 3)")
    return exp.cast(_call("round", exp.Mul(this=micros, expression=thousandth)), "bigint")


def _series(node: exp.GenerateSeries) -> exp.Expression:
    """A series that ends before it starts has no members; Spark would count down."""
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    if node.args.get("is_end_exclusive"):
        end = exp.paren(exp.Sub(this=exp.paren(end.copy()), expression=exp.Literal.number(1)))
    arguments = [start.copy(), end.copy(), *([step.copy()] if step is not None else [])]
    return exp.If(
        this=exp.LTE(this=start.copy(), expression=end.copy()),
        true=_call("sequence", *arguments),
        false=_call(
            "slice", _call("array", start.copy()), exp.Literal.number(1), exp.Literal.number(0)
        ),
    )


def _explode(node: exp.Explode) -> exp.Expression:
    if node.expressions:  # recursive := true
        return exp.Inline(this=node.this.copy())
    return node


def _concat(node: exp.Concat) -> exp.Expression:
    """DuckDB's concat passes over nulls."""
    return _call("concat_ws", exp.Literal.string(""), *[part.copy() for part in node.expressions])


def _asof(select: exp.Select, join: exp.Join) -> None:
    """The latest row before a moment: each row of the right side holds until the next one."""
    parts = (
        list(join.args["on"].flatten())
        if isinstance(join.args["on"], exp.And)
        else [join.args["on"]]
    )
    alias = join.this.alias_or_name
    order = next(part for part in parts if isinstance(part, (exp.GT, exp.GTE)))
    keys = [
        side.copy()
        for part in parts
        if isinstance(part, exp.EQ)
        for side in (part.this, part.expression)
        if isinstance(side, exp.Column) and side.table == alias
    ]
    right = order.expression.copy()
    following = exp.Window(
        this=exp.Lead(this=right.copy()),
        partition_by=[key.copy() for key in keys],
        order=exp.Order(expressions=[exp.Ordered(this=right.copy(), nulls_first=False)]),
    )
    held = exp.select(
        exp.Column(this=exp.Star(), table=exp.to_identifier(alias)),
        exp.alias_(following, "next_in_order"),
    ).from_(join.this.copy())
    until = exp.column("next_in_order", table=alias)
    compare = exp.LTE if isinstance(order, exp.GT) else exp.LT
    inside = exp.paren(
        exp.or_(
            until.copy().is_(exp.null()),
            compare(this=order.this.copy(), expression=until.copy()),
        )
    )
    join.set("method", None)
    join.this.replace(held.subquery(alias))
    join.set("on", exp.and_(join.args["on"].copy(), inside))


CALLS: dict[str, Callable[..., exp.Expression]] = {
    "hash": _hash,
    "arg_max_null": lambda value, order: _call("max_by", value, order),
    "arg_min_null": lambda value, order: _call("min_by", value, order),
    "to_hours": _span("HOUR"),
    "to_minutes": _span("MINUTE"),
    "to_months": _span("MONTH"),
    "product": _product,
    "row": lambda *values: _call("struct", *values),
}

RULES: dict[type, Callable] = {
    exp.Div: _div,
    exp.Round: _round,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Add: _add,
    exp.Sub: _sub,
    exp.Length: _length,
    exp.ToDays: _to_days,
    exp.Anonymous: _anonymous,
    exp.ArgMin: _chosen("min_by"),
    exp.ArgMax: _chosen("max_by"),
    exp.ArrayAgg: _list,
    exp.DayOfWeekIso: _iso_weekday,
    exp.PercentileCont: _quantile,
    exp.PercentileDisc: _quantile_disc,
    exp.Median: _median,
    exp.Mode: _mode,
    exp.Window: _window,
    exp.DateDiff: _date_diff,
    exp.TimeToUnix: _epoch,
    exp.UnixToTime: _epoch_ms,
    exp.GenerateSeries: _series,
    exp.Explode: _explode,
    exp.Concat: _concat,
}
