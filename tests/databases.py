"""A PostgreSQL server of the tests' own, started from the system's package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER, PASSWORD = "reader", "s3cr3t-Pa55"


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server here; None when there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[tuple[int, Path]]:
    """Run a server with a folder of its own; yield its port and the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="cx-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    try:
        _as_postgres("initdb", "--no-sync", "-A", "trust", "-U", "owner", "-D", str(data))
        # the owner comes by the socket, everyone else by a password
        (data / "pg_hba.conf").write_text(
            "local all owner trust\nhost all all 127.0.0.1/32 scram-sha-256\n", encoding="ascii"
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        log = str(folder / "log")
        _as_postgres("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", options, "start")
        try:
            yield port, folder
        finally:
            _as_postgres("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(program: str, *arguments: str) -> None:
    command = [str(binaries() / program), *arguments]
    if os.geteuid() == 0:  # the server refuses to run as root
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(
        command, check=True, cwd="/tmp", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
