"""One build by dbt for several tests: what it sent for one home is sent to others, too.

A model's SQL follows from the code alone, so other rows need no other SQL (cx/repeat.py).
"""

from __future__ import annotations

from dataclasses import replace

from cx.build import run_dbt
from cx.repeat import RECORDING_FLAGS, Node, record, recorded
from cx.settings import Settings

_CODE = "a test"


def sent_by_dbt(settings: Settings, *arguments: str) -> list[Node]:
    """Let dbt do something, and return what it sent for each model and data test."""
    log = settings.dbt / "recording"
    outcome = run_dbt(settings, *arguments, *RECORDING_FLAGS, "--log-path", str(log))
    assert outcome.returncode == 0, outcome.stdout
    record(settings, log / "dbt.log", _CODE)
    nodes = recorded(settings, _CODE)
    # Views are made under another name and renamed: they stay as they are.
    views = {node.name for node in nodes if "create view" in " ".join(node.statements).lower()}
    assert len(views) < 5 < len(nodes)
    return [
        replace(node, after=[name for name in node.after if name not in views])
        for node in nodes
        if node.name not in views
    ]
