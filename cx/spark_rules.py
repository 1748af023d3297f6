"""What DuckDB and Spark mean differently by the same words: each rule is one line of a table.

Listed for readers in docs/scale-out.md, held by tests/test_scale_out.py on both engines.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp, parse_one

from cx.spark_aggregates import (
    as_list,
    chosen,
    median,
    mode,
    product,
    quantile,
    quantile_disc,
    window,
)
from cx.spark_times import (
    add,
    date_diff,
    epoch,
    epoch_ms,
    iso_weekday,
    series,
    span,
    subtract,
    to_days,
)
from cx.spark_words import (
    FIRST_MOMENT,
    LAST_MOMENT,
    as_double,
    as_moment,
    duck_kind,
    spark_call,
    spark_type,
)


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


def _is_zero_free(node: exp.Expression) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return float(node.name) != 0
    return isinstance(node, exp.Nullif) and node.expression.name == "0"


def _div(node: exp.Div) -> exp.Expression:
    """`/` is of doubles; by zero it is infinite, or no number."""
    left, right = as_double(node.this.copy()), as_double(node.expression.copy())
    if _is_zero_free(node.expression):
        return exp.paren(exp.Div(this=left, expression=right, typed=True, safe=True))
    infinite = exp.Mul(
        this=left.copy(), expression=spark_call("double", exp.Literal.string("Infinity"))
    )
    divided = exp.Div(this=left, expression=right, typed=True, safe=True)
    return exp.Case(
        ifs=[
            exp.If(this=exp.EQ(this=right.copy(), expression=exp.Literal.number(0)), true=infinite)
        ],
        default=divided,
    )


# A double times a power of ten may come to lie on the half though its digits do not end there: the
# error of the product (Dekker's, by halves of 26 bits) tells on which side it was.
_ROUNDED = """
element_at(transform(transform(
    array(named_struct('v', :value, 'm', :shift)),
    one -> named_struct(
        'v', one.v, 'm', one.m, 'p', abs(one.v) * one.m,
        'a', abs(one.v) * 134217729D - (abs(one.v) * 134217729D - abs(one.v)),
        'b', one.m * 134217729D - (one.m * 134217729D - one.m)
    )),
    one -> signum(one.v) * case
        when one.p < 4503599627370496D and one.p - floor(one.p) = 0.5D then floor(one.p) + case
            when (one.a * one.b - one.p) + one.a * (one.m - one.b) + (abs(one.v) - one.a) * one.b
                + (abs(one.v) - one.a) * (one.m - one.b) < 0D then 0 else 1 end
        else round(one.p)
    end / one.m
), 1)
"""


def _round(node: exp.Round) -> exp.Expression:
    """Doubles: half away from zero of what the double is, to its last bit; digits may be computed.

    Spark would round the digits that it prints: 2.675 is less than it looks.
    """
    kind = duck_kind(node.this)
    if kind not in ("DOUBLE", "FLOAT", ""):
        return node
    digits = node.args.get("decimals")
    if digits is None:
        return spark_call("round", node.this.copy())
    shift = (
        exp.Literal.number(f"{10 ** int(digits.name)}")
        if isinstance(digits, exp.Literal)
        else spark_call("power", exp.Literal.number(10), digits.copy())
    )
    rounded = parse_one(_ROUNDED, read="spark")
    return exp.replace_placeholders(
        rounded, value=as_double(node.this.copy()), shift=as_double(shift)
    )


def _cast(node: exp.Cast) -> exp.Expression:
    """Doubles become whole to the nearest even, decimals away from zero."""
    value = node.this
    if isinstance(value, exp.Literal) and value.is_string and "infinity" in value.name.lower():
        told = FIRST_MOMENT if value.name.startswith("-") else LAST_MOMENT
        return as_moment(exp.Literal.string(told))
    to = node.to.this
    if to in exp.DataType.INTEGER_TYPES:
        kind = duck_kind(value)
        if kind in ("DOUBLE", "FLOAT"):
            node.set("this", spark_call("rint", value.copy()))
        elif kind.startswith("DECIMAL"):
            node.set("this", spark_call("round", value.copy()))
        hexadecimal = value.unnest()
        if isinstance(hexadecimal, exp.DPipe) and hexadecimal.this.name == "0x":
            number = hexadecimal.expression.copy()
            node.set(
                "this", spark_call("conv", number, exp.Literal.number(16), exp.Literal.number(10))
            )
    elif to == exp.DType.DECIMAL and duck_kind(value) in ("DOUBLE", "FLOAT"):
        return _double_to_decimal(node)
    node.set("to", spark_type(node.to.sql("duckdb")))
    return node


def _double_to_decimal(node: exp.Cast) -> exp.Expression:
    """DuckDB shifts the double and rounds it; Spark would round what it prints."""
    width, scale = (int(part.name) for part in node.to.expressions)
    kind = type(node)  # a try_cast goes on being one

    def to(value: exp.Expression, told: str) -> exp.Expression:
        return kind(this=value, to=exp.DataType.build(told))

    factor = as_double(exp.Literal.number(10**scale))
    shifted = spark_call("round", exp.Mul(this=exp.paren(node.this.copy()), expression=factor))
    whole = to(to(shifted, "bigint"), "decimal(19, 0)")
    if width > 18:
        # As many digits as leave room for the scale in the 38 that a product may have.
        digits = f"decimal({38 - max(scale, 1) - 1}, 0)"
        is_narrow = exp.LT(
            this=spark_call("abs", shifted.copy()), expression=exp.Literal.number("9e18")
        )
        wide = to(shifted.copy(), digits)
        whole = exp.If(this=is_narrow, true=to(whole, digits), false=wide)
    unit = exp.cast(exp.Literal.string(f"1e-{scale}"), f"decimal({max(scale, 1)}, {scale})")
    return kind(this=exp.Mul(this=whole, expression=unit), to=node.to.copy())


def _length(node: exp.Length) -> exp.Expression:
    return spark_call("size", node.this.copy()) if duck_kind(node.this).endswith("[]") else node


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
    return spark_call("xxhash64", *told)


def _explode(node: exp.Explode) -> exp.Expression:
    if node.expressions:  # recursive := true
        return exp.Inline(this=node.this.copy())
    return node


def _concat(node: exp.Concat) -> exp.Expression:
    """DuckDB's concat passes over nulls."""
    return spark_call(
        "concat_ws", exp.Literal.string(""), *[part.copy() for part in node.expressions]
    )


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
    "arg_max_null": lambda value, order: spark_call("max_by", value, order),
    "arg_min_null": lambda value, order: spark_call("min_by", value, order),
    "to_hours": span("HOUR"),
    "to_minutes": span("MINUTE"),
    "to_months": span("MONTH"),
    "product": product,
    "row": lambda *values: spark_call("struct", *values),
}

RULES: dict[type, Callable] = {
    exp.Div: _div,
    exp.Round: _round,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Add: add,
    exp.Sub: subtract,
    exp.Length: _length,
    exp.ToDays: to_days,
    exp.Anonymous: _anonymous,
    exp.ArgMin: chosen("min_by"),
    exp.ArgMax: chosen("max_by"),
    exp.ArrayAgg: as_list,
    exp.DayOfWeekIso: iso_weekday,
    exp.PercentileCont: quantile,
    exp.PercentileDisc: quantile_disc,
    exp.Median: median,
    exp.Mode: mode,
    exp.Window: window,
    exp.DateDiff: date_diff,
    exp.TimeToUnix: epoch,
    exp.UnixToTime: epoch_ms,
    exp.GenerateSeries: series,
    exp.Explode: _explode,
    exp.Concat: _concat,
}
