"""Runs and data quality: did the last run work, what is late or wrong, and what that endangers."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from app import charts, components, freshness, i18n, notes, plots, serving, urls
from app.i18n import t
from app.pages import PAGES
from app.parts import model_trust
from app.queries import runs
from cx.rollback import listed
from cx.settings import Settings

PAGE = "runs"
VIEWS = ("runs", "gates", "sources", "links", "drift", "releases")


def page() -> None:
    """Draw the page."""
    components.header(t("runs"), t("runs.question"), PAGE)
    known = with_its_end(runs.runs(), last_run()) if runs.has_ops() else pd.DataFrame()
    if known.empty:
        components.nothing(t("runs.none"), t("runs.none.why"), "engineering")
        return
    warn_of_later(known, last_run())
    run = choose_run(known)
    checked = runs.checked_runs()
    checks = runs.checks(run["run_id"] if run["run_id"] in checked or not checked else checked[0])
    sources = runs.sources()
    is_late = freshness.late(sources, freshness.now())
    components.finding(sentence(run, checks, int(is_late.sum()), sources))
    cards(run, checks, sources, is_late)
    view = components.part(PAGE, VIEWS, "runs.view")
    if view == "runs":
        steps_card(run)
        runs_card(known)
    elif view == "gates":
        gates_card(checks)
    elif view == "sources":
        sources_card(sources, is_late)
        quarantine_card()
    elif view == "links":
        links_card()
    elif view == "drift":
        model_trust.drift_card(None)
    else:
        releases_card()


def last_run() -> tuple[str, pd.Timestamp, pd.Timestamp | None] | None:
    """Return state, start and end of the last run of this home, from the metrics it left behind.

    A release is written before its run ends, and a run that fails publishes none.
    """
    try:
        lines = (Settings.from_env().state / "metrics.prom").read_text(encoding="utf-8")
    except OSError:
        return None
    told = dict(re.findall(r"^(cx_run_\w+(?:{[^}]*})?) (\S+)$", lines, re.MULTILINE))
    states = [
        state
        for state in ("running", "ok", "failed", "killed")
        if told.get(f'cx_run_state{{state="{state}"}}') == "1.0"
    ]
    started = float(told.get("cx_run_started_timestamp_seconds", "nan"))
    ended = float(told.get("cx_run_ended_timestamp_seconds", "nan"))
    if not states or started != started:
        return None
    return (
        states[0],
        pd.Timestamp(started, unit="s"),
        None if ended != ended else pd.Timestamp(ended, unit="s"),
    )


def with_its_end(
    known: pd.DataFrame, last: tuple[str, pd.Timestamp, pd.Timestamp | None] | None
) -> pd.DataFrame:
    """Return the runs with the state and end of the one that published, known only after it.

    Where a later run has begun, the one that published has ended, with the release at the latest.
    """
    if last is None or known.empty:
        return known
    state, started, ended = last
    moments = pd.to_datetime(known["started_at"])
    is_same = (moments - started).abs() < pd.Timedelta(seconds=1)
    if started > moments.max() + pd.Timedelta(seconds=1):
        is_same = (moments == moments.max()) & (known["status"] == "running")
        published = pd.Timestamp(serving.shown().release.published_at)
        state, ended = "ok", published.tz_convert(None) if published.tz else published
    told = known.copy()
    told.loc[is_same, "status"] = state
    told["ended_at"] = pd.to_datetime(told["ended_at"]).astype("datetime64[us]")
    if ended is not None:
        told.loc[is_same, "ended_at"] = ended.floor("us")
    return told


def warn_of_later(
    known: pd.DataFrame, last: tuple[str, pd.Timestamp, pd.Timestamp | None] | None
) -> None:
    """Say that a run after this release failed, or is going on."""
    if last is None or last[0] == "ok":
        return
    state, started, _ = last
    if started > pd.to_datetime(known["started_at"]).max() + pd.Timedelta(seconds=1):
        st.error(
            t(
                "runs.later",
                moment=i18n.moment_text(started),
                status=i18n.word("run_status", state),
            ),
            icon=":material/error:",
        )


def choose_run(known: pd.DataFrame) -> pd.Series:
    """Let the reader choose a run; the newest comes first to mind."""
    started = dict(zip(known["run_id"], known["started_at"], strict=True))
    code = urls.chosen(
        st.selectbox,
        t("run"),
        list(started),
        page=PAGE,
        name="run",
        format_func=lambda run: f"{i18n.moment_text(started[run])} UTC · {run[-6:]}",
        width=300,
    )
    return known[known["run_id"] == code].iloc[0]


def broken(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the expectations that did not hold and that nobody has waived."""
    if checks.empty:
        return checks
    is_waived = checks["is_waived"].fillna(value=False).astype(bool)
    return checks[~checks["is_success"].astype(bool) & ~is_waived]


