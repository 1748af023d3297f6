"""Is it us? What is open, planned or just over at the customer's lines."""

from __future__ import annotations

import pandas as pd

from app import i18n, serving
from app.i18n import t
from app.parts import care_proof
from app.parts.care_answers import Answer, Case, escaped
from app.queries import care_service

# Fewer troubles like it say nothing of when this one ends.
FEWEST_ALIKE = 10
MOST_TOLD = 3
# Of fewer other customers the number is not told.
FEWEST_TOLD = 10
TABLES = ("marts.fct_service_impact", "marts.fct_problem", "marts.fct_alarm", "marts.fct_ticket")


def answer(case: Case) -> Answer:
    """Say whether something of ours touches the customer, since when, and when it ends."""
    rows = things(care_service.troubles(case.customer, list(case.lines["subscription_id"])))
    as_of = pd.Timestamp(serving.shown().release.as_of)
    problems, alarms, tickets, seen = (
        [row for row in rows if row["kind"] == kind]
        for kind in ("problem", "alarm", "ticket", "seen")
    )
    ended = set(case.lines[case.lines["ended_at"].notna()]["subscription_id"])
    ahead = [each for each in problems if each["since"] > as_of]
    now = [each for each in problems if i18n.is_true(each["is_open"]) and each["since"] <= as_of]
    over = [each for each in problems if each not in ahead and each not in now]
    # What goes on does not touch a line that has ended.
    now = [each for each in now if any(line not in ended for line in each["lines"])]
    # The worst first: outages that nobody planned, the longest of them.
    now.sort(key=lambda each: (each["is_planned"], not each["is_outage"], each["since"]))
    told, tone, proof = [], "good", []
    if now:
        tone = "bad" if any(each["is_outage"] for each in now) else "warn"
        told.append(t("us.yes") + open_trouble(case, now[0], as_of))
        told += [open_trouble(case, each, as_of) for each in now[1:MOST_TOLD]]
        proof += [("problem", each["reference"]) for each in now]
    elif alarms:
        tone = "warn"
        told.append(
            t(
                "us.alarm",
                element=escaped(str(alarms[0]["resource_id"])),
                since=i18n.moment_text(alarms[0]["since"]),
                lines=case.named(alarms[0]["lines"]),
            )
        )
        proof += [("alarm", each["reference"]) for each in alarms]
    elif over:
        tone = "warn"
        last = max(over, key=lambda each: each["until"])
        told.append(ended_trouble(case, last))
        proof.append(("problem", last["reference"]))
    else:
        tone, text = nothing_known(case, seen[0]["lines"] if seen else [], as_of)
        told.append(text)
    held = suspended(case)
    if held:
        told.insert(0, " ".join(held.values()))
        tone = tone if tone == "bad" else "warn"
        proof += [("subscription", line) for line in held]
    for work in ahead[:MOST_TOLD]:
        told.append(
            t(
                "us.ahead",
                since=i18n.moment_text(work["since"]),
                until=i18n.moment_text(work["until"]),
                lines=case.named(work["lines"]),
            )
        )
        proof.append(("problem", work["reference"]))
    for ticket in tickets[:MOST_TOLD]:
        is_taken = not i18n.is_missing(ticket["team_name"])
        told.append(
            t(
                "us.ticket",
                ticket=escaped(str(ticket["reference"])),
                since=i18n.moment_text(ticket["since"]),
                team=escaped(str(ticket["team_name"])) if is_taken else t("care.no_team"),
            )
        )
        proof.append(("ticket", ticket["reference"]))
    rows = [] if proof else care_proof.looked(*TABLES)
    return Answer("us", " ".join(told), tone, proof, rows)


def suspended(case: Case) -> dict[str, str]:
    """Say which lines are suspended, and since when: no fault, and yet nothing works."""
    lines = case.lines[case.lines["ended_at"].isna() & case.lines["status"].eq("suspended")]
    if lines.empty:
        return {}
    events = care_service.suspensions(case.customer)
    since = dict(zip(events["subscription_id"], events["occurred_at"], strict=True))
    return {
        line: t("us.suspended", lines=case.named([line]), since=i18n.moment_text(since[line]))
        if line in since
        else t("us.suspended.undated", lines=case.named([line]))
        for line in lines["subscription_id"].head(MOST_TOLD)
    }


