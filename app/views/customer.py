"""Customer: what is happening with this customer now, what happened, and what is worth doing."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, charts, components, i18n, lookup, serving, standing, urls
from app.i18n import t
from app.queries import churn, customer

PAGE = "customer"
LANES = ("service", "ticket", "visit", "contact", "order", "bill", "notice", "survey", "life")
MONTHS_DRAWN = 14


def page() -> None:
    """Draw the page."""
    components.header(t("customer"), t("customer.question"))
    if access.may("look_up"):
        lookup.form(PAGE)
    identifier = urls.typed(
        st.text_input,
        t("find"),
        page=PAGE,
        name="id",
        placeholder=t("find.example"),
        icon=":material/search:",
        width=460,
        help=t("find.help"),
    )
    if not identifier:
        components.nothing(t("find.empty"), t("find.empty.why"), "person_search")
        return
    subscriptions = customer.found(identifier)
    if subscriptions.empty:
        if customer.is_customer(identifier):
            components.nothing(t("no_subscription"), t("no_subscription.why"), "person_off")
        else:
            components.nothing(t("not_found"), t("not_found.why", id=escaped(identifier)))
        return
    subscription = choose_subscription(subscriptions)
    status_line(subscription)
    cards(subscription)
    events = customer.timeline(subscription)
    timeline_card(events)
    left, right = st.columns(2, gap="small")
    with left:
        index_card(subscription)
    with right:
        score_card(subscription)
        offer_card(subscription)
    history_card(subscription)


def escaped(text: str) -> str:
    """Return a text from outside so that Markdown draws it as it is."""
    return "".join(
        f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|:$~" else letter for letter in text
    )


def choose_subscription(subscriptions: pd.DataFrame) -> pd.Series:
    """Let the reader choose among a customer's subscriptions; one needs no choice."""
    known = subscriptions["subscription_id"].tolist()
    if len(known) == 1:
        return subscriptions.iloc[0]
    names = {
        row.subscription_id: f"{row.offering_name or row.family or t('subscription')} · "
        f"{row.subscription_id}" + ("" if i18n.is_missing(row.ended_at) else f" ({t('ended')})")
        for row in subscriptions.itertuples()
    }
    chosen = urls.chosen(
        st.selectbox,
        t("subscriptions.of", n=len(known)),
        known,
        page=PAGE,
        name="sub",
        format_func=names.get,
        width=460,
    )
    return subscriptions[subscriptions["subscription_id"] == chosen].iloc[0]


def status_line(subscription: pd.Series) -> None:
    """Say what is wrong right now, if anything; then who this is."""
    outages = customer.outages(subscription["subscription_id"])
    as_of = serving.shown().release.as_of
    if not i18n.is_missing(subscription["ended_at"]):
        st.info(
            t(
                "left_on",
                day=i18n.day(subscription["ended_at"]),
                cause=i18n.word("exit_cause", subscription["exit_cause"]).lower(),
            ),
            icon=":material/logout:",
        )
    elif outages.empty:
        st.success(t("no_outage", moment=i18n.moment_text(as_of)), icon=":material/check_circle:")
    else:
        worst = outages.iloc[0]
        is_outage = bool(outages["is_outage"].any())
        text = t(
            "active_outage" if is_outage else "active_degradation",
            since=i18n.moment_text(worst["since"]),
            cause=i18n.word("fault", worst["cause"]).lower(),
            kind=i18n.word("kind", "planned" if worst["is_planned"] else "unplanned").lower(),
            customers=t("hidden")
            if i18n.is_missing(worst["affected_customers"])
            else i18n.number(worst["affected_customers"]),
            problem=escaped(str(worst["problem_id"])),
            moment=i18n.moment_text(as_of),
        )
        (st.error if is_outage else st.warning)(text, icon=":material/error:")
        if access.may("service_impact"):
            st.page_link(
                "views/service_impact.py",
                label=t("see_problem", problem=worst["problem_id"]),
                icon=":material/cell_tower:",
                query_params={"problem": str(worst["problem_id"]), "period": "all"},
            )
    st.caption(
        i18n.filled(
            {
                t("subscription"): subscription["subscription_id"],
                t("customer"): subscription["customer_id"],
                t("product"): subscription["offering_name"],
                t("contract"): i18n.word("contract", subscription["contract_type"]),
                t("region"): i18n.word("region", subscription["region"]),
                t("segment"): i18n.word("segment", subscription["segment"]),
                t("since"): i18n.day(subscription["started_at"]),
            }
        )
    )


