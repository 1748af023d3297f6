"""Metric cards and rows: a value, how it moved, and what exactly it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app import access, against, components, i18n
from app.compare import Change, Figure, compared
from app.i18n import t
from app.queries import currency, metrics, targets

SOURCE = "marts.metric_value"
SPARK_MONTHS = 13
# Of minutes down, which the end of an outage told later may change.
OF_DOWNTIME = ("M17", "M17b", "M18", "M18b", "M18c", "M19", "M20")
PER_THOUSAND = "per 1000 per 30 d"


@dataclass(frozen=True)
class Reading:
    """One metric in one month, beside what it is compared with.

    Parameters
    ----------
    before : Timestamp or None
        The month it is compared with, where there is a value of it.
    before_text, before_short : str
        What it is compared with in words, a month or the target.
    """

    metric: str
    month: pd.Timestamp
    before: pd.Timestamp | None
    before_text: str
    before_short: str
    now: Figure
    change: Change
    status: str
    is_small: bool
    is_low_n: bool
    n: float | None
    seen_share: float | None
    history: pd.DataFrame

    @property
    def has_value(self) -> bool:
        """Tell whether there is a value to show."""
        return not i18n.is_missing(self.now.value)


def definition(metric: str) -> dict[str, object] | None:
    """Return the catalogue's row of a metric, or None."""
    return metrics.catalogue().get(metric)


def name(metric: str) -> str:
    """Return a metric's short name."""
    known = f"metric.{metric}"
    if known in i18n.CATALOGUE:
        return t(known)
    row = definition(metric)
    return metric if row is None else row["metric_name"]


def unit(metric: str) -> str:
    """Return a metric's unit as the catalogue writes it."""
    row = definition(metric)
    return "" if row is None else row["unit"]


def read(
    values: pd.DataFrame,
    metric: str,
    month: pd.Timestamp,
    slice_: str = "all",
    versus: str = "prev",
) -> Reading:
    """Find a metric's value in a month among the rows of `metrics.values`.

    Parameters
    ----------
    versus : str
        What to compare with, a code of `against.CODES` or a month. A target is exact, so that a
        change from it is clear where the value's own interval leaves it out.
    """
    # In arrays: a page asks this of many metrics, and comparing Series costs ten times as much.
    is_own = values["metric_id"].to_numpy(dtype=object) == metric
    is_own &= values["dimension_value"].to_numpy(dtype=object) == slice_
    places = np.flatnonzero(is_own)
    statuses = values["status"].to_numpy(dtype=object)[places]
    places = places[_is_known_whole(list(statuses))]
    starts = values["period_start"].to_numpy()[places]
    history = values.iloc[places[starts <= month.to_datetime64()][-SPARK_MONTHS:]]
    by_month = {row["period_start"]: row for row in history.to_dict("records")}
    at = by_month.get(month, {})
    before = against.month_of(versus, month)
    if before is not None and before not in by_month:  # one chosen may be later, or long ago
        other = values.iloc[places[starts == before.to_datetime64()]]
        by_month |= {row["period_start"]: row for row in other.to_dict("records")}
    now, earlier = _figure(at), _figure(by_month.get(before, {}))
    if before is None:
        target = targets.target(metric, month)
        earlier = Figure(target, target, target)
    return Reading(
        metric=metric,
        month=month,
        before=before if before in by_month else None,
        before_text=against.in_words(versus, month),
        before_short=against.in_words(versus, month, is_short=True)
        + (
            f" {i18n.measure(earlier.value, unit(metric))}"
            if before is None and not i18n.is_missing(earlier.value)
            else ""
        ),
        now=now,
        change=compared(now, earlier),
        status=at.get("status", ""),
        is_small=bool(at.get("is_small")),
        is_low_n=bool(at.get("is_low_n")),
        n=at.get("n"),
        seen_share=at.get("seen_share"),
        history=history,
    )


