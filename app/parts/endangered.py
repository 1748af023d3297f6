"""What a gate or run that failed endangers: pages, answers and metrics, and why."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, notes, serving
from app.i18n import t
from app.pages import PAGES
from app.parts.run_last import Last
from app.queries import runs
from cx.at_stake import AtStake, recorded_at_stake
from cx.settings import Settings

KINDS = ("page", "answer", "metric")
LONGEST_MESSAGE = 400
# As many feeds are named of which rows are left out.
NAMED_FEEDS = 3


def card(checks: pd.DataFrame, later: Last | None) -> None:
    """List what is old because a later run failed, and what the release's own gates doubt.

    Parameters
    ----------
    checks : DataFrame
        What the run that made the release was asked.
    later : Last or None
        The run after it, where that one has published nothing.
    """
    at_stake = None if later is None else of_run(recorded_at_stake(Settings.from_env()), later)
    rows = [] if at_stake is None else reasons(of(at_stake), t("stale"))
    rows += reasons(broken(checks), t("doubtful"))
    if later is None and not rows:
        return
    table = gathered(rows)

    def tools() -> None:
        if len(table):
            components.download(table, "endangered", "runs.endangered.csv")

    title = t("at_stake.warned" if later is None else "at_stake")
    with components.card(title, t("at_stake.how"), tools):
        if later is not None:
            st.markdown(stale_text(at_stake))
            st.markdown(stop_text(at_stake))
        if text := left_out(runs.sources()):
            st.markdown(text)
        if table.empty:
            return
        components.table(
            table,
            {
                "what": st.column_config.TextColumn(
                    t("at_stake.what"), pinned=True, width="medium"
                ),
                "kind": t("kind"),
                "state": st.column_config.TextColumn(t("status"), width=210),
                "because": st.column_config.TextColumn(t("at_stake.because"), width=620),
            },
            t("at_stake"),
            key="runs.endangered",
            height=360,
        )


def left_out(sources: pd.DataFrame) -> str:
    """Say how many rows of how many wait in quarantine, and of which feeds most by share."""
    waiting = sources[sources["rows_quarantined"] > 0] if len(sources) else sources
    if waiting.empty:
        return ""
    by_share = waiting.assign(share=waiting["rows_quarantined"] / waiting["rows_read"])
    feeds = [
        t(
            "at_stake.feed",
            feed=f"`{row['source_system']}.{row['feed']}`",
            rows=i18n.number(row["rows_quarantined"]),
            of=i18n.number(row["rows_read"]),
            share=_share(row["share"]),
        )
        for row in by_share.nlargest(NAMED_FEEDS, "share").to_dict("records")
    ]
    rows, read = float(waiting["rows_quarantined"].sum()), float(sources["rows_read"].sum())
    return t(
        "at_stake.left_out",
        rows=i18n.number(rows),
        of=i18n.number(read),
        share=_share(rows / read),
        feeds=", ".join(feeds),
    )


def _share(share: float) -> str:
    return i18n.percent(100 * share, 1 if share >= 0.0005 else 3)


def of_run(found: AtStake | None, later: Last) -> AtStake | None:
    """Return what a run left behind, where it is the run that is told of."""
    if found is None or abs(pd.Timestamp(found.started_at) - later.started).total_seconds() > 1:
        return None
    return found


def of(at_stake: AtStake) -> pd.DataFrame:
    """Return the verdicts that stopped a run as rows of checks."""
    stops = [each for each in at_stake.said_no if each.severity == "stop" and not each.is_waived]
    return pd.DataFrame(
        {
            "expectation": [each.expectation for each in stops],
            "suite": [each.suite for each in stops],
            "answers": [[] for _ in stops],
            "endangers": [each.endangers for each in stops],
            "observed": [each.observed for each in stops],
        }
    )


def stale_text(at_stake: AtStake | None) -> str:
    """Say that every page is as old as the release, and at what the later run stopped."""
    release = serving.shown().release
    said = t(
        "stale.all",
        day=i18n.day(components.last_day(release.as_of)),
        moment=i18n.moment_text(pd.Timestamp(release.published_at)),
    )
    if at_stake is not None and at_stake.step:
        said += " " + t("stale.step", step=i18n.word("step", at_stake.step))
    return said


def stop_text(at_stake: AtStake | None) -> str:
    """Say what stopped the later run, and what to do so that the next one goes through."""
    if at_stake is None:
        return t("stop.unknown")
    found = [
        f"{i18n.escaped(row['suite'])}: {_plain(row['expectation'])} ({_plain(row['observed'])})"
        for row in of(at_stake).to_dict("records")
    ]
    found += [
        t(
            "stop.refused",
            file=i18n.escaped(each["file"]),
            feed=i18n.escaped(each["feed"]),
            reason=_plain(each["reason"]),
        )
        for each in at_stake.refused
    ]
    if not found and at_stake.message:
        found = [i18n.escaped(" ".join(at_stake.message.split())[:LONGEST_MESSAGE])]
    step = f"stop.next.{at_stake.step}"
    then = t(step if step in i18n.CATALOGUE else "stop.next")
    lines = [f"- {each}" for each in found]
    return "\n".join([*([f"**{t('stop')}**", ""] if lines else []), *lines, "",
                      f"**{t('stop.then')}** {then}"])  # fmt: skip


def _plain(note: str) -> str:
    return i18n.escaped(notes.counted(note).replace("`", "")) if note else i18n.NOTHING


def reasons(checks: pd.DataFrame, state: str) -> list[dict[str, str]]:
    """Return a row for each thing that each check endangers."""
    return [
        {
            "name": name,
            "state": state,
            "because": f"{row['suite']}: {notes.said(row['expectation'])}{found_in(row)}".replace(
                "`", ""
            ),
        }
        for row in checks.to_dict("records")
        for name in dict.fromkeys([*listed_in(row["endangers"]), *listed_in(row["answers"])])
    ]


def found_in(check: dict[str, object]) -> str:
    """Write behind an expectation what was found in its place."""
    observed = check.get("observed")
    return "" if i18n.is_missing(observed) or not observed else f" ({notes.counted(observed)})"


def gathered(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return a row for each thing, the old before the doubtful and pages before metrics."""
    found: dict[str, dict[str, object]] = {}
    for row in rows:
        name = row["name"]
        # The column beside says that it is a page.
        what = spoken(name).removeprefix(f"{t('page')} ")
        mine = found.setdefault(
            name, {"what": what, "kind": kind_of(name), "state": row["state"], "because": []}
        )
        mine["because"].append(row["because"])
    told = [each | {"because": "; ".join(dict.fromkeys(each["because"]))}
            for each in found.values()]  # fmt: skip
    told.sort(key=lambda each: (each["state"] != t("stale"), KINDS.index(each["kind"])))
    return pd.DataFrame(
        [each | {"kind": t(f"at_stake.{each['kind']}")} for each in told],
        columns=["what", "kind", "state", "because"],
    )


def broken(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the expectations that did not hold and that nobody has waived."""
    if checks.empty:
        return checks
    is_waived = checks["is_waived"].fillna(value=False).astype(bool)
    return checks[~checks["is_success"].astype(bool) & ~is_waived]


def listed_in(value: object) -> list[str]:
    """Return a list cell as a list, whatever the release holds it as."""
    return [str(each) for each in value] if hasattr(value, "__iter__") else []


def kind_of(name: str) -> str:
    """Tell whether a page, an answer or a metric is endangered."""
    if name.startswith("page "):
        return "page"
    return "answer" if f"answer.{name}" in i18n.CATALOGUE else "metric"


def spoken(name: str) -> str:
    """Write what is endangered: a page by its title, an answer in words, a metric by its name."""
    if name.startswith("page "):
        english = name.removeprefix("page ")
        titles = {i18n.CATALOGUE[key][0]: t(key) for key in PAGES.values()}
        return f"{t('page')} {titles.get(english, english)}"
    if f"answer.{name}" in i18n.CATALOGUE:
        return t(f"answer.{name}")
    known = f"metric.{name}"
    return f"{name} {t(known)}" if known in i18n.CATALOGUE else name
