"""What doing something earns against doing nothing: written, as figures, and as a curve."""

from __future__ import annotations

import pandas as pd

from app import components, curve_plots, i18n
from app.i18n import t


def money(value: float | None, currency: object) -> str:
    """Write an amount of the terms' currency."""
    whole = value if i18n.is_missing(value) or abs(value) < 10 else round(value)
    return f"{i18n.compact(whole)} {'' if i18n.is_missing(currency) else currency}".strip()


def on_axis(currency: object) -> str:
    """Write a currency behind the numbers of an axis."""
    return "" if i18n.is_missing(currency) or not currency else f"\u00a0{currency}"


def span(low: float | None, high: float | None, currency: object) -> str:
    """Write an interval of amounts, or nothing where there is none."""
    if i18n.is_missing(low) or i18n.is_missing(high):
        return i18n.NOTHING
    return f"{money(low, currency)} – {money(high, currency)}"


def figure(label: str, value: str, note: str | None = None, tip: str | None = None) -> None:
    """Draw a figure with what stands below it; nothing here rises or falls."""
    components.metric(
        label,
        value,
        note,
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=tip,
    )


def curve(
    rows: pd.DataFrame,
    currency: object,
    *,
    titles: tuple[str, str],
    at: float | None,
    limit: float | None,
    description: str,
    count_title: str,
) -> None:
    """Draw money by how many lines something is done for; nothing is done at zero.

    Parameters
    ----------
    rows : DataFrame
        Columns x (lines), value, low, high, saves and series (in words, in order).
    titles : tuple
        What the upright rules at `at` and `limit` say.
    """
    shown = rows.assign(
        x=rows["x"].astype(float),
        lines=rows["x"].map(i18n.number),
        value_text=[money(value, currency) for value in rows["value"]],
        interval_text=[
            span(low, high, currency) for low, high in zip(rows["low"], rows["high"], strict=True)
        ],
        saves=[i18n.number(value, 1) for value in rows["saves"]],
    )
    series = list(dict.fromkeys(shown["series"]))
    tooltip = [
        ("lines", count_title),
        ("value_text", t("target.profit")),
        ("interval_text", t("interval")),
        ("saves", t("target.saves")),
    ]
    if len(series) > 1:
        tooltip.insert(0, ("series", t("target.ranking")))
    components.chart(
        curve_plots.earned(
            shown,
            series=series,
            tooltip=tooltip,
            titles=titles,
            best_at=at,
            limit_at=limit,
            unit=on_axis(currency),
        ),
        290,
        description,
    )
