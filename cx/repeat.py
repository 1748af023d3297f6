"""Repeat what dbt sent to the database for an earlier day: the SQL of a build is the code's.

For each of its nodes dbt renders, compares, logs and measures anew, and for one day's rows that
costs more than the rows do. So the first increment after a change of code is dbt's, and what it
sent is written down; increments after it send the same statements, in the same order of
dependencies, and hold the same tests. A full build is always dbt's.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path

import duckdb

from cx.digest import combined
from cx.errors import CheckFailed
from cx.settings import Settings
from cx.warehouse import connected

# dbt's log, as JSON lines in one file however long: the events it documents for programs to read.
RECORDING_FLAGS = (
    "--log-format-file", "json", "--log-level-file", "debug", "--log-file-max-bytes", "0",
)  # fmt: skip
# What dbt asks on its way (types, indexes, constraints) changes nothing.
_QUESTIONS = ("select", "describe")


@dataclass(frozen=True)
class Node:
    """A model or data test: what dbt sent for it, and the nodes it comes after."""

    name: str
    statements: list[str]
    after: list[str]

    @property
    def is_test(self) -> bool:
        """Whether its one statement counts failures."""
        return self.name.startswith("test.")


def record(settings: Settings, log: Path, code_digest: str) -> None:
    """Write down what dbt, by its log, sent for each node of the build that just ended.

    Parameters
    ----------
    log : Path
        The log of one build, written with RECORDING_FLAGS.
    code_digest : str
        Digest of the code the build was of: the statements hold for no other.
    """
    sent: dict[str, list[str]] = {}
    with log.open() as lines:
        for line in lines:
            event = json.loads(line)
            if event["info"]["name"] == "SQLQuery" and "node_info" in event["data"]:
                node = event["data"]["node_info"]["unique_id"]
                sent.setdefault(node, []).append(event["data"]["sql"])
    manifest = json.loads((settings.dbt / "manifest.json").read_text())
    results = json.loads((settings.dbt / "run_results.json").read_text())["results"]
    names = {
        result["unique_id"]
        for result in results
        if result["unique_id"].split(".")[0] in ("model", "test")
    }
    nodes = []
    for name in sorted(names):
        is_test = name.startswith("test.")
        statements = [
            statement
            for statement in sent.get(name, [])
            if ("as should_error" in statement if is_test else not _is_question(statement))
        ]
        if not statements:
            return  # not a log we know how to read: dbt goes on building every day
        after = manifest["nodes"][name]["depends_on"]["nodes"]
        nodes.append(Node(name, statements, [other for other in after if other in names]))
    key = _key(code_digest)
    _recording(settings).write_text(
        json.dumps({"key": key, "nodes": [asdict(node) for node in nodes]})
    )


def recorded(settings: Settings, code_digest: str) -> list[Node]:
    """Return what was written down for this code and these versions of dbt, or nothing."""
    path = _recording(settings)
    if not path.exists():
        return []
    recording = json.loads(path.read_text())
    if recording["key"] != _key(code_digest):
        return []
    return [Node(**node) for node in recording["nodes"]]


def repeat(settings: Settings, nodes: list[Node], at_once: int = 2) -> dict[str, float]:
    """Send each node's statements, a node in a transaction as dbt did; return their seconds.

    Parameters
    ----------
    at_once : int, default=2
        Nodes at work at the same time: more would need more memory.

    Raises
    ------
    CheckFailed
        When a statement fails or a test finds rows; names it.
    """
    by_name = {node.name: node for node in nodes}
    order = TopologicalSorter({node.name: node.after for node in nodes})
    order.prepare()
    seconds: dict[str, float] = {}
    sending: dict[Future[float], str] = {}
    with connected(settings) as connection, ThreadPoolExecutor(at_once) as pool:
        connection.execute("set preserve_insertion_order = false")  # as dbt's profile says
        while order.is_active():
            for name in order.get_ready():
                sending[pool.submit(_send, connection.cursor(), by_name[name])] = name
            done, _ = wait(sending, return_when=FIRST_COMPLETED)
            for future in done:
                name = sending.pop(future)
                try:
                    seconds[name] = future.result()
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
                order.done(name)
    (settings.dbt / "repeated.json").write_text(json.dumps(seconds))
    return seconds


def _send(cursor: duckdb.DuckDBPyConnection, node: Node) -> float:
    started = time.monotonic()
    try:
        with cursor:
            cursor.execute("set timezone = 'UTC'")
            for statement in node.statements:
                cursor.execute(statement)
            failures = cursor.fetchone()[0] if node.is_test else 0
    except duckdb.Error as error:
        raise CheckFailed(f"{node.name.split('.')[2]}: {str(error).splitlines()[0]}") from error
    if failures:
        raise CheckFailed(f"{node.name.split('.')[2]}: {failures:,} rows where none may be")
    return time.monotonic() - started


def _is_question(statement: str) -> bool:
    text = statement.strip()
    if text.startswith("/*"):  # dbt begins each with whose it is
        text = text.split("*/", 1)[1]
    return text.lstrip().lower().startswith(_QUESTIONS)


def _recording(settings: Settings) -> Path:
    return settings.dbt / "increment.json"


def _key(code_digest: str) -> str:
    return combined(code_digest, *map(version, ("dbt-core", "dbt-duckdb", "duckdb")))
