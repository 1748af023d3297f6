"""Moments: which moment of a customer hurts, and at which stage?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import (
    access,
    against,
    base_parts,
    chart_base,
    charts,
    components,
    curve_plots,
    figures,
    i18n,
    plots,
    urls,
)
from app.i18n import t
from app.queries import metrics, moments

PAGE = "moments"
CARDS = ("M47", "M47b", "M47p90", "M47c", "M11j")


def page() -> None:
    """Draw the page."""
    components.header(t("moments"), t("moments.question"), PAGE)
    known = moments.types()
    if not known:
        components.nothing(t("moments.none"), t("moments.none.why"), "route")
        return
    months = metrics.months()
    codes = [f"{start:%Y-%m}" for start in months["period_start"]]
    whole = [code for code, done in zip(codes, months["is_complete"], strict=True) if bool(done)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        journey = urls.chosen(
            st.segmented_control,
            t("moment"),
            known,
            page=PAGE,
            name="journey",
            default="join",
            format_func=lambda code: i18n.word("journey", code),
            required=True,
        )
        month = urls.chosen(
            st.selectbox,
            t("month"),
            [*codes, "all"] if codes else ["all"],
            page=PAGE,
            name="m",
            is_dated=True,
            default=whole[0] if whole else "all",
            format_func=lambda code: (
                t("grain.total") if code == "all" else i18n.month(f"{code}-01")
            ),
            width=190,
        )
        dimension, code = base_parts.choose(
            PAGE, ("region", "segment", "channel"), moments.parts(journey)
        )
        # All time has nothing before it.
        versus = against.CODES[0] if month == "all" else against.choose(PAGE)
        if code != base_parts.WHOLE or versus != against.CODES[0]:
            components.reset(PAGE, "part", "vs")
    stages = moments.stages(journey, None if month == "all" else f"{month}-01", dimension, code)
    components.finding(sentence(journey, stages))
    if month != "all":
        start = pd.Timestamp(f"{month}-01")
        values = metrics.values(CARDS, "journey")
        with st.grid(5, min_column_width=165, gap="small"):
            for metric in CARDS:
                figures.card(figures.read(values, metric, start, journey, versus))
        figures.definitions(CARDS)
        if code != base_parts.WHOLE:
            st.caption(t("moments.whole_base"))
    left, right = st.columns([1, 1], gap="small")
    with left:
        time_card(stages)
    with right:
        through_card(stages)
    trend_card(stages, moments.by_month(journey, dimension, code))
    earlier = None if month == "all" else against.month_of(versus, pd.Timestamp(f"{month}-01"))
    before = None if earlier is None else moments.stages(journey, str(earlier), dimension, code)
    stages_card(journey, stages, before, "" if earlier is None else i18n.short_month(earlier))


def told(stages: pd.DataFrame) -> pd.DataFrame:
    """Return the stages that may be told of."""
    return stages.dropna(subset=["journeys"]) if len(stages) else stages


def of_shown(stages: pd.DataFrame) -> str:
    """Return which words a share of time needs: a hidden stage's time is not in the whole."""
    return ".shown" if len(told(stages)) < len(stages) else ""


def share_text(share: float, digits: int = 0) -> str:
    """Write a share of time; nearly all of it is not all."""
    return i18n.part(share) if 0.99 <= share < 1 else i18n.percent(100 * share, digits)


def sentence(journey: str, stages: pd.DataFrame) -> str:
    """Say which stage takes most of the time, and what its slowest tenth take."""
    rows = told(stages)
    total = rows["total_minutes"].sum() if len(rows) else 0
    if not total:
        return t("moments.finding.few", journey=i18n.word("journey", journey))
    # What waits for the customer, such as a bill not yet due, is nobody's delay.
    ours = rows[rows["office"] != "customer"]
    ours = rows if ours.empty or not ours["total_minutes"].sum() else ours
    worst = ours.loc[ours["total_minutes"].idxmax()]
    return t(
        f"moments.finding{of_shown(stages)}",
        journey=i18n.word("journey", journey),
        stage=i18n.word("stage", worst["stage"]),
        share=share_text(worst["total_minutes"] / total),
        median=i18n.lasting(worst["median_minutes"]),
        p90=i18n.lasting(worst["p90_minutes"]),
    )