def card(reading: Reading) -> None:
    """Draw a metric card; colour only where the change is clear."""
    row = definition(reading.metric)
    the_unit = unit(reading.metric)
    label = name(reading.metric)
    if not reading.has_value:
        components.metric(
            label,
            i18n.NOTHING,
            t("too_few") if reading.is_small else t("no_value"),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help=explanation(reading),
        )
        return
    text, colour, arrow = movement(reading, "" if row is None else row["direction"])
    spark = reading.history["value"].dropna().astype(float).round(4).tolist()
    components.metric(
        label,
        i18n.measure(reading.now.value, the_unit) + _suffix(the_unit),
        text,
        delta_color=colour,
        delta_arrow=arrow,
        delta_description=" · ".join(
            ([] if reading.change.verdict == "none" else [reading.before_short]) + caveats(reading)
        )
        or None,
        border=True,
        height="stretch",
        chart_data=spark if len(spark) > 1 else None,
        chart_type="line",
        help=explanation(reading),
    )


def caveats(reading: Reading) -> list[str]:
    """Return what keeps a value from being taken for sure: not final yet, of few, still going on.

    What an open outage has cost so far is counted, and may prove to be less once its end is told.
    """
    few = [t("few_n", n=i18n.number(reading.n))] if reading.is_low_n else []
    counted = open_outages(reading)
    still = [t("outages_open", count=i18n.number(counted))] if counted else []
    return ([t("provisional")] if reading.status == "provisional" else []) + few + still


def open_outages(reading: Reading) -> int:
    """Return how many outages counted in a value have not been told to be over."""
    return metrics.open_outages(reading.month) if reading.metric in OF_DOWNTIME else 0


def definitions(shown: Sequence[str]) -> None:
    """Lead to the contracts of the figures above: no key reaches the link in a tooltip."""
    if not access.may("catalogue"):
        return
    links = [
        f"[{name(metric)}](catalogue?metric={metric}&lang={i18n.language()})"
        for metric in shown
        if definition(metric) is not None
    ]
    if links:
        st.caption(f"{t('definitions')} {' · '.join(links)}")


def movement(reading: Reading, direction: str) -> tuple[str | None, str, str]:
    """Return text, colour and arrow of a change; noise gets neither colour nor arrow."""
    change = reading.change
    if change.verdict == "none":
        return None, "off", "off"
    if change.verdict == "unclear":
        return t("no_clear_change"), "off", "off"
    text = difference_text(change.difference, unit(reading.metric))
    if text.startswith("±"):
        return text, "off", "off"
    arrow = "up" if change.difference > 0 else "down" if change.difference < 0 else "off"
    if change.verdict == "bare" or direction not in ("up", "down"):
        return text, "off", arrow
    is_better = (change.difference > 0) == (direction == "up")
    return text, "green" if is_better else "red", arrow


def difference_text(difference: float, the_unit: str) -> str:
    """Write a difference in its unit; of two percentages, in percentage points."""
    kind = i18n.unit_kind(the_unit)
    if kind == "percent":
        digits = 2 if abs(difference) < 10 else 1
        return f"{i18n.signed(difference, digits)} {t('pp')}"
    if abs(difference) >= 10_000:
        return ("+" if difference > 0 else "") + i18n.compact(difference)
    digits = 0 if abs(difference) >= 100 else 1 if abs(difference) >= 1 else 2
    return i18n.signed(difference, digits)


def arrow_text(difference: float, the_unit: str) -> str:
    """Write a difference with an arrow for its sign, which no spreadsheet takes for a formula."""
    text = difference_text(abs(difference), the_unit).lstrip("+±")
    return ("" if not text.strip("0.,") else "↑ " if difference > 0 else "↓ ") + text


def verdict_text(change: Change) -> str:
    """Say in words what may be said about a change."""
    if change.verdict == "clear":
        return t("clear_rise") if change.difference > 0 else t("clear_fall")
    return {
        "unclear": t("no_clear_change"),
        "bare": t("no_interval"),
        "none": t("nothing_before"),
    }[change.verdict]


def interval_text(figure: Figure, the_unit: str) -> str:
    """Write an interval, or nothing where there is none."""
    if not figure.has_interval:
        return i18n.NOTHING
    low, high = figure.low, figure.high
    kind = i18n.unit_kind(the_unit)
    widest = max(abs(low), abs(high))
    if kind == "number":  # both as exact as the larger: −0.9 – 24.0
        return i18n.between(low, high, 2 if widest < 1 else 1 if widest < 1000 else 0)
    if kind == "percent" and min(abs(low), abs(high)) < 10 <= widest < 99:
        return f"{i18n.percent(low, 1)} – {i18n.percent(high, 1)}"
    return f"{i18n.measure(low, the_unit)} – {i18n.measure(high, the_unit)}"


