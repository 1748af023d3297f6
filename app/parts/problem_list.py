"""Problems that cost customers most: ranked, by month, in a table; and the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

import pandas as pd
import streamlit as st

from app import chart_base, charts, components, i18n, urls
from app.i18n import t
from app.parts import problem_losses
from app.queries import currency, problem_loss, service, service_sums
from app.queries.privacy import FEWEST

CHARTED = 12


def choose_problem(page: str, problems: pd.DataFrame) -> str | None:
    """Return the problem chosen in the table, the chart or the address."""
    known = problems["problem_id"].tolist()
    chosen = urls.wanted(page=page, name="problem")
    picked = st.session_state.get("service.table", {}).get("selection", {}).get("rows", [])
    if picked != st.session_state.get("service.row", []):
        is_known = bool(picked) and picked[0] < len(known)
        chosen = known[picked[0]] if is_known else ""
        st.session_state["service.is_by_row"] = is_known
    st.session_state["service.row"] = picked
    bars = components.picked("service.ranking")
    if bars and bars != st.session_state.get("service.bar"):
        chosen = bars[0].get("problem_id") or ""
        st.session_state["service.is_by_row"] = False
    st.session_state["service.bar"] = bars
    urls.remember(page, "problem", chosen, "")
    return chosen or None


def is_by_row() -> bool:
    """Tell whether the problem was chosen in the table, so that it stands below that."""
    return bool(st.session_state.get("service.is_by_row"))


def ranking_card(problems: pd.DataFrame) -> None:
    """Draw the problems that cost most customer-minutes."""
    paint = chart_base.colours()
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
            charts.height_of(
                len(rows), at_least=36 * len(rows), has_legend=rows["kind"].nunique() > 1
            ),
            t("ranking.alt", problem=rows["label"].iloc[0], value=rows["value_text"].iloc[0]),
            key="service.ranking",
            on_pick="rerun",
        )


def months_card(scope: service.Scope, problems: int) -> None:
    """Draw customer-minutes lost by month, as high as the ranking of `problems` beside it."""
    bars = min(problems, CHARTED)
    paint = chart_base.colours()
    rows = service_sums.by_month(scope).dropna(subset=["customer_minutes_lost"])
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


def worded(problems: pd.DataFrame) -> pd.DataFrame:
    """Return problems as they are listed and taken away."""
    return pd.DataFrame(
        {
            "problem_id": problems["problem_id"],
            "started": pd.to_datetime(problems["started_at"]),
            "cause": problems["cause"].map(lambda code: i18n.word("fault", code)),
            "region": problems["region"].map(lambda code: i18n.word("region", code)),
            "kind": problems["is_planned"].map(
                lambda planned: i18n.word("kind", "planned" if planned else "unplanned")
            ),
            "state": [
                t("state.open") if is_open else t("restored_in", time=i18n.lasting(minutes))
                for is_open, minutes in zip(
                    problems["is_open"], problems["minutes_to_restore"], strict=True
                )
            ],
            **{
                column: problems[column].astype(float).round()
                for column in (
                    "affected_customers",
                    "customer_minutes_lost",
                    "exits_30d",
                    "contacts",
                    "tickets",
                    "notices",
                )
            },
            **(
                {
                    "monthly_revenue": problems["monthly_revenue"],
                    "excess": problem_losses.excess_texts(problems),
                }
                if "excess_status" in problems
                else {}
            ),
        }
    )


def table_card(problems: pd.DataFrame, scope: service.Scope, least: int | None) -> None:
    """List the problems, those with most customer-minutes lost first.

    Parameters
    ----------
    problems : DataFrame
        The first of them; a file holds those that are not listed, too.
    least : int or None
        They hit so many customers, at least.
    """
    count = int(problems["found"].iloc[0])
    problems = problem_loss.beside(problems)
    rows, how = worded(problems), t("problems.how", k=FEWEST)
    taken = min(count, service.TAKEN_PROBLEMS)
    is_cut = count > len(problems)
    if is_cut:
        told = {"shown": i18n.number(len(problems)), "all": i18n.number(count)}
        how += " " + t("problems.cut", **told, taken=i18n.number(taken))

    has_losses = "excess" in rows
    if has_losses:
        how += " " + t("problems.losses")

    def tools() -> None:
        every = read_later(scope, least) if is_cut else later(lambda: with_hidden(rows))
        components.download(every, "problems", "service.csv", count=taken)

    with components.card(t("problems"), how, tools):
        components.table(
            rows,
            {
                "problem_id": st.column_config.TextColumn(t("problem"), pinned=True),
                # What they are sorted by comes first: a narrow window shows no more.
                **{
                    column: st.column_config.NumberColumn(t(f"total.{column}"), format="localized")
                    for column in ("customer_minutes_lost", "affected_customers")
                },
                "started": st.column_config.DatetimeColumn(t("started")),
                "cause": t("cause"),
                "region": t("region"),
                "kind": t("kind"),
                "state": t("state"),
                "exits_30d": st.column_config.NumberColumn(t("exits"), format="localized"),
                **(
                    {
                        "monthly_revenue": st.column_config.NumberColumn(
                            currency.heading(t("revenue_month")), help=t("revenue_month.help")
                        ),
                        "excess": st.column_config.TextColumn(
                            t("excess"),
                            help=problem_losses.excess_help(problems),
                            alignment="right",
                            width=180,
                        ),
                    }
                    if has_losses
                    else {}
                ),
                "contacts": st.column_config.NumberColumn(t("total.contacts"), format="localized"),
                "tickets": st.column_config.NumberColumn(t("total.tickets"), format="localized"),
                "notices": st.column_config.NumberColumn(t("notices"), format="localized"),
            },
            t("problems"),
            key="service.table",
            height=360,
            placeholder=t("hidden"),
            is_selectable=True,
            written={"monthly_revenue": problem_losses.revenue_text} if has_losses else None,
        )


def with_hidden(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which a figure taken out says so, instead of being blank."""
    told = rows.astype(object).where(rows.notna(), t("hidden"))
    if "monthly_revenue" in told:
        told["monthly_revenue"] = [
            each if isinstance(each, str) or each >= 0 else problem_losses.revenue_text(each)
            for each in told["monthly_revenue"]
        ]
    return told


def read_later(scope: service.Scope, least: int | None) -> Callable[[], pd.DataFrame]:
    """Return what reads all problems for a file, in the words of the page that offers it."""
    read = problem_loss.beside_later(service.problems_later(scope, least))
    return later(lambda: with_hidden(worded(read())))


def later(make: Callable[[], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """Return what makes a file's rows once somebody takes them, in the words of this page."""
    words = copy_context()
    return lambda: words.copy().run(make)
