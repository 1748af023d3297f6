"""Charts of curves, models and runs, as plain Vega-Lite dicts like those of `charts`."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.chart_base import (
    BAR,
    RAMP_DARK,
    RAMP_LIGHT,
    WIDE,
    Spec,
    colours,
    is_dark,
    narrowed,
    number_axis,
    pickable,
    rows,
)

# On a phone a long label goes on in a second line; cut off, nobody could read it.
BROKEN_LABEL = (
    f"{WIDE} < 420 && length(datum.label) > min(20, 0.07 * {WIDE}) "
    "? split(replace(datum.label, /^(.{8,22})\\s/, '$1|'), '|') : datum.label"
)
# A cell as wide as this, in pixels, has room for two figures.
SPAN = 41
# What a mark at a fixed place is drawn from: once, not once per row of the chart.
ONE_ROW: Spec = {"values": [{}]}


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
            "labelExpr": BROKEN_LABEL,
            "labelOverlap": False,
            "ticks": False,
            "domain": False,
            "labelPadding": 11,  # a point at the very edge leaves its label alone
            "labelFlush": False,
            "grid": True,
        },
    }
    along: Spec = {"type": "quantitative", "title": None, "axis": number_axis(unit, ticks=4)}
    along["axis"]["labelFlush"] = 32  # half of a long one: it would be cut at the edge
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
        pickable(point, pick)
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
    is_reversed: bool = False,
    pick: str | None = None,
    acrosses: Sequence[object] | None = None,
    pale: str | None = None,
) -> Spec:
    """Draw a grid of shades (columns down, across, value, value_text), a number in each cell.

    A click on a cell picks the value of its column `pick`.

    Parameters
    ----------
    acrosses : sequence, optional
        All places across, those without a cell too: left out, a step would seem to be none.
    pale : str, optional
        A column that is true of cells less sure than the others, which are paler. On a narrow
        screen these have no number.
    """
    ramp = list(RAMP_DARK if is_dark() else RAMP_LIGHT)
    places = frame["across"].nunique() if acrosses is None else len(acrosses)
    is_narrow = f"{WIDE} < {SPAN * (places + 2)}"
    low, high = float(frame["value"].min()), float(frame["value"].max())
    across: Spec = {"field": "across", "type": "ordinal", "title": across_title}
    across["axis"] = {"labelAngle": 0, "ticks": False, "domain": False, "labelOverlap": True}
    across["axis"]["titleFontWeight"] = "normal"
    down: Spec = {"field": "down", "type": "nominal", "title": None}
    down |= {
        "sort": list(dict.fromkeys(frame["down"])),
        "axis": {"ticks": False, "domain": False, "labelFlush": False, "labelLimit": narrowed(150)},
    }
    if acrosses is not None:
        across["scale"] = {"domain": list(acrosses)}
    middle = low + (high - low) * 0.55
    rect: Spec = {
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
    }
    if pick:
        pickable(rect, pick)
    is_deep, is_unsaid = f"datum.value {'<' if is_reversed else '>'} {middle!r}", "false"
    if pale:
        is_deep = f"!datum.{pale} && {is_deep}"
        is_unsaid = f"datum.{pale} && {is_narrow}"
        rect["encoding"]["fillOpacity"] = {
            "condition": {"test": f"datum.{pale}", "value": 0.35},
            "value": 1,
        }
    on_deep, on_pale = ("#0F161D", "#E6EDF3") if is_dark() else ("#FFFFFF", "#0E1620")
    return {
        "data": {"values": rows(frame)},
        "encoding": {"x": across, "y": down},
        "layer": [
            rect,
            {
                # The number lets a click through to its cell.
                "mark": {
                    "type": "text",
                    "fontSize": {"expr": f"{is_narrow} ? 9 : 11"},
                    "interactive": False,
                },
                "encoding": {
                    "text": {"field": "value_text"},
                    "opacity": {"condition": {"test": is_unsaid, "value": 0}, "value": 1},
                    "color": {"condition": {"test": is_deep, "value": on_deep}, "value": on_pale},
                },
            },
        ],
    }


def beside(
    frame: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    unit: str,
    label_width: int = 170,
    pick: str | None = None,
) -> Spec:
    """Draw a point with its interval per row and an upright stroke at `base`, where there is one.

    Parameters
    ----------
    frame : DataFrame
        Columns label, value, low, high, is_clear, base.
    """
    spec = whiskers(frame, tooltip=tooltip, unit=unit, label_width=label_width, pick=pick)
    encoding = spec["layer"][-1]["encoding"]
    spec["layer"].insert(
        0,
        {
            "transform": [{"filter": "datum.base !== null"}],
            "mark": {"type": "tick", "thickness": 3, "size": BAR + 4, "color": colours()["second"]},
            "encoding": {"y": encoding["y"], "x": {**encoding["x"], "field": "base"}},
        },
    )
    return spec
