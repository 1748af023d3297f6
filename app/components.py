"""The parts that pages are made of: header, cards, figures, tables, states."""

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
    door,
    exports,
    freshness,
    goto,
    i18n,
    marks,
    notebook,
    number_columns,
    serving,
    urls,
)
from app.i18n import t
from app.release import OlderRelease
from cx.release import NoRelease

# Height of a table's row, in pixels.
ROW = 34
# Streamlit's own downloads of tables and charts ask for no right and leave no line in the log.
_CSS = """
<style>
[data-testid="stMainBlockContainer"]{max-width:1440px}
[data-testid="stMetricLabel"] p{font-size:.86rem}
.cx-sub{color:color-mix(in srgb,currentColor 72%,transparent);
margin:-.35rem 0 .1rem;font-size:.98rem}
[data-testid="stCaptionContainer"] code{color:inherit;font-size:.95em}
[data-testid="stCaptionContainer"] a{color:inherit;text-decoration:underline}
button:is([aria-label^="Download as "],[aria-label^="Copy Vega"]){display:none}
/* Who goes by key sees at which link they are. */
a:focus-visible{outline:2px solid currentColor!important;outline-offset:-2px}
/* The word on an answer's proof is not broken in two. */
[class*="st-key-proof"] button p{white-space:nowrap}
/* The tools of a chart or table are seen by who reaches them by key, too. */
[data-testid="stElementToolbar"]:focus-within{opacity:1!important}
[data-testid="stElementToolbar"] button:focus-visible{outline:2px solid currentColor!important}
[data-testid="stCode"] .token.comment{color:inherit;opacity:.75}
/* An open menu keeps its contrast in the dark; each part of a date is large enough to touch. */
button[kind="tertiary"]:is(:focus,:active,[aria-expanded="true"]){color:inherit}
[data-testid="stDateInput"] [role="spinbutton"]{min-width:24px;min-height:24px;line-height:24px;
text-align:center}
/* A long title makes room for its card's tools: wrapped, they would be cut off. */
[data-testid="stHorizontalBlock"][height="40px"]{flex-wrap:nowrap;overflow:visible}
[data-testid="stHorizontalBlock"][height="40px"]>:has(h3){min-width:0;flex:1 1 0}
/* Choices go on in a second line, and the words of a figure too: cut ones cannot be read. */
[data-testid="stButtonGroup"]>div{flex-wrap:wrap;overflow:visible;row-gap:.3rem}
[data-testid="stMetric"] :is([data-testid="stMarkdownContainer"],p,[data-testid="stMetricDelta"]){
white-space:normal;overflow:visible}
[data-testid="stMetric"] div:has(>[data-testid="stMetricDelta"]){flex-wrap:wrap;overflow:visible}
/* Beside glass and keys the word is for who hears it. */
.st-key-goto button [data-testid="stMarkdownContainer"]{position:absolute;width:1px;height:1px;
overflow:hidden;clip-path:inset(50%)}
@media (max-width:1100px){
[data-testid="stMetricValue"]{font-size:1.35rem}
}
@media (max-width:640px){
[data-testid="stMetricValue"]{font-size:1.5rem}
/* A bill fits in the width of a phone. */
[data-testid="stTable"] :is(td,th){padding-inline:.2rem!important;font-size:.8rem}
/* Filters stand two in a line: one below the other they hid what a page has found. */
[data-testid="stHorizontalBlock"]>:is([width^="1"],[width^="2"]):has(>[data-testid="stSelectbox"]){
flex:1 1 42%!important;min-width:0}
/* A phone has no such keys. */
.st-key-goto kbd{display:none}
/* Right-aligned, the last word of a line would stand at the very edge. */
.st-key-header_tools{justify-content:flex-start}
}
@media (max-width:1200px){
/* Whole in less than the width of a desk's screen, nobody could read its boxes. What scrolls holds
the SQL below it, too: no key reaches a picture alone, and from there the arrows move both. */
.st-key-lineage_tables{overflow-x:auto}
.st-key-lineage_tables>:has([data-testid="stExpander"]){position:sticky;left:0}
[data-testid="stMermaidChart"]{overflow:visible;align-items:flex-start}
[data-testid="stMermaidChart"] img{max-width:none;width:1400px}
}
</style>
"""
POLL = "20s"
MIME = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html",
    "png": "image/png",
}


