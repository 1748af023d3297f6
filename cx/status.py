"""What is loaded, what ran, what is served; and what would make a run fail."""

from __future__ import annotations

import importlib.metadata
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb

from cx import rollback as releases
from cx.errors import CxError, UserError
from cx.release import NoRelease, current
from cx.runs import lock
from cx.settings import Settings
from cx.upgrade import schema_version
from cx.warehouse import reading

# The links whose mending would win most rows; the analysis which_links_are_missing has them all.
_MISSING_LINKS = 3
# Failed expectations, and answers endangered by each, that the lines name; --json has them all.
_GATES_NAMED = 8
_ENDANGERED_NAMED = 6
_NEEDED_DISK_BYTES = 2 * 1024**3


def status_of(settings: Settings) -> dict:
    """Return the state of a home as plain data."""
    found: dict = {"home": str(settings.home), "release": None, "run": None, "sources": []}
    try:
        found["release"] = asdict(current(settings.releases))
    except NoRelease as error:
        found["release_missing"] = str(error)
    if not settings.warehouse.exists():
        return found
    # A home that no run has brought forward yet has no numbers on its records.
    is_numbered = schema_version(settings) >= 2
    latest = f"{'sequence desc nulls last, ' if is_numbered else ''}started_at desc"
    with reading(settings) as connection:
        found["run"] = _one(connection, f"select * from ops.run_ledger order by {latest}")
        found["steps"] = _all(
            connection,
            "select step, status, row_count, seconds, summary from ops.step_ledger "
            f"qualify row_number() over (partition by step order by {latest}) = 1 "
            "order by started_at",
        )
        found["sources"] = _all(
            connection,
            "select source_system, feed, count(*) filter (state = 'loaded') as files, "
            "count(*) filter (state = 'rejected') as files_refused, sum(rows_read) as rows_read, "
            "sum(rows_loaded) as rows_loaded, sum(rows_quarantined) as rows_quarantined, "
            "sum(rows_dropped) as rows_dropped, max(extracted_at) as extracted_to "
            "from ops.file_ledger where state <> 'superseded' and source_system is not null "
            "group by all order by all",
        )
        found["refused"] = _all(
            connection,
            "select file_name, reason from ops.file_ledger where state = 'rejected' order by all",
        )
        found["gates"] = _gates(connection)
        found["data_docs"] = str(settings.reports / "data_docs" / "index.html")
        is_linked = connection.execute(
            "select count(*) from duckdb_tables() where table_name = 'link_coverage'"
        ).fetchall()[0][0]
        if is_linked:
            found["links"] = _all(
                connection,
                "select edge, source_system, coverage, fix_rows, likely_fix "
                "from marts.link_coverage where fix <> 'none' "
                f"order by fix_rows desc, edge, source_system limit {_MISSING_LINKS}",
            )
    return found


def as_lines(found: dict) -> list[str]:
    """Return the state of a home as lines for people."""
    lines = [f"Home: {found['home']}"]
    release = found["release"]
    if release:
        lines.append(f"Served: {release['file']}, data to {release['as_of']}")
    else:
        lines.append(f"Served: nothing ({found['release_missing']})")
    if found["run"]:
        lines.append(f"Last run: {found['run']['command']}, {found['run']['status']}")
    lines += [
        f"  {step['step']:<16} {step['status']:<8} {step['summary'] or ''}"
        for step in found.get("steps", [])
    ]
    lines += [
        f"Source {source['source_system']}.{source['feed']}: {source['files']} files, "
        f"{source['rows_loaded']:,} rows, {source['rows_quarantined']:,} quarantined, "
        f"extracted to {source['extracted_to']}"
        for source in found["sources"]
    ]
    lines += [f"Refused: {row['file_name']}: {row['reason']}" for row in found.get("refused", [])]
    lines += [_gate_line(gate) for gate in found.get("gates", [])[:_GATES_NAMED]]
    if len(found.get("gates", [])) > _GATES_NAMED:
        lines.append(
            f"… and {len(found['gates']) - _GATES_NAMED} more, all in {found['data_docs']}"
        )
    lines += [
        f"Links {link['edge']} of {link['source_system']}: {_share(link['coverage'])} found; "
        f"{link['fix_rows']:,} rows more: {link['likely_fix']}"
        for link in found.get("links", [])
    ]
    return lines


def _gates(connection: object) -> list[dict]:
    """Return what the last visit to each door did not find, stops first, and what it endangers."""
    is_there = connection.execute(
        "select count(*) from duckdb_columns() where schema_name = 'ops' "
        "and table_name = 'dq_result' and column_name = 'endangers'"
    ).fetchall()[0][0]
    if not is_there:
        return []  # made before a verdict said so
    return _all(
        connection,
        "select door, suite, expectation, severity, observed, is_waived, "
        "list_distinct(list_concat(answers, coalesce(endangers, []))) as endangers "
        "from ops.dq_result semi join (select door, arg_max(run_id, checked_at) as run_id "
        "from ops.dq_result group by door) as last using (door, run_id) where not is_success "
        "order by is_waived, severity = 'warn', door, suite, expectation",
    )


