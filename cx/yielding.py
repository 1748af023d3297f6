"""The batch yields to readers: low priority for CPU and disk, and a cap on threads."""

from __future__ import annotations

import os
from contextlib import suppress

from cx.errors import UserError

NICENESS = 10
# Pools of numeric libraries ask for these when they are loaded, each for all cores otherwise.
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS")


def step_aside(threads: int) -> None:
    """Lower this process's priority (CX_NICE, else 10) and cap the pools of numeric libraries.

    Children inherit both. Linux takes the priority of disk requests from the niceness, unless
    `ionice` or the unit says otherwise.

    Parameters
    ----------
    threads : int
        What CX_THREADS allows; a pool that was given a number of its own keeps it.
    """
    given = os.environ.get("CX_NICE") or str(NICENESS)
    if not given.isdigit() or int(given) > 19:
        raise UserError(f"CX_NICE={given!r} is not a whole number from 0 to 19; set it to 10")
    # Never twice, and never beyond what a scheduler has set: niceness only adds up.
    missing = int(given) - os.getpriority(os.PRIO_PROCESS, 0)
    if missing > 0:
        with suppress(OSError):
            os.nice(missing)
    for pool in _POOLS:
        os.environ.setdefault(pool, str(threads))
