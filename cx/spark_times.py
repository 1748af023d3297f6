"""Days, moments and spans, as Spark says what DuckDB means."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from cx.spark_words import INTEGERS, Untranslatable, as_double, as_moment, duck_kind, spark_call


def add(node: exp.Add) -> exp.Expression:
    """A day and a number are a day."""
    for day, days in ((node.this, node.expression), (node.expression, node.this)):
        if (
            duck_kind(day) == "DATE"
            and duck_kind(days) in INTEGERS | {""}
            and not isinstance(days, (exp.Interval, exp.Anonymous))
        ):
            return spark_call("date_add", day.copy(), exp.cast(days.copy(), "int"))
    return node


def subtract(node: exp.Sub) -> exp.Expression:
    """Two days are a number of days apart; a day less a number is a day."""
    left, right = duck_kind(node.this), duck_kind(node.expression)
    if left == "DATE" and right == "DATE":
        return exp.cast(spark_call("datediff", node.this.copy(), node.expression.copy()), "bigint")
    if left == "DATE" and (right in INTEGERS or isinstance(node.expression, exp.Literal)):
        return spark_call("date_sub", node.this.copy(), exp.cast(node.expression.copy(), "int"))
    return node


def span(unit: str) -> Callable[[exp.Expression], exp.Expression]:
    """Return the rule that makes so many of a unit an interval."""

    def rule(count: exp.Expression) -> exp.Expression:
        if isinstance(count, exp.Literal):
            # Not make_dt_interval: beside a window its optimizer fails on one.
            return exp.Interval(this=exp.Literal.string(count.name), unit=exp.var(unit))
        part = exp.Interval(this=exp.Literal.string("1"), unit=exp.var(unit))
        return exp.paren(exp.Mul(this=exp.paren(count), expression=part))

    return rule


def to_days(node: exp.ToDays) -> exp.Expression:
    """Days are an interval of them."""
    return span("DAY")(node.this.copy())


def iso_weekday(node: exp.DayOfWeekIso) -> exp.Expression:
    """Monday is 1; Spark counts from 0."""
    return exp.paren(
        exp.Add(this=spark_call("weekday", node.this.copy()), expression=exp.Literal.number(1))
    )


def date_diff(node: exp.DateDiff) -> exp.Expression:
    """Turns of the unit between two moments."""
    unit = str(node.args["unit"].name).lower() if node.args.get("unit") else "day"
    later, earlier = node.this.copy(), node.expression.copy()
    if unit == "day":
        return exp.cast(
            spark_call("datediff", exp.cast(later, "date"), exp.cast(earlier, "date")), "bigint"
        )
    if unit == "second":
        return exp.paren(
            exp.Sub(
                this=spark_call("unix_seconds", as_moment(later)),
                expression=spark_call("unix_seconds", as_moment(earlier)),
            )
        )
    if unit == "month":  # turns of the month between the two, whatever their days
        return exp.cast(
            exp.paren(exp.Sub(this=_months(later), expression=_months(earlier))), "bigint"
        )
    raise Untranslatable(f"date_diff by {unit}")


def _months(moment: exp.Expression) -> exp.Expression:
    years = exp.Mul(this=spark_call("year", moment), expression=exp.Literal.number(12))
    return exp.paren(exp.Add(this=years, expression=spark_call("month", moment.copy())))


def epoch(node: exp.Expression) -> exp.Expression:
    """Seconds since 1970, their fractions too."""
    micros = spark_call("unix_micros", as_moment(node.this.copy()))
    return exp.paren(
        exp.Div(
            this=as_double(micros),
            expression=as_double(exp.Literal.number(1000000)),
            typed=True,
            safe=True,
        )
    )


def epoch_ms(node: exp.UnixToTime) -> exp.Expression:
    """epoch_ms of a moment, or (scale 6) make_timestamp of microseconds."""
    scale = node.args.get("scale")
    if scale is not None and scale.name == "6":
        return spark_call("timestamp_micros", node.this.copy())
    micros = exp.cast(spark_call("unix_micros", as_moment(node.this.copy())), "decimal(20, 0)")
    thousandth = exp.cast(exp.Literal.string("0.001"), "decimal(3, 3)")
    return exp.cast(spark_call("round", exp.Mul(this=micros, expression=thousandth)), "bigint")


def series(node: exp.GenerateSeries) -> exp.Expression:
    """A series that ends before it starts has no members; Spark would count down."""
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    if node.args.get("is_end_exclusive"):
        end = exp.paren(exp.Sub(this=exp.paren(end.copy()), expression=exp.Literal.number(1)))
    arguments = [start.copy(), end.copy(), *([step.copy()] if step is not None else [])]
    return exp.If(
        this=exp.LTE(this=start.copy(), expression=end.copy()),
        true=spark_call("sequence", *arguments),
        false=spark_call(
            "slice", spark_call("array", start.copy()), exp.Literal.number(1), exp.Literal.number(0)
        ),
    )
