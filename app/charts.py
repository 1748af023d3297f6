"""Charts as plain Vega-Lite dicts: no validation layer, about a millisecond each."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.i18n import language, month_names, t

_LIGHT = {
    "main": "#0B6E99",
    "second": "#C2570C",
    "third": "#00795C",
    "fourth": "#A8467F",
    "muted": "#5B6470",
    "faint": "#C4CBD3",
    "ink": "#0E1620",
    "paper": "#FFFFFF",
}
_DARK = {
    "main": "#56B4E9",
    "second": "#F2A56D",
    "third": "#4CC9A0",
    "fourth": "#E59AC6",
    "muted": "#A9B4BF",
    "faint": "#3A4956",
    "ink": "#E6EDF3",
    "paper": "#0F161D",
}
# Shades from few to many.
RAMP_LIGHT = ("#E8F1F6", "#A3C9DB", "#3686A8", "#06415C")
RAMP_DARK = ("#16303D", "#1F5D79", "#459CC2", "#BCE2F3")
Spec = dict[str, object]
# Thickness of a horizontal bar, and the room a chart of them takes: pixels.
BAR = 19
_STEP, _AXIS = 30, 44
# How wide a chart is drawn, in pixels, as Vega knows it.
_WIDE = "containerSize()[0]"


def colours() -> dict[str, str]:
    """Return the mark colours of the theme in use."""
    return _DARK if st.context.theme.type == "dark" else _LIGHT


def rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return rows as Vega takes them: times as ISO text, nothing as null."""
    columns = []
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            column = column.dt.strftime("%Y-%m-%dT%H:%M:%S")
        values, is_missing = column.tolist(), column.isna().to_numpy()
        if is_missing.any():
            values = [None if out else value for value, out in zip(values, is_missing, strict=True)]
        columns.append(values)
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


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
            "ticks": False,
            "domain": False,
            "labelPadding": 6,
        },
    }
    has_interval = "low" in frame and frame["low"].notna().any()
    longest = frame[["value", "high"]].max().max() if has_interval else frame["value"].max()
    axis = number_axis(unit, ticks=4)
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
            "domainMax": {"expr": f"{float(longest or 1)!r} * ({_WIDE} < 420 ? 1.6 : 1.26)"},
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
                        "domain": [name for name, _ in colours_in_order],
                        "range": [colour for _, colour in colours_in_order],
                    },
                    "legend": None,
                }
                if colour_of
                else {"value": paint["main"]}
            ),
            "tooltip": [{"field": field, "title": title} for field, title in tooltip],
        },
    }
    if pick:
        bar["params"] = [{"name": "pick", "select": {"type": "point", "fields": [pick]}}]
        bar["mark"]["cursor"] = "pointer"
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


def narrowed(pixels: int) -> Spec:
    """Return a label width that leaves room for the marks on a narrow screen."""
    return {"expr": f"min({pixels}, 0.46 * containerSize()[0])"}


def height_of(bars: int, *, at_least: int = 0) -> int:
    """Return the height of a chart of horizontal bars, in pixels."""
    return max(bars * _STEP + _AXIS, min(at_least, bars * 2 * _STEP + _AXIS))


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


