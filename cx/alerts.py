"""Alerts on metrics: limits of the home's ``alerts.yml``, looked at in each new release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
from pydantic import BaseModel, ConfigDict, Field

from cx.errors import UserError
from cx.home_yaml import read_yaml
from cx.release import current, duckdb_read_only
from cx.settings import Settings

_NEWEST = """
    select value, ci_low, ci_high, period_start, status, coalesce(is_low_n, false) as is_low_n
    from marts.metric_value
    where metric_id = ? and period_grain = ? and dimension = ? and dimension_value = ?
    order by status = 'final' desc, period_start desc
    limit 1
"""

_THERE = """
    select dimension_value
    from marts.metric_value
    where metric_id = ? and dimension = ?
    group by dimension_value
    order by dimension_value
"""
# So many values of a slice are named to who wrote one that is not there.
MOST_NAMED = 12


class Wanted(BaseModel):
    """One alert: a metric, whole or of one slice, and the limit it should not pass.

    Parameters
    ----------
    by, of : str
        A slice of the metric and its value, such as region and South; without, the whole base.
    above, below : float
        The limit in the metric's unit, one of the two.
    is_clear : bool
        Tell only when the whole interval is beyond the limit: chance alone then tells nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    metric: str
    by: str = "all"
    of: str = "all"
    grain: str = Field("month", pattern="^(day|week|month|total)$")
    above: float | None = Field(None, allow_inf_nan=False)
    below: float | None = Field(None, allow_inf_nan=False)
    is_clear: bool = False

    @property
    def limit(self) -> str:
        """Return the limit in words, as `below 60`."""
        return f"below {self.below:g}" if self.above is None else f"above {self.above:g}"


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    alerts: tuple[Wanted, ...]


@dataclass(frozen=True)
class Reading:
    """An alert and the newest value of its metric: beyond the limit, within, or not known.

    Or wrong: it asks for what the release does not have, and the sentence says what.
    """

    alert: Wanted
    state: str
    sentence: str


def wanted(settings: Settings) -> tuple[Wanted, ...]:
    """Read the home's ``alerts.yml``; none where there is no file.

    Raises
    ------
    UserError
        When it says something it may not say.
    """
    path = settings.home / "alerts.yml"
    told = read_yaml(path, _Config, "docs/operate.md")
    found = told.alerts if told else ()
    names = [alert.name for alert in found]
    for alert in found:
        if names.count(alert.name) > 1:
            raise UserError(f"{path}: two alerts are called {alert.name}; name each differently")
        if (alert.above is None) == (alert.below is None):
            raise UserError(f"{path}: {alert.name}: give one of above and below")
        if (alert.by == "all") != (alert.of == "all"):
            raise UserError(f"{path}: {alert.name}: give both by and of, or neither")
    return found


def readings(settings: Settings) -> list[Reading]:
    """Return each alert beside the newest value in the current release, final ones first.

    Raises
    ------
    UserError
        When alerts.yml says something it may not say.
    NoRelease
        When nothing is published.
    """
    alerts = wanted(settings)
    if not alerts:
        return []
    connection = duckdb_read_only(settings.releases / current(settings.releases).file)
    try:
        known = {
            metric: (name, unit, slices)
            for metric, name, unit, slices in connection.execute(
                "select metric_id, metric_name, unit, slices from marts.dim_metric"
            ).fetchall()
        }
        return [_reading(connection, alert, known) for alert in alerts]
    finally:
        connection.close()


def _reading(
    connection: duckdb.DuckDBPyConnection,
    alert: Wanted,
    known: dict[str, tuple[str, str, list[str] | None]],
) -> Reading:
    if alert.metric not in known:
        return Reading(
            alert, "wrong", f"there is no metric {alert.metric}; docs/metrics.md has them all"
        )
    name, unit, slices = known[alert.metric]
    if alert.by != "all" and alert.by not in (slices or ()):
        has = ", ".join(slices or ()) or "no slices"
        return Reading(alert, "wrong", f"{alert.metric} has no slice {alert.by}; it has: {has}")
    found = connection.execute(_NEWEST, [alert.metric, alert.grain, alert.by, alert.of]).fetchall()
    subject = name if alert.by == "all" else f"{name}, {alert.by} {alert.of}"
    if not found:
        there = [row[0] for row in connection.execute(_THERE, [alert.metric, alert.by]).fetchall()]
        if there and alert.of not in there:
            has = ", ".join(there[:MOST_NAMED]) + (", …" if len(there) > MOST_NAMED else "")
            return Reading(
                alert, "wrong", f"{alert.metric} has no {alert.by} {alert.of}; it has: {has}"
            )
        return Reading(alert, "unknown", f"{subject}: the release has no value by {alert.grain}")
    value, low, high, period, status, is_low_n = found[0]
    when = _when(period, alert.grain)
    if value is None:
        return Reading(alert, "unknown", f"{subject}: no value, or hidden as of too few, {when}")
    shown = "" if ".." in unit else " %" if unit == "%" else f" {unit}"
    sentence = f"{subject}: {value:,.2f}{shown} {when}, limit {alert.limit}"
    if low is not None:
        sentence += f" (95 % interval {low:,.2f} to {high:,.2f})"
    sentence += ", provisional" * (status != "final") + ", few answers" * is_low_n
    return Reading(alert, "beyond" if _is_beyond(alert, value, low, high) else "within", sentence)


def _is_beyond(alert: Wanted, value: float, low: float | None, high: float | None) -> bool:
    if alert.above is not None:
        return (low if alert.is_clear and low is not None else value) > alert.above
    return (high if alert.is_clear and high is not None else value) < alert.below


def _when(period: date, grain: str) -> str:
    return {
        "month": f"in {period:%B %Y}",
        "week": f"in the week of {period:%d %B %Y}",
        "day": f"on {period:%d %B %Y}",
        "total": "in all",
    }[grain]
