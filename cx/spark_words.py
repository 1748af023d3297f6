"""What every rule for Spark's SQL needs: its types, and how to say a call, a double, a moment."""

from __future__ import annotations

from sqlglot import exp


class Untranslatable(Exception):
    """What DuckDB is asked cannot be said in Spark's SQL."""


# DuckDB's open end. Spark has no infinite moment; this is the last one both can write.
LAST_MOMENT = "9999-12-31 23:59:59.999999"
FIRST_MOMENT = "0001-01-01 00:00:00"
_WHOLE = {"HUGEINT", "UHUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT"}
UNKNOWN_TO_SPARK = _WHOLE | {"UUID", "JSON"}
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"} | _WHOLE


def spark_type(kind: str) -> exp.DataType:
    """Return a DuckDB type as Spark's: whole numbers wider than 64 bits are counts, and fit."""
    if kind in _WHOLE:
        kind = "BIGINT"
    if kind in ("UUID", "JSON") or kind.startswith("ENUM"):
        kind = "VARCHAR"
    if kind.startswith("TIMESTAMP"):
        kind = "TIMESTAMPTZ"  # Spark's TIMESTAMP, read in UTC as the session's zone is
    return exp.DataType.build(kind, dialect="duckdb")


def spark_call(name: str, *arguments: exp.Expression | str) -> exp.Anonymous:
    """Return the call of a function by its name in Spark."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def as_double(node: exp.Expression) -> exp.Expression:
    """Return a value cast to a double."""
    return exp.cast(node, exp.DataType.build("double"))


def as_moment(node: exp.Expression) -> exp.Expression:
    """Return a value cast to a moment."""
    return exp.Cast(this=node, to=spark_type("TIMESTAMP"))


def duck_kind(node: exp.Expression | None) -> str:
    """Return the type DuckDB gives a value, as far as it is known."""
    return node.meta.get("duck", "") if node is not None else ""
