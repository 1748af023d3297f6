"""Churn: who leaves and why, how long they stay, who may leave next, whom to contact, how sure."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import access, against, base_parts, components, figures, frame, goto, i18n, urls
from app.i18n import t
from app.parts import (
    churn_base,
    churn_risk,
    effects_card,
    exit_causes,
    model_trust,
    moved,
    pair_grid,
    survival_curves,
    target_list,
)
from app.queries import churn, metrics

PAGE = "churn"
CARDS = ("M28", "M29v", "M29i")
WHERE = "family+region"
PARTS = ("region", "segment", "family", "contract")
VIEWS = goto.PARTS[PAGE]


@dataclass(frozen=True)
class Scope:
    """What the reader looks at.

    Parameters
    ----------
    month : Timestamp
    versus : str
        What the month is compared with: a code of `against.CODES`, or another month.
    dimension, code : str
        The part of the base, of metric values and of scores; both `all` for all.
    """

    month: pd.Timestamp
    versus: str
    dimension: str
    code: str


def page() -> None:
    """Draw the page: the finding and the figures, then what the reader chose to look at."""
    frame.header(t("churn"), t("churn.question"), PAGE)
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
    totals = None if as_of_date is None else churn.totals(as_of_date, scope.dimension, scope.code)
    components.finding(churn_base.sentence(readings["M28"], scope.month, totals))
    with st.grid(5, min_column_width=158, gap="small"):
        for metric in CARDS:
            figures.card(readings[metric])
        if totals is not None:
            churn_base.risk_cards(totals)
    figures.definitions(CARDS)
    view = components.part(PAGE, VIEWS, "churn.view")
    if scope.code != base_parts.WHOLE:
        st.caption(of_whom(scope, view))
    {"why": why, "stay": stay, "risk": risk, "target": whom, "trust": trusted}[view](
        scope, readings["M28"], as_of_date, totals
    )


def of_whom(scope: Scope, view: str) -> str:
    """Say what is of the part of the base that was chosen, and what is of everybody."""
    part = base_parts.in_words(f"{scope.dimension}:{scope.code}")
    versus = against.in_words(scope.versus, scope.month)
    return f"{t('churn.of_part', part=part, versus=versus)} {t(f'churn.of_part.{view}')}"


def why(scope: Scope, rate: figures.Reading, _: object, __: object) -> None:
    """Draw who left and why, and what moved."""
    left, right = st.columns([3, 2], gap="small")
    with left:
        churn_base.trend_card(rate)
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
    """Filter the page to the region of a cell: to one part at a time."""
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
    if totals["is_small"]:
        components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
        return
    left, right = st.columns([3, 2], gap="small")
    with left:
        churn_risk.distribution_card(as_of_date, scope.dimension, scope.code, totals)
    with right:
        churn_risk.themes_card(as_of_date, scope.dimension, scope.code, totals)
    if access.may("persons"):
        # A list of an earlier version knows no contracts.
        with components.as_far_as_built():
            churn_risk.list_card(as_of_date, scope.dimension, scope.code)
    else:
        st.caption(t("persons.not"))


def whom(scope: Scope, _: object, __: object, ___: object) -> None:
    """Draw whom to contact under a budget."""
    target_list.section(PAGE, scope.dimension, scope.code)


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
        # One part at a time: by two at once scores are not added up.
        field, code = base_parts.choose(PAGE, PARTS)
        start = pd.Timestamp(f"{month}-01")
        versus = against.choose(PAGE, months=metrics.others(months, start))
        if code != base_parts.WHOLE or versus != against.CODES[0]:
            components.reset(PAGE, "part", "vs")
    return Scope(
        start,
        versus,
        field,
        code,
    )


if __name__ == "__main__":
    page()
