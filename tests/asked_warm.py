"""A door's child process that need not read Great Expectations first: what it costs most."""

from __future__ import annotations

import io
import multiprocessing
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from subprocess import CompletedProcess

from cx.settings import Settings
from expectations import door

# As a night does it.
of_its_own = door.asking_child
# One process reads it and is then forked for each door, as a new one the child begins with nothing.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["expectations.ask", "expectations.once"])


def asking_child(settings: Settings, order: str) -> CompletedProcess[str]:
    """Do as expectations.door.asking_child."""
    ours, theirs = _FORKS.Pipe()
    child = _FORKS.Process(target=_ask, args=(theirs, order), daemon=True)
    child.start()
    theirs.close()
    try:
        stdout, stderr = ours.recv()
    except EOFError:
        stdout, stderr = "", "the child ended without a word"
    child.join()
    return CompletedProcess([], child.exitcode, stdout, stderr)


def _ask(pipe: Connection, order: str) -> None:
    from expectations.ask import main

    sys.stdin, stdout, stderr = io.StringIO(order), io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(stdout), redirect_stderr(stderr):
        try:
            main()
        except Exception:
            traceback.print_exc()
            code = 1
    pipe.send((stdout.getvalue(), stderr.getvalue()))
    sys.exit(code)
