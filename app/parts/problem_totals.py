"""What all problems of a period did together, beside an earlier one; and how good service was."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from app import components, figures, i18n
from app.compare import compared, wilson
from app.i18n import t
from app.queries import metrics, service, service_sums
from app.queries.privacy import FEWEST

# How good service was by month, beside what it should be.
METRICS = ("M17", "M20")


def cards(scope: service.Scope, totals: pd.Series, as_of: str, versus: str) -> None:
    """Draw what the problems of the scope did beside an earlier period, and service by month."""
    earlier = before(scope, versus)
    month, readings = by_month(scope, versus)
    with st.grid(4, min_column_width=158, gap="small"):
        total_cards(
            totals, None if earlier is None else service_sums.totals(earlier, as_of), versus
        )
        for reading in readings:
            figures.card(reading)
    if totals["left_out"]:
        counts = {name: i18n.number(totals[name]) for name in ("left_out", "problems")}
        st.caption(
            t("service.left_out", problems=counts["left_out"], all=counts["problems"], k=FEWEST)
        )
    if readings:
        names = ", ".join(figures.name(reading.metric) for reading in readings)
        part = i18n.word("region", scope.region) if scope.region else t("whole_base").lower()
        st.caption(t("service.month", metrics=names, month=i18n.month(month), part=part))
        figures.definitions([reading.metric for reading in readings])


def by_month(
    scope: service.Scope, versus: str
) -> tuple[pd.Timestamp | None, list[figures.Reading]]:
    """Return how good service was in the last whole month, of the region or of all."""
    months = metrics.months()
    whole = months[months["is_complete"].astype(bool)] if len(months) else months
    if whole.empty:
        return None, []
    month = pd.Timestamp(whole["period_start"].iloc[0])
    dimension, code = ("region", scope.region) if scope.region else ("all", "all")
    values = metrics.values(METRICS, dimension)
    readings = [figures.read(values, metric, month, code, versus) for metric in METRICS]
    return month, [reading for reading in readings if reading.has_value]


def before(scope: service.Scope, versus: str) -> service.Scope | None:
    """Return the period to compare with, or None where the data does not reach so far."""
    first = service.first_known()
    if scope.since is None or scope.until is None or first is None or versus == "target":
        return None
    earlier = shifted(scope, versus)
    return None if pd.Timestamp(earlier.since) < first else earlier


def shifted(scope: service.Scope, versus: str) -> service.Scope:
    """Return the period a year earlier, or (`prev`) the one before it."""
    since, until = pd.Timestamp(scope.since), pd.Timestamp(scope.until)
    back = pd.DateOffset(years=1) if versus == "year" else until - since
    return replace(scope, since=str(since - back), until=str(until - back))


def total_cards(totals: pd.Series, before_: pd.Series | None, versus: str) -> None:
    """Draw what all problems of the scope did, beside those of an earlier period."""
    beside = t("period_before" if versus == "prev" else "period_last_year")
    for field, icon_help in (
        ("problems", "problems.help"),
        ("customer_minutes_lost", "minutes.help"),
        ("affected_customers", "affected.help"),
        ("contacts", "contacts.help"),
        ("tickets", "tickets.help"),
    ):
        small = i18n.is_missing(totals[field])
        difference = None if before_ is None else totals[field] - before_[field]
        difference = None if i18n.is_missing(difference) else difference
        components.metric(
            t(f"total.{field}"),
            t("hidden") if small else i18n.compact(totals[field]),
            None
            if difference is None
            else i18n.signed(difference)
            if abs(difference) < 1e4
            else ("+" if difference > 0 else "") + i18n.compact(difference),
            delta_color="off",
            delta_arrow="off" if not difference else "up" if difference > 0 else "down",
            delta_description=None if difference is None else beside,
            border=True,
            height="stretch",
            help=t(icon_help, k=FEWEST),
        )
    exit_card(totals, before_, beside)


def exit_card(totals: pd.Series, before_: pd.Series | None, beside: str) -> None:
    """Draw the share of those hit who left within 30 days: timing, not cause."""
    followed = totals["followed_subscriptions"]
    is_small = not _is_told(totals)
    now = wilson(0 if is_small else totals["exits_30d"], followed)
    change = None
    if before_ is not None and _is_told(before_) and not is_small:
        change = compared(now, wilson(before_["exits_30d"], before_["followed_subscriptions"]))
    text = None
    if change is not None and change.verdict != "none":
        text = (
            t("no_clear_change")
            if change.verdict == "unclear"
            else f"{i18n.signed(change.difference, 1)} {t('pp')}"
        )
    is_clear = change is not None and change.verdict == "clear"
    rises = is_clear and change.difference > 0
    components.metric(
        t("total.exits_30d"),
        t("hidden") if is_small and followed else i18n.percent(now.value, 1),
        None if is_small else text,
        delta_color=("red" if rises else "green") if is_clear else "off",
        delta_arrow=("up" if rises else "down") if is_clear else "off",
        delta_description=(
            t("exits.none_yet")
            if totals["problems"] and not followed
            else beside
            if text and not is_small
            else None
        ),
        border=True,
        height="stretch",
        help=t(
            "exits.help",
            low=i18n.percent(now.low, 1),
            high=i18n.percent(now.high, 1),
            n=i18n.NOTHING if is_small else i18n.number(followed),
            k=FEWEST,
        ),
    )


def _is_told(totals: pd.Series) -> bool:
    """Tell whether enough people were followed, and none or enough of them left, to say so."""
    return totals["followed_subscriptions"] >= FEWEST and not i18n.is_missing(totals["exits_30d"])
