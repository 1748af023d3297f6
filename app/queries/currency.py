"""The currency of the bills."""

from __future__ import annotations

from app.serving import ask, shown

_UNIT = "select unit from marts.dim_metric where metric_id = $metric"
CHARGED = "M33"


def of_bills() -> str:
    """Return the currency of the bills; nothing where none is known, or they are in several."""
    if not shown().has("marts.dim_metric"):
        return ""
    rows = ask(_UNIT, metric=CHARGED)
    return named_by(str(rows["unit"].iloc[0])) if len(rows) else ""


def named_by(unit: str) -> str:
    """Return the currency a unit names; nothing where it names none."""
    first = unit.split(" ")[0]
    return first if len(first) == 3 and first.isupper() else ""


def heading(title: str) -> str:
    """Return the heading of a column of money, with the currency of the bills where it is one."""
    code = of_bills()
    return f"{title}, {code}" if code else title
