"""Service impact: which problems cost customers most, and what followed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, charts, components, i18n, serving, urls
from app.compare import compared, wilson
from app.i18n import t
from app.parts import effects_card
from app.queries import service
from app.queries.privacy import FEWEST

PAGE = "service"
PERIODS = {"30d": 30, "90d": 90, "365d": 365, "all": None}
CHARTED = 12


def page() -> None:
    """Draw the page."""
    components.header(t("service"), t("service.question"), "service_impact")
    if not serving.shown().has("marts.fct_problem") or service.choices().empty:
        components.nothing(t("no_problems_ever"), t("no_problems_ever.why"), "cell_tower")
        return
    scope = choose_scope()
    problems = service.problems(scope)
    if problems.empty:
        components.nothing(t("no_problems"), t("no_problems.why"))
        return
    as_of = serving.shown().release.as_of
    totals = service.totals(scope, as_of)
    earlier = before(scope)
    totals_before = None if earlier is None else service.totals(earlier, as_of)
    components.finding(sentence(problems, totals))
    total_cards(totals, totals_before)
    picked = choose_problem(problems)
    left, right = st.columns([3, 2], gap="small")
    with left:
        ranking_card(problems)
    with right:
        months_card(scope, min(len(problems), CHARTED))
    table_card(problems)
    effects_card.card("service.effects", "outage")
    if picked:
        detail(picked)


def choose_scope() -> service.Scope:
    """Let the reader choose period, region, cause and kind."""
    choices = service.choices()
    regions = ["all", *choices[choices["field"] == "region"]["code"]]
    causes = ["all", *choices[choices["field"] == "cause"]["code"]]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        period = urls.chosen(
            st.selectbox,
            t("period"),
            list(PERIODS),
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
        cause = urls.chosen(
            st.selectbox,
            t("cause"),
            causes,
            page=PAGE,
            name="cause",
            format_func=lambda code: i18n.word("fault", code),
            width=172,
        )
        kind = urls.chosen(
            st.segmented_control,
            t("kind"),
            ["all", "unplanned", "planned"],
            page=PAGE,
            name="kind",
            format_func=lambda code: i18n.word("kind", code),
            required=True,
        )
        if (period, region, cause, kind) != ("90d", "all", "all", "all"):
            components.reset(PAGE, "period", "region", "cause", "kind", "problem")
    days = PERIODS[period]
    as_of = serving.shown().release.as_of
    return service.Scope(
        since=str(pd.Timestamp(as_of) - pd.Timedelta(days=days)) if days and as_of else None,
        until=as_of or None,
        region=None if region == "all" else region,
        cause=None if cause == "all" else cause,
        is_planned={"planned": True, "unplanned": False}.get(kind),
    )


def before(scope: service.Scope) -> service.Scope | None:
    """Return the equally long period before, or None where the data does not reach so far."""
    first = service.first_known()
    if scope.since is None or scope.until is None or first is None:
        return None
    since, until = pd.Timestamp(scope.since), pd.Timestamp(scope.until)
    if since - (until - since) < first:
        return None
    return service.Scope(
        since=str(since - (until - since)),
        until=scope.since,
        region=scope.region,
        cause=scope.cause,
        is_planned=scope.is_planned,
    )


def sentence(problems: pd.DataFrame, totals: pd.Series) -> str:
    """Say the finding in one sentence."""
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
            cause=i18n.word("fault", worst["cause"]).lower(),
            region=i18n.word("region", worst["region"]),
            day=i18n.day(worst["started_at"]),
            share=i18n.percent(
                100 * worst["customer_minutes_lost"] / totals["customer_minutes_lost"], 0
            ),
        )
    return said


def total_cards(totals: pd.Series, before_: pd.Series | None) -> None:
    """Draw what all problems of the scope did, beside the equally long period before."""
    with st.grid(6, min_column_width=165, gap="small"):
        for field, icon_help in (
            ("problems", "problems.help"),
            ("customer_minutes_lost", "minutes.help"),
            ("affected_customers", "affected.help"),
            ("contacts", "contacts.help"),
            ("tickets", "tickets.help"),
        ):
            small = field == "affected_customers" and 0 < totals[field] < FEWEST
            difference = None if before_ is None else totals[field] - before_[field]
            components.metric(
                t(f"total.{field}"),
                t("hidden") if small else i18n.compact(totals[field]),
                None
                if difference is None or small
                else i18n.signed(difference)
                if abs(difference) < 1e4
                else ("+" if difference > 0 else "") + i18n.compact(difference),
                delta_color="off",
                delta_arrow="off"
                if not difference or small
                else "up"
                if difference > 0
                else "down",
                delta_description=None if difference is None else t("period_before"),
                border=True,
                height="stretch",
                help=t(icon_help),
            )
        exit_card(totals, before_)


def exit_card(totals: pd.Series, before_: pd.Series | None) -> None:
    """Draw the share of those hit who left within 30 days: timing, not cause."""
    followed = totals["followed_subscriptions"]
    now = wilson(totals["exits_30d"], followed)
    is_small = followed < FEWEST
    change = None
    if before_ is not None and before_["followed_subscriptions"] >= FEWEST:
        change = compared(now, wilson(before_["exits_30d"], before_["followed_subscriptions"]))
    text = None
    if change is not None and change.verdict != "none":
        text = (
            t("no_clear_change")
            if change.verdict == "unclear"
            else f"{i18n.signed(change.difference, 1)} {t('pp')}"
        )
    is_clear = change is not None and change.verdict == "clear"
    rises = is_clear and change.difference > 0
    components.metric(
        t("total.exits_30d"),
        t("hidden") if is_small and followed else i18n.percent(now.value, 1),
        None if is_small else text,
        delta_color=("red" if rises else "green") if is_clear else "off",
        delta_arrow=("up" if rises else "down") if is_clear else "off",
        delta_description=t("period_before") if text and not is_small else None,
        border=True,
        height="stretch",
        help=t(
            "exits.help",
            low=i18n.percent(now.low, 1),
            high=i18n.percent(now.high, 1),
            n=i18n.NOTHING if is_small else i18n.number(followed),
        ),
    )


def choose_problem(problems: pd.DataFrame) -> str | None:
    """Return the problem chosen in the table, the chart or the address."""
    known = problems["problem_id"].tolist()
    key = f"{PAGE}.problem"
    told = urls.clean(st.query_params.get("problem", ""))
    if told and told != st.session_state.get(f"written.{key}"):
        st.session_state[f"kept.{key}"] = told
    picked = st.session_state.get("service.table", {}).get("selection", {}).get("rows", [])
    if picked != st.session_state.get("service.row", []):
        is_known = bool(picked) and picked[0] < len(known)
        st.session_state[f"kept.{key}"] = known[picked[0]] if is_known else ""
    st.session_state["service.row"] = picked
    bars = st.session_state.get("service.ranking", {}).get("selection", {}).get("pick", [])
    if bars and bars != st.session_state.get("service.bar"):
        st.session_state[f"kept.{key}"] = bars[0].get("problem_id")
    st.session_state["service.bar"] = bars
    chosen = st.session_state.get(f"kept.{key}") or ""
    urls.remember(PAGE, "problem", chosen, "")
    return chosen or None


def ranking_card(problems: pd.DataFrame) -> None:
    """Draw the problems that cost most customer-minutes."""
    paint = charts.colours()
    top = problems.dropna(subset=["customer_minutes_lost"])
    top = top[top["customer_minutes_lost"] > 0].head(CHARTED)
    with components.card(t("ranking"), t("ranking.how")):
        if top.empty:
            components.nothing(t("no_minutes"), t("no_minutes.why"), "timer_off")
            return
        rows = pd.DataFrame(
            {
                "problem_id": top["problem_id"],
                "label": [
                    f"{i18n.word('fault', cause)}, {i18n.word('region', region)}, "
                    f"{started.day} {i18n.month_names()[started.month - 1]} · {problem}"
                    for cause, region, started, problem in zip(
                        top["cause"],
                        top["region"],
                        top["started_at"],
                        top["problem_id"],
                        strict=True,
                    )
                ],
                "value": top["customer_minutes_lost"].astype(float),
                "value_text": top["customer_minutes_lost"].map(i18n.compact),
                "customers": top["affected_customers"].map(i18n.number),
                "contacts": top["contacts"].map(i18n.number),
                "kind": top["is_planned"].map(
                    lambda planned: i18n.word("kind", "planned" if planned else "unplanned")
                ),
            }
        )
        components.chart(
            charts.ranked(
                rows,
                tooltip=[
                    ("label", t("problem")),
                    ("kind", t("kind")),
                    ("value_text", t("total.customer_minutes_lost")),
                    ("customers", t("total.affected_customers")),
                    ("contacts", t("total.contacts")),
                ],
                colour_of="kind",
                colours_in_order=[
                    (i18n.word("kind", "unplanned"), paint["second"]),
                    (i18n.word("kind", "planned"), paint["main"]),
                ],
                pick="problem_id",
                label_width=265,
            ),
            charts.height_of(len(rows)),
            t("ranking.alt", problem=rows["label"].iloc[0], value=rows["value_text"].iloc[0]),
            key="service.ranking",
            on_pick="rerun",
        )


def months_card(scope: service.Scope, bars: int) -> None:
    """Draw customer-minutes lost by month, as high as the chart of `bars` beside it."""
    paint = charts.colours()
    rows = service.by_month(scope).dropna(subset=["customer_minutes_lost"])
    with components.card(t("by_month"), t("by_month.how")):
        if rows.empty:
            components.nothing(t("no_minutes"), t("no_minutes.why"), "timer_off")
            return
        shown = pd.DataFrame(
            {
                "month": pd.to_datetime(rows["month"]),
                "value": rows["customer_minutes_lost"].astype(float),
                "series": rows["is_planned"].map(
                    lambda planned: i18n.word("kind", "planned" if planned else "unplanned")
                ),
                "month_text": rows["month"].map(i18n.short_month),
                "value_text": rows["customer_minutes_lost"].map(i18n.compact),
                "problems": rows["problems"].map(i18n.number),
            }
        )
        components.chart(
            charts.stacked_months(
                shown,
                series=[
                    (i18n.word("kind", "unplanned"), paint["second"]),
                    (i18n.word("kind", "planned"), paint["main"]),
                ],
                tooltip=[
                    ("month_text", t("month")),
                    ("series", t("kind")),
                    ("value_text", t("total.customer_minutes_lost")),
                    ("problems", t("total.problems")),
                ],
            ),
            max(charts.height_of(bars), 240),
            t("by_month.alt", months=shown["month"].nunique()),
        )


def table_card(problems: pd.DataFrame) -> None:
    """List the problems, those with most customer-minutes lost first."""
    rows = pd.DataFrame(
        {
            "problem_id": problems["problem_id"],
            "started": problems["started_at"].map(i18n.moment_text),
            "cause": problems["cause"].map(lambda code: i18n.word("fault", code)),
            "region": problems["region"].map(lambda code: i18n.word("region", code)),
            "kind": problems["is_planned"].map(
                lambda planned: i18n.word("kind", "planned" if planned else "unplanned")
            ),
            "state": [
                t("state.open") if is_open else t("restored_in", time=duration(minutes))
                for is_open, minutes in zip(
                    problems["is_open"], problems["minutes_to_restore"], strict=True
                )
            ],
            **{
                column: problems[column].astype(float).round()
                for column in (
                    "affected_customers",
                    "customer_minutes_lost",
                    "contacts",
                    "tickets",
                    "notices",
                    "exits_30d",
                )
            },
        }
    )

    def tools() -> None:
        components.download(with_hidden(rows), "problems", "service.csv")

    with components.card(t("problems"), t("problems.how", k=FEWEST), tools):
        components.table(
            rows,
            {
                "problem_id": st.column_config.TextColumn(t("problem"), pinned=True),
                "started": t("started"),
                "cause": t("cause"),
                "region": t("region"),
                "kind": t("kind"),
                "state": t("state"),
                **{
                    column: st.column_config.NumberColumn(t(f"total.{column}"), format="localized")
                    for column in ("affected_customers", "customer_minutes_lost", "contacts")
                },
                "tickets": st.column_config.NumberColumn(t("total.tickets"), format="localized"),
                "notices": st.column_config.NumberColumn(t("notices"), format="localized"),
                "exits_30d": st.column_config.NumberColumn(t("exits"), format="localized"),
            },
            t("problems"),
            key="service.table",
            height=min(35 * len(rows) + 40, 360),
            placeholder=t("hidden"),
            is_selectable=True,
        )


def with_hidden(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which a figure taken out says so, instead of being blank."""
    return rows.astype(object).where(rows.notna(), t("hidden"))


