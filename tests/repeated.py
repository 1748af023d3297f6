"""One build by dbt for several tests: what it sent for one home is sent to others, too.

A model's SQL follows from the code alone, so other rows need no other SQL (cx/repeat.py).
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from subprocess import CompletedProcess

from cx.build import run_dbt
from cx.repeat import RECORDING_FLAGS, Node, record, recorded, repeat
from cx.settings import Settings
from cx.warehouse import connected

CODE = "a test"


def sent_by_dbt(settings: Settings, *arguments: str) -> list[Node]:
    """Let dbt do something, and return what it sent for each model and data test."""
    outcome = recording(settings, *arguments)
    assert outcome.returncode == 0, outcome.stdout
    return sent(settings)


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
    """Return what was written down, but of the views: made under another name, they stay."""
    nodes = recorded(settings, CODE)
    views = {node.name for node in nodes if "create view" in " ".join(node.statements).lower()}
    assert len(views) < 5 < len(nodes)
    return [
        replace(node, after=[name for name in node.after if name not in views])
        for node in nodes
        if node.name not in views
    ]


def up_to(nodes: list[Node], model: str) -> list[Node]:
    """Return the models that one is made from, and itself."""
    by_name = {node.name: node for node in nodes}
    wanted, found = {f"model.cx.{model}"}, {}
    while wanted:
        found |= {name: by_name[name] for name in wanted}
        wanted = {after for name in wanted for after in by_name[name].after} - found.keys()
    return list(found.values())


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
