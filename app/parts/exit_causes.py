"""Why subscriptions left in a month: causes with intervals, beside an earlier month."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from app import against, charts, components, figures, i18n, serving
from app.compare import Figure, compared, wilson
from app.i18n import t
from app.queries import metrics


def exit_causes(month: pd.Timestamp, versus: str = "prev") -> pd.DataFrame:
    """Return a month's exit causes in words, most frequent first, beside an earlier month.

    There are no targets of causes: where the page compares with a target, the month before is it.
    """
    return serving.once(f"causes {month} {versus}", lambda: _exit_causes(month, versus))


def _exit_causes(month: pd.Timestamp, versus: str) -> pd.DataFrame:
    earlier_month = against.month_of(versus, month) or against.month_of("prev", month)
    before = metrics.exit_causes(earlier_month).to_dict("records")
    earlier = {row["cause"]: wilson(row["exits"], row["base"]) for row in before}
    rows = metrics.exit_causes(month)
    total = rows["exits"].sum()
    told = []
    for row in rows.to_dict("records"):
        share = wilson(row["exits"], row["base"])
        then = Figure(None) if row["cause"] == "joined" else earlier.get(row["cause"])
        told.append(
            {
                "code": row["cause"],
                "label": i18n.word("exit_cause", row["cause"]),
                "value": share.value,
                "low": share.low,
                "high": share.high,
                "share": 100 * row["exits"] / total,
                "exits": row["exits"],
                "value_text": i18n.percent(share.value, 2),
                "interval_text": figures.interval_text(share, "%"),
                "verdict": figures.verdict_text(compared(share, then or Figure(None))),
            }
        )
    columns = ["code", "label", "value", "low", "high", "share", "exits"]
    return pd.DataFrame(told, columns=[*columns, "value_text", "interval_text", "verdict"])


def cause_card(
    month: pd.Timestamp,
    caption: str,
    key: str,
    versus: str = "prev",
    picked: Callable[[str], None] | None = None,
) -> None:
    """Draw why subscriptions left in a month, and offer the rows.

    Parameters
    ----------
    picked : callable, optional
        Given the code of the cause whose bar was clicked.
    """
    causes = exit_causes(month, versus)
    compared_with = against.in_words("prev" if versus == "target" else versus, month)

    def on_pick() -> None:
        found = components.picked("causes")
        if found and picked:
            picked(found[0]["code"])

    def tools() -> None:
        if len(causes):
            rows = causes[["code", "label", "value", "low", "high", "share", "exits", "verdict"]]
            components.download(rows, f"exit_causes_{month:%Y-%m}", key)

    with components.card(t("causes"), caption, tools):
        if causes.empty and metrics.had_exits(month):
            components.nothing(t("causes.few"), t("causes.few.why"), "visibility_off")
            return
        if causes.empty:
            components.nothing(t("no_exits"), t("no_exits.why"), "door_open")
            return
        components.chart(
            charts.ranked(
                causes,
                tooltip=[
                    ("label", t("cause")),
                    ("value_text", t("metric.M29")),
                    ("interval_text", t("interval")),
                    ("verdict", t("against_month", month=compared_with)),
                ],
                unit="%",
                pick="code" if picked else None,
            ),
            charts.height_of(len(causes), at_least=310),
            t("causes.alt", cause=causes["label"].iloc[0], value=causes["value_text"].iloc[0]),
            **({"key": "causes", "on_pick": on_pick} if picked else {}),
        )