def histogram(frame: pd.DataFrame, *, tooltip: Sequence[tuple[str, str]], mark_from: float) -> Spec:
    """Draw a distribution in ready bins (columns low, high, value), marked from `mark_from` on."""
    paint = colours()
    return {
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


def lanes(
    frame: pd.DataFrame,
    *,
    order: Sequence[str],
    kinds: Sequence[tuple[str, str, str]],
    tooltip: Sequence[tuple[str, str]],
    until: str,
    months: int,
) -> Spec:
    """Draw events on one time axis, a lane per kind (columns lane, from, to, side, what).

    Parameters
    ----------
    kinds : sequence of (name, colour, shape)
        The sides events come from; they differ by colour and by shape.
    until : str
        End of the axis, an ISO date.
    months : int
        Months the axis spans.
    """
    paint = colours()
    across = {
        "field": "from",
        "type": "temporal",
        "title": None,
        "axis": month_axis(months),
        "scale": {"domainMax": {"expr": f"toDate('{until}')"}},
    }
    down = {
        "field": "lane",
        "type": "nominal",
        "sort": list(order),
        "title": None,
        "scale": {"domain": list(order)},
        "axis": {"ticks": False, "domain": False, "grid": True, "labelPadding": 8},
    }
    colour = {
        "field": "side",
        "type": "nominal",
        "scale": {
            "domain": [name for name, _, _ in kinds],
            "range": [tone for _, tone, _ in kinds],
        },
        # Beside one another they would not fit into a phone.
        "legend": {"title": None, "orient": "top", "offset": 2, "direction": "vertical"},
    }
    shape = {
        "field": "side",
        "type": "nominal",
        "scale": {
            "domain": [name for name, _, _ in kinds],
            "range": [form for _, _, form in kinds],
        },
    }
    tips = [{"field": field, "title": title} for field, title in tooltip]
    return {
        "data": {"values": rows(frame)},
        "layer": [
            {
                "transform": [{"filter": "datum.to !== null"}],
                "mark": {"type": "rule", "strokeWidth": 7, "opacity": 0.45, "strokeCap": "round"},
                "encoding": {"x": across, "x2": {"field": "to"}, "y": down, "color": colour},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 74,
                    "opacity": 0.95,
                    "stroke": paint["paper"],
                    "strokeWidth": 0.8,
                },
                "encoding": {
                    "x": across,
                    "y": down,
                    "color": colour,
                    "shape": shape,
                    "tooltip": tips,
                },
            },
        ],
    }


def month_axis(months: int) -> Spec:
    """Label months in the session's language."""
    names = month_names()
    return {
        "labelExpr": f"{names!r}[month(datum.value)] + ' ' + timeFormat(datum.value, '%y')",
        "grid": False,
        "tickCount": {"interval": "month", "step": 1 if months <= 7 else 2},
        "labelOverlap": True,
        "labelFlush": True,
    }


def number_axis(unit: str, ticks: int = 5) -> Spec:
    """Label numbers in the session's language; Vega's own number locale is one per process."""
    gap = "" if language() == "en" else "\u00a0"
    unit = f"{gap}%" if unit == "%" else unit
    text = _axis_number("1")
    for size, name in ((1e4, "thousand"), (1e6, "million"), (1e9, "billion")):
        divisor = 1e3 if name == "thousand" else size
        big = f"{_axis_number(f'{divisor:.0f}')} + '{gap}{t(f'unit.{name}')}'"
        text = f"abs(datum.value) >= {size:.0f} ? {big} : {text}"
    return {"labelExpr": f"({text}) + '{unit}'", "tickCount": ticks}


def _axis_number(divisor: str) -> str:
    text = f"format(datum.value / {divisor}, ',.4~g')"
    if language() == "en":
        return text
    return f"replace(join(split({text}, ','), '\u00a0'), '.', ',')"


def for_paper(spec: Spec, width: int) -> Spec:
    """Return a chart as it is drawn on white paper, whatever theme it was made in."""
    text = json.dumps(spec, default=str)
    for name, tone in _DARK.items():
        text = text.replace(tone, _LIGHT[name])
    for dark, light in zip(RAMP_DARK, RAMP_LIGHT, strict=True):
        text = text.replace(dark, light)
    # A signal of the page's layout, of which paper has none.
    text = text.replace("containerSize()[0]", str(width))
    ink = _LIGHT["ink"]
    quiet = {"labelColor": ink, "titleColor": ink, "gridColor": "#E5EAEF", "domainColor": "#C4CBD3"}
    config = {"view": {"stroke": None}, "axis": quiet, "font": "sans-serif", "background": "#FFF"}
    paper = {"width": width, "config": config, "autosize": {"type": "pad"}, "padding": 8}
    return json.loads(text) | paper


def framed(spec: Spec, height: int) -> Spec:
    """Give a chart its height and a frame without border."""
    return {
        "height": height,
        "config": {"view": {"stroke": None}},
        "autosize": {"type": "fit", "contains": "padding"},
        **spec,
    }
