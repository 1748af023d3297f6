"""A metric by two slices at once: the month's cells as a grid of shades."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import components, figures, i18n, plots
from app.compare import Figure
from app.i18n import t
from app.parts.explore_cards import with_unit

# So many rows and columns can be read; of more, those with most observations are drawn.
MOST = 20


def is_pair(dimension: str) -> bool:
    """Say whether a dimension is a pair of slices."""
    return "+" in dimension


def cell_name(dimension: str, code: str, name: Callable[[str, str], str]) -> str:
    """Write a cell of a pair in words; `name` writes one slice of one dimension."""
    return " × ".join(
        name(each, part)
        for each, part in zip(dimension.split("+"), code.split(" + ", 1), strict=True)
    )


def sides_of(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the two slices of each cell, in columns 0 and 1."""
    return cells["dimension_value"].str.split(" + ", n=1, regex=False, expand=True)


def unseen(
    dimension: str, cells: pd.DataFrame, told: pd.DataFrame, name: Callable[[str, str], str]
) -> list[str]:
    """Name the slices of which no cell may be told: they have no row or column at all."""
    every, shown = sides_of(cells), sides_of(told)
    return [
        name(each, code)
        for side, each in enumerate(dimension.split("+"))
        for code in sorted(set(every[side]) - set(shown[side]))
    ]


def card(
    metric: str,
    month: object,
    dimension: str,
    cells: pd.DataFrame,
    *,
    name: Callable[[str, str], str],
    key: str,
    picked: Callable[[str], None] | None = None,
    click: str = "",
) -> None:
    """Draw the cells of one month.

    Parameters
    ----------
    cells : DataFrame
        Columns dimension_value, value, ci_low, ci_high, n, is_suppressed, of that month.
    name : callable
        Writes one slice of one dimension in words.
    picked : callable, optional
        Given the code of the cell that was clicked.
    click : str
        What a click does, to be told above the grid.
    """
    the_unit = figures.unit(metric)
    first, second = (i18n.word("dimension", each) for each in dimension.split("+"))

    def on_pick() -> None:
        found = components.picked(key)
        if found and picked:
            picked(found[0]["code"])

    def tools() -> None:
        components.download(cells, f"{metric}_{dimension.replace('+', '_')}", f"{key}.csv")

    how = f"{t('pairs.how', first=first, second=second)} {click}".rstrip()
    title = t("pairs", metric=figures.name(metric), period=i18n.month(month))
    with components.card(title, with_unit(how, the_unit), tools):
        told = cells.dropna(subset=["value"])
        hidden = int(cells["is_suppressed"].fillna(value=False).sum())
        if hidden and len(told):
            counts = {"hidden": i18n.number(hidden), "cells": i18n.number(len(cells))}
            st.caption(t("explore.hidden", **counts))
        if told.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        if gone := unseen(dimension, cells, told, name):
            st.caption(t("pairs.unseen", names=", ".join(gone)))
        sides = sides_of(told)
        told = told.assign(row=sides[0], column=sides[1])
        for side in ("row", "column"):
            most = told.groupby(side)["n"].sum().nlargest(MOST).index
            told = told[told[side].isin(most)]
        row_dimension, column_dimension = dimension.split("+")
        shown = pd.DataFrame(
            {
                "code": told["dimension_value"],
                "down": told["row"].map(lambda code: name(row_dimension, code)),
                "across": told["column"].map(lambda code: name(column_dimension, code)),
                "value": told["value"].astype(float),
                # A cell about few says so, as a figure does that may be chance.
                "value_text": [
                    i18n.measure(value, the_unit) + ("*" if is_low else "")
                    for value, is_low in zip(told["value"], told["is_low_n"], strict=True)
                ],
                "interval_text": [
                    figures.interval_text(Figure(value, low, high), the_unit)
                    for value, low, high in zip(
                        told["value"], told["ci_low"], told["ci_high"], strict=True
                    )
                ],
                "n_text": told["n"].map(i18n.number),
            }
        ).sort_values(["down", "across"])
        highest = shown.loc[shown["value"].idxmax()]
        components.chart(
            plots.heat(
                shown,
                tooltip=[
                    ("down", first),
                    ("across", second),
                    ("value_text", t("value")),
                    ("interval_text", t("interval")),
                    ("n_text", "n"),
                ],
                across_title=second,
                pick="code" if picked else None,
            ),
            max(40 * shown["down"].nunique() + 70, 180),
            t(
                "pairs.alt",
                first=highest["down"],
                second=highest["across"],
                value=highest["value_text"],
            ),
            **({"key": key, "on_pick": on_pick} if picked else {}),
        )
