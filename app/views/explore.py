"""Explore: any metric, by any of its slices, by any period."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, components, figures, i18n, urls
from app.compare import Figure
from app.i18n import t
from app.parts import (
    explore_cards,
    explore_compare,
    explore_pivot,
    metric_people,
    own_sql,
    pair_grid,
)
from app.queries import explore

PAGE = "explore"
GRAINS = ("month", "week", "day", "total")
LASTS = ("13", "26", "52", "104")
SHAPES = ("chart", "table", "pivot")
# Of which period and slice the rows are listed.
ROWS = ("rows", "whose")
# Where a dimension's values are words of another vocabulary.
VOCABULARIES = {
    "cause": "fault",
    "survey_type": "event",
    "event_type": "event",
    "ticket_type": "event",
}


def page() -> None:
    """Draw the page."""
    components.header(t("explore"), t("explore.question"), PAGE)
    known = explore.metrics()
    if not known:
        components.nothing(t("no_metrics"), t("no_metrics.why"), "query_stats")
        return
    metric, grain, dimension, last, versus, shape = choose(known)
    cells = explore.cells(metric, grain, dimension, last)
    if cells.empty:
        components.nothing(t("explore.none"), t("explore.none.why"))
        return
    cells = explore_compare.compared(cells, metric, dimension, versus)
    names = {code: slice_name(dimension, code) for code in cells["dimension_value"].unique()}
    newest = explore_cards.newest_period(cells)
    told = st.container()  # the finding comes before what looks closer: a phone has small screens
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        only = choose_slice(dimension, names)
        at = newest
        if shape == "pivot" and pair_grid.is_pair(dimension):
            at = explore_pivot.choose_period(PAGE, grain, cells, newest)
        whose = None
        if metric_people.may_list(metric, grain):
            clicked = metric_people.heed_click()
            of = cells if only == "all" else cells[cells["dimension_value"] == only]
            whose = metric_people.choose(PAGE, grain, of, names, clicked)
    shown = cells if only == "all" else cells[cells["dimension_value"] == only]
    newest = explore_cards.newest_period(shown)
    with told:
        components.finding(sentence(metric, grain, shown, newest, names, versus))
    hidden = int(cells["is_suppressed"].fillna(value=False).sum())
    if hidden:
        st.caption(t("explore.hidden", hidden=i18n.number(hidden), cells=i18n.number(len(cells))))
    if shape == "pivot":
        explore_pivot.card((metric, grain, dimension), shown, at, slice_name)
    else:
        if shape == "chart":
            draw((metric, grain, dimension, only), cells, newest, names, versus)
        explore_cards.cells_card(metric, grain, shown, names, versus)
    if whose:
        days = pd.to_datetime(shown["period_start"]).dt.strftime("%Y-%m-%d")
        cell = shown[(days == whose[0]) & (shown["dimension_value"] == whose[1])].iloc[0]
        metric_people.section(PAGE, (metric, grain, dimension), cell, slice_name)
    metric_people.elsewhere(metric)
    with st.expander(t("explore.sql"), icon=":material/code:"):
        st.caption(t("explore.sql.how"))
        sql = explore.sql_of_cells(metric, grain, dimension, last)
        st.code(sql, language="sql", wrap_lines=True)
    if access.may("own_sql"):
        own_sql.card()


def draw(
    asked: tuple[str, str, str, str],
    cells: pd.DataFrame,
    newest: object,
    names: dict[str, str],
    versus: explore_compare.Against,
) -> None:
    """Draw the cells: over time, and beside that the grid or the ranking of the newest period.

    Parameters
    ----------
    asked : tuple
        Metric, grain of the periods, dimension, and the slice looked at alone (or all).
    """
    metric, grain, dimension, only = asked
    shown = cells if only == "all" else cells[cells["dimension_value"] == only]
    if pair_grid.is_pair(dimension) and only == "all":
        pair_grid.card(
            metric,
            newest,
            dimension,
            cells[cells["period_start"] == newest],
            name=slice_name,
            key="explore.pairs",
            picked=look_at,
        )
        explore_cards.time_card(metric, grain, shown, names, versus)
    elif dimension == "all" or only != "all":
        explore_cards.time_card(metric, grain, shown, names, versus)
    else:
        left, right = st.columns([3, 2], gap="small")
        with left:
            explore_cards.time_card(metric, grain, shown, names, versus)
        with right:
            explore_cards.leaders_card(metric, grain, cells, names, newest, versus)


def choose(known: list[str]) -> tuple[str, str, str, int, explore_compare.Against, str]:
    """Let the reader choose metric, period, dimension, how far back, beside what, in which form.

    Returns
    -------
    tuple of metric, grain, dimension, periods, what is compared with, one of SHAPES
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        metric = urls.chosen(
            st.selectbox,
            t("metric"),
            known,
            page=PAGE,
            name="metric",
            default="M28",
            format_func=lambda code: f"{code} · {figures.name(code)}",
            width=330,
        )
        cuts = explore.cuts(metric)
        grain = urls.chosen(
            st.segmented_control,
            t("grain"),
            [each for each in GRAINS if (cuts["period_grain"] == each).any()],
            page=PAGE,
            name="grain",
            format_func=lambda code: t(f"grain.{code}"),
            required=True,
        )
        own = cuts[cuts["period_grain"] == grain]
        dimension = urls.chosen(
            st.selectbox,
            t("by"),
            list(dict.fromkeys(own["dimension"])),
            page=PAGE,
            name="by",
            format_func=lambda code: i18n.word("dimension", code),
            width=200,
        )
        last = urls.chosen(
            st.selectbox,
            t("periods.last"),
            LASTS,
            page=PAGE,
            name="last",
            width=110,
        )
        newest = own["newest"].max()
        versus = explore_compare.choose(PAGE, metric, grain, newest)
        shape = urls.chosen(
            st.segmented_control,
            t("shown_as"),
            SHAPES,
            page=PAGE,
            name="as",
            format_func=lambda code: t(f"shown_as.{code}"),
            required=True,
        )
        components.reset(PAGE, "metric", "grain", "by", "last", "only", "vs", "as", "at", *ROWS)
    return metric, grain, dimension, int(last), versus, shape


