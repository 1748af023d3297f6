"""The parts that pages are made of: cards, figures, tables, charts, downloads, states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import (
    access,
    brief,
    chart_base,
    exports,
    i18n,
    marks,
    number_columns,
    urls,
)
from app.i18n import t
from app.release import OlderRelease

# Height of a table's row, in pixels.
ROW = 34
MIME = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html",
    "png": "image/png",
}


def file(
    label: str, make: Callable[[], bytes], name: str, icon: str, *, key: str, said: str
) -> None:
    """Offer a file that is made, and written into the audit log, once somebody takes it."""
    st.download_button(
        label,
        make,
        file_name=name,
        mime=MIME[name.rpartition(".")[2]],
        on_click="ignore",
        icon=icon,
        type="tertiary",
        key=key,
        help=said,
    )


def part(page: str, parts: Sequence[str], words: str) -> str:
    """Let the reader choose a part of a page; it lives in the address as `view`."""
    return urls.chosen(
        st.segmented_control,
        t("view"),
        parts,
        page=page,
        name="view",
        format_func=lambda code: t(f"{words}.{code}"),
        required=True,
        label_visibility="collapsed",
    )


def metric(label: str, value: str, delta: str | None = None, **how: object) -> None:
    """Draw a figure as `st.metric` does, and note it for the brief."""
    told = [text for text in (delta, how.get("delta_description")) if text]
    brief.note("figure", label=label, value=value, note=" · ".join(map(str, told)))
    st.metric(label, value, delta, **how)


def last_day(as_of: str) -> pd.Timestamp | None:
    """Return the last day the data covers; `as_of` is the midnight after it."""
    return pd.Timestamp(as_of) - pd.Timedelta(seconds=1) if as_of else None


def finding(sentence: str) -> None:
    """Write the one sentence the page is about; `**bold**` is allowed."""
    brief.note("finding", text=sentence)
    st.markdown(f":material/lightbulb: {sentence}")


@dataclass
class _Tools:
    """Where a card's tools stand, and the menu of what can be taken away, once there is any."""

    bar: DeltaGenerator
    title: str
    menu: DeltaGenerator | None = None

    def downloads(self) -> DeltaGenerator:
        """Return the menu of downloads, drawn when it is first needed."""
        if self.menu is None:
            with self.bar:
                self.menu = st.popover(
                    t("take_away"), icon=":material/download:", type="tertiary", width="content"
                )
        return self.menu


_TOOLS: ContextVar[_Tools | None] = ContextVar("tools", default=None)


@contextmanager
def card(title: str, caption: str = "", tools: Callable[[], None] | None = None):  # noqa: ANN201
    """Draw a bordered card with a title, how to read it, and its tools."""
    brief.note("card", title=title, caption=caption)
    box = st.container(border=True, height="stretch", gap="xsmall")
    with box:
        bar = st.container(
            horizontal=True, vertical_alignment="center", gap="small", height=40, border=False
        )
        outer = _TOOLS.set(_Tools(bar, title))
        try:
            with bar:
                st.subheader(title, anchor=False, width="stretch")
                if tools:
                    tools()
            if caption:
                st.caption(caption)
            with as_far_as_built():
                yield box
        finally:
            _TOOLS.reset(outer)


def chart_over_time(spec: chart_base.Spec, height: int, description: str, times: pd.Series) -> None:
    """Draw a chart over time with its marks: outages, and readers' notes.

    Parameters
    ----------
    times : Series
        First days of the months drawn.
    """
    drawn = pd.to_datetime(times)
    found = marks.between(drawn.min(), drawn.max() + pd.DateOffset(months=1))
    chart(marks.added(spec, found), height, description)
    if len(found):
        st.caption(marks.caption(found))


def picked(key: str) -> list[dict[str, object]]:
    """Return the marks of a chart that were clicked, by the fields it picks."""
    return st.session_state.get(key, {}).get("selection", {}).get("pick", [])


def chart(
    spec: chart_base.Spec,
    height: int,
    description: str,
    *,
    key: str | None = None,
    on_pick: Callable[[], None] | None = None,
) -> None:
    """Draw a chart; `description` is read to those who cannot see it."""
    framed = chart_base.framed(spec, height)
    brief.note("chart", spec=framed, alt=description)
    picking = {"on_select": on_pick, "selection_mode": "pick"} if on_pick else {}
    st.vega_lite_chart(framed, width="stretch", alt=description, key=key, **picking)
    picture(framed, description)


def picture(spec: chart_base.Spec, description: str = "") -> None:
    """Offer the chart just drawn as a picture in its card's menu, to those who may take it."""
    tools, made = _TOOLS.get(), st.session_state.get("brief")
    if tools is None or made is None or not access.may("export"):
        return
    with tools.downloads():
        file(
            "PNG",
            partial(brief.picture_taken, made, spec, tools.title, access.visitor(), description),
            f"{made.page or 'chart'}_{len(made.parts)}.png",
            ":material/image:",
            key=f"png.{len(made.parts)}",
            said=t("png.help"),
        )