def detail(problem_id: str) -> None:
    """Draw one problem: what it was, what followed, and how we know."""
    problem = service.problem(problem_id)
    if problem is None:
        components.nothing(t("no_such_problem"), t("no_such_problem.why"))
        return
    title = (
        f"{problem_id} · {i18n.word('fault', problem['cause'])} · "
        f"{i18n.word('region', problem['region'])}"
    )

    def close() -> None:
        urls.forget(PAGE, "problem")

    def tools() -> None:
        st.button(t("close"), icon=":material/close:", type="tertiary", on_click=close)

    with components.card(title, life(problem), tools):
        if problem["is_open"]:
            st.badge(
                t("open_since", moment=i18n.moment_text(problem["started_at"])),
                color="red",
                icon=":material/error:",
            )
        with st.grid(6, min_column_width=130, gap="small"):
            for column in (
                "affected_customers",
                "customer_minutes_lost",
                "customers_told",
                "contacts",
                "tickets",
                "exits_30d",
            ):
                is_hidden = i18n.is_missing(problem[column])
                components.metric(
                    t(f"step.{column}"),
                    t("hidden") if is_hidden else i18n.compact(problem[column]),
                    help=t(f"step.{column}.help"),
                )
        if problem["is_small"]:
            st.caption(t("hidden.why"))
            return
        left, right = st.columns([2, 3], gap="medium")
        with left:
            evidence_table(problem_id)
        with right:
            if access.may("persons"):
                affected_table(problem_id)
            else:
                st.caption(t("persons.not"))


