"""One build by dbt for several tests: what it sent for one home is sent to others, too.

A model's SQL follows from the code alone, so other rows need no other SQL (cx/repeat.py).
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

from cx.build import run_dbt
from cx.repeat import RECORDING_FLAGS, Node, record, recorded, repeat
from cx.settings import Settings
from cx.warehouse import connected
from ingest.load import prepare_raw

CODE = "a test"


def built_of_nothing(folder: Path) -> Settings:
    """Return a home of no rows that dbt built; made once for all processes that test."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        settings, done = Settings(home=folder / "home"), folder / "done"
        if not done.exists():
            shutil.rmtree(settings.home, ignore_errors=True)
            with connected(settings) as connection:
                prepare_raw(connection)
            recording(settings, "build", "--exclude-resource-type", "unit_test")
            done.touch()
    return settings


def recording(settings: Settings, *arguments: str) -> CompletedProcess:
    """Call dbt as cx.build.run_dbt does and write down what it sends for a build."""
    if arguments[0] != "build":
        return run_dbt(settings, *arguments)
    log = settings.dbt / "recording"
    outcome = run_dbt(settings, *arguments, *RECORDING_FLAGS, "--log-path", str(log))
    if outcome.returncode == 0:
        record(settings, log / "dbt.log", CODE)
    return outcome


def sent(settings: Settings) -> list[Node]:
    """Return what was written down when dbt built a home."""
    nodes = recorded(settings, CODE)
    assert nodes, f"dbt did not build it: see {settings.dbt / 'run_results.json'}"
    return nodes


def but_views(nodes: list[Node]) -> list[Node]:
    """Return what a home can be sent that has them: made under another name, they stay."""
    views = {node.name for node in nodes if "create view" in " ".join(node.statements).lower()}
    assert len(views) < 5 < len(nodes)
    return [
        replace(node, after=[name for name in node.after if name not in views])
        for node in nodes
        if node.name not in views
    ]


def up_to(nodes: list[Node], *models: str) -> list[Node]:
    """Return the models that these are made from, and themselves."""
    by_name = {node.name: node for node in nodes}
    wanted, found = {f"model.cx.{model}" for model in models}, {}
    while wanted:
        found |= {name: by_name[name] for name in wanted}
        wanted = {after for name in wanted for after in by_name[name].after} - found.keys()
    return list(found.values())


def with_tests(nodes: list[Node], models: Iterable[Node]) -> list[Node]:
    """Return these models and the data tests that need nothing else."""
    names = {node.name for node in models}
    return [*models, *(node for node in nodes if node.is_test and names.issuperset(node.after))]


def send_again(settings: Settings, sent: list[Node], *, built: Settings) -> list[str]:
    """Send it to a home that dbt never built in; its seeds and manifest are those of one it did.

    Returns
    -------
    list of str
        Names of the nodes, as of a build.
    """
    with connected(settings) as connection:
        connection.execute(f"attach '{built.warehouse}' as built (read_only)")
        for (schema,) in connection.execute(
            "select schema_name from duckdb_schemas() where database_name = 'built' "
            "and not internal"
        ).fetchall():
            connection.execute(f"create schema if not exists {schema}")
        for (seed,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'built' "
            "and schema_name = 'seeds'"
        ).fetchall():
            connection.execute(f"create or replace table seeds.{seed} as from built.seeds.{seed}")
        connection.execute("detach built")
    # what dbt says of models and tests: the second door asks those tests again
    shutil.copytree(built.dbt, settings.dbt, dirs_exist_ok=True)
    return list(repeat(settings, sent))
