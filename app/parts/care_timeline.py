"""What has this person been through? One list and one picture of both sides, newest first."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from app import chart_base, components, i18n, serving, timelines, urls
from app.i18n import t
from app.parts import care_proof
from app.parts.care_answers import Answer, Case
from app.queries import customer

LANES = (
    "service", "ticket", "visit", "contact", "order", "bill", "payment", "notice", "survey", "life"
)  # fmt: skip
# Payments and bills come every month; who asks what went wrong need not read them first.
ORDINARY = ("payment",)
MONTHS_DRAWN = 14
DAYS = 90
# What the answer counts; its proof is of the same. A contact or a notice about an outage is none.
COUNTED_LANES = ("service", "ticket", "survey")
COUNTED = (
    ("visit", "missed_by_us"), ("bill", "bill_shock"), ("bill", "dispute"), ("life", "port_out"),
    ("life", "suspend")
)  # fmt: skip


def answer(case: Case) -> Answer:
    """Count what happened in the last days, the worst first."""
    since = pd.Timestamp(serving.shown().release.as_of) - pd.Timedelta(days=DAYS)
    events = customer.timeline(case.customer)
    recent = events[events["occurred_at"] >= since].to_dict("records")
    service = [each for each in recent if each["lane"] == "service"]
    outages, minutes = apart([each for each in service if each["code"] != "degradation"])
    degradations, _ = apart([each for each in service if each["code"] == "degradation"])
    kinds = Counter((each["lane"], each["code"]) for each in recent)
    lanes = Counter(each["lane"] for each in recent)
    asked = [each for each in recent if i18n.is_true(each["is_asked"])]
    contacts = [each for each in asked if i18n.is_true(each["is_contact"])]
    counts = {
        "outages": outages,
        "degradations": degradations,
        "tickets": lanes["ticket"],
        "contacts": len(contacts),
        "self_service": len(asked) - len(contacts),
        "missed_visits": kinds["visit", "missed_by_us"],
        "bill_shocks": kinds["bill", "bill_shock"],
        "disputes": kinds["bill", "dispute"],
        "suspensions": kinds["life", "suspend"],
        "port_outs": kinds["life", "port_out"],
    }
    told = [
        t(f"life.{name}", n=i18n.number(n), minutes=i18n.number(minutes))
        for name, n in counts.items()
        if n
    ]
    if not told:
        where = care_proof.looked(
            "marts.fct_service_impact",
            "marts.fct_ticket",
            "marts.fct_interaction",
            "marts.fct_bill",
            "marts.fct_visit",
        )
        return Answer("life", t("life.quiet", days=DAYS), "good", rows=where)
    answers = [each for each in recent if each["lane"] == "survey"]
    if answers and not i18n.is_missing(answers[0]["amount"]):
        told.append(
            t(
                "life.survey",
                kind=i18n.word("event", answers[0]["code"]),
                score=i18n.number(answers[0]["amount"]),
            )
        )
    is_bad = any(
        counts[name] for name in ("outages", "bill_shocks", "missed_visits", "suspensions")
    )
    proof = [
        (each["record_type"], each["reference"])
        for each in recent
        if each["lane"] in COUNTED_LANES
        or (each["lane"], each["code"]) in COUNTED
        or i18n.is_true(each["is_asked"])
    ]
    text = t("life.sum", days=DAYS, what=", ".join(told))
    return Answer("life", text, "warn" if is_bad else "good", list(dict.fromkeys(proof)))


def apart(troubles: list[dict]) -> tuple[int, float]:
    """Return how often the customer was troubled, and for how many minutes.

    Two lines down at once, or two problems at once, are one time and their minutes count once.
    """
    times, length, until = 0, pd.Timedelta(0), pd.Timestamp.min
    for each in sorted(troubles, key=lambda trouble: trouble["occurred_at"]):
        since = each["occurred_at"]
        end = since if i18n.is_missing(each["ended_at"]) else each["ended_at"]
        times += since > until
        length += max(end - max(since, until), pd.Timedelta(0))
        until = max(until, end)
    return times, length / pd.Timedelta(minutes=1)


def card(case: Case) -> None:
    """Draw everything both sides know on one time axis, and list it; a row shows its proof."""
    events = customer.timeline(case.customer)

    def tools() -> None:
        if len(events):
            components.download(events, "timeline", "customer.timeline.csv", of_persons=True)

    with components.card(t("timeline"), t("timeline.how", months=MONTHS_DRAWN), tools):
        if events.empty:
            components.nothing(t("no_events"), t("no_events.why"), "history_toggle_off")
            return
        filtered(case, events)


@st.fragment
def filtered(case: Case, events: pd.DataFrame) -> None:
    """Draw the events of the kinds and of the lines chosen; only this part is drawn anew."""
    counts = events["lane"].value_counts().to_dict()
    names = {
        lane: f"{i18n.word('lane', lane)} {i18n.number(counts[lane])}"
        for lane in LANES
        if lane in counts
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kinds = st.pills(
            t("lane"),
            list(names),
            selection_mode="multi",
            default=[lane for lane in names if lane not in ORDINARY],
            format_func=names.get,
            key="customer.lanes",
        )
        line = ""
        if len(case.lines) > 1:
            line = st.selectbox(
                t("subscription"),
                ["", *case.lines["subscription_id"]],
                format_func=lambda one: one or t("life.all_lines"),
                key="customer.lane_line",
                width=240,
            )
    shown = events[events["lane"].isin(kinds or names)]
    if line:
        shown = shown[shown["subscription_id"].isna() | (shown["subscription_id"] == line)]
    if shown.empty:
        components.nothing(t("no_events"), t("life.filtered"), "filter_alt_off")
        return
    told = told_events(shown)
    drawing(told, shown)
    chosen = components.table(
        told,
        {
            "from": st.column_config.DatetimeColumn(t("when"), pinned=True),
            "side": st.column_config.TextColumn(t("side")),
            "lane": t("lane"),
            "what": st.column_config.TextColumn(t("what"), width="large"),
            "line": st.column_config.TextColumn(t("subscription"), width="small"),
            "reference": t("reference"),
        },
        t("timeline"),
        key=f"customer.timeline.{urls.steps_back(page='customer', name='event')}",
        height=320,
        is_selectable=True,
    )
    st.caption(t("life.select"))
    # A link may lead to one of a kind that is left out at first.
    names = events["record_type"].astype(str) + ":" + events["reference"].astype(str)
    event = urls.selected(
        "" if chosen is None else names[shown.index[chosen]],
        page="customer",
        name="event",
        known=set(names),
    )
    if event:
        kind, _, identifier = event.partition(":")
        care_proof.told(case.customer, kind, identifier)


def drawing(told: pd.DataFrame, events: pd.DataFrame) -> None:
    """Draw the events of the last months, a lane for each kind."""
    as_of = pd.Timestamp(serving.shown().release.as_of)
    is_drawn = told["from"] >= as_of - pd.DateOffset(months=MONTHS_DRAWN)
    drawn = told[is_drawn]
    if drawn.empty:
        return
    lanes = set(events["lane"][is_drawn])
    order = [i18n.word("lane", lane) for lane in LANES if lane in lanes]
    paint = chart_base.colours()
    components.chart(
        timelines.lanes(
            drawn[["from", "to", "lane", "side", "what", "when"]],
            order=order,
            kinds=[
                (i18n.word("side", "oss"), paint["second"], "diamond"),
                (i18n.word("side", "bss"), paint["main"], "circle"),
            ],
            tooltip=[("when", t("when")), ("lane", t("lane")), ("what", t("what"))],
            until=str(as_of.date()),
            months=int((as_of - drawn["from"].min()).days / 30) + 1,
        ),
        34 * len(order) + 110,  # the legend and the months take their own
        t("timeline.alt", n=i18n.number(len(drawn))),
    )


def told_events(events: pd.DataFrame) -> pd.DataFrame:
    """Return events in words."""
    return pd.DataFrame(
        {
            "from": events["occurred_at"],
            "to": pd.to_datetime(events["ended_at"]),
            "when": events["occurred_at"].map(i18n.moment_text),
            "side": events["side"].map(lambda code: i18n.word("side", code)),
            "lane": events["lane"].map(lambda code: i18n.word("lane", code)),
            "what": [what(event) for event in events.itertuples()],
            "line": events["subscription_id"].fillna(""),
            "reference": events["reference"],
        }
    )


def what(event: object) -> str:
    """Write one event in words: what, how much, how it stands."""
    vocabulary = {"contact": "reason", "order": "action", "notice": "purpose"}.get(
        event.lane, "event"
    )
    parts = [i18n.word(vocabulary, event.code)]
    if not i18n.is_missing(event.amount):
        if event.unit == "min":
            parts.append(f"{i18n.number(event.amount)} {t('unit.min')}")
        elif event.unit == "h":
            parts.append(f"{i18n.number(event.amount, 1)} {t('unit.h')}")
        elif event.lane == "survey":
            parts.append(f"{t('answer')} {i18n.number(event.amount)}")
        else:
            unit = "" if i18n.is_missing(event.unit) else f" {event.unit}"
            parts.append(f"{i18n.number(event.amount, 2)}{unit}")
    usual = None if event.code != "bill_shock" else event.usual_amount
    if not i18n.is_missing(usual) and usual > 0 and not i18n.is_missing(event.amount):
        parts.append(t("shock.times", times=i18n.number(event.amount / usual, 1)))
    if not i18n.is_missing(event.note) and str(event.note).strip("/"):
        parts += [i18n.word("note", note) for note in str(event.note).split("/") if note]
    return ", ".join(parts)