def choose_slice(dimension: str, names: dict[str, str]) -> str:
    """Let the reader look at one slice alone."""
    if dimension == "all" or len(names) < 2:
        return "all"
    return urls.chosen(
        st.selectbox,
        t("only"),
        ["all", *sorted(names, key=names.get)],
        page=PAGE,
        name="only",
        format_func=lambda code: t("only.all") if code == "all" else names[code],
        width=330,
    )


def look_at(code: str) -> None:
    """Look at one slice alone."""
    st.session_state[f"{PAGE}.only"] = code


def slice_name(dimension: str, code: str) -> str:
    """Write a slice in words."""
    if dimension == "all":
        return t("whole_base")
    if pair_grid.is_pair(dimension):
        return pair_grid.cell_name(dimension, code, slice_name)
    return i18n.word(VOCABULARIES.get(dimension, dimension), code)


def sentence(
    metric: str,
    grain: str,
    cells: pd.DataFrame,
    newest: object,
    names: dict[str, str],
    versus: explore_compare.Against,
) -> str:
    """Say the newest value of the slice with most observations, and how it changed."""
    at = cells if grain == "total" else cells[cells["period_start"] == newest]
    row = at.sort_values("n", ascending=False, na_position="last").iloc[0]
    said = {
        "metric": figures.name(metric),
        # Within a sentence only names begin large.
        "slice": t("whole_base").lower()
        if row["dimension"] == "all"
        else names[row["dimension_value"]],
        "period": explore_compare.period_text(grain, row["period_start"], row["status"]),
    }
    if i18n.is_missing(row["value"]):
        key = "explore.finding.hidden" if row["is_suppressed"] else "explore.none"
        return t(key, **said) if row["is_suppressed"] else t(key)
    the_unit = figures.unit(metric)
    interval = figures.interval_text(Figure(row["value"], row["ci_low"], row["ci_high"]), the_unit)
    return t(
        "explore.finding",
        **said,
        value=explore_cards.with_its_unit(row["value"], the_unit),
        interval=t("no_interval") if interval == i18n.NOTHING else interval,
        change=explore_compare.sentence(row, versus, the_unit),
    )


if __name__ == "__main__":
    page()
