"""How the risk of leaving is spread on the work list; a click lists those of that risk and more."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, horizon, i18n, urls
from app.i18n import t

CHART = "work_list.risks"
ALL = "all"
# Beyond every risk: no bar is marked.
NO_MARK = 101.0


def code_of(risk: float) -> str:
    """Write a bound of risk as the address has it: in percent."""
    return f"{100 * risk:g}"


def choose(page: str, risks: pd.DataFrame) -> float | None:
    """Let the reader choose from which risk on to list, here or by a bar; None for all."""
    key = f"{page}.risk"
    known = [code_of(low) for low in risks["risk_from"] if low > 0] if len(risks) else []
    marks = components.picked(CHART)
    if marks and marks != st.session_state.get(f"{CHART}.seen"):
        code = f"{float(marks[0].get('low', 0)):g}"
        st.session_state[key] = code if code in known else ALL
    st.session_state[f"{CHART}.seen"] = marks
    if not known:
        return None
    chosen = urls.chosen(
        st.selectbox,
        t("risk_from"),
        [ALL, *known],
        page=page,
        name="risk",
        format_func=lambda code: (
            t("risk_from.all") if code == ALL else i18n.percent(float(code), 1)
        ),
        width=170,
    )
    # A bound as it is kept, not as it is written: rounded up it would leave lines out.
    return None if chosen == ALL else float(risks["risk_from"].iloc[_place(risks, chosen)])


def _place(risks: pd.DataFrame, code: str) -> int:
    return [code_of(low) for low in risks["risk_from"]].index(code)


def card(risks: pd.DataFrame) -> None:
    """Draw how many lines of the list have which risk, with the exits prevented among them."""

    def tools() -> None:
        if len(risks):
            components.download(risks, "work_list_risk", "work_list.risk.csv")

    with components.card(t("list_risk"), t("list_risk.how"), tools):
        if risks.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        shown = pd.DataFrame(
            {
                "low": (100 * risks["risk_from"]).round(6),
                "high": (100 * risks["risk_to"]).round(6),
                "value": risks["lines"].astype(float),
                "range_text": [
                    f"{i18n.percent(100 * low, 1)} – {i18n.percent(100 * high, 1)}"
                    for low, high in zip(risks["risk_from"], risks["risk_to"], strict=True)
                ],
                "value_text": risks["lines"].map(i18n.number),
                "exits_text": [
                    f"{i18n.number(value, 1)} ({i18n.number(low, 1)} – {i18n.number(high, 1)})"
                    for value, low, high in zip(
                        risks["exits_prevented"],
                        risks["exits_low"],
                        risks["exits_high"],
                        strict=True,
                    )
                ],
            }
        )
        components.chart(
            charts.histogram(
                shown,
                tooltip=[
                    ("range_text", t("score")),
                    ("value_text", t("lines")),
                    ("exits_text", t("target.saves")),
                ],
                mark_from=NO_MARK,
                pick="low",
            ),
            240,
            t("list_risk.alt", risk=shown.loc[shown["value"].idxmax(), "range_text"]),
            key=CHART,
            on_pick="rerun",
        )
        st.caption(horizon.score_help())
