"""What all charts share: colours of the theme, rows, axes, and the frame of screen and paper."""

from __future__ import annotations

import json

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
# Thickness of a horizontal bar, in pixels.
BAR = 19
# How wide a chart is drawn, in pixels, as Vega knows it.
WIDE = "containerSize()[0]"


def colours() -> dict[str, str]:
    """Return the mark colours of the theme in use."""
    return _DARK if st.context.theme.type == "dark" else _LIGHT


def is_dark() -> bool:
    """Tell whether the theme in use is the dark one."""
    return colours()["paper"] != "#FFFFFF"


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


def narrowed(pixels: int) -> Spec:
    """Return a label width that leaves room for the marks on a narrow screen."""
    return {"expr": f"min({pixels}, 0.46 * containerSize()[0])"}


def month_axis(months: int) -> Spec:
    """Label months in the session's language."""
    names = month_names()
    return {
        "labelExpr": f"{names!r}[month(datum.value)] + ' ' + timeFormat(datum.value, '%Y')",
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


def pickable(layer: Spec, field: str) -> None:
    """Let a click on a layer's mark pick the value of a field."""
    layer["params"] = [{"name": "pick", "select": {"type": "point", "fields": [field]}}]
    layer["mark"]["cursor"] = "pointer"
