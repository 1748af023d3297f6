"""A text whose last line has no line end: whole, as some programs write it, or cut short.

Nothing in the file tells which, so it is told and not held. What a check sum, a packing's own or a
declared trailer proves is not doubted.
"""

from __future__ import annotations

import re
from pathlib import Path

from ingest.contract import Feed

_TAIL = 65_536
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


def ends_open(path: Path, feed: Feed) -> bool:
    """Tell whether a file of lines's last line has no end while the lines before it have one."""
    if feed.format not in ("csv", "multiline"):
        return False
    with path.open("rb") as file:
        if file.read(4).startswith(_PACKED):
            return False
        file.seek(max(path.stat().st_size - _TAIL, 0))
        tail = file.read()
    # in UTF-16 a line end is two bytes, of which either may be the last
    if not re.search(rb"[\r\n]", tail) or re.search(rb"[\r\n]\0?\Z", tail):
        return False
    dialect = feed.dialect
    proofs = (
        dialect.ignore_lines, dialect.record_ends, dialect.row_count and dialect.row_count.line
    )  # fmt: skip
    last = tail.replace(b"\0", b"").splitlines()[-1].decode("utf-8", errors="replace")
    return not any(each and re.fullmatch(each, last) for each in proofs)


def told(names: list[str]) -> str:
    """Return the line that tells of them."""
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return (
        f"{len(names)} files end without a line end, so the last field may be cut: {shown}; "
        "are they whole? A check sum beside them (NAME.sha256) would prove it"
    )
