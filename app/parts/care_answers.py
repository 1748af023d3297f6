"""What care is asked, answered in a sentence each, with the delivered lines behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import brief, i18n
from app.i18n import escaped, t
from app.parts import care_proof
from app.release import OlderRelease

TONES = {
    "bad": ("red", "error"),
    "warn": ("orange", "warning"),
    "good": ("green", "check_circle"),
    "none": ("gray", "info"),
}


@dataclass(frozen=True)
class Case:
    """Whom the page is about.

    Parameters
    ----------
    lines : DataFrame
        All subscriptions of the customer.
    line : Series
        The one that was chosen.
    bill : str or None
        The bill whose number was searched for; else the newest is meant.
    """

    customer: str
    lines: pd.DataFrame
    line: pd.Series
    bill: str | None = None

    @property
    def subscription(self) -> str:
        """Return the id of the line that was chosen."""
        return str(self.line["subscription_id"])

    def named(self, subscriptions: Sequence[str] | None) -> str:
        """Name lines by product and id; many are counted."""
        known = [] if subscriptions is None else list(subscriptions)
        if not known:
            return t("care.the_customer")
        if len(known) > 3:
            return t("care.lines", n=i18n.number(len(known)))
        names = dict(zip(self.lines["subscription_id"], self.lines["offering_name"], strict=True))
        return ", ".join(
            each if i18n.is_missing(names.get(each)) else f"{escaped(str(names[each]))} ({each})"
            for each in known
        )


@dataclass(frozen=True)
class Answer:
    """One question, its answer, how good the news is, and what it stands on.

    Parameters
    ----------
    question : str
        Code of the question in the catalogue.
    text : str
        The answer, as Markdown.
    tone : str
        ``bad``, ``warn``, ``good`` or ``none``.
    proof : sequence of (kind, id)
        Things whose delivered lines are the proof.
    rows : sequence of str
        What else it stands on, as Markdown: the rows of which table, or where nothing was found.
    """

    question: str
    text: str
    tone: str = "none"
    proof: Sequence[tuple[str, str]] = ()
    rows: Sequence[str] = ()


def given(case: Case, answers: Mapping[str, Callable[[Case], Answer]]) -> list[Answer]:
    """Return each question's answer; what a release is too old for is said to be so."""
    told = []
    for question, answer in answers.items():
        try:
            told.append(answer(case))
        except OlderRelease:
            told.append(Answer(question, f"{t('older_release')}."))
    return told


def draw(case: Case, answers: Sequence[Answer]) -> None:
    """Draw each answer in a row: sign, question, sentence, proof."""
    with st.container(border=True, gap="xsmall"):
        for answer in answers:
            question = t(f"care.{answer.question}")
            brief.note("finding", text=f"**{question}** {answer.text}")
            colour, icon = TONES[answer.tone]
            left, right = st.columns([9, 2], gap="small", vertical_alignment="center")
            with left:
                st.markdown(
                    f":{colour}[:material/{icon}: **{question}**]  \n{answer.text}",
                )
            with right:
                care_proof.button(
                    answer.question,
                    question,
                    case.customer,
                    tuple(answer.proof),
                    tuple(answer.rows),
                )
