"""One build by dbt for several tests: what it sent for one home is sent to others, too.

A model's SQL follows from the code alone, so other rows need no other SQL (cx/repeat.py).
"""

from __future__ import annotations

from dataclasses import replace
from subprocess import CompletedProcess

from cx.build import run_dbt
from cx.repeat import RECORDING_FLAGS, Node, record, recorded
from cx.settings import Settings

_CODE = "a test"


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
        record(settings, log / "dbt.log", _CODE)
    return outcome


def sent(settings: Settings) -> list[Node]:
    """Return what was written down, but of the views: made under another name, they stay."""
    nodes = recorded(settings, _CODE)
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