def table(
    rows: pd.DataFrame,
    columns: Mapping[str, object],
    description: str,
    *,
    key: str | None = None,
    height: int | str = "content",
    placeholder: str = i18n.NOTHING,
    is_selectable: bool = False,
    selects: str = "",
    written: Mapping[str, Callable[[object], str]] | None = None,
) -> int | None:
    """Draw a table of the named columns, every text neutral; return the row selected, if any.

    Parameters
    ----------
    height : int or str
        At most so many pixels; fewer rows take no more than their own. Or a word of Streamlit's.
    is_selectable, selects : bool, str
        Whether one row can be selected; or what else, as Streamlit calls it.
    written : mapping, optional
        How a column's values are written that need more than a format; they are sorted as they are.
    """
    if isinstance(height, int) and (len(rows) + 1) * ROW + 2 <= height:
        height = "content"  # a strip of a row that is not there would show below
    titles = {name: _title(name, column) for name, column in columns.items()}
    brief.note_table(rows, titles, written or {})
    neutral = exports.neutralised(rows[list(columns)])
    shown, config = number_columns.localised(neutral, columns, written)
    mode = selects or ("single-row" if is_selectable else "")
    event = st.dataframe(
        shown,
        hide_index=True,
        height=height,
        row_height=ROW,
        key=key,
        alt=f"{description}. {t('table.by_key')}" if is_selectable else description,
        placeholder=placeholder,
        column_config=config,
        **({"on_select": "rerun", "selection_mode": mode} if mode else {}),
    )
    if not is_selectable:
        return None
    selected = event.selection.rows
    return selected[0] if selected and selected[0] < len(rows) else None


def statement(
    rows: pd.DataFrame, columns: Mapping[str, str], description: str, signed: Sequence[str] = ()
) -> None:
    """Draw few rows to be read to the last word, every text neutral and amounts to the cent.

    Parameters
    ----------
    columns : mapping
        Titles, by column.
    signed : sequence of str
        Columns of amounts that tell their sign.
    """
    shown = exports.neutralised(rows[list(columns)])
    amounts = shown.select_dtypes("number").columns
    writers = {
        name: partial(i18n.signed if name in signed else i18n.number, digits=2) for name in amounts
    }
    shown = shown.assign(
        **{name: shown[name].map(i18n.escaped) for name in columns if name not in amounts}
    )
    titles = {name: i18n.escaped(title) for name, title in columns.items()}
    style = shown.rename(columns=titles).style
    style.format({titles[name]: writer for name, writer in writers.items()})
    st.table(style, border="horizontal", hide_index=True, alt=description)


def _title(name: str, column: object) -> str:
    """Return what a column is called in a table."""
    if isinstance(column, str):
        return column
    return str(dict(column).get("label") or name)


def download(
    rows: pd.DataFrame | Callable[[], pd.DataFrame],
    name: str,
    key: str,
    *,
    of_persons: bool = False,
    kinds: Sequence[str] = ("csv", "xlsx"),
    count: int | None = None,
) -> None:
    """Offer rows as files, to those who may take them; each download is in the audit log.

    Parameters
    ----------
    rows : DataFrame or callable
        The rows, or what reads them once somebody takes them; `count` says how many, then.
    """
    right = "export_persons" if of_persons else "export"
    if not access.may(right):
        return
    who, tools = access.visitor(), _TOOLS.get()
    count = len(rows) if count is None else count
    with tools.downloads() if tools else nullcontext():
        for kind in kinds:
            file(
                kind.upper(),
                partial(exports.taken, rows, name, who, right, kind, i18n.language()),
                f"{name}.{kind}",
                ":material/table_view:",
                key=key if kind == "csv" else f"{key}.{kind}",
                said=t("csv.help", kind=kind.upper(), rows=i18n.number(count)),
            )


def nothing(title: str, advice: str, icon: str = "search_off") -> None:
    """Say in a calm box that there is nothing here, why, and what to do."""
    brief.note("nothing", title=title, advice=advice)
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.subheader(f":material/{icon}: {title}", anchor=False)
        st.caption(advice)


@contextmanager
def as_far_as_built():  # noqa: ANN201
    """Say so in a calm box where the release was built before what is drawn; draw on behind it."""
    try:
        yield
    except OlderRelease:
        nothing(t("older_release"), t("older_release.why"), "update")


def reset(page: str, *names: str, key: str = "reset") -> None:
    """Offer to put the filters of a page back to their defaults; each offer has its own key."""
    st.button(
        t("reset"),
        icon=":material/close:",
        type="tertiary",
        key=f"{page}.{key}",
        on_click=urls.forget,
        args=(page, *names),
    )


def open_customer(identifier: str, key: str) -> None:
    """Offer to go to the Customer page of a subscription or customer, to those who may see it."""
    if not access.may("customer"):
        return
    if st.button(
        t("open", name=identifier),
        type="primary",
        icon=":material/arrow_forward:",
        key=key,
    ):
        st.switch_page("views/customer.py", query_params={"id": identifier})
