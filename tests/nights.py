"""A night as the tests make one up, and what its commands leave."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from pathlib import Path

from cx.cli import main
from cx.feeds import FeedState
from cx.night import Night

NOW = datetime(2026, 11, 26, 5, 0)


def cx(bench, *arguments: object) -> int:
    """Run a command on a bench; return its exit code."""
    home = ["--home", str(bench.settings.home), "--contracts", str(bench.contracts)]
    return main([*home, *map(str, arguments)])


def night(status: str = "ok", **parts) -> Night:
    run = {
        "run_id": "20261126T020000Z-abcdef",
        "command": "run",
        "status": status,
        "started_at": NOW - timedelta(hours=2),
        "ended_at": NOW - timedelta(hours=1),
        "message": None if status == "ok" else "dbt build failed: stg_crm__customers",
    }
    return Night(run=run, now=NOW, **parts)


def step(name: str, status: str = "ok") -> dict:
    return {
        "step": name,
        "status": status,
        "row_count": 1200,
        "seconds": 3.5,
        "summary": "said",
        "peak_memory_bytes": 2 * 1024**3,
        "is_of_run": True,
    }


def feed(hours: float | None = -1.0, name: str = "customers") -> FeedState:
    """A feed that is due so many hours from now; one that never came without."""
    due = None if hours is None else NOW + timedelta(hours=hours)
    return FeedState("crm", name, due and due - timedelta(days=1), due, True)


def log_of(bench) -> Path:
    """The log of the latest run of a home, as JSON lines."""
    return max(bench.settings.logs.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
