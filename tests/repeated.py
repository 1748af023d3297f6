"""One build by dbt for several tests: what it sent for one home is sent to others, too.

A model's SQL follows from the code alone, so other rows need no other SQL (cx/repeat.py).
"""

from __future__ import annotations

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
    assert nodes
    return nodes
