"""A metric on Explore: over time, by slice, and cell by cell."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app import charts, components, curve_plots, figures, i18n, plots
from app.compare import Figure
from app.i18n import t
from app.parts import explore_compare, metric_people
from app.parts.explore_compare import Against, period_text

PAGE = "explore"
MOST_LINES, MOST_BARS, MOST_ROWS = 5, 20, 2_000


def with_unit(text: str, the_unit: str) -> str:
    """Write a caption and in what the chart's axis counts; percent stands at its numbers."""
    unit = unit_text(the_unit)
    return f"{text} {t('unit')}: {unit.removesuffix('.')}." if unit else text


def newest_period(cells: pd.DataFrame) -> object:
    """Return the newest period that has a value, else the newest."""
    told = cells.dropna(subset=["value"])
    return (told if len(told) else cells)["period_start"].max()


def unit_text(the_unit: str) -> str:
    """Write a unit behind a number, unless the number says it."""
    return "" if the_unit.startswith("%") else i18n.unit_word(the_unit)


def with_its_unit(value: float, the_unit: str) -> str:
    """Write a number of a sentence with its unit; the ends of a scale are none: 90.5 of 0..100."""
    unit = "" if ".." in the_unit else unit_text(the_unit)
    return f"{i18n.measure(value, the_unit)} {unit}".strip()


def time_card(
    metric: str, grain: str, cells: pd.DataFrame, names: dict[str, str], versus: Against
) -> None:
    """Draw the slices with most observations over time; one alone beside a year before."""
    the_unit = figures.unit(metric)
    how = with_unit(t("over_time.how"), the_unit)
    if versus.target is not None:
        aim = i18n.measure(versus.target, the_unit)
        how += " " + t("explore.target_line", value=aim)
    with components.card(t("over_time"), how):
        told = cells.dropna(subset=["value"])
        if told.empty or grain == "total":
            is_hidden = bool(cells["is_suppressed"].fillna(value=False).any())
            if told.empty:
                why = (
                    ("too_few", "hidden.why") if is_hidden else ("explore.none", "explore.none.why")
                )
            else:
                why = ("explore.total", "explore.total.why")
            components.nothing(t(why[0]), t(why[1]), "timeline")
            return
        most = told.groupby("dimension_value")["n"].sum().sort_values(ascending=False)
        drawn = most.head(MOST_LINES).index.tolist()
        # Hidden cells stay as rows without a value, so that the line breaks there.
        rows = cells[cells["dimension_value"].isin(drawn)].sort_values("period_start")
        shown = pd.DataFrame(
            {
                "x": pd.to_datetime(rows["period_start"]),
                "value": rows["value"],
                "low": rows["ci_low"],
                "high": rows["ci_high"],
                "series": rows["dimension_value"].map(names),
                "is_provisional": rows["status"] == "provisional",
                "period": [
                    period_text(grain, start, status)
                    for start, status in zip(rows["period_start"], rows["status"], strict=True)
                ],
                "value_text": rows["value"].map(lambda value: i18n.measure(value, the_unit)),
                "interval_text": [
                    figures.interval_text(Figure(value, low, high), the_unit)
                    for value, low, high in zip(
                        rows["value"], rows["ci_low"], rows["ci_high"], strict=True
                    )
                ],
            }
        )
        series = [names[code] for code in drawn]
        last = shown["value_text"].iloc[-1]
        if len(drawn) == 1 and versus.code == "year" and rows["before_value"].notna().any():
            series.append(t("explore.year_before"))
            shown = pd.concat([shown, year_before(shown, rows, versus, the_unit)])
        components.chart_over_time(
            curve_plots.curves(
                shown,
                series=series,
                tooltip=[
                    ("series", t("slice")),
                    ("period", t("period")),
                    ("value_text", t("value")),
                    ("interval_text", t("interval")),
                ],
                unit="%" if i18n.unit_kind(the_unit) == "percent" else "",
                is_time=True,
                has_points=len(shown) <= 150,
                rule_at=versus.target,
            ),
            320,
            t("over_time.alt", metric=figures.name(metric), value=last),
            shown["x"],
        )


def year_before(
    shown: pd.DataFrame, rows: pd.DataFrame, versus: Against, the_unit: str
) -> pd.DataFrame:
    """Return the points of a line that tells, where a period stands, what it was a year before."""
    before = rows["before_value"]
    return shown.assign(
        value=before,
        low=None,
        high=None,
        series=t("explore.year_before"),
        is_provisional=False,
        period=[versus.in_words(start) for start in rows["period_start"]],
        value_text=before.map(lambda value: i18n.measure(value, the_unit)),
        interval_text=i18n.NOTHING,
    )