def sentence(run: pd.Series, checks: pd.DataFrame, late: int, sources: pd.DataFrame) -> str:
    """Say how the run went, what did not hold, and what waits."""
    bad = broken(checks)
    stopped = bad[bad["severity"] == "stop"] if len(bad) else bad
    said = t(
        "runs.finding",
        moment=i18n.moment_text(run["started_at"]),
        status=i18n.word("run_status", run["status"]),
        failed=i18n.number(len(bad)),
        checks=i18n.number(len(checks)),
    )
    if len(stopped):
        names = list(dict.fromkeys(name for row in stopped["endangers"] for name in listed_in(row)))
        if names:
            said += " " + t("runs.finding.endangers", names=", ".join(map(spoken, names[:6])))
    said += " " + (t("runs.finding.late", count=i18n.number(late)) if late else "")
    return said.strip()


def listed_in(value: object) -> list[str]:
    """Return a list cell as a list, whatever the release holds it as."""
    return [str(each) for each in value] if hasattr(value, "__iter__") else []


def spoken(name: str) -> str:
    """Write what is endangered: a page by its title, a metric by its id and name."""
    if name.startswith("page "):
        english = name.removeprefix("page ")
        titles = {i18n.CATALOGUE[key][0]: t(key) for key in PAGES.values()}
        return f"{t('page')} {titles.get(english, english)}"
    known = f"metric.{name}"
    return f"{name} {t(known)}" if known in i18n.CATALOGUE else name


def cards(run: pd.Series, checks: pd.DataFrame, sources: pd.DataFrame, is_late: pd.Series) -> None:
    """Draw the few figures that say whether somebody has to get up."""
    bad = broken(checks)
    release = serving.shown().release
    age = freshness.now() - pd.Timestamp(release.published_at).tz_convert(None)
    ended = run["ended_at"]
    took = (
        i18n.NOTHING
        if i18n.is_missing(ended)
        else span((pd.Timestamp(ended) - pd.Timestamp(run["started_at"])).total_seconds())
    )
    quarantined = sources["rows_quarantined"].sum() if len(sources) else 0
    read = sources["rows_read"].sum() if len(sources) else 0
    with st.grid(5, min_column_width=165, gap="small"):
        for label, value, note, tip in (
            (
                t("release.age"),
                span(age.total_seconds()),
                t("data_to", day=i18n.day(components.last_day(release.as_of))),
                t("release.age.help"),
            ),
            (t("run.took"), took, i18n.word("run_status", run["status"]), t("run.took.help")),
            (
                t("checks.failed"),
                i18n.number(len(bad)),
                t("of_checks", count=i18n.number(len(checks))),
                t("checks.failed.help"),
            ),
            (
                t("feeds.late.card"),
                i18n.number(int(is_late.sum())),
                t("of_feeds", count=i18n.number(len(sources))),
                t("feeds.late.help"),
            ),
            (
                t("quarantined"),
                i18n.compact(float(quarantined)),
                i18n.percent(100 * float(quarantined) / float(read), 3) if read else None,
                t("quarantined.help"),
            ),
        ):
            components.metric(
                label,
                value,
                note,
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=tip,
            )