def cards(subscription: pd.Series) -> None:
    """Draw the figures a person on the phone needs first."""
    index = customer.index(subscription["subscription_id"])
    newest = None if index.empty else index.iloc[-1]
    score = churn.score(subscription["subscription_id"])
    contacts = customer.contacts(subscription)
    bills = customer.bills(subscription)
    as_of = pd.Timestamp(serving.shown().release.as_of or "1970-01-01")
    recent = contacts[contacts["started_at"] >= as_of - pd.Timedelta(days=90)]
    events = customer.timeline(subscription)
    outages = events[(events["lane"] == "service") & (events["code"] != "degradation")]
    down = outages[outages["occurred_at"] >= as_of - pd.Timedelta(days=90)]
    with st.grid(5, min_column_width=165, gap="small"):
        history = index["cxi"].dropna().astype(float).round(1).tolist()
        is_seen = newest is not None and not i18n.is_missing(newest["cxi"])
        components.metric(
            t("metric.M42"),
            i18n.number(newest["cxi"], 1) if is_seen else i18n.NOTHING,
            None if is_seen else t("not_monitored"),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            chart_data=history if len(history) > 1 else None,
            help=t("cxi.help"),
        )
        components.metric(
            t("score"),
            i18n.NOTHING if score is None else i18n.percent(100 * score["score"], 1),
            None
            if score is None or not score["base_rate"]
            else t("times_average", times=i18n.number(score["score"] / score["base_rate"], 1)),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help=t("score.help"),
        )
        components.metric(
            t("minutes_down_90d"),
            i18n.compact(down["amount"].sum()),
            border=True,
            height="stretch",
            chart_data=by_month(outages["occurred_at"], outages["amount"], as_of),
            chart_type="bar",
            help=t("minutes_down_90d.help"),
        )
        components.metric(
            t("contacts_90d"),
            i18n.number(len(recent)),
            border=True,
            height="stretch",
            chart_data=by_month(contacts["started_at"], None, as_of),
            chart_type="bar",
            help=t("contacts_90d.help"),
        )
        last_bill = None if bills.empty else bills.iloc[0]
        amounts = bills["amount"].dropna()[::-1].tolist()
        components.metric(
            t("last_bill"),
            i18n.NOTHING
            if last_bill is None
            else f"{i18n.number(last_bill['amount'], 2)} {last_bill['currency'] or ''}".strip(),
            None
            if last_bill is None
            else t("bill_shock")
            if last_bill["is_shock"]
            else i18n.day(last_bill["billed_at"]),
            delta_color="red" if last_bill is not None and last_bill["is_shock"] else "off",
            delta_arrow="off",
            border=True,
            height="stretch",
            chart_data=amounts if len(amounts) > 1 else None,
            help=t("last_bill.help"),
        )
    if is_seen:
        st.caption(standing.index_standing())


def by_month(
    moments: pd.Series, amounts: pd.Series | None, as_of: pd.Timestamp
) -> list[float] | None:
    """Return counts or sums of the last six months, oldest first; None when there is nothing."""
    totals = [0.0] * 6
    weights = [1.0] * len(moments) if amounts is None else amounts.fillna(0).tolist()
    last = (as_of - pd.Timedelta(seconds=1)).to_period("M").ordinal
    for moment, weight in zip(moments, weights, strict=True):
        age = last - moment.year * 12 - moment.month + 1 + 1970 * 12
        if 0 <= age < len(totals):
            totals[-1 - age] += weight
    return totals if any(totals) else None