def _gate_line(gate: dict) -> str:
    word = "Waived" if gate["is_waived"] else "Stop" if gate["severity"] == "stop" else "Warn"
    at_stake = sorted(gate["endangers"])
    named = ", ".join(at_stake[:_ENDANGERED_NAMED])
    named += f" and {len(at_stake) - _ENDANGERED_NAMED} more" * (len(at_stake) > _ENDANGERED_NAMED)
    return (
        f"{word} at {gate['door']}: {gate['suite']}: {gate['expectation']}"
        + (f" ({gate['observed']})" if gate["observed"] else "")
        + (f"; endangers {named}" if named else "")
    )


def _share(value: float) -> str:
    # 99.96 % is not all of them.
    return f"{math.floor(1000 * value) / 10:g} %"


def diagnose(settings: Settings, *, deep: bool = False) -> Iterator[tuple[str, bool, str]]:
    """Yield (what, whether it is well, what was found or how to mend it).

    Parameters
    ----------
    deep : bool
        Read every value of warehouse, vault and releases: finds what a disk has damaged.
    """
    for package in ("duckdb", "dbt-core", "dbt-duckdb", "streamlit", "great-expectations"):
        yield package, True, importlib.metadata.version(package)
    has_models = (settings.repo / "models").is_dir()
    yield (
        "models",
        has_models,
        str(settings.repo / "models")
        if has_models
        else "not found; install from a checkout with `pip install -e .`",
    )
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    can_write = os.access(settings.home, os.W_OK)
    yield "home", can_write, str(settings.home) if can_write else f"{settings.home} is read-only"
    free = shutil.disk_usage(settings.home).free
    yield (
        "disk",
        free > _NEEDED_DISK_BYTES,
        f"{free / 1024**3:.1f} GiB free" + ("" if free > _NEEDED_DISK_BYTES else "; free some"),
    )
    yield from _attempt("lock", lambda: _free_lock(settings))
    yield from _attempt("contracts", lambda: _contracts(settings))
    yield from _attempt("warehouse", lambda: _warehouse(settings))
    yield from _attempt("release", lambda: _release(settings))
    if deep:
        for path in (settings.warehouse, settings.vault):
            if path.exists():
                yield from _attempt(f"all of {path.name}", lambda path=path: _read(settings, path))
        for each in releases.listed(settings):
            yield from _attempt(f"all of {each.file}", lambda each=each: _verified(settings, each))


def _attempt(name: str, work: object) -> Iterator[tuple[str, bool, str]]:
    try:
        yield name, True, work()
    except CxError as error:
        yield name, False, str(error)


def _free_lock(settings: Settings) -> str:
    with lock(settings):
        return "free"


def _contracts(settings: Settings) -> str:
    from ingest.contract_file import load_contracts

    return f"{len(load_contracts(settings))} contracts are valid"


def _warehouse(settings: Settings) -> str:
    if not settings.warehouse.exists():
        return "none yet; `cx run DIR` or `cx demo` makes it"
    with reading(settings) as connection:
        files = connection.execute("select count(*) from ops.file_ledger").fetchone()[0]
    return f"opens, {files} files in its ledger"


def _read(settings: Settings, path: Path) -> str:
    """Read every value of a database; the engine checks each block against its sum."""
    try:
        with reading(settings, path) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where not internal"
            ).fetchall()
            for schema, table in tables:
                connection.execute(f'select sum(hash(each)) from "{schema}"."{table}" as each')
    except duckdb.Error as error:
        raise UserError(
            f"damaged ({str(error).splitlines()[0][:100]}); docs/recover.md says how to bring it "
            "back or make it anew"
        ) from error
    return f"{len(tables)} tables read back"


def _verified(settings: Settings, each: releases.Listed) -> str:
    releases.verify(settings, releases.found(settings, each.file))
    return "is what was published"


def _release(settings: Settings) -> str:
    try:
        release = current(settings.releases)
    except NoRelease as error:
        return str(error)
    path = settings.releases / release.file
    if not path.exists():
        raise NoRelease(f"{path} is pointed to but gone; publish again with `cx publish`")
    return f"{release.file}, data to {release.as_of}"


def _one(connection: object, query: str) -> dict | None:
    rows = _all(connection, f"{query} limit 1")
    return rows[0] if rows else None


def _all(connection: object, query: str) -> list[dict]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
