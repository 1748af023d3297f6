"""Service impact: which problems cost customers most, and what followed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import against, components, frame, i18n, serving, urls
from app.i18n import t
from app.parts import effects_card, problem_detail, problem_list, problem_map, problem_totals
from app.queries import service, service_sums

PAGE = "service"
# Of many areas those with most problems can be chosen.
MOST_AREAS = 300
# Fewest customers a problem hit, to be listed.
LEAST = ("any", "10", "50", "100", "500", "1000")

# What the address keeps of this page.
NAMES = ("period", "region", "area", "cause", "technology", "kind", "vs", "problem", "least")


def page() -> None:
    """Draw the page."""
    frame.header(t("service"), t("service.question"), "service_impact")
    if not serving.shown().has("marts.fct_problem") or service.choices().empty:
        components.nothing(t("no_problems_ever"), t("no_problems_ever.why"), "cell_tower")
        return
    scope, versus, least = choose_scope()
    problems = service.problems(scope, least)
    if problems.empty:
        components.nothing(t("no_problems"), t("no_problems.why"))
        return
    as_of = serving.shown().release.as_of
    totals = service_sums.totals(scope, as_of)
    components.finding(sentence(problems, totals))
    problem_totals.cards(scope, totals, as_of, versus)
    picked = problem_list.choose_problem(PAGE, problems)
    left, right = st.columns([3, 2], gap="small")
    with left:
        problem_list.ranking_card(problems)
    with right:
        problem_list.months_card(scope, len(problems))
    # Below what was clicked: at the end of the page nobody saw that something had happened.
    if picked and not problem_list.is_by_row():
        problem_detail.section(PAGE, picked)
    problem_map.cards(PAGE, scope)
    problem_list.table_card(problems, scope, least)
    if picked and problem_list.is_by_row():
        problem_detail.section(PAGE, picked)
    effects_card.card("service.effects", "outage")


def choose_scope() -> tuple[service.Scope, str, int | None]:
    """Let the reader choose period, part, cause and kind, what to compare with, and how large.

    Returns
    -------
    tuple of Scope, what it is compared with, and the fewest customers of a problem listed
    """
    choices = service.choices()
    regions = ["all", *choices[choices["field"] == "region"]["code"]]
    causes = ["all", *choices[choices["field"] == "cause"]["code"]]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        period = urls.chosen(
            st.selectbox,
            t("period"),
            list(service.PERIODS),
            page=PAGE,
            name="period",
            default="90d",
            format_func=lambda code: i18n.word("period", code),
            width=172,
        )
        region = urls.chosen(
            st.selectbox,
            t("region"),
            regions,
            page=PAGE,
            name="region",
            format_func=lambda code: i18n.word("region", code),
            width=172,
        )
        areas = choices[choices["field"] == "area"]["code"].head(MOST_AREAS).tolist()
        area = problem_map.choose(PAGE, areas)
        cause = urls.chosen(
            st.selectbox,
            t("cause"),
            causes,
            page=PAGE,
            name="cause",
            format_func=lambda code: i18n.word("fault", code),
            width=172,
        )
        technology = choose_technology(choices)
        kind = urls.chosen(
            st.segmented_control,
            t("kind"),
            ["all", "unplanned", "planned"],
            page=PAGE,
            name="kind",
            format_func=lambda code: i18n.word("kind", code),
            required=True,
        )
        versus = against.choose(PAGE, is_period=True)
        least = urls.chosen(
            st.selectbox,
            t("least"),
            LEAST,
            page=PAGE,
            name="least",
            format_func=lambda code: t("least.any") if code == LEAST[0] else i18n.number(int(code)),
            width=172,
            help=t("least.help"),
        )
        chosen = (period, region, cause, technology, kind, versus, area, least)
        if chosen != ("90d", "all", "all", "all", "all", "prev", None, LEAST[0]):
            components.reset(PAGE, *NAMES)
    days = service.PERIODS[period]
    as_of = serving.shown().release.as_of
    scope = service.Scope(
        since=str(pd.Timestamp(as_of) - pd.Timedelta(days=days)) if days and as_of else None,
        until=as_of or None,
        region=None if region == "all" else region,
        area=area,
        cause=None if cause == "all" else cause,
        is_planned={"planned": True, "unplanned": False}.get(kind),
        technology=None if technology == "all" else technology,
    )
    return scope, versus, None if least == LEAST[0] else int(least)


def choose_technology(choices: pd.DataFrame) -> str:
    """Let the reader choose a technology, where a source tells any."""
    told = choices[choices["field"] == "technology"]["code"].tolist()
    if not set(told) - {"unknown"}:
        return "all"
    return urls.chosen(
        st.selectbox,
        t("technology"),
        ["all", *told],
        page=PAGE,
        name="technology",
        format_func=lambda code: i18n.word("technology", code),
        width=172,
        help=t("technology.help"),
    )


def sentence(problems: pd.DataFrame, totals: pd.Series) -> str:
    """Say the finding in one sentence."""
    if i18n.is_missing(totals["customer_minutes_lost"]):
        return t("service.finding.few", problems=i18n.number(totals["problems"]))
    worst = problems.iloc[0]
    said = t(
        "service.finding",
        problems=i18n.number(totals["problems"]),
        minutes=i18n.compact(totals["customer_minutes_lost"]),
        planned=i18n.percent(
            100 * (1 - totals["unplanned_minutes_lost"] / totals["customer_minutes_lost"])
            if totals["customer_minutes_lost"]
            else 0,
            0,
        ),
    )
    if not i18n.is_missing(worst["customer_minutes_lost"]) and totals["customer_minutes_lost"]:
        said += " " + t(
            "service.finding.worst",
            cause=i18n.inside(i18n.word("fault", worst["cause"])),
            region=i18n.word("region", worst["region"]),
            day=i18n.day(worst["started_at"]),
            share=i18n.percent(
                100 * worst["customer_minutes_lost"] / totals["customer_minutes_lost"], 0
            ),
        )
    return said


if __name__ == "__main__":
    page()
