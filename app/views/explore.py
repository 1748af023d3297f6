"""Explore: any metric, by any of its slices, by any period."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, charts, components, curve_plots, figures, i18n, plots, urls
from app.compare import Figure
from app.i18n import t
from app.parts import own_sql
from app.queries import explore

PAGE = "explore"
GRAINS = ("month", "week", "day", "total")
LASTS = ("13", "26", "52", "104")
# Where a dimension's values are words of another vocabulary.
VOCABULARIES = {
    "cause": "fault",
    "survey_type": "event",
    "event_type": "event",
    "ticket_type": "event",
}
MOST_LINES, MOST_BARS, MOST_ROWS = 5, 20, 2_000


def page() -> None:
    """Draw the page."""
    components.header(t("explore"), t("explore.question"), PAGE)
    known = explore.metrics()
    if not known:
        components.nothing(t("no_metrics"), t("no_metrics.why"), "query_stats")
        return
    metric, grain, dimension, last = choose(known)
    cells = explore.cells(metric, grain, dimension, last)
    if cells.empty:
        components.nothing(t("explore.none"), t("explore.none.why"))
        return
    names = {code: slice_name(dimension, code) for code in cells["dimension_value"].unique()}
    only = choose_slice(dimension, names)
    shown = cells if only == "all" else cells[cells["dimension_value"] == only]
    newest = newest_period(shown)
    components.finding(sentence(metric, grain, shown, newest, names))
    hidden = int(cells["is_suppressed"].fillna(value=False).sum())
    if hidden:
        st.caption(t("explore.hidden", hidden=i18n.number(hidden), cells=i18n.number(len(cells))))
    if dimension == "all" or only != "all":
        time_card(metric, grain, shown, names)
    else:
        left, right = st.columns([3, 2], gap="small")
        with left:
            time_card(metric, grain, shown, names)
        with right:
            leaders_card(metric, grain, cells, names, newest)
    cells_card(metric, grain, shown, names)
    if access.may("own_sql"):
        own_sql.card()


def choose(known: list[str]) -> tuple[str, str, str, int]:
    """Let the reader choose metric, period, dimension and how far back."""
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
        components.reset(PAGE, "metric", "grain", "by", "last", "only")
    return metric, grain, dimension, int(last)


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


def slice_name(dimension: str, code: str) -> str:
    """Write a slice in words."""
    if dimension == "all":
        return t("whole_base")
    return i18n.word(VOCABULARIES.get(dimension, dimension), code)


def period_text(grain: str, start: object) -> str:
    """Write a period."""
    if grain == "total" or i18n.is_missing(start):
        return t("grain.total")
    return i18n.month(start) if grain == "month" else i18n.day(start)


def newest_period(cells: pd.DataFrame) -> object:
    """Return the newest period that has a value, else the newest."""
    told = cells.dropna(subset=["value"])
    return (told if len(told) else cells)["period_start"].max()


def sentence(
    metric: str, grain: str, cells: pd.DataFrame, newest: object, names: dict[str, str]
) -> str:
    """Say the newest value of the slice with most observations."""
    at = cells if grain == "total" else cells[cells["period_start"] == newest]
    row = at.sort_values("n", ascending=False, na_position="last").iloc[0]
    said = {
        "metric": figures.name(metric),
        # Within a sentence only names begin large.
        "slice": t("whole_base").lower()
        if row["dimension"] == "all"
        else names[row["dimension_value"]],
        "period": period_text(grain, row["period_start"]),
    }
    if i18n.is_missing(row["value"]):
        key = "explore.finding.hidden" if row["is_suppressed"] else "explore.none"
        return t(key, **said) if row["is_suppressed"] else t(key)
    the_unit = figures.unit(metric)
    interval = figures.interval_text(Figure(row["value"], row["ci_low"], row["ci_high"]), the_unit)
    return t(
        "explore.finding",
        **said,
        value=f"{i18n.measure(row['value'], the_unit)} {unit_text(the_unit)}".strip(),
        interval=t("no_interval") if interval == i18n.NOTHING else interval,
    )


def unit_text(the_unit: str) -> str:
    """Write a unit behind a number, unless the number says it."""
    return "" if the_unit.startswith("%") else i18n.word("metric_unit", the_unit)


def time_card(metric: str, grain: str, cells: pd.DataFrame, names: dict[str, str]) -> None:
    """Draw the slices with most observations over time."""
    the_unit = figures.unit(metric)
    with components.card(t("over_time"), t("over_time.how")):
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
                "period": rows["period_start"].map(lambda start: period_text(grain, start)),
                "value_text": rows["value"].map(lambda value: i18n.measure(value, the_unit)),
                "interval_text": [
                    figures.interval_text(Figure(value, low, high), the_unit)
                    for value, low, high in zip(
                        rows["value"], rows["ci_low"], rows["ci_high"], strict=True
                    )
                ],
            }
        )
        components.chart_over_time(
            curve_plots.curves(
                shown,
                series=[names[code] for code in drawn],
                tooltip=[
                    ("series", t("slice")),
                    ("period", t("period")),
                    ("value_text", t("value")),
                    ("interval_text", t("interval")),
                ],
                unit="%" if i18n.unit_kind(the_unit) == "percent" else "",
                is_time=True,
                has_points=len(shown) <= 150,
            ),
            320,
            t("over_time.alt", metric=figures.name(metric), value=shown["value_text"].iloc[-1]),
            shown["x"],
        )


def leaders_card(
    metric: str, grain: str, cells: pd.DataFrame, names: dict[str, str], newest: object
) -> None:
    """Draw every slice of the newest period; a click shows one alone."""
    the_unit = figures.unit(metric)
    at = cells if grain == "total" else cells[cells["period_start"] == newest]
    told = at.dropna(subset=["value"]).sort_values("value", ascending=False).head(MOST_BARS)
    title = t("leaders", period=period_text(grain, newest))

    def picked() -> None:
        found = st.session_state.get("explore.leaders", {}).get("selection", {}).get("pick", [])
        if found:
            st.session_state[f"{PAGE}.only"] = found[0]["code"]

    with components.card(title, t("leaders.how")):
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
        components.chart(
            plots.whiskers(
                shown,
                tooltip=[("label", t("slice")), ("value_text", t("value")), ("n_text", "n")],
                unit="%" if i18n.unit_kind(the_unit) == "percent" else "",
                pick="code",
                label_width=150,
            ),
            charts.height_of(len(shown), at_least=320),
            t("leaders.alt", slice=shown["label"].iloc[0], value=shown["value_text"].iloc[0]),
            key="explore.leaders",
            on_pick=picked,
        )


def cells_card(metric: str, grain: str, cells: pd.DataFrame, names: dict[str, str]) -> None:
    """List every cell; a hidden one says so."""
    the_unit = figures.unit(metric)

    def tools() -> None:
        kinds = ("csv", "xlsx", "parquet")
        components.download(cells, f"{metric}_{grain}", "explore.cells", kinds=kinds)

    with components.card(t("cells"), t("cells.how"), tools):
        top = cells.head(MOST_ROWS)
        if len(cells) > len(top):
            st.caption(t("cells.cut", shown=i18n.number(len(top)), rows=i18n.number(len(cells))))
        hidden = top["is_suppressed"].fillna(value=False).astype(bool)
        table = pd.DataFrame(
            {
                "period": top["period_start"].map(lambda start: period_text(grain, start)),
                "slice": top["dimension_value"].map(names),
                "value": [
                    t("hidden") if is_hidden else i18n.measure(value, the_unit)
                    for value, is_hidden in zip(top["value"], hidden, strict=True)
                ],
                "interval": [
                    figures.interval_text(Figure(value, low, high), the_unit)
                    for value, low, high in zip(
                        top["value"], top["ci_low"], top["ci_high"], strict=True
                    )
                ],
                "numerator": top["numerator"].map(counted),
                "denominator": top["denominator"].map(counted),
                "n": top["n"],
                "seen": [
                    i18n.NOTHING if i18n.is_missing(share) else i18n.percent(100 * share, 1)
                    for share in top["seen_share"]
                ],
                "status": top["status"].map(lambda code: i18n.word("status", code)),
                "hidden": hidden,
            }
        )
        components.table(
            table,
            {
                "period": st.column_config.TextColumn(t("period"), pinned=True),
                "slice": t("slice"),
                "value": st.column_config.TextColumn(t("value"), alignment="right"),
                "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
                "numerator": st.column_config.TextColumn(t("numerator"), alignment="right"),
                "denominator": st.column_config.TextColumn(t("denominator"), alignment="right"),
                "n": st.column_config.NumberColumn("n", format="localized"),
                "seen": st.column_config.TextColumn(t("seen"), alignment="right"),
                "status": t("status"),
                "hidden": st.column_config.CheckboxColumn(t("is_hidden"), help=t("hidden.why")),
            },
            t("cells"),
            key="explore.cells.table",
            height=min(34 * len(table) + 40, 420),
        )


def counted(value: float | None) -> str:
    """Write a numerator or denominator: whole ones whole, others with one digit."""
    if i18n.is_missing(value):
        return i18n.NOTHING
    return i18n.number(value, 0 if float(value).is_integer() else 1)


if __name__ == "__main__":
    page()