def due_text(minutes: float | None) -> str:
    """Write how much time was left until a stage's journeys were due, if any was."""
    if not i18n.is_missing(minutes) and minutes <= 0:
        return t("moments.due.over")
    return i18n.lasting(minutes)


def time_card(stages: pd.DataFrame) -> None:
    """Draw how long each stage takes, up to what nine in ten take, and how much time was left."""
    rows = told(stages)
    due = stages["median_due_minutes"].astype(float)
    how = t("moments.time.how") + (f" {t('moments.time.due')}" if (due > 0).any() else "")
    with components.card(t("moments.time"), how):
        if rows.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        timed = ["median_minutes", "p90_minutes", "median_due_minutes"]
        in_hours = rows[timed].astype(float) / 60
        shown = pd.DataFrame(
            {
                "label": rows["stage"].map(lambda code: i18n.word("stage", code)),
                "value": in_hours["median_minutes"],
                "low": in_hours["median_minutes"],
                "high": in_hours["p90_minutes"],
                "is_clear": True,
                "value_text": rows["median_minutes"].map(i18n.lasting),
                "p90_text": rows["p90_minutes"].map(i18n.lasting),
                "base": in_hours["median_due_minutes"].where(in_hours["median_due_minutes"] > 0),
                "due_text": rows["median_due_minutes"].map(due_text),
                "journeys": rows["journeys"].map(i18n.number),
            }
        )
        has_due = shown["base"].notna().any()
        components.chart(
            (plots.beside if has_due else plots.whiskers)(
                shown if has_due else shown.drop(columns=["base"]),
                tooltip=[
                    ("label", t("stage")),
                    ("value_text", t("median")),
                    ("p90_text", t("p90")),
                    ("due_text", t("moments.due")),
                    ("journeys", t("journeys")),
                ],
                unit=f" {t('unit.h')}",
            ),
            charts.height_of(len(shown), at_least=230),
            t("moments.time.alt", stage=shown["label"].iloc[int(in_hours["p90_minutes"].argmax())]),
        )


def through_card(stages: pd.DataFrame) -> None:
    """Draw how many journeys come through each stage."""
    rows = told(stages)
    with components.card(t("moments.through"), t("moments.through.how")):
        if rows.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        paint = chart_base.colours()
        tones = {"front": paint["main"], "back": paint["second"], "customer": paint["third"]}
        # Stages may be skipped or come twice: what is lost is told of the stage most come through.
        shares = rows["journeys"].astype(float) / rows["journeys"].astype(float).max()
        shown = pd.DataFrame(
            {
                "label": rows["stage"].map(lambda code: i18n.word("stage", code)),
                "value": rows["journeys"].astype(float),
                "value_text": [
                    f"{i18n.number(count)} · {share_text(share)}"
                    for count, share in zip(rows["journeys"], shares, strict=True)
                ],
                "office": rows["office"].map(lambda code: i18n.word("office", code)),
                "customers": rows["customers"].map(i18n.number),
            }
        )
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("stage")),
                    ("value_text", t("journeys")),
                    ("customers", t("customers")),
                    ("office", t("office")),
                ],
                colour_of="office",
                colours_in_order=[
                    (i18n.word("office", code), tone) for code, tone in tones.items()
                ],
            ),
            charts.height_of(len(shown), at_least=230, has_legend=shown["office"].nunique() > 1),
            t("moments.through.alt", stages=i18n.number(len(shown))),
        )


