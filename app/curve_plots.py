"""Charts of curves: series over time with their intervals, and what a plan earns."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.chart_base import WIDE, Spec, colours, month_axis, number_axis, rows
from app.i18n import language

# Series differ by dash as well as by colour, for those who do not tell colours apart.
TONES = ("main", "second", "third", "fourth", "muted")
DASHES = ((1, 0), (6, 3), (2, 2), (9, 3, 2, 3), (4, 4))
# What a mark at a fixed place is drawn from: once, not once per row of the chart.
ONE_ROW: Spec = {"values": [{}]}


def styles(names: Sequence[str]) -> tuple[Spec, Spec]:
    """Return the scales of colour and dash for up to five series, in order."""
    paint = colours()
    tones = [paint[TONES[n % len(TONES)]] for n in range(len(names))]
    dashes = [list(DASHES[n % len(DASHES)]) for n in range(len(names))]
    return {"domain": list(names), "range": tones}, {"domain": list(names), "range": dashes}


def with_gaps(frame: pd.DataFrame, every: str = "MS") -> pd.DataFrame:
    """Return the rows with one of no value for each month a series skips: its line breaks there.

    What stands between two breaks is `is_alone`.

    Parameters
    ----------
    frame : DataFrame
        Columns x (a month's first day), value, series and others.
    every : str
        How far apart they stand, as pandas writes it: MS a month, QS a quarter.
    """
    parts = []
    for name, own in frame.groupby("series", sort=False):
        months = pd.date_range(own["x"].min(), own["x"].max(), freq=every, name="x")
        whole = own.set_index("x").reindex(months).reset_index().assign(series=name)
        for column in own.select_dtypes("bool"):
            whole[column] = whole[column].fillna(False).astype(bool)
        is_told = whole["value"].notna()
        beside = is_told.shift(fill_value=False) | is_told.shift(-1, fill_value=False)
        parts.append(whole.assign(is_alone=is_told & ~beside))
    return pd.concat(parts, ignore_index=True) if parts else frame


def curves(
    frame: pd.DataFrame,
    *,
    series: Sequence[str],
    tooltip: Sequence[tuple[str, str]],
    unit: str = "%",
    across_title: str | None = None,
    is_time: bool = False,
    has_points: bool = False,
    rule_at: float | None = None,
) -> Spec:
    """Draw lines with their bands (columns x, value, low, high, series).

    Where the rows have a column is_provisional, such a point is hollow.

    Parameters
    ----------
    series : sequence of str
        Names in the order of colours and dashes; at most five.
    is_time : bool
        `x` is a month's first day; else a number.
    rule_at : float, optional
        A level to compare with, drawn across.
    """
    paint = colours()
    tones, dashes = styles(series)
    across: Spec = {"field": "x", "type": "temporal" if is_time else "quantitative"}
    across |= {
        "title": None if is_time else across_title,
        "axis": month_axis(frame["x"].dt.to_period("M").nunique())
        if is_time
        else {"grid": False, "tickCount": 8, "titleFontWeight": "normal"},
        "scale": {} if is_time else {"nice": False},
    }
    up: Spec = {"type": "quantitative", "title": None, "axis": number_axis(unit)}
    up["scale"] = {"zero": False, "nice": True}
    colour: Spec = {"field": "series", "type": "nominal", "scale": tones}
    colour["legend"] = (
        {
            "title": None,
            "orient": "top",
            "offset": 2,
            # One below the other on a phone, two beside each other in half a page.
            "labelLimit": {"expr": f"min(260, ({WIDE} < 380 ? 0.8 : 0.42) * {WIDE})"},
            "columns": {"expr": f"{WIDE} < 380 ? 1 : {WIDE} < 560 ? 2 : 3"},
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "symbolStrokeWidth": 2.4,
        }
        if len(series) > 1
        else None
    )
    dash = {"field": "series", "type": "nominal", "scale": dashes, "legend": colour["legend"]}
    tips = [{"field": field, "title": title} for field, title in tooltip]
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "opacity": 0.14},
            "encoding": {
                "x": across,
                "y": {**up, "field": "low"},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.2},
            "encoding": {
                "x": across,
                "y": {**up, "field": "value"},
                "color": colour,
                "strokeDash": dash,
            },
        },
        {
            "mark": {
                "type": "point",
                "filled": True,
                "size": 44 if has_points else 30,
                "opacity": 1 if has_points else 0,
            },
            "encoding": {
                "x": across,
                "y": {**up, "field": "value"},
                "color": colour,
                "tooltip": tips,
            },
        },
    ]
    if "is_provisional" in frame:
        point = layers[-1]
        point["mark"] |= {"filled": False, "strokeWidth": 2}
        point["encoding"]["fill"] = colour | {
            "condition": {"test": "datum.is_provisional", "value": paint["paper"]}
        }
    if not frame["low"].notna().any():
        del layers[0]
    elif frame["x"].nunique() == 1:  # a band of one place has no width to be seen by
        layers[0]["mark"] = {"type": "rule", "strokeWidth": 1.6}
    if "is_alone" in frame and (frame["is_alone"] & frame["low"].notna()).any():
        # a band needs two places; its interval is a stroke
        alone = {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"}, "color": colour}
        layers.append(
            {
                "transform": [{"filter": "datum.is_alone && datum.low !== null"}],
                "mark": {"type": "rule", "strokeWidth": 1.6, "opacity": 0.5},
                "encoding": alone,
            }
        )
    if rule_at is not None:
        layers.append(
            {
                "data": ONE_ROW,
                "mark": {
                    "type": "rule",
                    "aria": False,
                    "strokeDash": [3, 3],
                    "color": paint["muted"],
                },
                "encoding": {"y": {**up, "datum": rule_at}},
            }
        )
    return {"data": {"values": rows(frame)}, "layer": layers}


def earned(
    frame: pd.DataFrame,
    *,
    series: Sequence[str],
    tooltip: Sequence[tuple[str, str]],
    titles: tuple[str, str],
    best_at: float | None,
    limit_at: float | None,
    unit: str = "",
) -> Spec:
    """Draw profit by number of contacts (columns x, value, low, high, series).

    Parameters
    ----------
    titles : tuple
        What the upright rules say: the best campaign, and where budget or cap end.
    """
    paint = colours()
    spec = curves(frame, series=series, tooltip=tooltip, unit=unit, rule_at=0.0)
    marks = [(at, title) for at, title in zip((best_at, limit_at), titles, strict=True)
             if at is not None]  # fmt: skip
    for n, (at, title) in enumerate(marks):
        across = {"datum": at, "type": "quantitative"}
        tone = paint["ink"] if n == 0 else paint["muted"]
        spec["layer"] += [
            {
                "data": ONE_ROW,
                "mark": {"type": "rule", "aria": False, "color": tone, "strokeDash": [4, 3]},
                "encoding": {"x": across},
            },
            {
                "data": ONE_ROW,
                "mark": {
                    "type": "text",
                    "text": title,
                    "align": "left",
                    "dx": 5,
                    "y": 8 + 14 * n,
                    "color": tone,
                    "fontSize": 11.5,
                },
                "encoding": {"x": across},
            },
        ]
    for layer in spec["layer"]:
        axis = layer["encoding"].get("x", {}).get("axis")
        if axis is None:
            continue
        axis["labelExpr"] = "format(datum.value, ',.0f')" if language() == "en" else (
            "replace(format(datum.value, ',.0f'), ',', '\u00a0')"
        )  # fmt: skip
    return spec