def open_trouble(case: Case, trouble: dict, as_of: pd.Timestamp) -> str:
    """Tell of a trouble that goes on: since when, why, whom else, and when it may end."""
    hours = (as_of - trouble["since"]).total_seconds() / 3600
    hit = trouble["affected_customers"]
    others = 0 if i18n.is_missing(hit) else int(hit) - 1
    text = t(
        "us.open",
        what=what(trouble),
        since=i18n.moment_text(trouble["since"]),
        cause=i18n.inside(i18n.word("fault", trouble["cause"])),
        hours=i18n.number(hours, 0 if hours >= 10 else 1),
        lines=case.named(trouble["lines"]),
        others=t("us.few") if others < FEWEST_TOLD else i18n.number(others),
        problem=escaped(str(trouble["reference"])),
    )
    if not i18n.is_missing(trouble["acknowledged_at"]):
        text += " " + t("us.taken", moment=i18n.moment_text(trouble["acknowledged_at"]))
    past = care_service.alike(str(trouble["category"]), bool(trouble["is_planned"]), 60.0 * hours)
    if past["problems"] < FEWEST_ALIKE:
        return f"{text} {t('us.no_end')}"
    return f"{text} " + t(
        "us.end",
        half=i18n.moment_text(trouble["since"] + pd.Timedelta(minutes=past["half"])),
        most=i18n.moment_text(trouble["since"] + pd.Timedelta(minutes=past["most"])),
        n=i18n.number(past["problems"]),
    )


def ended_trouble(case: Case, trouble: dict) -> str:
    """Tell of a trouble of the last days."""
    return t(
        "us.over",
        what=what(trouble),
        since=i18n.moment_text(trouble["since"]),
        until=i18n.moment_text(trouble["until"]),
        cause=i18n.inside(i18n.word("fault", trouble["cause"])),
        lines=case.named(trouble["lines"]),
        problem=escaped(str(trouble["reference"])),
    )


def what(trouble: dict) -> str:
    """Name the kind of a trouble."""
    code = "outage" if trouble["is_outage"] else "degradation"
    if trouble["is_planned"]:
        code = "planned_work"
    return t(f"us.{code}")


def nothing_known(case: Case, seen: list[str], as_of: pd.Timestamp) -> tuple[str, str]:
    """Say that it is not us, as far as we can see: a line without a service is not seen."""
    alive = case.lines[case.lines["ended_at"].isna()]["subscription_id"]
    if alive.empty:
        last = case.lines.sort_values("ended_at").iloc[-1]
        return "none", t("us.left", day=i18n.day(last["ended_at"]))
    unseen = [line for line in alive if line not in set(seen)]
    if len(unseen) == len(alive):
        return "none", t("us.blind", lines=case.named(unseen))
    watched = [line for line in alive if line in set(seen)]
    text = t("us.no", lines=case.named(watched), moment=i18n.moment_text(as_of))
    if unseen:
        return "none", f"{text} {t('us.partly', lines=case.named(unseen))}"
    return "good", text


def things(rows: pd.DataFrame) -> list[dict]:
    """Put the rows of one thing together: its lines, its first and its last moment, the worst."""
    found: dict[tuple[str, object], dict] = {}
    for row in rows.to_dict("records"):
        name = None if row["kind"] == "seen" else row["reference"]
        thing = found.setdefault((row["kind"], name), row | {"lines": []})
        line = row["subscription_id"]
        if not i18n.is_missing(line) and line not in thing["lines"]:
            thing["lines"].append(line)
        if row["kind"] == "problem":
            thing["since"] = min(thing["since"], row["since"])
            thing["until"] = max(thing["until"], row["until"])
            thing["is_outage"] = bool(thing["is_outage"]) or bool(row["is_outage"])
            thing["is_planned"] = bool(thing["is_planned"]) or bool(row["is_planned"])
    return sorted(found.values(), key=lambda each: sorted(each["lines"]))
