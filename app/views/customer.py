"""Customer, the care desk: what somebody on the phone asks, answered with proof on each line."""

from __future__ import annotations

import streamlit as st

from app import components, i18n, urls
from app.i18n import t
from app.parts import (
    care_action,
    care_answers,
    care_bill,
    care_card,
    care_find,
    care_order,
    care_standing,
    care_timeline,
    care_us,
)
from app.parts.care_answers import Case

PAGE = "customer"
# Only the part that is looked at is asked for.
PARTS = {
    "life": care_timeline.card,
    "bill": care_bill.card,
    "orders": care_order.card,
    "standing": care_standing.cards,
    "action": care_action.card,
}


def page() -> None:
    """Draw the page."""
    components.header(t("customer"), t("customer.question"))
    case = care_find.case()
    if case is None:
        return
    who(case)
    left, right = st.columns([5, 2], gap="small")
    with left:
        care_answers.draw(
            case,
            [
                care_us.answer(case),
                care_order.answer(case),
                care_bill.answer(case),
                care_timeline.answer(case),
                care_action.answer(case),
            ],
        )
    with right:
        care_standing.figures(case)
    part = urls.chosen(
        st.segmented_control,
        t("care.parts"),
        list(PARTS),
        page=PAGE,
        name="view",
        format_func=lambda name: t(f"care.part.{name}"),
        required=True,
        label_visibility="collapsed",
    )
    PARTS[part](case)


def who(case: Case) -> None:
    """Say who this is, and offer the sheet to print."""
    line = case.line
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            i18n.filled(
                {
                    t("customer"): case.customer,
                    t("subscription"): case.subscription,
                    t("product"): line["offering_name"],
                    t("contract"): i18n.word("contract", line["contract_type"]),
                    t("region"): i18n.word("region", line["region"]),
                    t("segment"): i18n.word("segment", line["segment"]),
                    t("since"): i18n.day(line["started_at"]),
                }
            ),
            width="stretch",
        )
        care_card.button(case)
    if not i18n.is_missing(line["ended_at"]):
        st.info(
            t(
                "left_on",
                day=i18n.day(line["ended_at"]),
                cause=i18n.word("exit_cause", line["exit_cause"]).lower(),
            ),
            icon=":material/logout:",
        )


if __name__ == "__main__":
    page()