def leaders_card(
    metric: str,
    grain: str,
    cells: pd.DataFrame,
    names: dict[str, str],
    newest: object,
    versus: Against,
) -> None:
    """Draw every slice of the newest period beside what it was; a click shows one alone."""
    the_unit = figures.unit(metric)
    at = cells if grain == "total" else cells[cells["period_start"] == newest]
    told = at.dropna(subset=["value"]).sort_values("value", ascending=False).head(MOST_BARS)
    title = t("leaders", period=period_text(grain, newest))

    def picked() -> None:
        found = components.picked("explore.leaders")
        if found:
            st.session_state[f"{PAGE}.only"] = found[0]["code"]

    how = with_unit(t("leaders.how"), the_unit)
    tooltip = [("label", t("slice")), ("value_text", t("value")), ("n_text", "n")]
    has_before = "before_value" in told and bool(told["before_value"].notna().any())
    if has_before:
        how += " " + t("explore.before", before=versus.in_words(newest))
        tooltip += [("change_text", t("change")), ("verdict_text", t("verdict"))]
    with components.card(title, how):
        if told.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        shown = pd.DataFrame(
            {
                "code": told["dimension_value"],
                "label": told["dimension_value"].map(names),
                "value": told["value"],
                "low": told["ci_low"],
                "high": told["ci_high"],
                "is_clear": ~told["is_low_n"].fillna(value=False).astype(bool),
                "value_text": told["value"].map(lambda value: i18n.measure(value, the_unit)),
                "n_text": told["n"].map(i18n.number),
            }
        )
        if has_before:
            shown = shown.assign(base=told["before_value"], **in_words(told, the_unit))
        components.chart(
            (plots.beside if has_before else plots.whiskers)(
                shown,
                tooltip=tooltip,
                unit="%" if i18n.unit_kind(the_unit) == "percent" else "",
                pick="code",
                label_width=150,
            ),
            charts.height_of(len(shown), at_least=320),
            t("leaders.alt", slice=shown["label"].iloc[0], value=shown["value_text"].iloc[0]),
            key="explore.leaders",
            on_pick=picked,
        )


def in_words(cells: pd.DataFrame, the_unit: str) -> dict[str, list[str]]:
    """Write how cells differ from what they are compared with, and what may be said of it."""
    differences = cells["difference"].tolist()
    return {
        "change_text": [explore_compare.change_text(each, the_unit) for each in differences],
        "verdict_text": [
            explore_compare.verdict_text(verdict, difference)
            for verdict, difference in zip(cells["verdict"], differences, strict=True)
        ],
    }


def cells_card(
    metric: str, grain: str, cells: pd.DataFrame, names: dict[str, str], versus: Against
) -> None:
    """List every cell beside what it is compared with; a hidden one says so."""
    the_unit = figures.unit(metric)

    def tools() -> None:
        kinds = ("csv", "xlsx", "parquet")
        components.download(cells, f"{metric}_{grain}", "explore.cells", kinds=kinds)

    with components.card(t("cells"), with_unit(t("cells.how"), the_unit), tools):
        top = cells.head(MOST_ROWS)
        if len(cells) > len(top):
            st.caption(t("cells.cut", shown=i18n.number(len(top)), rows=i18n.number(len(cells))))
        hidden = top["is_suppressed"].fillna(value=False).astype(bool)
        table = pd.DataFrame(
            {
                "period": pd.to_datetime(top["period_start"]),
                "slice": top["dimension_value"].map(names),
                "value": top["value"].astype(float).mask(hidden),
                **(
                    {
                        "change": top["difference"].mask(hidden),
                        "verdict": in_words(top, the_unit)["verdict_text"],
                    }
                    if versus.code
                    else {}
                ),
                "interval": [
                    figures.interval_text(Figure(value, low, high), the_unit)
                    for value, low, high in zip(
                        top["value"], top["ci_low"], top["ci_high"], strict=True
                    )
                ],
                "numerator": top["numerator"].astype(float),
                "denominator": top["denominator"].astype(float),
                "n": top["n"],
                "seen": 100 * top["seen_share"].astype(float),
                "status": top["status"].map(lambda code: i18n.word("status", code)),
                "hidden": hidden,
            }
        )
        is_selectable = metric_people.may_list(metric, grain)
        if is_selectable:
            st.caption(t("rows.click"))
            days = pd.to_datetime(top["period_start"]).dt.strftime("%Y-%m-%d")
            drawn = zip(days, top["dimension_value"], strict=True)
            metric_people.note_drawn(metric_people.TABLE, dict(enumerate(drawn)))
        components.table(
            table,
            {
                "period": st.column_config.DateColumn(t("period"), pinned=True),
                "slice": t("slice"),
                "value": st.column_config.NumberColumn(t("value")),
                **(
                    {
                        "change": st.column_config.NumberColumn(t("change")),
                        "verdict": st.column_config.TextColumn(t("verdict"), width=160),
                    }
                    if versus.code
                    else {}
                ),
                "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
                "numerator": st.column_config.NumberColumn(t("numerator")),
                "denominator": st.column_config.NumberColumn(t("denominator")),
                "n": st.column_config.NumberColumn("n", format="localized"),
                "seen": st.column_config.NumberColumn(t("seen"), format="%.1f%%"),
                "status": t("status"),
                "hidden": st.column_config.CheckboxColumn(t("is_hidden"), help=t("hidden.why")),
            },
            t("cells"),
            key=metric_people.TABLE,
            height=420,
            is_selectable=is_selectable,
            written={
                "period": partial(period_text, grain),
                "value": partial(i18n.measure, unit=the_unit),
                **(
                    {"change": partial(explore_compare.change_text, the_unit=the_unit)}
                    if versus.code
                    else {}
                ),
                "numerator": counted,
                "denominator": counted,
            },
        )


def counted(value: float | None) -> str:
    """Write a numerator or denominator: whole ones whole, others with one digit."""
    if i18n.is_missing(value):
        return i18n.NOTHING
    return i18n.number(value, 0 if float(value).is_integer() else 1)
