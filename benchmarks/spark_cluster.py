"""A standalone Spark cluster on 127.0.0.1: one master and two workers, processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

_PATIENCE_SECONDS = 90


def why_not() -> str:
    """Return what this machine lacks to run a cluster, or nothing."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed (the extra `spark`)"
    return "" if which("java") or os.environ.get("JAVA_HOME") else "no Java on this machine"


@dataclass(frozen=True)
class Cluster:
    """What a session needs to know, and the processes that may be killed."""

    master: str
    workers: list[subprocess.Popen]

    def kill_worker(self) -> int:
        """End the first worker with kill -9, with the executors it started; return its pid."""
        worker = self.workers[0]
        os.killpg(worker.pid, signal.SIGKILL)  # its own group: it and its executors
        worker.wait()
        return worker.pid


@contextmanager
def cluster(logs: Path, workers: int = 2, cores: int = 1, memory: str = "1g") -> Iterator[Cluster]:
    """Start a master and workers, and end them, by pid.

    Parameters
    ----------
    logs : Path
        Folder for what they say and for their scratch files.
    cores, memory : int, str
        What each worker offers.
    """
    logs.mkdir(parents=True, exist_ok=True)
    running: list[subprocess.Popen] = []
    try:
        master, said = _start(
            logs / "master.log", "master.Master", "--host", "127.0.0.1", "--port", "0",
            "--webui-port", "0",
        )  # fmt: skip
        running.append(master)
        url = _wait_for(said, master, r"Starting Spark master at (spark://\S+)")
        started = []
        for number in range(workers):
            worker, said = _start(
                logs / f"worker-{number}.log", "worker.Worker", url, "--host", "127.0.0.1",
                "--cores", str(cores), "--memory", memory, "--webui-port", "0",
                "--work-dir", str(logs / f"work-{number}"),
            )  # fmt: skip
            running.append(worker)
            started.append(worker)
            _wait_for(said, worker, r"Successfully registered with master (\S+)")
        yield Cluster(url, started)
    finally:
        for process in reversed(running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _start(log: Path, of: str, *arguments: str) -> tuple[subprocess.Popen, Path]:
    home = Path(find_spec("pyspark").origin).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }
    with log.open("w") as said:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{of}", *arguments],
            stdout=said,
            stderr=said,
            env=environment,
            start_new_session=True,
        )
    return process, log


def _wait_for(log: Path, process: subprocess.Popen, pattern: str) -> str:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"Spark did not start: {log.read_text(errors='replace')[-800:]}")