def seen_text(share: float | None) -> str:
    """Write which share of its population a metric's links let it see; 99.96 % is not all of it."""
    return i18n.part(share)


def explanation(reading: Reading) -> str:
    """Write a metric's tooltip: what it is, unit, period, interval, rows behind, source table."""
    row = definition(reading.metric)
    lines = []
    if row is not None:
        own = row["metric_name"] if i18n.language() == "en" else name(reading.metric)
        lines.append(f"**{reading.metric} · {own}**")
        if access.may("catalogue"):
            # On top, for a long tooltip scrolls. It opens beside the view, which stays as it is.
            address = f"catalogue?metric={reading.metric}&lang={i18n.language()}"
            lines.append(f"[{t('definition.of', metric=reading.metric)}]({address})")
        lines.append(i18n.contract(row["definition"]))
        lines.append(f"{t('formula')}: {i18n.contract(row['formula'])}")
        lines.append(f"{t('unit')}: {i18n.unit_word(row['unit'])}")
    else:
        lines.append(f"**{reading.metric}**")
    status = f", {t('provisional')}" if reading.status == "provisional" else ""
    lines.append(f"{t('period')}: {i18n.month(reading.month)}{status}")
    if reading.status == "final" and open_outages(reading):
        lines.append(t("outages_open.why"))
    if reading.now.has_interval:
        lines.append(f"{t('interval')}: {interval_text(reading.now, unit(reading.metric))}")
    if not i18n.is_missing(reading.n):
        low = f" ({t('low_n')})" if reading.is_low_n else ""
        lines.append(f"n = {i18n.number(reading.n)}{low}")
    if not i18n.is_missing(reading.seen_share):
        edges = [] if row is None else [i18n.word("edge", each) for each in row["edges"]]
        through = f" ({', '.join(edges)})" if edges else ""
        lines.append(f"{t('seen')}: {seen_text(reading.seen_share)}{through}")
    if reading.change.verdict == "bare":
        lines.append(t("no_interval.why"))
    lines.append(f"{t('source')}: `{SOURCE}`")
    return "\n\n".join(lines)


def trend_rows(reading: Reading) -> pd.DataFrame:
    """Return a metric's history as `charts.trend` takes it; a month without a value is a gap."""
    told = np.flatnonzero(reading.history["value"].notna())
    if not len(told):
        return pd.DataFrame()
    history = reading.history.iloc[told[0] : told[-1] + 1]
    the_unit = unit(reading.metric)
    return pd.DataFrame(
        {
            "month": history["period_start"].astype("datetime64[us]"),
            "value": history["value"].astype(float),
            "low": history["ci_low"].astype(float),
            "high": history["ci_high"].astype(float),
            "is_provisional": history["status"] == "provisional",
            "month_text": history["period_start"].map(i18n.month)
            + history["status"].map(lambda s: f" ({t('provisional')})" if s != "final" else ""),
            "value_text": history["value"].map(lambda value: i18n.measure(value, the_unit)),
            "interval_text": [
                interval_text(Figure(value, low, high), the_unit)
                for value, low, high in zip(
                    history["value"], history["ci_low"], history["ci_high"], strict=True
                )
            ],
        }
    )


def _figure(row: Mapping[str, object]) -> Figure:
    return Figure(row.get("value"), row.get("ci_low"), row.get("ci_high"))


def _is_known_whole(statuses: list[str]) -> np.ndarray:
    """Leave out provisional months before the first final one: the data begins within them."""
    first = statuses.index("final") if "final" in statuses else 0
    return np.arange(len(statuses)) >= first


def _suffix(the_unit: str) -> str:
    units = {"min": t("unit.min"), "h": t("unit.h"), PER_THOUSAND: t("unit.per_thousand")}
    return f" {units.get(the_unit, currency.named_by(the_unit))}".rstrip()
