"""SQL of one's own over the metrics: asked in a process that has nothing else."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import streamlit as st

from app import access, components, i18n, serving
from app.i18n import t
from app.queries import explore
from cx.own_query import MOST_ROWS, SECONDS
from cx.settings import REPO, Settings

log = logging.getLogger("cx.app")
LONGEST = 4_000


def card() -> None:
    """Draw the field and what the last query answered."""
    of, answer = st.session_state.get("own_sql.answer", (None, None))
    if of != serving.shown().release.file:
        answer = None  # of another release, or nothing was asked yet
    rows = answer if isinstance(answer, pd.DataFrame) else pd.DataFrame()

    def tools() -> None:
        kinds = ("csv", "xlsx", "parquet")
        components.download(rows, "own_query", "explore.own_sql", kinds=kinds)

    title, how = t("own_sql"), t("own_sql.how", rows=i18n.number(MOST_ROWS))
    with components.card(title, how, None if rows.empty else tools):
        with st.form("own_sql.form", border=False):
            sql = st.text_area(
                t("own_sql.query"),
                explore.EXAMPLE,
                max_chars=LONGEST,
                height=150,
                key="own_sql.query",
            )
            if st.form_submit_button(t("own_sql.run"), icon=":material/play_arrow:"):
                st.session_state["own_sql.answer"] = serving.shown().release.file, asked(sql)
                st.rerun()
        if isinstance(answer, str):
            st.warning(answer, icon=":material/block:")
        elif answer is not None and rows.empty:
            st.info(t("own_sql.none"), icon=":material/search_off:")
        elif not rows.empty:
            shown = rows.head(MOST_ROWS)
            if len(rows) > MOST_ROWS:
                st.caption(t("own_sql.cut", shown=i18n.number(MOST_ROWS)))
            columns = {name: name for name in shown.columns}
            components.table(shown, columns, title, key="own_sql.table", height=420)


@access.needs("own_sql")
def asked(sql: str) -> pd.DataFrame | str:
    """Return the rows of a query, at most MOST_ROWS and one more, or why there are none."""
    settings, release = Settings.from_env(), serving.shown().release.file
    digest = hashlib.sha256(sql.encode()).hexdigest()
    access.told(settings, "query", sha256=digest, release=release)
    try:
        outcome = subprocess.run(
            [sys.executable, "-m", "cx.own_query", str(settings.releases / release)],
            input=sql.encode(),
            capture_output=True,
            timeout=2 * SECONDS,
            check=False,
            cwd=REPO,
        )
    except subprocess.TimeoutExpired:
        return t("own_sql.slow", seconds=SECONDS)
    if outcome.returncode == 0:
        with pa.ipc.open_stream(outcome.stdout) as stream:
            return stream.read_all().to_pandas()
    if outcome.returncode == 2:
        why = outcome.stderr.decode(errors="replace").strip()
        return t("own_sql.refused", why=i18n.escaped(why))
    # Killed by its limits: the kernel's, of processor seconds, or memory.
    log.warning("a reader's query ended with %s", outcome.returncode)
    return t("own_sql.slow", seconds=SECONDS)
