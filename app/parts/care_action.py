"""What to offer, or why not: the action chosen, what was weighed, consent, how to reach."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import components, i18n, serving
from app.i18n import t
from app.parts import care_proof
from app.parts.care_answers import Answer, Case, escaped
from app.parts.care_bill import money
from app.queries import care_action, churn, currency, customer

# Fewer contacts tell no habit.
FEWEST_CONTACTS = 3
DAYS_OF_HABIT, DAYS_OF_REST = 365, 30


@dataclass(frozen=True)
class Touch:
    """One contact: who began it (``inbound`` or ``outbound``), over which channel, when (UTC)."""

    direction: str
    channel: str
    at: pd.Timestamp


def answer(case: Case) -> Answer:
    """Say what is worth doing for the line that was chosen, or that nothing is, and why."""
    where = care_proof.looked("ml.ml_action")
    if not i18n.is_missing(case.line["ended_at"]):
        return Answer("offer", t("offer.left"), rows=where)
    chosen = care_action.action(case.subscription)
    if chosen is None:
        return Answer("offer", t("offer.unweighed"), rows=where)
    return Answer("offer", sentence(case, chosen), tone(chosen), rows=behind(case, chosen))


def behind(case: Case, chosen: pd.Series) -> list[str]:
    """Return the row the advice is, and what bounds it."""
    effect = chosen["effect_source"]
    row = t(
        "offer.row",
        action=str(chosen["action_id"]),
        day=i18n.day(chosen["as_of_date"]),
        terms=i18n.number(chosen["terms_version"]),
        effect=i18n.NOTHING if i18n.is_missing(effect) else i18n.word("effect_of", effect),
    )
    return [row, *policy(case, chosen)]


def tone(chosen: pd.Series) -> str:
    """Return how to read the advice: go, or hold."""
    if not i18n.is_missing(chosen["withheld_action_id"]):
        return "warn"
    return "none" if chosen["action_id"] == "do_nothing" else "good"


def sentence(case: Case, chosen: pd.Series) -> str:
    """Write the advice, its worth, its reason and how to reach the customer."""
    reason = escaped(in_words(chosen, "reason", "reason_ru"))
    if not i18n.is_missing(chosen["withheld_action_id"]):
        return t("offer.withheld", name=in_words(chosen, "best_name", "best_name_ru"))
    if chosen["action_id"] == "do_nothing":
        return t("offer.nothing", reason=reason)
    product = chosen["offering_name"]
    text = t(
        "offer.do",
        name=in_words(chosen, "action_name", "action_name_ru")
        + ("" if i18n.is_missing(product) else f": {escaped(str(product))}"),
        value=money(chosen["value"], chosen["currency"]),
        low=i18n.number(chosen["value_low"], 2),
        high=i18n.number(chosen["value_high"], 2),
        reason=reason,
    )
    if not bool(chosen["is_contact"]):
        return text
    return f"{text} {reach(case, chosen)}"


def reach(case: Case, chosen: pd.Series) -> str:
    """Say over which channel and when: as chosen for the action, else as they contact us."""
    if not i18n.is_missing(chosen["channel"]):
        part = chosen["day_part"]
        return t(
            "reach.chosen",
            channel=i18n.word("note", chosen["channel"]),
            part=t("reach.any_time")
            if i18n.is_missing(part)
            else i18n.inside(i18n.word("day_part", part)),
        )
    return habit(case)


def habit(case: Case) -> str:
    """Say how the customer contacts us, if often enough to tell."""
    contacts = [each for each in touches(case, DAYS_OF_HABIT) if each.direction == "inbound"]
    if len(contacts) < FEWEST_CONTACTS:
        return t("reach.unknown")
    channel, n = Counter(each.channel for each in contacts).most_common(1)[0]
    part, m = Counter(part_of_day(each.at) for each in contacts).most_common(1)[0]
    # One of three is no habit.
    if 2 * n <= len(contacts):
        return t("reach.mixed", total=i18n.number(len(contacts)))
    return t(
        "reach.habit" if 2 * m > len(contacts) else "reach.habit.any_time",
        channel=i18n.word("note", channel),
        n=i18n.number(n),
        part=i18n.inside(i18n.word("day_part", part)),
        m=i18n.number(m),
        total=i18n.number(len(contacts)),
    )


def part_of_day(moment: pd.Timestamp) -> str:
    """Return which quarter of the day (UTC) a moment is in, as the decision desk names them."""
    return ("night", "morning", "afternoon", "evening")[moment.hour // 6]


def touches(case: Case, days: int) -> list[Touch]:
    """Return the contacts of the last days, either way, newest first."""
    since = pd.Timestamp(serving.shown().release.as_of) - pd.Timedelta(days=days)
    events = customer.timeline(case.customer)
    events = events[(events["lane"] == "contact") & (events["occurred_at"] >= since)]
    found = []
    for note, moment in zip(events["note"], events["occurred_at"], strict=True):
        direction, _, channel = str(note).partition("/")
        found.append(Touch(direction, channel, moment))
    return found


def consents(case: Case) -> list[str]:
    """Return each purpose with what was agreed to and since when."""
    rows = care_action.consents(case.customer)
    if rows.empty:
        return [t("consent.none")]
    return [
        t(
            "consent.yes" if row.is_granted else "consent.no",
            purpose=i18n.word("consent_purpose", row.purpose),
            day=i18n.day(row.valid_from),
        )
        for row in rows.itertuples()
    ]


def card(case: Case) -> None:
    """Show everything that was weighed, what is allowed, and what they may want next."""
    with components.card(t("offer.card"), t("offer.card.how")):
        chosen = care_action.action(case.subscription)
        st.markdown("\n".join(f"- {line}" for line in policy(case, chosen)))
        weighed(case)
        wanted(case)


def policy(case: Case, chosen: pd.Series | None) -> list[str]:
    """Return what bounds a contact: consent, approaches lately, limits, habit."""
    lines = consents(case)
    approaches = [each for each in touches(case, DAYS_OF_REST) if each.direction == "outbound"]
    lines.append(
        t("reach.approached", n=i18n.number(len(approaches)), day=i18n.day(approaches[0].at))
        if approaches
        else t("reach.not_approached")
    )
    if chosen is not None and not i18n.is_missing(chosen["limited_by"]):
        lines.append(
            t("reach.limited", limit=i18n.inside(i18n.word("limit", chosen["limited_by"])))
        )
    lines.append(habit(case))
    return lines


def weighed(case: Case) -> None:
    """List the options of the line, with what each would bring and why."""
    rows = care_action.options(case.subscription)
    if rows.empty:
        components.nothing(t("options.none"), t("options.none.why"), "balance")
        return
    components.table(
        pd.DataFrame(
            {
                "what": [in_words(row, "action_name", "action_name_ru")
                         for row in rows.to_dict("records")],
                "product": rows["offering_name"],
                "value": rows["value"],
                "low": rows["value_low"],
                "high": rows["value_high"],
                "is_chosen": rows["is_chosen"],
                "reason": [in_words(row, "reason", "reason_ru")
                           for row in rows.to_dict("records")],
            }
        ),
        {
            "what": t("options.what"),
            "product": t("product"),
            "value": st.column_config.NumberColumn(
                currency.heading(t("options.value")), format="%.2f"
            ),
            "low": st.column_config.NumberColumn(t("options.low"), format="%.2f"),
            "high": st.column_config.NumberColumn(t("options.high"), format="%.2f"),
            "is_chosen": st.column_config.CheckboxColumn(t("options.chosen")),
            "reason": st.column_config.TextColumn(t("options.reason"), width="large"),
        },
        t("offer.card"),
        key="customer.options",
        height=220,
    )  # fmt: skip


def wanted(case: Case) -> None:
    """Name the products the line is likeliest to want next."""
    offers = churn.offers(case.subscription)
    if offers.empty:
        return
    names = [
        f"{escaped(str(offer.offering_name))} ({i18n.percent(100 * offer.score, 1)})"
        for offer in offers.itertuples()
    ]
    st.caption(t("offer.wanted", names=", ".join(names)))


def in_words(row: object, english: str, russian: str) -> str:
    """Return a text of the decision desk in the session's language."""
    text = row[russian] if i18n.language() == "ru" else row[english]
    return t("unknown") if i18n.is_missing(text) else i18n.told(str(text))