def span(seconds: float | None) -> str:
    """Write a length of time the way people say it."""
    if i18n.is_missing(seconds):
        return i18n.NOTHING
    if seconds < 120:
        return f"{i18n.number(seconds, 1 if seconds < 10 else 0)} {t('unit.s')}"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{i18n.number(minutes)} {t('unit.min')}"
    if minutes < 2880:
        return f"{i18n.number(minutes / 60, 1)} {t('unit.h')}"
    return f"{i18n.number(minutes / 1440, 1)} {t('unit.d')}"


def steps_card(run: pd.Series) -> None:
    """Draw a run's steps on one clock, beside what each usually takes."""
    rows = runs.steps(run["run_id"])
    paint = charts.colours()

    def tools() -> None:
        if len(rows):
            components.download(rows, f"steps_{run['run_id']}", "runs.steps.csv")

    with components.card(t("steps"), t("steps.how"), tools):
        if rows.empty:
            components.nothing(t("steps.none"), t("steps.none.why"), "footprint")
            return
        begun = pd.to_datetime(rows["started_at"])
        start = (begun - begun.min()).dt.total_seconds()
        shown = pd.DataFrame(
            {
                "label": rows["step"].map(lambda code: i18n.word("step", code)),
                "from": start,
                "to": start + rows["seconds"].fillna(0),
                "usual": start + rows["usual_seconds"],
                "state": rows["status"].map(lambda code: i18n.word("run_status", code)),
                "took": rows["seconds"].map(span),
                "usual_text": rows["usual_seconds"].map(span),
                "rows": rows["row_count"].map(i18n.number),
                "memory": [
                    i18n.NOTHING
                    if i18n.is_missing(value)
                    else f"{i18n.number(value / 2**20)} {t('unit.mib')}"
                    for value in rows["peak_memory_bytes"]
                ],
                "summary": rows["summary"].map(notes.counted),
            }
        )
        tones = {"ok": paint["main"], "failed": paint["second"], "running": paint["muted"]}
        states = [
            (i18n.word("run_status", code), tones.get(code, paint["third"]))
            for code in dict.fromkeys(rows["status"])
        ]
        components.chart(
            plots.spans(
                shown,
                tooltip=[
                    ("label", t("step")),
                    ("state", t("status")),
                    ("took", t("run.took")),
                    ("usual_text", t("usual")),
                    ("rows", t("test_rows")),
                    ("memory", t("memory")),
                ],
                states=states,
                unit=f" {t('unit.s')}",
            ),
            charts.height_of(len(shown)) + 20,
            t("steps.alt", step=shown["label"].iloc[int(rows["seconds"].fillna(0).argmax())]),
        )
        components.table(
            shown,
            {
                "label": st.column_config.TextColumn(t("step"), pinned=True),
                "state": t("status"),
                "took": st.column_config.TextColumn(t("run.took"), alignment="right"),
                "usual_text": st.column_config.TextColumn(t("usual"), alignment="right"),
                "rows": st.column_config.TextColumn(t("test_rows"), alignment="right"),
                "memory": st.column_config.TextColumn(t("memory"), alignment="right"),
                "summary": st.column_config.TextColumn(t("told"), width="large"),
            },
            t("steps"),
            key="runs.steps",
        )


