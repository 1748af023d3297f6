"""Marks on charts over time: the costliest outages by themselves, and readers' notes."""

from __future__ import annotations

from datetime import date

import pandas as pd

from app import i18n, notebook
from app.chart_base import Spec, colours, rows
from app.i18n import t
from app.queries import marks


def between(since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return the marks of a span of time (columns x, text, series), the oldest first.

    Parameters
    ----------
    since, until : Timestamp
        The first moment, and the first one after the last.
    """
    found = [
        {
            "x": pd.Timestamp(row["started_at"]),
            "text": t(
                "mark.outage",
                cause=i18n.word("fault", row["cause"]),
                region=i18n.word("region", row["region"]),
                minutes=i18n.compact(row["customer_minutes_lost"]),
            ),
            "series": "outage",
        }
        for row in marks.outages(since, until).to_dict("records")
    ]
    for note in notebook.notes():
        day = pd.Timestamp(date.fromisoformat(note.day))
        if since <= day < until:
            found.append({"x": day, "text": note.text, "series": "note"})
    return pd.DataFrame(found, columns=["x", "text", "series"]).sort_values("x", kind="stable")


def added(spec: Spec, found: pd.DataFrame) -> Spec:
    """Return a chart over time with triangles along its top; pointing at one tells what it is."""
    if found.empty:
        return spec
    paint = colours()
    told = found.assign(day=[i18n.day(moment) for moment in found["x"]])
    layer = {
        "data": {"values": rows(told)},
        "mark": {"type": "point", "shape": "triangle-down", "filled": True, "size": 70, "y": 5},
        "encoding": {
            "x": {"field": "x", "type": "temporal"},
            "color": {
                "condition": {"test": "datum.series == 'note'", "value": paint["third"]},
                "value": paint["second"],
            },
            "tooltip": [
                {"field": "day", "title": t("day")},
                {"field": "text", "title": t("mark")},
            ],
        },
    }
    return {**spec, "layer": [*spec["layer"], layer]}


def caption(found: pd.DataFrame) -> str:
    """Write the marks out, for those who cannot point at them."""
    return "▾ " + " · ".join(
        f"{i18n.day(moment)}: {i18n.escaped(text) if series == 'note' else text}"
        for moment, text, series in zip(found["x"], found["text"], found["series"], strict=True)
    )
