"""Rows of customers behind a cell of Explore: chosen in a list or a table; each leads to one."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import access, components, door, figures, i18n, urls
from app.i18n import t
from app.parts import desk
from app.parts.explore_compare import period_text
from app.queries import metric_rows, work_list
from app.queries.metric_rows import Cell

NONE = "none"
# What is clicked, and under which key it keeps which cells its rows, or its own cells, are of.
TABLE, PIVOT = "explore.cells.table", "explore.pivot.table"
DRAWN = "explore.drawn"
# What the rows of a kind were about, in the words of which dimension.
ABOUT = {
    **dict.fromkeys(("contact", "ticket", "visit", "survey"), "reason"),
    "exit": "exit_cause",
    "port": "other_operator",
    "order": "action",
    "journey": "journey",
}
# How much of what a row is, where that has a unit of its own.
AMOUNTS = {
    **dict.fromkeys(("M10", "M11", "M11j", "M22", "M22p90", "M42", "M47c"), ""),
    **dict.fromkeys(("M01", "M01b", "M02", "M02b", "M03", "M03b"), "score"),
    **dict.fromkeys(("M47b", "M47p90"), ""),
    "M34": "bill",
}
# Where the rows of other metrics are.
ELSEWHERE = {
    "service_impact": ("M14", "M15", "M16", "M17", "M18", "M19", "M20", "M21", "M39", "M40"),
    "model_health": ("M43", "M44", "M45"),
    "runs": ("M48", "M49"),
}


def may_list(metric: str, grain: str) -> bool:
    """Tell whether a metric has rows of customers, for those who may see such."""
    return access.may("persons") and metric_rows.kind(metric) is not None and grain != "total"


def heed_click() -> tuple[str, str] | None:
    """Return whose rows a click asks for, by day and slice: of a table's row or a pivot's cell."""
    asked = None
    drawn = st.session_state.get(DRAWN, {})
    for key, what in ((TABLE, "rows"), (PIVOT, "cells")):
        picked = st.session_state.get(key, {}).get("selection", {}).get(what, [])
        if picked and picked != st.session_state.get(f"{key}.seen"):
            asked = drawn.get(key, {}).get(picked[0] if what == "rows" else tuple(picked[0]))
        st.session_state[f"{key}.seen"] = picked
    return asked


def note_drawn(key: str, cells: dict[object, tuple[str, str]]) -> None:
    """Keep which cell, as day and slice, stands where in what was drawn."""
    st.session_state[DRAWN] = {key: cells}


def choose(
    page: str,
    grain: str,
    cells: pd.DataFrame,
    names: dict[str, str],
    clicked: tuple[str, str] | None = None,
) -> tuple[str, str] | None:
    """Let the reader choose of which period and slice to list the rows; None for none."""
    if clicked:
        st.session_state[f"{page}.rows"], st.session_state[f"{page}.whose"] = clicked
        first = _slices(cells, clicked[0])[:1]
        urls.turn(rows=clicked[0], whose="" if first == [clicked[1]] else clicked[1])
    days = sorted({f"{pd.Timestamp(start):%Y-%m-%d}" for start in cells["period_start"]})[::-1]
    day = urls.chosen(
        st.selectbox,
        t("rows.of"),
        [NONE, *days],
        page=page,
        name="rows",
        format_func=lambda code: (
            t("moments.people_at.none") if code == NONE else period_text(grain, code)
        ),
        width=200,
        help=t("rows.of.help"),
    )
    if day == NONE:
        return None
    codes = _slices(cells, day)
    if len(codes) == 1:
        return day, codes[0]
    return day, urls.chosen(
        st.selectbox,
        t("slice"),
        codes,
        page=page,
        name="whose",
        format_func=lambda code: names.get(code, code),
        width=240,
    )


def _slices(cells: pd.DataFrame, day: str) -> list[str]:
    """Return the slices of a period, that of most observations first."""
    at = cells[pd.to_datetime(cells["period_start"]) == pd.Timestamp(day)]
    most = at.sort_values("n", ascending=False, na_position="last")["dimension_value"]
    return list(dict.fromkeys(most))


def section(
    page: str,
    asked: tuple[str, str, str],
    cell: pd.Series,
    slice_name: Callable[[str, str], str],
) -> None:
    """List the rows one cell counts.

    Parameters
    ----------
    asked : tuple
        Metric, grain of the periods, dimension.
    cell : Series
        The cell, as the page has it.
    slice_name : callable
        Writes a slice of a dimension in words.
    """
    metric, grain, dimension = asked
    since, until = (pd.Timestamp(cell[name]).date() for name in ("period_start", "period_end"))
    whose = Cell(metric, dimension, cell["dimension_value"], since, until)
    # What the cell may not tell its rows would.
    is_hidden = bool(cell["is_suppressed"]) or i18n.is_missing(cell["value"])
    rows = pd.DataFrame() if is_hidden else metric_rows.rows(whose)

    def close() -> None:
        urls.forget(page, "rows", "whose")

    def tools() -> None:
        if len(rows):
            components.download(
                metric_rows.rows_later(whose),
                f"{metric}_{since}",
                "explore.people.csv",
                of_persons=True,
                count=len(rows),
            )
        st.button(
            t("close"), icon=":material/close:", type="tertiary", on_click=close, key="rows.shut"
        )

    title = t(
        "rows.title",
        metric=figures.name(metric),
        slice=slice_name(dimension, cell["dimension_value"]),
        period=period_text(grain, since),
    )
    kind = metric_rows.kind(metric)
    how = t(f"rows.how.{kind}", most=i18n.number(metric_rows.LISTED))
    with components.card(title, door.with_regions(how), tools):
        if rows.empty:
            said = ("too_few", "rows.hidden.why") if is_hidden else ("rows.none", "rows.none.why")
            components.nothing(t(said[0]), t(said[1]), "visibility_off")
            return
        found, shown = int(rows["found"].iloc[0]), len(rows)
        st.caption(t("rows.found", found=i18n.number(found), shown=i18n.number(shown)))
        selected = table(metric, rows, slice_name)
        if selected is not None:
            row = rows.iloc[selected]
            is_of_no_line = i18n.is_missing(row["subscription_id"])
            components.open_customer(
                row["customer_id" if is_of_no_line else "subscription_id"], "explore.open"
            )


def elsewhere(metric: str) -> None:
    """Say where the rows of a metric stand whose rows are of no customers."""
    if metric_rows.kind(metric) is not None or not access.may("persons"):
        return
    number = metric[:3]
    page = next((page for page, metrics in ELSEWHERE.items() if number in metrics), None)
    if page is None or not access.may(page):
        st.caption(t("rows.sums"))
        return
    st.caption(t(f"rows.elsewhere.{page}"))
    title = {"service_impact": "service"}.get(page, page)
    st.page_link(f"views/{page}.py", label=t(title), icon=":material/arrow_forward:")


def table(metric: str, rows: pd.DataFrame, slice_name: Callable[[str, str], str]) -> int | None:
    """Draw the rows; return the one selected, if any."""
    lines = rows["subscription_id"].dropna().tolist()
    named, to_do = desk.namer(), work_list.to_do(lines)
    about = ABOUT.get(metric_rows.kind(metric))
    the_unit = figures.unit(metric)
    shown = pd.DataFrame(
        {
            "subscription_id": rows["subscription_id"].fillna(rows["customer_id"]),
            "counted": pd.to_datetime(rows["counted_at"]),
            "about": [
                i18n.NOTHING if about is None or i18n.is_missing(code) else slice_name(about, code)
                for code in rows["about"]
            ],
            "amount": rows["amount"].astype(float),
            "to_do": [
                named(to_do[line]) if line in to_do else i18n.NOTHING
                for line in rows["subscription_id"]
            ],
            **{
                name: [slice_name(name, code) for code in rows[name]]
                for name in ("family", "region", "segment")
            },
            "record_id": rows["record_id"],
        }
    )
    amount = AMOUNTS.get(metric)
    columns = {
        "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
        "counted": st.column_config.DatetimeColumn(t("rows.counted")),
        "about": t("because") if about is None else i18n.word("dimension", about),
        "amount": st.column_config.NumberColumn(
            t(f"rows.amount.{amount}") if amount else i18n.unit_word(the_unit)
        ),
        "to_do": st.column_config.TextColumn(t("to_do"), help=t("moments.to_do.help")),
        "family": t("family"),
        "region": t("region"),
        "segment": t("segment"),
        "record_id": t("rows.record"),
    }
    if about is None or not rows["about"].notna().any():
        columns.pop("about")
    if amount is None or not shown["amount"].notna().any():
        columns.pop("amount")
    if rows["record_id"].equals(rows["subscription_id"]):
        columns.pop("record_id")
    return components.table(
        shown,
        columns,
        t("rows.of"),
        key="explore.people",
        height=360,
        is_selectable=True,
        written={"amount": lambda value: i18n.number(value, 0 if float(value).is_integer() else 1)}
        if "amount" in columns
        else None,
    )
