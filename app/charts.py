"""Charts as plain Vega-Lite dicts: no validation layer, about a millisecond each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.chart_base import (
    BAR,
    WIDE,
    Spec,
    colours,
    month_axis,
    narrowed,
    number_axis,
    pickable,
    rows,
)

# The room a chart of horizontal bars takes: pixels.
_STEP, _AXIS, _LEGEND = 30, 44, 28
# In a narrow card the day and number of a problem go on in a second line, and so does any other
# long label: cut off, two were the same.
BROKEN_ITEM = (
    f"{WIDE} < 620 && test(/, [^,]*·/, datum.label) "
    "? split(replace(datum.label, /, ([^,]*·)/, ',|$1'), '|') "
    f": {WIDE} < 420 && length(datum.label) > min(20, 0.07 * {WIDE}) "
    "? split(replace(datum.label, /^(.{8,22})\\s/, '$1|'), '|') : datum.label"
)


def trend(
    frame: pd.DataFrame, *, value_title: str, month_title: str, interval_title: str, unit: str
) -> Spec:
    """Draw a value by month with its interval; a provisional month is hollow.

    Parameters
    ----------
    frame : DataFrame
        Columns month, value, low, high, is_provisional, month_text, value_text, interval_text.
    """
    paint = colours()
    across = {"field": "month", "type": "temporal", "title": None, "axis": month_axis(len(frame))}
    up = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": number_axis("%" if unit == "percent" else ""),
        "scale": {"zero": False, "nice": True},
    }
    tooltip = [
        {"field": "month_text", "title": month_title},
        {"field": "value_text", "title": value_title},
        {"field": "interval_text", "title": interval_title},
    ]
    spec: Spec = {
        "data": {"values": rows(frame)},
        "layer": [
            {
                "mark": {"type": "area", "opacity": 0.18, "color": paint["main"]},
                "encoding": {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2.2, "color": paint["main"]},
                "encoding": {"x": across, "y": up},
            },
            {
                "mark": {
                    "type": "point",
                    "size": 52,
                    "filled": True,
                    "opacity": 1,
                    "stroke": paint["main"],
                    "strokeWidth": 2,
                },
                "encoding": {
                    "x": across,
                    "y": up,
                    "fill": {
                        "condition": {"test": "datum.is_provisional", "value": paint["paper"]},
                        "value": paint["main"],
                    },
                    "tooltip": tooltip,
                },
            },
        ],
    }
    if not frame["low"].notna().any():  # a layer without a mark is a picture without a name
        del spec["layer"][0]
    return spec


def ranked(
    frame: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    unit: str = "",
    colour_of: str | None = None,
    colours_in_order: Sequence[tuple[str, str]] = (),
    pick: str | None = None,
    label_width: int = 170,
) -> Spec:
    """Draw horizontal bars in the order of the rows (columns label, value, value_text).

    With columns low and high, each bar carries its interval.
    """
    paint = colours()
    down = {
        "field": "label",
        "type": "nominal",
        "sort": frame["label"].tolist(),
        "title": None,
        "axis": {
            "labelLimit": narrowed(label_width),
            "labelExpr": BROKEN_ITEM,
            "labelOverlap": False,  # a bar without its name tells nothing
            "ticks": False,
            "domain": False,
            "labelPadding": 6,
        },
    }
    tones = [each for each in colours_in_order if colour_of and (frame[colour_of] == each[0]).any()]
    has_interval = "low" in frame and frame["low"].notna().any()
    longest = frame[["value", "high"]].max().max() if has_interval else frame["value"].max()
    axis = number_axis(unit, ticks=4) | {"labelFlush": 24}  # else the last is cut at the edge
    if unit == "%" and 80 < longest <= 100:  # beyond is room for the figures only: no 120 % of all
        axis["values"] = [0, 25, 50, 75, 100]
    along = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": axis,
        # Room for the figure behind the longest bar, of which a phone needs a greater part.
        "scale": {
            "domainMin": 0,
            "domainMax": {"expr": f"{float(longest or 1)!r} * ({WIDE} < 420 ? 1.6 : 1.26)"},
            "nice": False,
        },
    }
    bar: Spec = {
        "mark": {"type": "bar", "cornerRadiusEnd": 3, "height": BAR},
        "encoding": {
            "y": down,
            "x": along,
            "color": (
                {
                    "field": colour_of,
                    "type": "nominal",
                    "scale": {
                        "domain": [name for name, _ in tones],
                        "range": [colour for _, colour in tones],
                    },
                    # A picture taken away has no caption that tells the colours.
                    "legend": {"title": None, "orient": "top", "symbolType": "square", "offset": 2}
                    if len(tones) > 1
                    else None,
                }
                if colour_of
                else {"value": paint["main"]}
            ),
            "tooltip": [{"field": field, "title": title} for field, title in tooltip],
        },
    }
    if pick:
        pickable(bar, pick)
    layers: list[Spec] = [bar]
    if has_interval:
        layers.append(
            {
                "mark": {"type": "rule", "strokeWidth": 1.6, "color": paint["ink"]},
                "encoding": {
                    "y": down,
                    "x": {**along, "field": "low"},
                    "x2": {"field": "high"},
                },
            }
        )
    layers.append(
        {
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 6,
                "fontSize": 11.5,
                "color": paint["ink"],
            },
            "encoding": {
                "y": down,
                "x": {**along, "field": "high" if has_interval else "value"},
                "text": {"field": "value_text"},
            },
        }
    )
    return {"data": {"values": rows(frame)}, "layer": layers}


def height_of(bars: int, *, at_least: int = 0, has_legend: bool = False) -> int:
    """Return the height of a chart of horizontal bars, in pixels."""
    rest = _AXIS + (_LEGEND if has_legend else 0)
    return max(bars * _STEP + rest, min(at_least, bars * 2 * _STEP + rest))


def stacked_months(
    frame: pd.DataFrame,
    *,
    series: Sequence[tuple[str, str]],
    tooltip: Sequence[tuple[str, str]],
) -> Spec:
    """Draw stacked columns by month (columns month_text, series, value), in the order of the rows.

    Parameters
    ----------
    series : sequence of (name, colour)
        From the bottom up.
    """
    return {
        "data": {"values": rows(frame)},
        "mark": {"type": "bar", "width": {"band": 0.62}},
        "encoding": {
            "x": {
                "field": "month_text",
                "type": "ordinal",
                "sort": list(dict.fromkeys(frame["month_text"])),
                "title": None,
                "axis": {"labelAngle": 0, "labelOverlap": True, "ticks": False},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": None,
                "axis": number_axis(""),
            },
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {
                    "domain": [name for name, _ in series],
                    "range": [colour for _, colour in series],
                },
                "legend": {"title": None, "orient": "top", "symbolType": "square", "offset": 2},
            },
            "tooltip": [{"field": field, "title": title} for field, title in tooltip],
        },
    }


def histogram(
    frame: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    mark_from: float,
    pick: str | None = None,
) -> Spec:
    """Draw a distribution in ready bins (columns low, high, value), marked from `mark_from` on."""
    paint = colours()
    spec: Spec = {
        "data": {"values": rows(frame)},
        "mark": {"type": "bar", "orient": "vertical", "stroke": paint["paper"], "strokeWidth": 1},
        "encoding": {
            "x": {
                "field": "low",
                "bin": "binned",
                "type": "quantitative",
                "title": None,
                "axis": {**number_axis("%", ticks=6), "grid": False},
            },
            "x2": {"field": "high"},
            # Nearly everybody is in the first bar: beside it the few of interest had no height.
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": None,
                "axis": number_axis(""),
                "scale": {"type": "sqrt"},
            },
            "color": {
                "condition": {"test": f"datum.low >= {mark_from!r}", "value": paint["second"]},
                "value": paint["main"],
            },
            "tooltip": [{"field": field, "title": title} for field, title in tooltip],
        },
    }
    if pick:
        pickable(spec, pick)
    return spec