def frame() -> None:
    """Write the styles every page shares."""
    st.html(_CSS)


def header(title: str, question: str, page: str = "") -> None:
    """Write title, the page's question, how fresh the data is, and the language switch."""
    shown = serving.shown()
    made = brief.begin(title, question, page, shown.release)
    left, right = st.columns([3, 4], vertical_alignment="top", gap="small")
    with left:
        st.title(title, anchor=False)
        st.html(f'<p class="cx-sub">{question}</p>')
    with (
        right,
        st.container(
            horizontal=True,
            horizontal_alignment="right",
            vertical_alignment="center",
            gap="xsmall",
            key="header_tools",
        ),
    ):
        st.badge(
            t("data_to", day=i18n.day(last_day(shown.release.as_of))),
            icon=":material/schedule:",
            color="blue",
            help=t(
                "data_to.help",
                moment=i18n.moment_text(shown.release.published_at),
                release=shown.release.version,
            ),
        )
        freshness.feeds_button()
        notebook.button(page)
        brief_button(made)
        goto.button()
        language_switch()
        door.badge(access.visitor())
    if shown.refused:
        st.warning(
            t("refused", file=shown.refused, moment=i18n.moment_text(shown.release.published_at)),
            icon=":material/gpp_maybe:",
        )
    if st.session_state.pop("is_replaced", False):
        st.toast(t("replaced"), icon=":material/refresh:")
    st.session_state["missed.place"] = st.empty()
    urls.miss_page(title)


def tell_missed() -> None:
    """Say below the header, once a page is drawn, what of its link is known no more."""
    missed, place = urls.missed(), st.session_state.pop("missed.place", None)
    if not missed or place is None:
        return
    told = "; ".join(
        t("link.missed.value", label=i18n.escaped(label), told=i18n.escaped(told),
          shown=i18n.escaped(shown))
        for label, told, shown in missed
    )  # fmt: skip
    said = t("link.missed", values=told)
    brief.note("missed", text=said)
    place.warning(said, icon=":material/link_off:")


def brief_button(made: brief.Brief) -> None:
    """Offer the page as one HTML file, to those who may take figures away."""
    if not made.page or not access.may("export"):
        return
    file(
        t("brief"),
        partial(brief.taken, made, access.visitor()),
        f"{made.page}.html",
        ":material/description:",
        key="brief.button",
        said=t("brief.help"),
    )


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


def language_switch() -> None:
    """Let the reader choose the language; the address keeps it."""
    st.session_state["language.switch"] = i18n.language()  # a link or Back may have changed it

    def switch() -> None:
        st.session_state["language"] = st.session_state["language.switch"]
        st.session_state["language_told"] = st.session_state["language"]
        # The address would win else: it still names the language read so far.
        st.query_params["lang"] = st.session_state["language"]

    st.segmented_control(
        t("language"),
        i18n.LANGUAGES,
        key="language.switch",
        required=True,
        format_func=str.upper,
        label_visibility="collapsed",
        on_change=switch,
    )
    if st.query_params.get("lang") != i18n.language():
        st.query_params["lang"] = i18n.language()
        st.session_state["language_told"] = i18n.language()


@st.fragment(run_every=POLL)
def watch() -> None:
    """Look at the pointer from time to time; draw the page anew when another release is served."""
    who = access.visitor()
    if who.state in ("in", "demo") and not who.rights:
        st.rerun()  # the sign-in has ended: what is on the screen goes
    before = st.session_state.get("shown")
    if before is None and not who.rights:
        return
    try:
        now = serving.shelf().newest()
    except NoRelease:
        now = None
    if now != before:
        st.session_state["is_replaced"] = True
        st.rerun()


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


def no_release(error: NoRelease) -> None:
    """Draw the page of a home folder in which nothing can be shown yet."""
    st.title(t("no_release"), anchor=False)
    st.html(f'<p class="cx-sub">{t("no_release.why")}</p>')
    first, second = st.columns(2, gap="small")
    with first, card(t("no_release.demo"), t("no_release.demo.how")):
        st.code("cx demo", language="bash")
    with second, card(t("no_release.run"), t("no_release.run.how")):
        st.code("cx run DIR", language="bash")
    st.caption(f"{t('no_release.detail')} {error}")


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
