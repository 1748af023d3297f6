"""Is it us? What is open, planned or just over at the customer's lines."""

from __future__ import annotations

import pandas as pd

from app import i18n, serving
from app.i18n import t
from app.parts.care_answers import Answer, Case, escaped
from app.queries import care_service

# Fewer troubles like it say nothing of when this one ends.
FEWEST_ALIKE = 10


def answer(case: Case) -> Answer:
    """Say whether something of ours touches the customer, since when, and when it ends."""
    rows = care_service.troubles(case.customer, list(case.lines["subscription_id"]))
    as_of = pd.Timestamp(serving.shown().release.as_of)
    ended = set(case.lines[case.lines["ended_at"].notna()]["subscription_id"])
    # What goes on does not touch a line that has ended.
    is_touched = [
        not is_open or any(line not in ended for line in found if line)
        for is_open, found in zip(rows["is_open"], rows["lines"].map(listed), strict=True)
    ]
    problems = rows[(rows["kind"] == "problem") & is_touched]
    now = problems[problems["is_open"].map(i18n.is_true) & (problems["since"] <= as_of)]
    ahead = problems[problems["since"] > as_of]
    over = problems[~problems.index.isin(now.index) & ~problems.index.isin(ahead.index)]
    alarms, tickets = rows[rows["kind"] == "alarm"], rows[rows["kind"] == "ticket"]
    now = now.sort_values(["is_planned", "is_outage", "since"], ascending=[True, False, True])
    told, tone, proof = [], "good", []
    if len(now):
        tone = "bad" if bool(now["is_outage"].any()) else "warn"
        for place, trouble in enumerate(now.head(3).to_dict("records")):
            told.append((t("us.yes") if place == 0 else "") + open_trouble(case, trouble, as_of))
        proof += [("problem", name) for name in now["reference"]]
    elif len(alarms):
        tone = "warn"
        alarm = alarms.iloc[0]
        told.append(
            t(
                "us.alarm",
                element=escaped(str(alarm["resource_id"])),
                since=i18n.moment_text(alarm["since"]),
                lines=case.named(alarm["lines"]),
            )
        )
        proof += [("alarm", name) for name in alarms["reference"]]
    elif len(over):
        tone = "warn"
        last = over.sort_values("until").iloc[-1]
        told.append(ended_trouble(case, last))
        proof.append(("problem", last["reference"]))
    else:
        tone, text = nothing_known(case, rows[rows["kind"] == "seen"], as_of)
        told.append(text)
    for work in ahead.to_dict("records"):
        told.append(
            t(
                "us.ahead",
                since=i18n.moment_text(work["since"]),
                until=i18n.moment_text(work["until"]),
                lines=case.named(work["lines"]),
            )
        )
        proof.append(("problem", work["reference"]))
    for ticket in tickets.head(2).to_dict("records"):
        told.append(
            t(
                "us.ticket",
                ticket=escaped(str(ticket["reference"])),
                since=i18n.moment_text(ticket["since"]),
                team=t("care.no_team")
                if i18n.is_missing(ticket["team_name"])
                else escaped(str(ticket["team_name"])),
            )
        )
        proof.append(("ticket", ticket["reference"]))
    return Answer("us", " ".join(told), tone, proof)


def open_trouble(case: Case, trouble: dict, as_of: pd.Timestamp) -> str:
    """Tell of a trouble that goes on: since when, why, whom else, and when it may end."""
    hours = (as_of - trouble["since"]).total_seconds() / 3600
    others = trouble["affected_customers"]
    text = t(
        "us.open",
        what=what(trouble),
        since=i18n.moment_text(trouble["since"]),
        cause=i18n.word("fault", trouble["cause"]).lower(),
        hours=i18n.number(hours, 0 if hours >= 10 else 1),
        lines=case.named(trouble["lines"]),
        others=t("us.few") if i18n.is_missing(others) else i18n.number(others - 1),
        problem=escaped(str(trouble["reference"])),
    )
    if not i18n.is_missing(trouble["acknowledged_at"]):
        text += " " + t("us.taken", moment=i18n.moment_text(trouble["acknowledged_at"]))
    alike = 0 if i18n.is_missing(trouble["past_problems"]) else int(trouble["past_problems"])
    if alike < FEWEST_ALIKE:
        return f"{text} {t('us.no_end')}"
    return f"{text} " + t(
        "us.end",
        half=i18n.moment_text(trouble["since"] + pd.Timedelta(minutes=trouble["past_half"])),
        most=i18n.moment_text(trouble["since"] + pd.Timedelta(minutes=trouble["past_most"])),
        n=i18n.number(alike),
    )


def ended_trouble(case: Case, trouble: pd.Series) -> str:
    """Tell of a trouble of the last days."""
    return t(
        "us.over",
        what=what(trouble),
        since=i18n.moment_text(trouble["since"]),
        until=i18n.moment_text(trouble["until"]),
        cause=i18n.word("fault", trouble["cause"]).lower(),
        lines=case.named(trouble["lines"]),
        problem=escaped(str(trouble["reference"])),
    )


def what(trouble: object) -> str:
    """Name the kind of a trouble."""
    code = "outage" if trouble["is_outage"] else "degradation"
    if trouble["is_planned"]:
        code = "planned_work"
    return t(f"us.{code}")


def nothing_known(case: Case, seen: pd.DataFrame, as_of: pd.Timestamp) -> tuple[str, str]:
    """Say that it is not us, as far as we can see: a line without a service is not seen."""
    alive = case.lines[case.lines["ended_at"].isna()]["subscription_id"]
    if alive.empty:
        last = case.lines.sort_values("ended_at").iloc[-1]
        return "none", t("us.left", day=i18n.day(last["ended_at"]))
    known = set() if seen.empty else set(listed(seen.iloc[0]["lines"]))
    unseen = [line for line in alive if line not in known]
    if len(unseen) == len(alive):
        return "none", t("us.blind", lines=case.named(unseen))
    text = t("us.no", lines=case.named(list(alive)), moment=i18n.moment_text(as_of))
    if unseen:
        return "none", f"{text} {t('us.partly', lines=case.named(unseen))}"
    return "good", text


def listed(cell: object) -> list[str]:
    """Return a list out of a cell that may hold none."""
    return list(cell) if hasattr(cell, "__len__") else []
