"""Build the models: dbt in a process of its own, or again what it sent for an earlier day."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cx.digest import code_digest, combined
from cx.errors import CheckFailed, UserError
from cx.faults import explained_text
from cx.ledger import begin_build, end_build
from cx.repeat import RECORDING_FLAGS, record, recorded, repeat
from cx.runs import StepResult, die_with_parent
from cx.settings import Settings, size_in_bytes
from cx.warehouse import reading, writing

_KEY_BYTES = 24


def build(settings: Settings, *, full: bool = False) -> StepResult:
    """Build seeds and models and run their tests; unit tests belong to `make test`.

    Where only new files came since the last build, what they touched is rebuilt (the macros of
    increments.sql); else, or if `full`, everything is. Both end with the same rows.

    dbt-duckdb keeps its file open until the process ends, and DuckDB would not open it beside
    it; a child process lets go of it.

    Raises
    ------
    CheckFailed
        When a model or a data test fails; names the first ones.
    """
    if not (settings.repo / "models").is_dir():
        raise UserError(
            f"{settings.repo} holds no models/: install from a checkout with `pip install -e .`"
        )
    digest = models_digest()
    with writing(settings) as connection:
        is_increment = begin_build(connection, digest) and not full
    try:
        nodes = recorded(settings, digest) if is_increment else []
        at_once = models_at_once(settings)
        names = (
            list(repeat(settings, nodes, at_once))
            if nodes
            else _by_dbt(settings, is_increment, at_once)
        )
    except CheckFailed as failure:
        machine = explained_text(str(failure), settings)
        if machine:
            raise machine from failure
        raise CheckFailed(
            f"build failed: {failure}{unknown_states(settings)}; "
            "nothing was published, the last release is still served"
        ) from failure
    with writing(settings) as connection:
        end_build(connection, digest)
    models = sum(name.startswith("model.") for name in names)
    tests = sum(name.startswith("test.") for name in names)
    with reading(settings) as connection:
        rows = connection.execute(
            "select coalesce(sum(estimated_size), 0) from duckdb_tables() "
            "where schema_name = 'marts'"
        ).fetchone()[0]
    extent = "what new files touched" if is_increment else "everything"
    return StepResult(int(rows), f"{extent}: {models} models built, {tests} tests passed")


def models_at_once(settings: Settings) -> int:
    """Return how many models to build at once: one where two might not fit in memory.

    A model that groups the largest table by its key holds all its keys, and what the other needs
    meanwhile it cannot put to disk for it (measured at 331 million rows of usage: 24 bytes each).
    """
    with reading(settings) as connection:
        largest = connection.execute(
            "select coalesce(max(estimated_size), 0) from duckdb_tables() "
            "where schema_name = 'raw' and database_name = current_database()"
        ).fetchone()[0]
    is_large = 2 * largest * _KEY_BYTES > size_in_bytes(settings.memory_limit)
    return 1 if is_large else settings.threads


def _by_dbt(settings: Settings, is_increment: bool, at_once: int) -> list[str]:
    """Let dbt build; return the names of its nodes. What it sends for an increment is recorded."""
    log = settings.dbt / "recording"
    if is_increment:
        shutil.rmtree(log, ignore_errors=True)
        how = ("--vars", '{"increment": true}', *RECORDING_FLAGS, "--log-path", str(log))
    else:
        # A seed whose columns changed since this home was made is only taken with a full refresh.
        how = ("--full-refresh",)
    how += ("--threads", str(at_once), "--exclude-resource-type", "unit_test")
    outcome = run_dbt(settings, "build", *how)
    results = _results(settings)
    if outcome.returncode != 0:
        failed = [_failure(result) for result in results if result["status"] in ("error", "fail")]
        detail = "; ".join(failed[:3]) or outcome.stdout.strip()[-400:] or outcome.stderr[-400:]
        raise CheckFailed(f"{detail}; see {(log if is_increment else settings.logs) / 'dbt.log'}")
    if is_increment:
        record(settings, log / "dbt.log", models_digest())
        shutil.rmtree(log)
    return [result["unique_id"] for result in results]


def models_digest() -> str:
    """Return the digest of all code a build depends on."""
    return combined(*map(code_digest, ("models", "dbt_project", "dbt_project.yml", "ingest")))


def run_dbt(
    settings: Settings, *arguments: str, as_was: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Call dbt on this home's warehouse and return what it said.

    Parameters
    ----------
    as_was : Path, optional
        File to build into instead; the warehouse is only read then.
    """
    target = settings.as_was / "dbt" if as_was else settings.dbt
    for folder in (settings.logs, target, settings.temp):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment = os.environ | {
        # By names within the home: dbt reads all files anew where a path differs from what it
        # parsed before, and so what it parsed for one home holds for the next.
        "CX_WAREHOUSE": settings.warehouse_name,
        "CX_TEMP": settings.temp.name,
        "CX_MEMORY_LIMIT": settings.engine_memory,
        # dbt cannot leave a setting out; DuckDB's own is 90 % of what is free
        "CX_SPILL_LIMIT": settings.spill_limit
        or f"{shutil.disk_usage(settings.temp).free * 9 // 10}B",
        "CX_THREADS": str(settings.threads),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    if as_was:
        environment["CX_AS_WAS"] = str(as_was)
        arguments = (*arguments, "--target", "as_was")
    command = [sys.executable, "-m", "cx.dbt_child", "--quiet", "--no-use-colors", *arguments]
    command += ["--project-dir", str(settings.repo)]
    command += ["--profiles-dir", str(settings.repo / "dbt_project")]
    command += ["--target-path", str(target)]
    if "--log-path" not in arguments:
        command += ["--log-path", str(settings.logs)]
    if "--log-level-file" not in arguments:
        command += ["--log-level-file", "info"]
    (target / "run_results.json").unlink(missing_ok=True)
    return subprocess.run(
        command,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        cwd=settings.home,
        preexec_fn=die_with_parent,
    )


def unknown_states(settings: Settings) -> str:
    """Say which states of sources no vocabulary holds and where to map them, else nothing."""
    with reading(settings) as connection:
        is_built = connection.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name = 'marts' and table_name = 'unmapped_code'"
        ).fetchone()[0]
        if not is_built:
            return ""
        found = connection.execute(
            "select vocabulary, source_code, source_system, row_count from marts.unmapped_code "
            "where is_failing order by row_count desc, vocabulary, source_system, source_code"
        ).fetchall()
    if not found:
        return ""
    told = ", ".join(
        f"{vocabulary} {code!r} of {system} ({rows:,} rows)"
        for vocabulary, code, system, rows in found[:5]
    )
    return (
        f"; states nobody knows: {told}{' …' * (len(found) > 5)}: map them in "
        "dbt_project/seeds/code_map.csv or in the source's contract"
    )


def _failure(result: dict) -> str:
    message = (result["message"] or "failed").strip().splitlines()
    return f"{result['unique_id'].split('.')[2]}: {' '.join(message)[:500]}"


def _results(settings: Settings) -> list[dict]:
    path = settings.dbt / "run_results.json"
    return json.loads(path.read_text())["results"] if path.exists() else []


def manifest(settings: Settings) -> dict | None:
    """Read dbt's manifest; dbt is asked to make it before the first build, or where one is torn.

    dbt writes it in place: a run killed then leaves a part of it.
    """
    path = settings.dbt / "manifest.json"
    found = _whole(path)
    if found is None and (settings.repo / "models").is_dir():
        run_dbt(settings, "parse")
        found = _whole(path)
    return found


def _whole(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
