"""One page of a view as HTML that needs nothing else: what the page said, drawn for paper.

While a page is drawn its parts note what they show. `python -m app.brief PAGE` draws a page in a
process of its own and writes its brief; `cx brief` and the nightly run call it so.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app import access, i18n
from app.chart_base import Spec, for_paper
from app.pages import PAGES
from cx.access import app_address
from cx.release import Release
from cx.settings import REPO, Settings

log = logging.getLogger("cx.app")
MOST_ROWS = 15
# Columns of single lines and people: a brief goes by mail and holds none of them.
OF_PERSONS = ("subscription_id", "customer_id", "account_id")
DRAWING_SECONDS = 60.0
WIDTH = 640
# Of a chart taken as a picture; drawn at twice as many pixels.
PICTURE_WIDTH = 900


@dataclass
class Brief:
    """What a page shows, in its order.

    Parameters
    ----------
    page : str
        Address of the page, such as ``churn``.
    parts : list of dict
        Each has a ``kind``: finding, figure, card, chart or table.
    """

    title: str
    question: str
    page: str
    release: Release
    language: str
    data_to: str
    address: dict[str, str] = field(default_factory=dict)
    parts: list[dict[str, object]] = field(default_factory=list)


def begin(title: str, question: str, page: str, release: Release) -> Brief:
    """Begin to note what this page run shows."""
    last = pd.Timestamp(release.as_of) - pd.Timedelta(seconds=1) if release.as_of else None
    made = Brief(title, question, page, release, i18n.language(), i18n.day(last))
    st.session_state["brief"] = made
    return made


def note(kind: str, **what: object) -> None:
    """Note one part of the page; what is drawn anew by itself is noted already."""
    made = st.session_state.get("brief")
    run = get_script_run_ctx()
    if made is not None and not (run and run.fragment_ids_this_run):
        made.parts.append({"kind": kind, **what})
        made.address = {name: value for name, value in st.query_params.items() if name != "lang"}


def note_table(
    rows: pd.DataFrame, titles: dict[str, str], written: Mapping[str, Callable[[object], str]]
) -> None:
    """Note a table's first rows, unless they are of single lines or people."""
    if set(titles) & set(OF_PERSONS):
        note("nothing", title=i18n.t("brief.persons"), advice=i18n.t("brief.persons.why"))
        return
    cells = [
        [
            "" if _is_nothing(value) else written.get(name, _text)(value)
            for name, value in zip(titles, row, strict=True)
        ]
        for row in rows[list(titles)].head(MOST_ROWS).itertuples(index=False)
    ]
    note("table", titles=list(titles.values()), rows=cells, left=max(len(rows) - MOST_ROWS, 0))


