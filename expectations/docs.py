"""Data docs: what was asked and what was answered, as static pages under the home's reports.

A page holds counts and the words of expectations, never a value of a row; it asks no other host
for anything, so it opens from disk and in the app alike.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from cx.settings import Settings
from cx.warehouse import reading

_DOORS = ("arrivals", "outputs")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.5rem 0 .3rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;
border-bottom:1px solid #ddd;vertical-align:top}th{font-weight:600}
.stop{color:#a11;font-weight:600}.warn{color:#8a5a00;font-weight:600}.yes{color:#2a6b2a}
.muted{color:#666}@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}
td,th{border-color:#3a3d44}.stop{color:#ff8a80}.warn{color:#ffcc66}.yes{color:#8bd48b}
.muted{color:#9aa}a{color:#8ab4f8}}
"""
_VISITS = """
    select door, run_id, max(checked_at) as checked_at, count(*) as asked,
        count(*) filter (where not is_success and severity = 'stop'
            and not coalesce(is_waived, false)) as stops,
        count(*) filter (where not is_success and severity = 'warn'
            and not coalesce(is_waived, false)) as warns,
        count(*) filter (where coalesce(is_waived, false)) as waived
    from ops.dq_result where door = ? group by door, run_id order by checked_at desc limit 30
"""
_VERDICTS = """
    select suite, expectation, severity, is_success, observed, coalesce(is_waived, false),
        list_concat(answers, coalesce(endangers, []))
    from ops.dq_result where door = ? and run_id = ?
    order by suite, is_success, severity, expectation
"""


def docs_page(settings: Settings) -> Path:
    """Return the path of the first page; the app and the status command link to it."""
    return settings.reports / "data_docs" / "index.html"


def write_docs(settings: Settings) -> Path:
    """Write the pages anew from ops.dq_result and return the first one."""
    index = docs_page(settings)
    index.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = ["<p>What was asked at the two doors of the warehouse, and what was answered.</p>"]
    with reading(settings) as connection:
        for door in _DOORS:
            visits = connection.execute(_VISITS, [door]).fetchall()
            parts.append(f"<h2>{_door_link(door) if visits else door}</h2>")
            parts += _visits(visits)
            if not visits:
                continue
            verdicts = connection.execute(_VERDICTS, [door, visits[0][1]]).fetchall()
            failed = [row for row in verdicts if not row[3]]
            if failed:
                parts += _table(failed, with_suite=True)
            page = f"<p class=muted>Run {_text(visits[0][1])}, {visits[0][2]:%Y-%m-%d %H:%M} UTC. "
            page += '<a href="index.html">Both doors</a></p>' + "".join(_suites(verdicts))
            _write(index.with_name(f"{door}.html"), f"Door: {door}", page)
        waivers = list(_waivers(connection))
    _write(index, "Data docs", "".join([*parts, *waivers]))
    return index


def _visits(visits: list[tuple]) -> Iterator[str]:
    if not visits:
        yield "<p class=muted>Nobody has asked yet.</p>"
        return
    yield "<table><tr><th>visit (UTC)</th><th>asked</th><th>stop</th><th>warn</th><th>waived</th>"
    for _, run_id, at, asked, stops, warns, waived in visits[:10]:
        yield (
            f'<tr title="{_text(run_id)}"><td>{at:%Y-%m-%d %H:%M}</td><td>{asked:,}</td>'
            f"<td{_marked('stop', stops)}</td><td{_marked('warn', warns)}</td><td>{waived}</td>"
        )
    yield "</table>"


def _marked(kind: str, count: int) -> str:
    return f" class={kind}>{count}" if count else ">0"


def _suites(verdicts: list[tuple]) -> Iterator[str]:
    for suite, rows in groupby(verdicts, key=lambda row: row[0]):
        yield f"<h2>{_text(suite)}</h2>"
        yield from _table(list(rows), with_suite=False)


def _table(rows: list[tuple], *, with_suite: bool) -> Iterator[str]:
    yield "<table>"
    for suite, expectation, severity, is_success, observed, is_waived, endangers in rows:
        kind = "yes" if is_success else severity
        word = "holds" if is_success else f"waived ({severity})" if is_waived else severity
        at_stake = "" if is_success else ", ".join(dict.fromkeys(endangers))
        yield "<tr>"
        if with_suite:
            yield f"<td>{_text(suite)}</td>"
        yield (
            f"<td class={kind}>{word}</td><td>{_text(expectation)}"
            f"{f'<br><span class=muted>endangers {_text(at_stake)}</span>' if at_stake else ''}"
            f"</td><td class=muted>{_text('' if is_success else observed or '')}</td>"
        )
    yield "</table>"


def _waivers(connection: object) -> Iterator[str]:
    rows = connection.execute(
        "select suite, expectation, reason, waived_by, expires_on from ops.dq_waiver "
        "order by expires_on desc, suite"
    ).fetchall()
    if rows:
        yield "<h2>Waivers</h2><table><tr><th>until</th><th>what</th><th>why</th><th>by</th>"
    for suite, expectation, reason, by, until in rows:
        what = _text(f"{suite}: {expectation}")
        yield f"<tr><td>{until}</td><td>{what}</td><td>{_text(reason)}</td><td>{_text(by)}</td>"
    if rows:
        yield "</table>"


def _door_link(door: str) -> str:
    return f'<a href="{door}.html">{door}</a>'


def _text(value: str) -> str:
    return html.escape(str(value))


def _write(path: Path, title: str, body: str) -> None:
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style><h1>{_text(title)}</h1>{body}",
        encoding="utf-8",
    )
    path.chmod(0o600)