def runs_card(known: pd.DataFrame) -> None:
    """List the runs the release knows of."""
    table = pd.DataFrame(
        {
            "started": known["started_at"].map(i18n.moment_text),
            "command": known["command"],
            "status": known["status"].map(lambda code: i18n.word("run_status", code)),
            "took": [
                i18n.NOTHING
                if i18n.is_missing(ended)
                else span((pd.Timestamp(ended) - pd.Timestamp(started)).total_seconds())
                for started, ended in zip(known["started_at"], known["ended_at"], strict=True)
            ],
            "message": known["message"].map(notes.said),
            "run": known["run_id"],
        }
    )

    def tools() -> None:
        components.download(known, "runs", "runs.runs.csv")

    with components.card(t("runs.list"), t("runs.list.how"), tools):
        components.table(
            table,
            {
                "started": st.column_config.TextColumn(t("run.started"), pinned=True),
                "command": t("command"),
                "status": t("status"),
                "took": st.column_config.TextColumn(t("run.took"), alignment="right"),
                "message": st.column_config.TextColumn(t("told"), width="large"),
                "run": t("run"),
            },
            t("runs.list"),
            key="runs.runs",
            height=min(34 * len(table) + 40, 320),
        )


def gates_card(checks: pd.DataFrame) -> None:
    """List the expectations that did not hold, with what each endangers; or all of them."""
    failing_card(checks)
    history_card()


def failing_card(checks: pd.DataFrame) -> None:
    """List expectations, those that did not hold first."""

    def tools() -> None:
        if len(checks):
            components.download(
                checks.assign(
                    answers=checks["answers"].map(lambda row: ", ".join(listed_in(row))),
                    endangers=checks["endangers"].map(lambda row: ", ".join(listed_in(row))),
                ),
                "checks",
                "runs.checks.csv",
            )

    with components.card(t("gates"), t("gates.how"), tools):
        if checks.empty:
            components.nothing(t("gates.none"), t("gates.none.why"), "rule")
            return
        which = urls.chosen(
            st.segmented_control,
            t("gates.which"),
            ["failed", "all"],
            page=PAGE,
            name="which",
            format_func=lambda code: t(f"gates.{code}"),
            required=True,
            label_visibility="collapsed",
        )
        rows = checks if which == "all" else checks[~checks["is_success"].astype(bool)]
        if rows.empty:
            components.nothing(t("gates.hold"), t("gates.hold.why"), "verified")
            return
        table = pd.DataFrame(
            {
                "state": [
                    t("holds")
                    if is_success
                    else t("waived")
                    if not i18n.is_missing(is_waived) and is_waived
                    else i18n.word("severity", severity)
                    for is_success, is_waived, severity in zip(
                        rows["is_success"], rows["is_waived"], rows["severity"], strict=True
                    )
                ],
                "expectation": rows["expectation"].map(notes.said),
                "table": rows["suite"],
                "observed": [
                    notes.counted(i18n.NOTHING if i18n.is_missing(text) else text).removesuffix(
                        " found"
                    )
                    for text in rows["observed"]
                ],
                "endangers": [
                    ", ".join(map(spoken, listed_in(names))) or i18n.NOTHING
                    for names in rows["endangers"]
                ],
                "door": rows["door"].map(lambda code: i18n.word("door", code)),
            }
        )
        components.table(
            table,
            {
                "state": st.column_config.TextColumn(t("status"), pinned=True),
                "expectation": st.column_config.TextColumn(t("expectation"), width="large"),
                "endangers": st.column_config.TextColumn(t("endangers"), width="large"),
                "observed": t("found"),
                "table": t("table"),
                "door": t("door"),
            },
            t("gates"),
            key="runs.gates",
            height=min(34 * len(table) + 40, 420),
        )


def history_card() -> None:
    """Draw how many expectations did not hold, run by run."""
    rows = runs.check_history()[::-1]
    with components.card(t("gates.history"), t("gates.history.how")):
        if rows.empty:
            components.nothing(t("gates.none"), t("gates.none.why"), "rule")
            return
        components.table(
            pd.DataFrame(
                {
                    "day": rows["day"].map(i18n.day),
                    "checks": rows["checks"],
                    "stopped": rows["stopped"],
                    "warned": rows["warned"],
                }
            )[::-1],
            {
                "day": st.column_config.TextColumn(t("day"), pinned=True),
                "checks": st.column_config.NumberColumn(t("checks"), format="localized"),
                "stopped": st.column_config.NumberColumn(t("gates.stopped")),
                "warned": st.column_config.NumberColumn(t("gates.warned")),
            },
            t("gates.history"),
            key="runs.history",
            height=min(34 * len(rows) + 40, 420),
        )


