"""Churn: who leaves and why, how long they stay, who may leave next, whom to contact, how sure."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import (
    access,
    against,
    base_parts,
    charts,
    components,
    figures,
    horizon,
    i18n,
    urls,
)
from app.i18n import t
from app.parts import (
    churn_risk,
    effects_card,
    exit_causes,
    model_trust,
    moved,
    pair_grid,
    survival_curves,
    target_list,
)
from app.queries import churn, currency, metrics
from app.queries.privacy import FEWEST

PAGE = "churn"
CARDS = ("M28", "M29v", "M29i")
WHERE = "family+region"
VIEWS = ("why", "stay", "risk", "target", "trust")


@dataclass(frozen=True)
class Scope:
    """What the reader looks at.

    Parameters
    ----------
    month : Timestamp
    versus : str
        What the month is compared with: a code of `against.CODES`.
    dimension, code : str
        The slice of metric values.
    region, segment : str or None
        The same as a filter of scores; None for all.
    """

    month: pd.Timestamp
    versus: str
    dimension: str
    code: str
    region: str | None
    segment: str | None


def page() -> None:
    """Draw the page: the finding and the figures, then what the reader chose to look at."""
    components.header(t("churn"), t("churn.question"), PAGE)
    months = metrics.months()
    if months.empty:
        components.nothing(t("no_metrics"), t("no_metrics.why"), "hourglass_empty")
        return
    scope = choose_scope(months)
    values = metrics.values(CARDS, scope.dimension)
    readings = {
        metric: figures.read(values, metric, scope.month, scope.code, scope.versus)
        for metric in CARDS
    }
    as_of_date = churn.newest_scores()
    totals = None if as_of_date is None else churn.totals(as_of_date, scope.region, scope.segment)
    components.finding(sentence(readings["M28"], scope.month, totals))
    with st.grid(5, min_column_width=165, gap="small"):
        for metric in CARDS:
            figures.card(readings[metric])
        if totals is not None:
            risk_cards(totals)
    figures.definitions(CARDS)
    view = components.part(PAGE, VIEWS, "churn.view")
    {"why": why, "stay": stay, "risk": risk, "target": whom, "trust": trusted}[view](
        scope, readings["M28"], as_of_date, totals
    )


def why(scope: Scope, rate: figures.Reading, _: object, __: object) -> None:
    """Draw who left and why, and what moved."""
    left, right = st.columns([3, 2], gap="small")
    with left:
        trend_card(rate)
    with right:
        exit_causes.cause_card(
            scope.month,
            f"{t('causes.whole_base', month=i18n.month(scope.month))} {t('causes.click')}",
            "churn.causes.csv",
            scope.versus,
            picked=stay_until,
        )
    before = against.month_of(scope.versus, scope.month)
    moved.card(
        "M28",
        scope.month,
        before or against.month_of("prev", scope.month),
        key="churn.moved",
        page=PAGE,
        name="part",
    )
    where_card(scope.month)
    effects_card.card("churn.effects")


def where_card(month: pd.Timestamp) -> None:
    """Draw the churn rate by product family and region, over the whole base."""
    cells = metrics.values(["M28"], WHERE)
    cells = cells[cells["period_start"] == month].rename(columns={"is_small": "is_suppressed"})
    if len(cells):
        pair_grid.card(
            "M28",
            month,
            WHERE,
            cells,
            name=i18n.word,
            key="churn.where",
            picked=look_at_region,
            click=t("churn.where.click"),
        )


def look_at_region(cell: str) -> None:
    """Filter the page to the region of a cell; scores are not added up by family."""
    st.session_state[f"{PAGE}.part"] = f"region:{cell.split(' + ', 1)[1]}"


def stay_until(cause: str) -> None:
    """Look at how long lines stay until they leave for one cause; of several joined, for any."""
    st.session_state[f"{PAGE}.view"] = "stay"
    st.session_state[f"{PAGE}.cause"] = cause


def stay(scope: Scope, _: object, __: object, ___: object) -> None:
    """Draw how long lines stay."""
    survival_curves.card(PAGE)


def risk(scope: Scope, _: object, as_of_date: object, totals: pd.Series | None) -> None:
    """Draw who may leave next."""
    st.caption(t("risk.not_persuadability"))
    if as_of_date is None or totals is None or not totals["subscriptions"]:
        churn_risk.no_scores(churn.model("churn"))
        return
    left, right = st.columns([3, 2], gap="small")
    with left:
        churn_risk.distribution_card(as_of_date, scope.region, scope.segment, totals)
    with right:
        churn_risk.themes_card(as_of_date, scope.region, scope.segment, totals)
    if access.may("persons"):
        churn_risk.list_card(as_of_date, scope.region, scope.segment)
    else:
        st.caption(t("persons.not"))


def whom(scope: Scope, _: object, __: object, ___: object) -> None:
    """Draw whom to contact under a budget."""
    target_list.section(PAGE, scope.region, scope.segment)


def trusted(_: Scope, __: object, ___: object, ____: object) -> None:
    """Draw how far to trust the scores."""
    model = churn.model("churn")
    if model is None:
        churn_risk.no_scores(model)
        return
    churn_risk.honesty_card(model)
    model_trust.cards(model)


def choose_scope(months: pd.DataFrame) -> Scope:
    """Let the reader choose a month, what to compare it with, and one slice of the base."""
    codes = [f"{start:%Y-%m}" for start in months["period_start"]]
    whole = [code for code, done in zip(codes, months["is_complete"], strict=True) if bool(done)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        month = urls.chosen(
            st.selectbox,
            t("month"),
            codes,
            page=PAGE,
            name="m",
            is_dated=True,
            default=whole[0] if whole else codes[0],
            format_func=lambda code: i18n.month(f"{code}-01"),
            width=170,
        )
        # Scores are added up by region and segment only.
        field, code = base_parts.choose(PAGE, ("region", "segment"))
        versus = against.choose(PAGE)
        if code != base_parts.WHOLE or versus != against.CODES[0]:
            components.reset(PAGE, "part", "vs")
    return Scope(
        pd.Timestamp(f"{month}-01"),
        versus,
        field,
        code,
        code if field == "region" else None,
        code if field == "segment" else None,
    )


def sentence(churn_rate: figures.Reading, month: pd.Timestamp, totals: pd.Series | None) -> str:
    """Say the finding in one sentence or two."""
    if churn_rate.has_value:
        change = {
            "clear": t(
                "change.clear",
                difference=figures.difference_text(churn_rate.change.difference, "%"),
                before=churn_rate.before_text,
            ),
            "unclear": t("change.unclear", before=churn_rate.before_text),
            "bare": "",
            "none": t("change.none"),
        }[churn_rate.change.verdict]
        said = t(
            "churn.finding",
            month=i18n.month(month),
            exits=exits_text(churn_rate),
            rate=i18n.percent(churn_rate.now.value, 2),
            change=change,
        )
        if churn_rate.status == "provisional":
            said += " " + t("overview.finding.provisional")
    else:
        finding = "overview.finding.few" if churn_rate.is_small else "overview.finding.none"
        said = t(finding, month=i18n.month(month))
    if totals is not None and totals["customers"] >= FEWEST:
        exits, until = i18n.number(totals["expected_exits"]), totals.get("window_to")
        # A release made before the window was kept with the scores does not tell its end.
        said += " " + (
            t("churn.finding.next", exits=exits)
            if i18n.is_missing(until)
            else t("churn.finding.until", exits=exits, until=i18n.day(until))
        )
    return said


def exits_text(churn_rate: figures.Reading) -> str:
    """Write how many left; fewer than ten are not counted out."""
    exits = churn_rate.history["numerator"].iloc[-1]
    return t("hidden") if i18n.is_missing(exits) else i18n.number(exits)


def risk_cards(totals: pd.Series) -> None:
    """Draw what the scores add up to."""
    is_small = totals["customers"] < FEWEST
    code = currency.of_bills()
    components.metric(
        t("expected_exits"),
        t("hidden") if is_small else i18n.number(totals["expected_exits"]),
        None if is_small else i18n.percent(100 * totals["expected_share"], 1),
        delta_color="off",
        delta_arrow="off",
        delta_description=t("of_scored", n=i18n.number(totals["subscriptions"])),
        border=True,
        height="stretch",
        help=t("expected_exits.help", until=horizon.score_until()),
    )
    components.metric(
        t("charge_at_risk"),
        t("hidden") if is_small else f"{i18n.compact(totals['charge_at_risk'])} {code}".rstrip(),
        None,
        border=True,
        height="stretch",
        help=t("charge_at_risk.help"),
    )


def trend_card(reading: figures.Reading) -> None:
    """Draw the churn rate by month with its interval."""

    def tools() -> None:
        components.download(
            reading.history.drop(columns=["is_small"]), "churn_rate", "churn.trend.csv"
        )

    with components.card(t("churn.trend"), t("trend.how"), tools):
        rows = figures.trend_rows(reading)
        if rows.empty:
            components.nothing(t("no_value"), t("no_value.why"), "data_alert")
            return
        components.chart_over_time(
            charts.trend(
                rows,
                value_title=figures.name("M28"),
                month_title=t("month"),
                interval_title=t("interval"),
                unit="percent",
            ),
            300,
            t("trend.alt", metric=figures.name("M28"), value=rows["value_text"].iloc[-1]),
            rows["month"],
        )


if __name__ == "__main__":
    page()
