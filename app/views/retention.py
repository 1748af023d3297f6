"""Retention and cohorts: do newer customers stay longer, and when do they leave?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import against, base_parts, components, curve_plots, i18n, plots, urls
from app.compare import Figure, compared, wilson
from app.i18n import t
from app.parts import cohort_people, survival_curves
from app.queries import cohorts

PAGE = "retention"
AT = ("1", "2", "3", "6", "9", "12")
MOST_MONTHS = 18
AS = ("share", "count")
PARTS = ("region", "segment", "family", "channel")


def page() -> None:
    """Draw the page."""
    components.header(t("retention"), t("retention.question"), PAGE)
    with components.as_far_as_built():
        cohorts_of_joining()
    survival_curves.card(PAGE)


def cohorts_of_joining() -> None:
    """Draw what became of those who joined in a month."""
    whole = cohorts.cohorts()
    if whole.empty:
        components.nothing(t("cohorts.none"), t("cohorts.none.why"), "group_off")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        at = urls.chosen(
            st.segmented_control,
            t("cohorts.at"),
            months_offered(int(whole["month_number"].max())),
            page=PAGE,
            name="at",
            default="3",
            format_func=lambda code: t("after_months", months=i18n.months_long(int(code))),
            required=True,
        )
        shown_as = urls.chosen(
            st.segmented_control,
            t("cohorts.as"),
            AS,
            page=PAGE,
            name="as",
            format_func=lambda code: t(f"cohorts.as.{code}"),
            required=True,
        )
        dimension, code = base_parts.choose(PAGE, PARTS, cohorts.parts())
        versus = against.choose(PAGE, codes=("prev", "year"))
        months = pd.to_datetime(whole["cohort_month"]).dt.strftime("%Y-%m")
        cohort = cohort_people.choose(PAGE, sorted(set(months), reverse=True))
        if code != base_parts.WHOLE or versus != "prev" or shown_as != AS[0] or cohort:
            components.reset(PAGE, "at", "as", "part", "vs", "cohort", "who")
    rows = with_leavers(cohorts.cohorts(dimension, code))
    line = at_month(rows, int(at))
    coming = next_told(rows, int(at))
    components.finding(
        f"{sentence(line, at, versus)} {coming}" if len(line) < 2 else sentence(line, at, versus)
    )
    left, right = st.columns([2, 3], gap="small")
    with left:
        line_card(line, at, coming)
    with right:
        triangle_card(rows, shown_as)
    if cohort:
        part = {} if code == base_parts.WHOLE else {dimension: code}
        cohort_people.section(PAGE, cohort, int(at), part)


def months_offered(most: int) -> list[str]:
    """Return after how many months one may look: round ones, and one whose cell was clicked."""
    key = f"{PAGE}.at"
    cohort_people.heed_click(PAGE)
    own = {st.session_state.get(key), st.query_params.get("at")}
    # No number of months has more digits; Python makes no number of thousands of them.
    own = {code for code in own if code and code.isdecimal() and len(code) <= 3}
    offered = {code for code in own if 0 < int(code) <= most}
    return sorted(offered | {code for code in AT if int(code) <= most}, key=int) or [AT[0]]


def with_leavers(rows: pd.DataFrame) -> pd.DataFrame:
    """Hide all of a cohort of which nothing but "nobody left" may be told: it would mislead."""
    if rows.empty:
        return rows
    telling = rows[~rows["is_hidden"] & (rows["left_by"] > 0)]["cohort_month"]
    is_mute = ~rows["cohort_month"].isin(telling)
    return rows.assign(is_hidden=rows["is_hidden"] | is_mute, left_by=rows["left_by"].mask(is_mute))


def at_month(rows: pd.DataFrame, month: int) -> pd.DataFrame:
    """Return each cohort's share still here after so many months, with interval, in percent."""
    own = rows[(rows["month_number"] == month) & ~rows["is_hidden"]]
    shares = [
        wilson(joined - left, joined)
        for joined, left in zip(own["joined"], own["left_by"], strict=True)
    ]
    return pd.DataFrame(
        {
            "cohort": own["cohort_month"].tolist(),
            "joined": own["joined"].tolist(),
            "is_final": own["is_final"].tolist(),
            "value": [share.value for share in shares],
            "low": [share.low for share in shares],
            "high": [share.high for share in shares],
        }
    )


def next_told(rows: pd.DataFrame, month: int) -> str:
    """Say when the next cohort will have been here for so many months; nothing of no cohort."""
    if rows.empty:
        return ""
    cohorts_ = pd.to_datetime(rows["cohort_month"])
    reached = cohorts_[rows["month_number"] == month]
    following = cohorts_.min() if reached.empty else reached.max() + pd.DateOffset(months=1)
    # Months are counted from the end of that of joining.
    return t(
        "cohorts.next",
        cohort=i18n.month(following),
        months=i18n.months_long(month),
        day=i18n.day(following + pd.DateOffset(months=month + 1)),
    )