def timeline_card(events: pd.DataFrame) -> None:
    """Draw everything both sides know on one time axis, and list it."""
    as_of = serving.shown().release.as_of

    def tools() -> None:
        if len(events):
            components.download(events, "timeline", "customer.timeline.csv", of_persons=True)

    with components.card(t("timeline"), t("timeline.how", months=MONTHS_DRAWN), tools):
        if events.empty:
            components.nothing(t("no_events"), t("no_events.why"), "history_toggle_off")
            return
        told = told_events(events)
        since = pd.Timestamp(as_of) - pd.DateOffset(months=MONTHS_DRAWN)
        drawn = told[told["from"] >= since]
        lanes = set(events["lane"][told["from"] >= since])
        order = [i18n.word("lane", lane) for lane in LANES if lane in lanes]
        paint = charts.colours()
        if len(drawn):
            components.chart(
                charts.lanes(
                    drawn[["from", "to", "lane", "side", "what", "when"]],
                    order=order,
                    kinds=[
                        (i18n.word("side", "oss"), paint["second"], "diamond"),
                        (i18n.word("side", "bss"), paint["main"], "circle"),
                    ],
                    tooltip=[("when", t("when")), ("lane", t("lane")), ("what", t("what"))],
                    until=str(pd.Timestamp(as_of).date()),
                    months=int((pd.Timestamp(as_of) - drawn["from"].min()).days / 30) + 1,
                ),
                34 * len(order) + 70,
                t("timeline.alt", n=i18n.number(len(drawn))),
            )
        components.table(
            told,
            {
                "when": st.column_config.TextColumn(t("when"), pinned=True),
                "side": t("side"),
                "lane": t("lane"),
                "what": st.column_config.TextColumn(t("what"), width="large"),
                "reference": t("reference"),
            },
            t("timeline"),
            key="customer.timeline",
            height=min(35 * len(told) + 40, 290),
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
    if not i18n.is_missing(event.note) and str(event.note).strip("/"):
        parts += [i18n.word("note", note) for note in str(event.note).split("/") if note]
    return ", ".join(parts)


def index_card(subscription: pd.Series) -> None:
    """Show what the index lost to each experience; the points add up exactly."""
    index = customer.index(subscription["subscription_id"])
    with components.card(t("points"), t("points.how")):
        if index.empty or not bool(index.iloc[-1]["is_monitored"]):
            components.nothing(t("not_monitored"), t("not_monitored.why"), "visibility_off")
            return
        newest = index.iloc[-1]
        points = customer.points(subscription["subscription_id"], newest["as_of_date"])
        lost = float(points["points_lost"].sum()) if len(points) else 0.0
        st.markdown(
            t(
                "points.sum",
                lost=i18n.number(lost, 2),
                cxi=i18n.number(newest["cxi"], 2),
                day=i18n.day(newest["as_of_date"]),
            )
        )
        if points.empty:
            components.nothing(t("points.none"), t("points.none.why"), "sentiment_satisfied")
            return
        rows = pd.DataFrame(
            {
                "label": [
                    f"{i18n.word('event', kind)}, {i18n.day(moment)}"
                    for kind, moment in zip(
                        points["event_type"], points["occurred_at"], strict=True
                    )
                ],
                "value": points["points_lost"].astype(float),
                "domain": points["domain"].map(lambda code: i18n.word("domain", code)),
                "reference": points["evidence_id"],
            }
        )
        shown = rows.head(10)
        if len(rows) > 10:
            rest = pd.DataFrame(
                [
                    {
                        "label": t("points.rest", n=len(rows) - 10),
                        "value": float(rows["value"].iloc[10:].sum()),
                        "domain": "",
                        "reference": "",
                    }
                ]
            )
            shown = pd.concat([shown, rest], ignore_index=True)
        # Two experiences of a kind on one day need labels of their own.
        repeats = shown.groupby("label").cumcount()
        shown = shown.assign(
            label=shown["label"] + repeats.map(lambda n: f" ({n + 1})" if n else ""),
            value_text=shown["value"].map(lambda value: i18n.number(value, 2)),
        )
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("what")),
                    ("domain", t("domain")),
                    ("value_text", t("points_lost")),
                    ("reference", t("reference")),
                ],
                label_width=230,
            ),
            charts.height_of(len(shown)),
            t("points.alt", lost=i18n.number(lost, 1)),
        )


def score_card(subscription: pd.Series) -> None:
    """Say how likely this subscription is to leave, and why."""
    with components.card(t("score.title"), t("risk.not_persuadability")):
        score = churn.score(subscription["subscription_id"])
        if score is None:
            model = churn.model("churn")
            if not i18n.is_missing(subscription["ended_at"]):
                reason = t("no_score.left")
            elif model is None:
                reason = t("no_model.untried")
            elif model["status"] != "champion":
                reason = str(model["reason"])
            else:
                reason = t("no_score.why")
            components.nothing(t("no_score"), reason, "model_training")
            return
        st.markdown(
            t(
                "score.sentence",
                score=i18n.percent(100 * score["score"], 1),
                base=i18n.percent(100 * score["base_rate"], 1),
                rank=i18n.number(score["score_rank"]),
                day=i18n.day(score["as_of_date"]),
            )
        )
        reasons = churn.score_reasons(subscription["subscription_id"], score["as_of_date"])
        if reasons.empty:
            st.caption(t("no_reasons.why"))
            return
        text = "sentence_ru" if i18n.language() == "ru" else "sentence"
        for reason in reasons.itertuples():
            icon = "arrow_upward" if reason.direction == "raises" else "arrow_downward"
            colour = "red" if reason.direction == "raises" else "green"
            st.markdown(
                f":{colour}[:material/{icon}:] {escaped(str(getattr(reason, text)))} "
                f":gray[· {i18n.word('theme', reason.theme)}]"
            )