def sources_card(sources: pd.DataFrame, is_late: pd.Series) -> None:
    """List each feed: how fresh, how many rows, file by file, and what waits."""

    def tools() -> None:
        if len(sources):
            components.download(sources.drop(columns=["by_file"]), "feeds", "runs.feeds.csv")

    with components.card(t("sources"), t("sources.how"), tools):
        if sources.empty:
            components.nothing(t("sources.none"), t("sources.none.why"), "input")
            return
        order = sources.assign(is_late=is_late).sort_values(
            ["is_late", "rows_quarantined"], ascending=False, kind="stable"
        )
        table = pd.DataFrame(
            {
                "feed": order["source_system"] + "." + order["feed"],
                "state": [
                    t("late") if late else t("on_time") if has_due else t("no_due")
                    for late, has_due in zip(order["is_late"], order["has_due_time"], strict=True)
                ],
                "last": order["last_extracted_at"].map(
                    lambda value: i18n.NOTHING if pd.isna(value) else i18n.moment_text(value)
                ),
                "due": order["due_at"].map(
                    lambda value: i18n.NOTHING if pd.isna(value) else i18n.moment_text(value)
                ),
                "by_file": [[float(value or 0) for value in row] for row in order["by_file"].map(
                    lambda row: list(row) if hasattr(row, "__iter__") else [])],
                "files": order["files"],
                "rows": order["rows_loaded"],
                "quarantined": order["rows_quarantined"],
                "refused": order["refused"],
            }
        )  # fmt: skip
        components.table(
            table,
            {
                "feed": st.column_config.TextColumn(t("feed"), pinned=True),
                "state": t("status"),
                "last": t("last_extract"),
                "due": t("due"),
                "by_file": st.column_config.BarChartColumn(t("by_file"), help=t("by_file.help")),
                "files": st.column_config.NumberColumn(t("files"), format="localized"),
                "rows": st.column_config.NumberColumn(t("test_rows"), format="localized"),
                "quarantined": st.column_config.NumberColumn(t("quarantined"), format="localized"),
                "refused": st.column_config.NumberColumn(t("refused_files"), format="localized"),
            },
            t("sources"),
            key="runs.sources",
            height=min(34 * len(table) + 40, 520),
        )


def quarantine_card() -> None:
    """List what waits in quarantine and which files were refused, with the reasons."""
    rows, refused = runs.quarantine(), runs.refused()

    def tools() -> None:
        if len(rows):
            components.download(rows, "quarantine", "runs.quarantine.csv")

    with components.card(t("quarantine"), t("quarantine.how"), tools):
        if rows.empty and refused.empty:
            components.nothing(t("quarantine.none"), t("quarantine.none.why"), "done_all")
            return
        told = pd.DataFrame(
            {
                "feed": rows["source_system"] + "." + rows["feed"],
                "column": rows["column_name"].fillna(i18n.NOTHING),
                "reason": rows["reason"].map(notes.said),
                "state": rows["state"].map(lambda code: i18n.word("row_state", code)),
                "rows": rows["row_count"],
            }
        )
        whole = pd.DataFrame(
            {
                "feed": refused["source_system"].fillna("") + "." + refused["feed"].fillna(""),
                "column": refused["file_name"],
                "reason": refused["reason"].map(notes.said),
                "state": t("file_refused"),
                "rows": None,
            }
        )
        components.table(
            pd.concat([whole.astype(object), told.astype(object)], ignore_index=True),
            {
                "feed": st.column_config.TextColumn(t("feed"), pinned=True),
                "column": t("column_or_file"),
                "reason": st.column_config.TextColumn(t("reason"), width="large"),
                "state": t("status"),
                "rows": st.column_config.NumberColumn(t("test_rows")),
            },
            t("quarantine"),
            key="runs.quarantine",
            height=min(34 * (len(told) + len(whole)) + 40, 420),
        )


