"""What a month's churn is of the part of the base looked at: the finding, what scores add up to."""

from __future__ import annotations

import pandas as pd

from app import charts, components, figures, horizon, i18n
from app.i18n import t
from app.queries import currency


def sentence(churn_rate: figures.Reading, month: pd.Timestamp, totals: pd.Series | None) -> str:
    """Say the finding in one sentence or two."""
    if churn_rate.has_value:
        change = {
            "clear": t(
                "change.clear",
                difference=figures.difference_text(churn_rate.change.difference, "%"),
                before=churn_rate.before_text,
            ),
            "unclear": t("change.unclear", before=churn_rate.before_text),
            "bare": "",
            "none": t("change.none"),
        }[churn_rate.change.verdict]
        said = t(
            "churn.finding",
            month=i18n.month(month),
            exits=exits_text(churn_rate),
            rate=i18n.percent(churn_rate.now.value, 2),
            change=change,
        )
        if churn_rate.status == "provisional":
            said += " " + t("overview.finding.provisional")
    else:
        finding = "overview.finding.few" if churn_rate.is_small else "overview.finding.none"
        said = t(finding, month=i18n.month(month))
    if totals is not None and not totals["is_small"]:
        exits, until = i18n.number(totals["expected_exits"]), totals.get("window_to")
        # A release made before the window was kept with the scores does not tell its end.
        said += " " + (
            t("churn.finding.next", exits=exits)
            if i18n.is_missing(until)
            else t("churn.finding.until", exits=exits, until=i18n.day(until))
        )
    return said


def exits_text(churn_rate: figures.Reading) -> str:
    """Write how many left; fewer than ten are not counted out."""
    exits = churn_rate.history["numerator"].iloc[-1]
    return t("hidden") if i18n.is_missing(exits) else i18n.number(exits)


def risk_cards(totals: pd.Series) -> None:
    """Draw what the scores add up to."""
    is_small = bool(totals["is_small"])
    code = currency.of_bills()
    components.metric(
        t("expected_exits"),
        t("hidden") if is_small else i18n.number(totals["expected_exits"]),
        None if is_small else i18n.percent(100 * totals["expected_share"], 1),
        delta_color="off",
        delta_arrow="off",
        delta_description=t("of_scored", n=i18n.number(totals["subscriptions"])),
        border=True,
        height="stretch",
        help=t("expected_exits.help", until=horizon.score_until()),
    )
    components.metric(
        t("charge_at_risk"),
        t("hidden") if is_small else f"{i18n.compact(totals['charge_at_risk'])} {code}".rstrip(),
        None,
        border=True,
        height="stretch",
        help=t("charge_at_risk.help"),
    )


def trend_card(reading: figures.Reading) -> None:
    """Draw the churn rate by month with its interval."""

    def tools() -> None:
        components.download(
            reading.history.drop(columns=["is_small"]), "churn_rate", "churn.trend.csv"
        )

    with components.card(t("churn.trend"), t("trend.how"), tools):
        rows = figures.trend_rows(reading)
        if rows.empty:
            components.nothing(t("no_value"), t("no_value.why"), "data_alert")
            return
        components.chart_over_time(
            charts.trend(
                rows,
                value_title=figures.name("M28"),
                month_title=t("month"),
                interval_title=t("interval"),
                unit="percent",
            ),
            300,
            t("trend.alt", metric=figures.name("M28"), value=rows["value_text"].iloc[-1]),
            rows["month"],
        )
