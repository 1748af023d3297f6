"""Maps without tiles: places as points on a plain projection, from coordinates of the release."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.chart_base import Spec, colours, rows

LABELLED = 5


def places(
    frame: pd.DataFrame,
    ground: pd.DataFrame,
    *,
    tooltip: Sequence[tuple[str, str]],
    pick: str,
) -> Spec:
    """Draw places as discs whose area is their value, on the faint points of all sites.

    Parameters
    ----------
    frame : DataFrame
        Columns longitude, latitude, value, label, and `pick`; the largest value first.
    ground : DataFrame
        Columns longitude, latitude of all sites: what the map is read against.
    """
    paint = colours()
    at = {
        "longitude": {"field": "longitude", "type": "quantitative"},
        "latitude": {"field": "latitude", "type": "quantitative"},
    }
    most = float(frame["value"].max() or 1)
    return {
        "projection": {"type": "mercator"},
        "layer": [
            {
                "data": {"values": rows(ground[["longitude", "latitude"]])},
                "mark": {"type": "circle", "size": 16, "color": paint["muted"], "opacity": 0.6,
                         "aria": False},
                "encoding": at,
            },
            {
                "data": {"values": rows(frame)},
                "params": [{"name": "pick", "select": {"type": "point", "fields": [pick]}}],
                "mark": {"type": "circle", "opacity": 0.65, "stroke": paint["paper"],
                         "strokeWidth": 1, "cursor": "pointer", "color": paint["second"]},
                "encoding": {
                    **at,
                    "size": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"domain": [0, most], "range": [12, 1100]},
                        "legend": None,
                    },
                    "tooltip": [{"field": field, "title": title} for field, title in tooltip],
                },
            },
            {
                "data": {"values": rows(frame.head(LABELLED))},
                "mark": {"type": "text", "dy": -22, "fontSize": 11.5, "color": paint["ink"],
                         "aria": False},
                "encoding": {**at, "text": {"field": "label"}},
            },
        ],
    }  # fmt: skip