def links_card() -> None:
    """Draw how much of each edge is found, and list what would mend most."""
    rows = runs.links()

    def tools() -> None:
        if len(rows):
            components.download(rows, "links", "runs.links.csv")

    with components.card(t("links"), t("links.how"), tools):
        if rows.empty:
            components.nothing(t("no_links"), t("no_links.why"), "link_off")
            return
        table = pd.DataFrame(
            {
                "edge": rows["edge"].map(lambda code: i18n.word("edge", code)),
                "system": rows["source_system"],
                "coverage": 100 * rows["coverage"],
                "eligible": rows["eligible"],
                "linked": rows["linked"],
                "unsure": rows["low_confidence"],
                "orphans": rows["orphans"],
                "ambiguous": rows["ambiguous"],
                "nameless": rows["nameless"],
                "fix": [
                    i18n.NOTHING
                    if fix == "none" or i18n.is_missing(fix)
                    else f"{i18n.word('fix', fix)}: {column} (+{i18n.number(won)})"
                    for fix, column, won in zip(
                        rows["fix"], rows["fix_column"], rows["fix_rows"], strict=True
                    )
                ],
            }
        )
        components.table(
            table,
            {
                "edge": st.column_config.TextColumn(t("edge"), pinned=True),
                "system": t("system"),
                "coverage": st.column_config.ProgressColumn(
                    t("metric.M48"), min_value=0, max_value=100, format="%.1f%%"
                ),
                "eligible": st.column_config.NumberColumn(t("eligible"), format="localized"),
                "linked": st.column_config.NumberColumn(t("linked"), format="localized"),
                "unsure": st.column_config.NumberColumn(t("unsure"), help=t("unsure.help")),
                "orphans": st.column_config.NumberColumn(t("orphans"), help=t("orphans.help")),
                "ambiguous": st.column_config.NumberColumn(t("ambiguous")),
                "nameless": st.column_config.NumberColumn(t("nameless"), help=t("nameless.help")),
                "fix": st.column_config.TextColumn(t("fix"), width="large"),
            },
            t("links"),
            key="runs.links",
            height=min(34 * len(table) + 40, 520),
        )


def releases_card() -> None:
    """List the releases that are kept, and which is served."""
    kept = listed(Settings.from_env())
    shown = serving.shown().release.file
    table = pd.DataFrame(
        [
            {
                "state": t("served") if each.file == shown else "",
                "published": i18n.NOTHING
                if each.release is None
                else i18n.moment_text(each.release.published_at),
                "data_to": i18n.NOTHING
                if each.release is None
                else i18n.day(components.last_day(each.release.as_of)),
                "tables": None if each.release is None else len(each.release.tables),
                "rows": None if each.release is None else sum(each.release.tables.values()),
                "mib": each.bytes / 2**20,
                "version": each.file.removesuffix(".duckdb"),
            }
            for each in kept
        ]
    )
    with components.card(t("releases"), t("releases.how")):
        components.table(
            table,
            {
                "state": st.column_config.TextColumn(t("status"), pinned=True),
                "published": t("published"),
                "data_to": t("data_until"),
                "tables": st.column_config.NumberColumn(t("tables")),
                "rows": st.column_config.NumberColumn(t("test_rows"), format="localized"),
                "mib": st.column_config.NumberColumn(t("unit.mib"), format="%.1f"),
                "version": st.column_config.TextColumn(t("version"), width="large"),
            },
            t("releases"),
            key="runs.releases",
        )


if __name__ == "__main__":
    page()