def html(made: Brief) -> str:
    """Return a brief as one HTML file, its charts as pictures inside."""
    charts = [part for part in made.parts if part["kind"] == "chart"]
    for part, picture in zip(charts, drawn([part["spec"] for part in charts]), strict=True):
        part["picture"] = Markup(picture) if picture else ""
    environment = Environment(
        loader=PackageLoader("app", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["said"] = said
    words = {key: _word(key, made.language) for key in ("brief.data_to", "brief.made", "brief.more",
                                                       "brief.foot", "brief.open")}  # fmt: skip
    return environment.get_template("brief.html.j2").render(
        brief=made,
        words=words,
        link=link(made),
        now=i18n.moment_text(datetime.now(UTC), made.language),
    )


def link(made: Brief) -> str:
    """Return the address that opens the same view in the app, in the language of the brief.

    It begins with the app's own where sign-in says under which name the app is reached.
    """
    path = "" if made.page == next(iter(PAGES)) else made.page.replace("_", "-")
    place = f"/{path}?{urlencode(made.address | {'lang': made.language})}"
    return (app_address(Settings.from_env()) or "") + place


def said(text: str) -> Markup:
    """Return a finding as HTML: `**bold**` and `code` stay, icons and everything else do not."""
    bare = re.sub(r":material/\w+:", "", str(text)).strip()
    bare = re.sub(r"\\([\\`*_{}\[\]()<>#+\-.!|:$~])", r"\1", bare)
    safe = str(escape(bare))
    safe = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe)
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", safe))


def drawn(specs: list[Spec], kind: str = "svg", width: int = WIDTH) -> list[str]:
    """Return each chart as SVG, or as PNG in base64, drawn by a process of its own.

    Empty where it cannot be drawn.
    """
    if not specs:
        return []
    papers = [for_paper(spec, width) for spec in specs]
    asked = json.dumps({"kind": kind, "specs": papers}, default=str)
    try:
        outcome = subprocess.run(
            [sys.executable, "-m", "app.drawing"],
            input=asked,
            capture_output=True,
            text=True,
            timeout=DRAWING_SECONDS,
            check=True,
            cwd=REPO,
        )
        pictures = json.loads(outcome.stdout)
    except (OSError, subprocess.SubprocessError, json.JSONDecodeError) as error:
        log.error("charts of a brief could not be drawn: %s", type(error).__name__)
        return [""] * len(specs)
    return pictures


def picture_taken(
    made: Brief, spec: Spec, title: str, who: access.Visitor, description: str = ""
) -> bytes:
    """Return a chart as a picture and write into the audit log who took it.

    Below the title stands what the chart shows, for a title such as “By month” does not.

    Raises
    ------
    NotAllowed
        When the visitor may not take figures away, or no longer.
    RuntimeError
        When it cannot be drawn; the log says why.
    """
    access.export_told(who, "export", name=f"{title} of {made.page}", address=made.address)
    data_to = _word("brief.data_to", made.language)
    source = f"{data_to} {made.data_to} · {made.release.version}"
    below = [description, source] if description else source
    told = {"text": title, "subtitle": below, "anchor": "start", "fontSize": 16, "offset": 14}
    found = drawn([spec | {"title": told}], "png", PICTURE_WIDTH)[0]
    if not found:
        raise RuntimeError("the picture could not be drawn")
    return base64.b64decode(found)


def taken(made: Brief, who: access.Visitor) -> bytes:
    """Return a brief and write into the audit log who took it.

    Raises
    ------
    NotAllowed
        When the visitor may not take figures away, or no longer.
    """
    access.export_told(who, "export", name=f"brief of {made.page}", address=made.address)
    return html(made).encode()


def written(page: str, address: dict[str, str], path: Path) -> None:
    """Draw a page as a product manager sees it and write its brief.

    For a process of its own: whoever runs it has the whole warehouse anyway.

    Raises
    ------
    ValueError
        When the page showed nothing.
    """
    from streamlit.testing.v1 import AppTest

    reader = access.Visitor(
        "demo", "batch", frozenset({"product_manager", "operator"}), regions=None
    )
    access._visitor = lambda settings: reader
    run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=120)
    for name, value in address.items():
        run.query_params[name] = value
    run.run()
    run.switch_page(f"views/{page}.py")
    run.query_params.clear()  # the first page's own, which a browser would leave behind
    for name, value in address.items():
        run.query_params[name] = value
    run.run()
    made = run.session_state["brief"] if "brief" in run.session_state else None  # noqa: SIM401
    if run.exception or made is None or made.page != page or not made.parts:
        raise ValueError(f"page {page} showed nothing")
    made.address.pop("lang", None)
    path.write_text(html(made), encoding="utf-8")


def _word(key: str, language: str) -> str:
    return i18n.CATALOGUE[key][i18n.LANGUAGES.index(language)]


def _is_nothing(value: object) -> bool:
    return not isinstance(value, list) and i18n.is_missing(value)


def _text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "✓" if value else ""
    if isinstance(value, list | tuple):
        return ""
    if isinstance(value, int | float | np.number):
        if float(value).is_integer():
            return i18n.number(float(value))
        return i18n.number(float(value), 2 if abs(value) >= 1 else 4)
    if isinstance(value, pd.Timestamp):
        return i18n.day(value) if value == value.normalize() else i18n.moment_text(value)
    return str(value)


def main() -> None:
    """Write one brief: ``python -m app.brief PAGE OUT [--address m=2026-10&lang=ru]``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("out", type=Path)
    parser.add_argument("--address", default="")
    given = parser.parse_args()
    address = dict(pair.split("=", 1) for pair in given.address.split("&") if "=" in pair)
    try:
        written(given.page, address, given.out)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