def life(problem: pd.Series) -> str:
    """Say when a problem began, was seen, and ended."""
    parts = [
        i18n.word("kind", "planned" if problem["is_planned"] else "unplanned"),
        i18n.word("category", problem["category"]),
        t("began", moment=i18n.moment_text(problem["started_at"])),
    ]
    for column, text in (
        ("minutes_to_detect", "detected_after"),
        ("minutes_to_restore", "restored_in"),
    ):
        if not i18n.is_missing(problem[column]):
            parts.append(t(text, time=duration(problem[column])))
    if problem["is_derived"]:
        parts.append(t("derived"))
    return " · ".join(parts)


def evidence_table(problem_id: str) -> None:
    """List by which rules things were linked to the problem, and how sure each is."""
    rows = service.evidence(problem_id)
    st.markdown(f"**{t('evidence')}**")
    st.caption(t("evidence.how"))
    if rows.empty:
        components.nothing(t("no_evidence"), t("no_evidence.why"), "link_off")
        return
    components.table(
        pd.DataFrame(
            {
                "link": [
                    f"{i18n.word('thing', source)} → {i18n.word('thing', target)}"
                    for source, target in zip(rows["from_type"], rows["to_type"], strict=True)
                ],
                "rule": rows["rule"].map(lambda code: i18n.word("rule", code)),
                "links": rows["links"],
                "confidence": rows["confidence"],
            }
        ),
        {
            "link": t("link"),
            "rule": t("rule"),
            "links": st.column_config.NumberColumn(t("links"), format="localized"),
            "confidence": st.column_config.NumberColumn(t("confidence"), format="%.2f"),
        },
        t("evidence"),
        key="service.evidence",
    )


