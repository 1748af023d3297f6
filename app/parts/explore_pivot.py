"""A metric on Explore as a pivot: slices by periods, or two slices at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from app import components, figures, i18n, urls
from app.i18n import t
from app.parts import metric_people, pair_grid
from app.parts.explore_cards import MOST_ROWS, with_unit
from app.parts.explore_compare import period_text

# More periods or slices than this beside each other nobody reads; a file holds all.
MOST_COLUMNS = 60
# Stands in a cell that may not be told: written as such, and sorted below every figure.
HIDDEN = -np.inf


def crossed(cells: pd.DataFrame, down: str, across: str) -> pd.DataFrame:
    """Return the figures of cells, one row per value of `down` and one column per `across`.

    A hidden cell is HIDDEN, one that is not there empty. Rows with most observations come first.
    """
    is_hidden = cells["is_suppressed"].fillna(value=False).astype(bool)
    told = cells.assign(figure=cells["value"].astype(float).mask(is_hidden, HIDDEN))
    table = told.pivot_table(
        index=down, columns=across, values="figure", aggfunc="first", sort=False, dropna=False
    )
    order = told.groupby(down)["n"].sum().reindex(table.index).fillna(0.0)
    return table.loc[order.sort_values(ascending=False, kind="stable").index]


def day_of(cells: pd.DataFrame) -> pd.Series:
    """Return the first day of each cell's period as text; of all time there is none."""
    return pd.to_datetime(cells["period_start"]).dt.strftime("%Y-%m-%d").fillna("total")


def by_period(cells: pd.DataFrame) -> pd.DataFrame:
    """Return slices down and periods across, the newest first: a narrow window shows no more."""
    days = day_of(cells)
    table = crossed(cells.assign(day=days), "dimension_value", "day")
    return table[sorted(table.columns, reverse=True)]


def by_slices(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the first of two slices down and the second across, of one period."""
    sides = pair_grid.sides_of(cells)
    table = crossed(cells.assign(first=sides[0], second=sides[1]), "first", "second")
    return table[sorted(table.columns)]


def choose_period(page: str, grain: str, cells: pd.DataFrame, newest: object) -> object:
    """Let the reader choose of which period two slices are crossed."""
    days = sorted({f"{pd.Timestamp(start):%Y-%m-%d}" for start in cells["period_start"]})[::-1]
    chosen = urls.chosen(
        st.selectbox,
        t("period"),
        days,
        page=page,
        name="at",
        default=f"{pd.Timestamp(newest):%Y-%m-%d}",
        format_func=lambda day: period_text(grain, day),
        width=200,
    )
    return pd.Timestamp(chosen)


def card(
    asked: tuple[str, str, str],
    cells: pd.DataFrame,
    at: object,
    name: Callable[[str, str], str],
) -> None:
    """Draw the pivot; a file of it holds figures alone, hidden ones empty.

    Parameters
    ----------
    asked : tuple
        Metric, grain of the periods, dimension.
    at : Timestamp
        Of which period two slices are crossed.
    name : callable
        Writes one slice of one dimension in words.
    """
    metric, grain, dimension = asked
    the_unit = figures.unit(metric)
    if pair_grid.is_pair(dimension):
        table = by_slices(cells[pd.to_datetime(cells["period_start"]) == at])
        down, across = dimension.split("+")
        titles = {code: name(across, code) for code in table.columns}
        how = t("pivot.how", down=i18n.word("dimension", down),
                across=i18n.word("dimension", across))  # fmt: skip
        title = t("pairs", metric=figures.name(metric), period=period_text(grain, at))
    else:
        table, down = by_period(cells), dimension
        # All of a period are final or none is.
        states = dict(zip(day_of(cells), cells["status"], strict=True))
        titles = {day: period_text(grain, day, states[day]) for day in table.columns}
        how = t("pivot.how", down=i18n.word("dimension", down), across=t("periods"))
        title = figures.name(metric)

    def tools() -> None:
        rows = table.replace(HIDDEN, np.nan).rename_axis("dimension_value").reset_index()
        kinds = ("csv", "xlsx", "parquet")
        name_of_file = f"{metric}_{dimension.replace('+', '_')}_pivot"
        components.download(rows, name_of_file, "explore.pivot", kinds=kinds)

    with components.card(title, with_unit(how, the_unit), tools):
        if table.empty:
            components.nothing(t("explore.none"), t("explore.none.why"))
            return
        columns = list(table.columns[:MOST_COLUMNS])
        if len(table.columns) > len(columns) or len(table) > MOST_ROWS:
            st.caption(t("pivot.cut", shown=len(columns), all=len(table.columns)))
        shown = table[columns].head(MOST_ROWS).rename_axis("slice").reset_index()
        is_selectable = metric_people.may_list(metric, grain)
        if is_selectable:
            st.caption(t("rows.click.cell"))
            day = f"{pd.Timestamp(at):%Y-%m-%d}"
            metric_people.note_drawn(
                metric_people.PIVOT,
                {
                    (row, code): (day, f"{own} + {code}")
                    if pair_grid.is_pair(dimension)
                    else (code, own)
                    for row, own in enumerate(shown["slice"])
                    for code in columns
                },
            )
        shown["slice"] = [name(down, code) for code in shown["slice"]]
        components.table(
            shown,
            {
                "slice": st.column_config.TextColumn(t("slice"), pinned=True),
                **{code: st.column_config.NumberColumn(titles[code]) for code in columns},
            },
            title,
            key=metric_people.PIVOT,
            height=520,
            selects="single-cell" if is_selectable else "",
            written=dict.fromkeys(columns, partial(written, the_unit=the_unit)),
        )


def written(value: float, the_unit: str) -> str:
    """Write a cell: its figure, that it is hidden, or nothing where there is none."""
    if value == HIDDEN:
        return t("hidden.cell")
    return i18n.NOTHING if i18n.is_missing(value) else i18n.measure(value, the_unit)