def offer_card(subscription: pd.Series) -> None:
    """Say which product this subscription is likeliest to want next."""
    with components.card(t("offer"), t("offer.how")):
        offers = churn.offers(subscription["subscription_id"])
        if offers.empty:
            model = churn.model("next_product")
            reason = (
                t("no_model.untried")
                if model is None
                else t("no_offer.why")
                if model["status"] == "champion"
                else str(model["reason"])
            )
            components.nothing(t("no_offer"), reason, "recommend")
            return
        for offer in offers.itertuples():
            price = (
                ""
                if i18n.is_missing(offer.monthly_price)
                else " · " + t("a_month", price=i18n.number(offer.monthly_price, 2))
            )
            st.markdown(
                f"{offer.rank}. **{escaped(str(offer.offering_name))}**{price} · "
                + t(
                    "offer.reason",
                    score=i18n.percent(100 * offer.score, 1),
                    kind=i18n.word("score_kind", offer.score_kind),
                )
            )


def history_card(subscription: pd.Series) -> None:
    """List bills, orders and contacts."""
    with components.card(t("history"), t("history.how")):
        bills_tab, orders_tab, contacts_tab = st.tabs([t("bills"), t("orders"), t("contacts")])
        with bills_tab:
            listed(
                customer.bills(subscription),
                {
                    "billed_at": st.column_config.DateColumn(t("when")),
                    "amount": st.column_config.NumberColumn(t("amount"), format="%.2f"),
                    "usual_amount": st.column_config.NumberColumn(t("usual_amount"), format="%.2f"),
                    "currency": t("currency"),
                    "is_shock": st.column_config.CheckboxColumn(t("bill_shock")),
                    "bill_id": t("reference"),
                },
                "bills",
            )
        with orders_tab:
            orders = customer.orders(subscription["subscription_id"])
            listed(
                orders.assign(
                    action=orders["action"].map(lambda code: i18n.word("action", code)),
                    state=orders["state"].map(lambda code: i18n.word("order_state", code)),
                ),
                {
                    "ordered_at": st.column_config.DateColumn(t("when")),
                    "action": t("action"),
                    "offering_name": t("product"),
                    "state": t("state"),
                    "lead_hours": st.column_config.NumberColumn(t("lead_hours"), format="%.0f"),
                    "is_late": st.column_config.CheckboxColumn(t("is_late")),
                    "order_item_id": t("reference"),
                },
                "orders",
            )
        with contacts_tab:
            contacts = customer.contacts(subscription)
            listed(
                contacts.assign(
                    reason=contacts["reason"].map(lambda code: i18n.word("reason", code)),
                    channel=contacts["channel"].map(lambda code: i18n.word("note", code)),
                    direction=contacts["direction"].map(lambda code: i18n.word("note", code)),
                ),
                {
                    "started_at": st.column_config.DatetimeColumn(t("when")),
                    "reason": t("reason"),
                    "channel": t("channel"),
                    "direction": t("direction"),
                    "is_human_handled": st.column_config.CheckboxColumn(t("is_human_handled")),
                    "is_repeat_7d": st.column_config.CheckboxColumn(t("is_repeat")),
                    "problem_id": t("problem"),
                    "interaction_id": t("reference"),
                },
                "contacts",
            )


def listed(rows: pd.DataFrame, columns: dict[str, object], name: str) -> None:
    """Draw one list of the customer's history with its download."""
    if rows.empty:
        components.nothing(t("none_known"), t("none_known.why"), "inbox")
        return
    components.table(
        rows, columns, t(name), key=f"customer.{name}", height=min(35 * len(rows) + 40, 290)
    )
    components.download(rows, name, f"customer.{name}.csv", of_persons=True)


if __name__ == "__main__":
    page()