def affected_table(problem_id: str) -> None:
    """List the subscriptions hit, each a way into the Customer page."""
    rows = service.affected(problem_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('affected')}**", width="stretch")
        if len(rows):
            components.download(
                rows, f"problem_{problem_id}", "service.affected.csv", of_persons=True
            )
    st.caption(t("affected.how", rows=service.LISTED_SUBSCRIPTIONS))
    if rows.empty:
        components.nothing(t("no_affected"), t("no_affected.why"), "person_off")
        return
    selected = components.table(
        rows.assign(
            minutes=rows["minutes"].round(),
            family=rows["family"].map(lambda code: i18n.word("family", code)),
        ),
        {
            "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
            "family": t("family"),
            "minutes": st.column_config.NumberColumn(t("minutes"), format="localized"),
            "contacts": st.column_config.NumberColumn(t("total.contacts")),
            "tickets": st.column_config.NumberColumn(t("total.tickets")),
            "has_left": st.column_config.CheckboxColumn(t("has_left")),
        },
        t("affected"),
        key="service.affected",
        height=min(35 * len(rows) + 40, 260),
        is_selectable=True,
    )
    if selected is not None:
        components.open_customer(rows["subscription_id"].iloc[selected], "service.open")


def duration(minutes: float | None) -> str:
    """Write minutes as minutes, hours or days, whichever reads best."""
    if i18n.is_missing(minutes):
        return i18n.NOTHING
    if minutes < 120:
        return f"{i18n.number(minutes)} {t('unit.min')}"
    if minutes < 2880:
        return f"{i18n.number(minutes / 60, 1)} {t('unit.h')}"
    return f"{i18n.number(minutes / 1440, 1)} {t('unit.d')}"


if __name__ == "__main__":
    page()