def sentence(line: pd.DataFrame, at: str, versus: str) -> str:
    """Say whether the newest cohort stays longer than the one before, or that of a year ago."""
    last = None if line.empty else line.iloc[-1]
    earlier = line.head(0) if last is None else line.iloc[:-1]
    if versus == "year" and last is not None:
        year_ago = against.month_of("year", pd.Timestamp(last["cohort"]))
        earlier = earlier[pd.to_datetime(earlier["cohort"]) == year_ago]
    if earlier.empty:
        return t("cohorts.finding.few", months=i18n.months_long(int(at)))
    first = earlier.iloc[-1]
    change = compared(
        Figure(last["value"], last["low"], last["high"]),
        Figure(first["value"], first["low"], first["high"]),
    )
    key = (
        "unclear" if change.verdict != "clear" else "longer" if change.difference > 0 else "shorter"
    )
    said = t(
        f"cohorts.finding.{key}",
        months=i18n.months_long(int(at)),
        newest=i18n.month(last["cohort"]),
        oldest=i18n.month(first["cohort"]),
        now=i18n.percent(last["value"], 1),
        then=i18n.percent(first["value"], 1),
    )
    return said if last["is_final"] else f"{said} {t('overview.finding.provisional')}"


def line_card(line: pd.DataFrame, at: str, coming: str) -> None:
    """Draw the share still here after so many months, cohort by cohort."""

    def tools() -> None:
        if len(line):
            components.download(line, f"retention_month_{at}", "retention.line.csv")

    title = t("cohorts.line", months=i18n.months_long(int(at)))
    with components.card(title, t("cohorts.line.how"), tools):
        if line.empty:
            components.nothing(t("too_few"), f"{t('cohorts.hidden')} {coming}", "visibility_off")
            return
        shown = line.assign(
            x=pd.to_datetime(line["cohort"]),
            series=t("still_here"),
            cohort_text=line["cohort"].map(i18n.month),
            value_text=[i18n.percent(value, 1) for value in line["value"]],
            interval_text=[
                f"{i18n.percent(low, 1)} – {i18n.percent(high, 1)}"
                for low, high in zip(line["low"], line["high"], strict=True)
            ],
            joined_text=line["joined"].map(i18n.number),
            is_provisional=~line["is_final"].astype(bool),
        ).drop(columns=["cohort", "is_final"])
        components.chart_over_time(
            curve_plots.curves(
                curve_plots.with_gaps(shown),
                series=[t("still_here")],
                tooltip=[
                    ("cohort_text", t("cohort")),
                    ("value_text", t("still_here")),
                    ("interval_text", t("interval")),
                    ("joined_text", t("joined")),
                ],
                is_time=True,
                has_points=True,
            ),
            330,
            t("cohorts.line.alt", value=shown["value_text"].iloc[-1]),
            shown["x"],
        )


def triangle_card(rows: pd.DataFrame, shown_as: str) -> None:
    """Draw every cohort by months since joining: the share, or lines, still here in each cell."""

    def tools() -> None:
        kept = ["cohort_month", "month_number", "joined", "left_by", "is_final", "is_hidden"]
        components.download(rows[kept], "cohorts", "retention.cohorts.csv")

    hidden = int(rows["is_hidden"].sum())
    with components.card(t("cohorts"), t("cohorts.how"), tools):
        told = rows[~rows["is_hidden"] & (rows["month_number"] <= MOST_MONTHS)]
        if hidden:
            st.caption(t("cohorts.few", hidden=i18n.number(hidden), cells=i18n.number(len(rows))))
        if told.empty:
            components.nothing(t("too_few"), t("cohorts.hidden"), "visibility_off")
            return
        here = told["joined"] - told["left_by"]
        share = 100 * here / told["joined"]
        shown = pd.DataFrame(
            {
                "down": [
                    f"{i18n.short_month(month)} · {i18n.number(joined)}"
                    for month, joined in zip(told["cohort_month"], told["joined"], strict=True)
                ],
                "across": told["month_number"],
                "code": [
                    f"{pd.Timestamp(month):%Y-%m}|{number}"
                    for month, number in zip(
                        told["cohort_month"], told["month_number"], strict=True
                    )
                ],
                # Shaded by share either way: a large cohort is not a good one.
                "value": share,
                "value_text": [
                    i18n.number(value) + ("" if is_final else "*")
                    for value, is_final in zip(
                        here if shown_as == "count" else share, told["is_final"], strict=True
                    )
                ],
                "here_text": here.map(i18n.number),
                "share_text": [i18n.percent(value, 1) for value in share],
                "state": [
                    i18n.word("status", "final" if is_final else "provisional")
                    for is_final in told["is_final"]
                ],
            }
        )
        components.chart(
            plots.heat(
                shown,
                tooltip=[
                    ("down", t("cohort.and_size")),
                    ("across", t("months.since")),
                    ("share_text", t("still_here")),
                    ("here_text", t("lines")),
                    ("state", t("status")),
                ],
                across_title=t("months.since"),
                acrosses=range(int(told["month_number"].max()) + 1),
                pick="code",
            ),
            max(26 * shown["down"].nunique() + 60, 180),
            t("cohorts.alt", cohorts=i18n.number(shown["down"].nunique())),
            key=cohort_people.CHART,
            on_pick="rerun",
        )


if __name__ == "__main__":
    page()
