"""Charts of what lasts: a customer's events in lanes, and the steps of a run on one clock."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.chart_base import BAR, Spec, colours, month_axis, narrowed, number_axis, rows


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
