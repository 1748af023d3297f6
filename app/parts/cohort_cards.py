"""Cohorts of joining: the share still here, cohort by cohort, the triangle, and how many joined."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import against, components, curve_plots, i18n, plots
from app.compare import Figure, compared, wilson
from app.i18n import t
from app.parts import cohort_people

MOST_MONTHS = 18
# Months that a cohort joined in, and how far pandas sets them apart.
GRAINS = {"month": (1, "MS"), "quarter": (3, "QS")}


def name(grain: str, start: object, *, is_short: bool = False) -> str:
    """Write when a cohort joined: a month or a quarter."""
    if grain == "quarter":
        return i18n.quarter(start)
    return i18n.short_month(start) if is_short else i18n.month(start)


def with_leavers(rows: pd.DataFrame) -> pd.DataFrame:
    """Hide all of a cohort of which nothing but "nobody left" may be told: it would mislead."""
    if rows.empty:
        return rows
    telling = rows[~rows["is_hidden"] & (rows["left_by"] > 0)]["cohort_month"]
    is_mute = ~rows["cohort_month"].isin(telling)
    return rows.assign(is_hidden=rows["is_hidden"] | is_mute, left_by=rows["left_by"].mask(is_mute))


def telling_month(rows: pd.DataFrame, usual: int = 3) -> int:
    """Return after how many months cohorts are compared first: as usual, if two can be.

    Else where most of them are told of, for a small base tells its cohorts later.
    """
    told = with_leavers(rows)
    told = told[~told["is_hidden"].astype(bool) & (told["month_number"] > 0)]
    count = told.groupby("month_number").size()
    count = count[count > 1]
    return usual if count.empty or usual in count.index else int(count.idxmax())


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


def next_told(rows: pd.DataFrame, month: int, grain: str) -> str:
    """Say when the next cohort will have been here for so many months; nothing of no cohort."""
    if rows.empty:
        return ""
    step = GRAINS[grain][0]
    cohorts_ = pd.to_datetime(rows["cohort_month"])
    reached = cohorts_[rows["month_number"] == month]
    following = cohorts_.min() if reached.empty else reached.max() + pd.DateOffset(months=step)
    # Months are counted from the end of that of joining, of a quarter its last.
    return t(
        "cohorts.next",
        cohort=name(grain, following),
        months=i18n.months_long(month),
        day=i18n.day(following + pd.DateOffset(months=month + step)),
    )


def sentence(line: pd.DataFrame, at: str, versus: str, grain: str) -> str:
    """Say whether the newest cohort stays longer than the one before, or another."""
    last = None if line.empty else line.iloc[-1]
    earlier = line.head(0) if last is None else line.iloc[:-1]
    if versus != "prev" and last is not None:
        chosen = against.month_of(versus, pd.Timestamp(last["cohort"]))
        earlier = earlier[pd.to_datetime(earlier["cohort"]) == chosen]
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
        newest=name(grain, last["cohort"]),
        oldest=name(grain, first["cohort"]),
        now=i18n.percent(last["value"], 1),
        then=i18n.percent(first["value"], 1),
    )
    return said if last["is_final"] else f"{said} {t('overview.finding.provisional')}"


def line_card(line: pd.DataFrame, at: str, coming: str, grain: str) -> None:
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
            cohort_text=[name(grain, start) for start in line["cohort"]],
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
                curve_plots.with_gaps(shown, GRAINS[grain][1]),
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


def triangle_card(rows: pd.DataFrame, shown_as: str, grain: str) -> None:
    """Draw every cohort by months since joining: the share, or lines, still here in each cell."""
    # A click lists whose a cell is, which are lists of months.
    is_month = grain == "month"

    def tools() -> None:
        kept = ["cohort_month", "month_number", "joined", "left_by", "is_final", "is_hidden"]
        components.download(rows[kept], "cohorts", "retention.cohorts.csv")

    hidden, between = int(rows["is_hidden"].sum()), between_told(rows)
    title = t("cohorts" if is_month else "cohorts.quarters")
    how = f"{t('cohorts.how')} {t('cohorts.how.click')}" if is_month else t("cohorts.how")
    with components.card(title, how, tools):
        told = rows[~rows["is_hidden"] & (rows["month_number"] <= MOST_MONTHS)]
        if hidden:
            said = t("cohorts.few", hidden=i18n.number(hidden), cells=i18n.number(len(rows)))
            if len(between):
                said += " " + t("cohorts.between", between=i18n.number(len(between)))
            st.caption(said)
        if told.empty:
            components.nothing(t("too_few"), t("cohorts.hidden"), "visibility_off")
            return
        told = told.assign(most=told["left_by"], is_between=False)
        told = pd.concat([told, between[between["month_number"] <= MOST_MONTHS]])
        told = told.sort_values(["cohort_month", "month_number"])
        # The most and the fewest still here: one and the same where it is told.
        here = [told["joined"] - told[name] for name in ("left_by", "most")]
        share = [100 * each / told["joined"] for each in here]
        counted = here if shown_as == "count" else share
        shown = pd.DataFrame(
            {
                "down": [
                    f"{name(grain, month, is_short=True)} · {i18n.number(joined)}"
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
                "value": sum(share) / 2,
                "value_text": [
                    text + ("" if is_final else "*")
                    for text, is_final in zip(
                        spans(*counted, i18n.number), told["is_final"], strict=True
                    )
                ],
                "here_text": spans(*here, i18n.number),
                "share_text": spans(*share, lambda value: i18n.percent(value, 1)),
                "is_between": told["is_between"],
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
                pick="code" if is_month else None,
                pale="is_between",
            ),
            max(36 * shown["down"].nunique() + 60, 180),
            t("cohorts.alt", cohorts=i18n.number(shown["down"].nunique())),
            **({"key": cohort_people.CHART, "on_pick": "rerun"} if is_month else {}),
        )


def between_told(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the hidden cells that lie between what is told of their cohort before and after.

    Nothing is told by that: who has left never comes back.

    Returns
    -------
    DataFrame with the columns of `rows`, is_between and most: left_by is the fewest that had left,
        most the most.
    """
    told = rows["left_by"].astype(float).groupby(rows["cohort_month"])
    both = rows.assign(left_by=told.ffill().fillna(0), most=told.bfill(), is_between=True)
    return both[rows["is_hidden"].astype(bool) & both["most"].notna()]


