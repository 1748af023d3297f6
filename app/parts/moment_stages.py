"""The stages of a moment: how long each takes, how many come through, month by month."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, chart_base, charts, components, curve_plots, i18n, plots
from app.i18n import t
from app.parts import moment_people


def told(stages: pd.DataFrame) -> pd.DataFrame:
    """Return the stages that may be told of."""
    return stages.dropna(subset=["journeys"]) if len(stages) else stages


def of_shown(stages: pd.DataFrame) -> str:
    """Return which words a share of time needs: a hidden stage's time is not in the whole."""
    return ".shown" if len(told(stages)) < len(stages) else ""


def share_text(share: float, digits: int = 0) -> str:
    """Write a share of time; nearly all of it is not all."""
    return i18n.part(share) if 0.99 <= share < 1 else i18n.percent(100 * share, digits)


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
                "stage": rows["stage"],
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
                pick="stage" if moment_people.may_list() else None,
            ),
            charts.height_of(len(shown), at_least=230),
            t("moments.time.alt", stage=shown["label"].iloc[int(in_hours["p90_minutes"].argmax())]),
            **moment_people.picking("moments.time"),
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
                "stage": rows["stage"],
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
                pick="stage" if moment_people.may_list() else None,
            ),
            charts.height_of(len(shown), at_least=230, has_legend=shown["office"].nunique() > 1),
            t("moments.through.alt", stages=i18n.number(len(shown))),
            **moment_people.picking("moments.through"),
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


def asked_text(share: float) -> str:
    """Write which share of a stage's journeys the customer asked about."""
    return i18n.NOTHING if i18n.is_missing(share) else i18n.percent(share, 1)


def stages_card(
    journey: str,
    stages: pd.DataFrame,
    before: pd.DataFrame | None,
    before_text: str,
    asked: pd.DataFrame | None,
) -> None:
    """List the stages beside an earlier month, and lead to the metrics of this moment."""
    earlier = (
        {} if before is None else dict(zip(before["stage"], before["median_minutes"], strict=True))
    )
    total = float(told(stages)["total_minutes"].sum()) if len(told(stages)) else 0.0
    shares = pd.DataFrame(columns=["value", "again"]) if asked is None else asked
    if asked is not None:
        shares = asked.set_index("stage")[["value", "again"]]

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
                **{
                    column: stages["stage"].map(shares[column]).astype(float).map(asked_text)
                    for column in ("value", "again")
                },
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
                "value": st.column_config.TextColumn(
                    t("moments.asked.share"), alignment="right", help=t("moments.asked.help")
                ),
                "again": st.column_config.TextColumn(
                    t("moments.asked_again"), alignment="right", help=t("moments.asked.help")
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
