"""What surrounds every page: styles, header, what a link asked for in vain, the watch for news."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import (
    access,
    brief,
    components,
    door,
    freshness,
    goto,
    i18n,
    notebook,
    serving,
    urls,
)
from app.i18n import t
from cx.release import NoRelease

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


def styles() -> None:
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
            t("data_to", day=i18n.day(components.last_day(shown.release.as_of))),
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
    components.file(
        t("brief"),
        partial(brief.taken, made, access.visitor()),
        f"{made.page}.html",
        ":material/description:",
        key="brief.button",
        said=t("brief.help"),
    )


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


def no_release(error: NoRelease) -> None:
    """Draw the page of a home folder in which nothing can be shown yet."""
    st.title(t("no_release"), anchor=False)
    st.html(f'<p class="cx-sub">{t("no_release.why")}</p>')
    first, second = st.columns(2, gap="small")
    with first, components.card(t("no_release.demo"), t("no_release.demo.how")):
        st.code("cx demo", language="bash")
    with second, components.card(t("no_release.run"), t("no_release.run.how")):
        st.code("cx run DIR", language="bash")
    st.caption(f"{t('no_release.detail')} {error}")
