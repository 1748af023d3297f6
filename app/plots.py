"""Charts of curves, models and runs, as plain Vega-Lite dicts like those of `charts`."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.charts import (
    BAR,
    RAMP_DARK,
    RAMP_LIGHT,
    Spec,
    colours,
    month_axis,
    narrowed,
    number_axis,
    rows,
)
from app.i18n import language

# Series differ by dash as well as by colour, for those who do not tell colours apart.
TONES = ("main", "second", "third", "fourth", "muted")
# What a mark at a fixed place is drawn from: once, not once per row of the chart.
ONE_ROW: Spec = {"values": [{}]}
# How wide a chart is drawn, in pixels, as Vega knows it.
_WIDE = "containerSize()[0]"
DASHES = ((1, 0), (6, 3), (2, 2), (9, 3, 2, 3), (4, 4))


def styles(names: Sequence[str]) -> tuple[Spec, Spec]:
    """Return the scales of colour and dash for up to five series, in order."""
    paint = colours()
    tones = [paint[TONES[n % len(TONES)]] for n in range(len(names))]
    dashes = [list(DASHES[n % len(DASHES)]) for n in range(len(names))]
    return {"domain": list(names), "range": tones}, {"domain": list(names), "range": dashes}


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
        "axis": month_axis(frame["x"].nunique())
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
            "labelLimit": {"expr": f"min(260, ({_WIDE} < 380 ? 0.8 : 0.42) * {_WIDE})"},
            "columns": {"expr": f"{_WIDE} < 380 ? 1 : {_WIDE} < 560 ? 2 : 3"},
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
    if not frame["low"].notna().any():
        del layers[0]
    elif frame["x"].nunique() == 1:  # a band of one place has no width to be seen by
        layers[0]["mark"] = {"type": "rule", "strokeWidth": 1.6}
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


def agreement(
    frame: pd.DataFrame, *, tooltip: Sequence[tuple[str, str]], titles: tuple[str, str]
) -> Spec:
    """Draw predicted beside observed shares, in percent, with the line where both are equal.

    Parameters
    ----------
    frame : DataFrame
        Columns predicted, value (observed), low, high.
    titles : tuple
        Of the axes: predicted, observed.
    """
    paint = colours()
    top = float(frame[["predicted", "high", "value"]].max().max()) * 1.06
    equal = [{"predicted": place, "value": place} for place in (0, top)]
    across: Spec = {"field": "predicted", "type": "quantitative", "title": titles[0]}
    across |= {"axis": {**number_axis("%"), "grid": False}, "scale": {"domain": [0, top]}}
    up: Spec = {"type": "quantitative", "title": titles[1], "axis": number_axis("%")}
    up["scale"] = {"domain": [0, top]}
    return {
        "data": {"values": rows(frame)},
        "layer": [
            {
                "data": {"values": equal},
                "mark": {"type": "line", "strokeDash": [4, 4], "color": paint["muted"]},
                "encoding": {"x": across, "y": {**up, "field": "value"}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 1.6, "color": paint["main"]},
                "encoding": {
                    "x": across,
                    "y": {**up, "field": "low"},
                    "y2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 64, "color": paint["main"]},
                "encoding": {
                    "x": across,
                    "y": {**up, "field": "value"},
                    "tooltip": [{"field": field, "title": title} for field, title in tooltip],
                },
            },
        ],
    }


def whiskers(
    frame: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    unit: str = "",
    rule_at: float | None = None,
    label_width: int = 190,
    pick: str | None = None,
) -> Spec:
    """Draw a point with its interval per row (columns label, value, low, high, is_clear).

    A row that is not clear is grey and hollow.
    """
    paint = colours()
    down: Spec = {"field": "label", "type": "nominal", "sort": frame["label"].tolist()}
    down |= {
        "title": None,
        "axis": {
            "labelLimit": narrowed(label_width),
            "ticks": False,
            "domain": False,
            "labelPadding": 6,
            "labelFlush": False,
            "grid": True,
        },
    }
    along: Spec = {"type": "quantitative", "title": None, "axis": number_axis(unit, ticks=4)}
    along["axis"]["labelFlush"] = 24  # a long unit would be cut at the edge
    along["scale"] = {"zero": False, "nice": True}
    tone = {"condition": {"test": "datum.is_clear", "value": paint["main"]}}
    tone["value"] = paint["muted"]
    point: Spec = {
        "mark": {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "y": down,
            "x": {**along, "field": "value"},
            "stroke": tone,
            "fill": {
                "condition": {"test": "datum.is_clear", "value": paint["main"]},
                "value": paint["paper"],
            },
            "tooltip": [{"field": field, "title": title} for field, title in tooltip],
        },
    }
    if pick:
        point["params"] = [{"name": "pick", "select": {"type": "point", "fields": [pick]}}]
        point["mark"]["cursor"] = "pointer"
    layers: list[Spec] = [
        {
            "transform": [{"filter": "datum.low !== null"}],
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "y": down,
                "x": {**along, "field": "low"},
                "x2": {"field": "high"},
                "color": tone,
            },
        },
        point,
    ]
    if not frame["low"].notna().any():  # a layer without a mark is a picture without a name
        del layers[0]
    if rule_at is not None:
        layers.insert(
            0,
            {
                "data": ONE_ROW,
                "mark": {
                    "type": "rule",
                    "aria": False,
                    "strokeDash": [3, 3],
                    "color": paint["ink"],
                },
                "encoding": {"x": {**along, "datum": rule_at}},
            },
        )
    return {"data": {"values": rows(frame)}, "layer": layers}


def heat(
    frame: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    across_title: str,
    unit: str = "%",
    is_reversed: bool = False,
) -> Spec:
    """Draw a grid of shades (columns down, across, value, value_text), a number in each cell."""
    ramp = list(RAMP_DARK if is_dark() else RAMP_LIGHT)
    low, high = float(frame["value"].min()), float(frame["value"].max())
    across: Spec = {"field": "across", "type": "ordinal", "title": across_title}
    across["axis"] = {"labelAngle": 0, "ticks": False, "domain": False, "labelOverlap": True}
    across["axis"]["titleFontWeight"] = "normal"
    down: Spec = {"field": "down", "type": "nominal", "title": None}
    down |= {
        "sort": list(dict.fromkeys(frame["down"])),
        "axis": {"ticks": False, "domain": False, "labelFlush": False, "labelLimit": narrowed(150)},
    }
    middle = low + (high - low) * 0.55
    is_deep = f"datum.value {'<' if is_reversed else '>'} {middle!r}"
    on_deep, on_pale = ("#0F161D", "#E6EDF3") if is_dark() else ("#FFFFFF", "#0E1620")
    return {
        "data": {"values": rows(frame)},
        "encoding": {"x": across, "y": down},
        "layer": [
            {
                "mark": {"type": "rect", "cornerRadius": 2, "stroke": colours()["paper"]},
                "encoding": {
                    "color": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"range": ramp[::-1] if is_reversed else ramp},
                        "legend": None,
                    },
                    "tooltip": [{"field": field, "title": title} for field, title in tooltip],
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "value_text"},
                    "color": {"condition": {"test": is_deep, "value": on_deep}, "value": on_pale},
                },
            },
        ],
    }


def is_dark() -> bool:
    """Tell whether the theme in use is the dark one."""
    return colours()["paper"] != "#FFFFFF"


def spans(
    frame: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    states: Sequence[tuple[str, str]],
    unit: str,
) -> Spec:
    """Draw bars from one second of a run to another (columns label, from, to, usual, state)."""
    paint = colours()
    down: Spec = {"field": "label", "type": "nominal", "sort": frame["label"].tolist()}
    down |= {
        "title": None,
        "axis": {"labelLimit": narrowed(150), "ticks": False, "domain": False, "grid": False},
    }
    along: Spec = {"type": "quantitative", "title": None, "axis": number_axis(unit, ticks=6)}
    spec: Spec = {
        "data": {"values": rows(frame)},
        "layer": [
            {
                "mark": {"type": "bar", "height": BAR, "cornerRadius": 3},
                "encoding": {
                    "y": down,
                    "x": {**along, "field": "from"},
                    "x2": {"field": "to"},
                    "color": {
                        "field": "state",
                        "type": "nominal",
                        "scale": {
                            "domain": [name for name, _ in states],
                            "range": [tone for _, tone in states],
                        },
                        "legend": {"title": None, "orient": "top", "offset": 2},
                    },
                    "tooltip": [{"field": field, "title": title} for field, title in tooltip],
                },
            },
            {
                "transform": [{"filter": "datum.usual !== null"}],
                "mark": {"type": "tick", "thickness": 3, "size": BAR + 6, "color": paint["ink"]},
                "encoding": {"y": down, "x": {**along, "field": "usual"}},
            },
        ],
    }
    if not frame["usual"].notna().any():  # a layer without a mark is a picture without a name
        spec["layer"].pop()
    return spec


def earned(
    frame: pd.DataFrame,
    *,
    series: Sequence[str],
    tooltip: Sequence[tuple[str, str]],
    titles: tuple[str, str],
    best_at: float | None,
    limit_at: float | None,
) -> Spec:
    """Draw profit by number of contacts (columns x, value, low, high, series).

    Parameters
    ----------
    titles : tuple
        What the upright rules say: the best campaign, and where budget or cap end.
    """
    paint = colours()
    spec = curves(frame, series=series, tooltip=tooltip, unit="", rule_at=0.0)
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


def beside(
    frame: pd.DataFrame, *, tooltip: Sequence[tuple[str, str]], unit: str, label_width: int = 170
) -> Spec:
    """Draw a point with its interval per row and an upright stroke at `base`, what all others do.

    Parameters
    ----------
    frame : DataFrame
        Columns label, value, low, high, is_clear, base.
    """
    spec = whiskers(frame, tooltip=tooltip, unit=unit, label_width=label_width)
    encoding = spec["layer"][-1]["encoding"]
    spec["layer"].insert(
        0,
        {
            "mark": {"type": "tick", "thickness": 3, "size": BAR + 4, "color": colours()["second"]},
            "encoding": {"y": encoding["y"], "x": {**encoding["x"], "field": "base"}},
        },
    )
    return spec
