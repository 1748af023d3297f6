"""Customer, the care desk: what somebody on the phone asks, answered with proof on each line."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from app import components, frame, i18n, urls
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
from app.release import OlderRelease

PAGE = "customer"
ANSWERS = {
    "us": care_us.answer,
    "order": care_order.answer,
    "bill": care_bill.answer,
    "life": care_timeline.answer,
    "offer": care_action.answer,
}
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
    frame.header(t("customer"), t("customer.question"))
    case = care_find.case()
    if case is None:
        return
    who(case)
    left, right = st.columns([5, 2], gap="small")
    with left:
        care_answers.draw(case, care_answers.given(case, ANSWERS))
    with right, components.as_far_as_built():
        care_standing.figures(case)
    part = urls.chosen(
        st.segmented_control,
        t("care.parts"),
        list(PARTS),
        page=PAGE,
        name="view",
        default="bill" if case.bill else None,
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
        # Of a release too old to tell every number there is to mask, there is no sheet.
        with suppress(OlderRelease):
            care_card.button(case)
    if not i18n.is_missing(line["ended_at"]):
        st.info(
            t(
                "left_on",
                day=i18n.day(line["ended_at"]),
                cause=i18n.inside(i18n.word("exit_cause", line["exit_cause"])),
            ),
            icon=":material/logout:",
        )


if __name__ == "__main__":
    page()
