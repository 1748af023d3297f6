"""Which feed of a draft claims which files: none should claim those of another."""

from __future__ import annotations

import re

from wcmatch import glob

from ingest.draft.outline import FeedDraft

# The last star stands before the suffix: what counts days or parts ends with a digit there.
_LAST_STAR = re.compile(r"\*(\.[^*/]+)$")


def keep_apart(feeds: list[tuple[FeedDraft, list[str]]]) -> None:
    """Let no pattern claim the samples of another feed: their rows would be loaded twice.

    `tickets_*.csv` claims `tickets_20260101_vip.csv`, too; `tickets_*[0-9].csv` does not. Where a
    pattern cannot be made narrower so, the draft says it.

    Parameters
    ----------
    feeds : list of (feed, names of its sample files)
    """
    for feed, own in feeds:
        others = [
            name
            for other, names in feeds
            if other.files != feed.files
            for name in names
            if name not in own and _claims(feed.files, name)
        ]
        if not others:
            continue
        narrow = _LAST_STAR.sub(r"*[0-9]\1", feed.files)
        if all(_claims(narrow, name) for name in own) and not any(
            _claims(narrow, name) for name in others
        ):
            feed.files = narrow
        else:
            feed.notes.append(
                f"its files take in {others[0]}, which another feed takes as well: its rows would "
                "be loaded twice; give the files a pattern that leaves it out"
            )


def _claims(pattern: str, name: str) -> bool:
    return glob.globmatch(name, pattern, flags=glob.GLOBSTAR | glob.DOTGLOB)