def spans(most: pd.Series, fewest: pd.Series, write: Callable[[float], str]) -> list[str]:
    """Write each figure, or the two that it lies between."""
    pairs = zip(map(write, fewest), map(write, most), strict=True)
    return [low if low == high else f"{low}–{high}" for low, high in pairs]


def sizes_card(rows: pd.DataFrame, grain: str) -> None:
    """List how many joined in each cohort, and of whom it was last told how many are still here."""
    sizes = sizes_of(rows)

    def tools() -> None:
        components.download(sizes, "cohort_sizes", "retention.sizes.csv")

    with components.card(t("cohorts.sizes"), t("cohorts.sizes.how"), tools):
        columns: dict[str, object] = {
            "cohort_month": st.column_config.DateColumn(t("cohort"), pinned=True),
            "joined": st.column_config.NumberColumn(t("joined"), format="localized"),
            "customers": st.column_config.NumberColumn(t("customers"), format="localized"),
            "still_here": st.column_config.NumberColumn(t("still_here"), format="%.1f%%"),
            "months": st.column_config.NumberColumn(t("cohorts.sizes.after"), format="localized"),
        }
        components.table(
            sizes,
            {column: shown for column, shown in columns.items() if column in sizes},
            t("cohorts.sizes"),
            key="retention.sizes",
            height=390,
            written={"cohort_month": lambda start: name(grain, start)},
        )


def sizes_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row per cohort, newest first; what is hidden of it is empty.

    Returns
    -------
    DataFrame with columns cohort_month, joined, customers (where a customer counts once), months
        since joining at which it was last told of, and still_here, the share then, in percent.
    """
    newest = rows[~rows["is_hidden"]].groupby("cohort_month").tail(1).set_index("cohort_month")
    sizes = rows.groupby("cohort_month").head(1).set_index("cohort_month")
    found = pd.DataFrame({"joined": sizes["joined"]})
    if "customers" in sizes:
        # A cohort too small to be told of, or hidden beside one, tells nothing of its customers.
        found["customers"] = sizes["customers"].astype(float).mask(sizes["joined"].isna())
    found["months"] = newest["month_number"].astype(float)
    found["still_here"] = 100 * (newest["joined"] - newest["left_by"]) / newest["joined"]
    found.index = pd.to_datetime(found.index)
    return found.sort_index(ascending=False).rename_axis("cohort_month").reset_index()