def trend_card(stages: pd.DataFrame, months: pd.DataFrame) -> None:
    """Draw the slowest stages month by month: what nine in ten journeys take at most."""
    rows = told(stages)
    months = months.dropna(subset=["p90_minutes"])
    with components.card(t("moments.trend"), t("moments.trend.how")):
        slow = rows.sort_values("p90_minutes", ascending=False)["stage"].head(4).tolist()
        months = months[months["stage"].isin(slow)]
        if months.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        shown = pd.DataFrame(
            {
                "x": pd.to_datetime(months["period_start"]),
                "value": months["p90_minutes"].astype(float) / 60,
                "low": None,
                "high": None,
                "series": months["stage"].map(lambda code: i18n.word("stage", code)),
                "month_text": months["period_start"].map(i18n.month),
                "value_text": months["p90_minutes"].map(i18n.lasting),
                "journeys": months["journeys"].map(i18n.number),
            }
        )
        components.chart_over_time(
            curve_plots.curves(
                curve_plots.with_gaps(shown),
                series=[i18n.word("stage", code) for code in slow],
                tooltip=[
                    ("series", t("stage")),
                    ("month_text", t("month")),
                    ("value_text", t("p90")),
                    ("journeys", t("journeys")),
                ],
                unit=f" {t('unit.h')}",
                is_time=True,
                has_points=True,
            ),
            260,
            t("moments.trend.alt", stage=i18n.word("stage", slow[0])),
            shown["x"],
        )


def stages_card(
    journey: str, stages: pd.DataFrame, before: pd.DataFrame | None, before_text: str
) -> None:
    """List the stages beside an earlier month, and lead to the metrics of this moment."""
    earlier = (
        {} if before is None else dict(zip(before["stage"], before["median_minutes"], strict=True))
    )
    total = float(told(stages)["total_minutes"].sum()) if len(told(stages)) else 0.0

    def tools() -> None:
        if len(stages):
            components.download(
                stages.drop(columns=["is_small", "dimension_value"]),
                f"moments_{journey}",
                "moments.csv",
            )

    with components.card(t("moments.stages"), t("moments.stages.how"), tools):
        table = pd.DataFrame(
            {
                "stage": stages["stage"].map(lambda code: i18n.word("stage", code)),
                "office": stages["office"].map(lambda code: i18n.word("office", code)),
                "journeys": [
                    t("hidden") if small else i18n.number(value)
                    for value, small in zip(stages["journeys"], stages["is_small"], strict=True)
                ],
                "median": stages["median_minutes"].map(i18n.lasting),
                "before": [i18n.lasting(earlier.get(stage)) for stage in stages["stage"]],
                "p90": stages["p90_minutes"].map(i18n.lasting),
                "due": stages["median_due_minutes"].map(due_text),
                "share": [
                    i18n.NOTHING
                    if i18n.is_missing(value) or not total
                    else share_text(value / total, 1)
                    for value in stages["total_minutes"]
                ],
            }
        )
        components.table(
            table,
            {
                "stage": st.column_config.TextColumn(t("stage"), pinned=True),
                "office": t("office"),
                "journeys": st.column_config.TextColumn(t("journeys"), alignment="right"),
                "median": st.column_config.TextColumn(t("median"), alignment="right"),
                **(
                    {
                        "before": st.column_config.TextColumn(
                            t("moments.before", month=before_text), alignment="right"
                        )
                    }
                    if before_text
                    else {}
                ),
                "p90": st.column_config.TextColumn(t("p90"), alignment="right"),
                "due": st.column_config.TextColumn(
                    t("moments.due"), alignment="right", help=t("moments.due.help")
                ),
                "share": st.column_config.TextColumn(
                    t(f"share_of_time{of_shown(stages)}"), alignment="right"
                ),
            },
            t("moments.stages"),
            key="moments.stages",
        )
        if access.may("explore"):
            st.page_link(
                "views/explore.py",
                label=t("moments.explore"),
                icon=":material/query_stats:",
                query_params={"metric": "M47p90", "by": "journey"},
            )


if __name__ == "__main__":
    page()
