"""What a step of this room did, in words and figures."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """What was done, for the person at the terminal and for the ledger.

    Parameters
    ----------
    lines : list of str
        One plain sentence per thing done, rows and seconds included.
    figures : dict of str to float
        The same as numbers; `rows` is the number of rows written.
    """

    lines: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
