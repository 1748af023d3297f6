"""The ledger of links, and the releases that are kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, serving
from app.i18n import t
from app.queries import runs
from cx.rollback import listed
from cx.settings import Settings


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
                "coverage": st.column_config.NumberColumn(t("metric.M48"), format="%.1f%%"),
                "system": t("system"),
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
            height=520,
        )


def releases_card() -> None:
    """List the releases that are kept, and which is served."""
    kept = listed(Settings.from_env())
    shown = serving.shown().release.file
    table = pd.DataFrame(
        [
            {
                "state": t("served") if each.file == shown else "",
                "published": None
                if each.release is None
                else pd.Timestamp(each.release.published_at).tz_convert("UTC").tz_localize(None),
                "data_to": None
                if each.release is None
                else components.last_day(each.release.as_of),
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
                "published": st.column_config.DatetimeColumn(t("published")),
                "data_to": st.column_config.DateColumn(t("data_until")),
                "tables": st.column_config.NumberColumn(t("tables")),
                "rows": st.column_config.NumberColumn(t("test_rows"), format="localized"),
                "mib": st.column_config.NumberColumn(t("unit.mib"), format="%.1f"),
                "version": st.column_config.TextColumn(t("version"), width="large"),
            },
            t("releases"),
            key="runs.releases",
        )
