"""Files in a grammar that a shipped contract reads: its mapping is taken over as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cx.errors import UserError
from cx.settings import Settings
from ingest.contract import Contract, Feed
from ingest.contract_file import load_contract
from ingest.draft.names import pattern_of
from ingest.draft.outline import FeedDraft

_EVENT = {"eventType", "event"}


def pm_feed(name: str, files: list[str], settings: Settings) -> tuple[FeedDraft, str]:
    """Return a feed for 3GPP PM files with the mapping of the shipped contract, and its note."""
    for path, contract, feed in _shipped(settings, "pm_xml"):
        return _adopted(name, files, path, feed, {}), f"mapped as in {contract.source_system}"
    raise UserError(
        "is a 3GPP PM file, and no contract for the format pm_xml is here to be taken as a pattern"
    )


def resources_of(records: list[dict]) -> set[str]:
    """Return the TM Forum resources in JSON objects; empty when they are not of that kind.

    Raises
    ------
    UserError
        For JSON-Patch documents, which say what changes but not of what.
    """
    if records and all({"op", "path"} <= record.keys() for record in records):
        raise UserError(
            "is a JSON-Patch (op, path, value): it says what changes and not of what; have the "
            "resources themselves delivered"
        )
    return set().union(*(_resources(record) for record in records)) if records else set()


def _resources(record: dict) -> set[str]:
    inner = record.get("value")
    if isinstance(inner, dict) and _resources(inner):
        return _resources(inner)
    if record.keys() >= _EVENT and isinstance(record["event"], dict):
        return {name[:1].upper() + name[1:] for name in record["event"] if name[:1] != "@"}
    if isinstance(record.get("@type"), str):
        return {record["@type"]}
    return set()


def tmf_feed(
    name: str,
    files: list[str],
    records: list[dict],
    resources: set[str],
    settings: Settings,
    lies_at: str | None = None,
) -> tuple[FeedDraft, str] | None:
    """Return a feed for TM Forum payloads, mapped as a shipped contract maps that resource.

    Parameters
    ----------
    lies_at : str, optional
        Where they lie in a document, if not at its top.
    """
    wrapped = sum("value" in record for record in records) > len(records) / 2
    for path, contract, feed in _shipped(settings, "tmf"):
        known = set(feed.dialect.resources or ())
        if known & resources:
            at = lies_at or ("$.value" if wrapped else None)
            dialect = {"resources": sorted(known)} | ({"records": at} if at else {})
            note = (
                f"TM Forum {', '.join(sorted(known & resources))}: mapped as in "
                f"{contract.source_system}, which also reads {feed.files} without this contract"
            )
            return _adopted(name, files, path, feed, dialect), note
    return None


def _shipped(settings: Settings, format_: str) -> Iterator[tuple[Path, Contract, Feed]]:
    for folder in reversed(settings.contract_folders):
        for path in sorted(folder.glob("*.y*ml")):
            if path.name == "intake.yml" or f"format: {format_}" not in path.read_text("utf-8"):
                continue
            contract = load_contract(path)
            for feed in contract.feeds:
                if feed.format == format_:
                    yield path, contract, feed


def _adopted(
    name: str, files: list[str], path: Path, feed: Feed, dialect: dict[str, object]
) -> FeedDraft:
    """Take a feed's lines from its contract, comments and all, but for name, files and dialect."""
    text = path.read_text(encoding="utf-8")
    blocks = re.split(r"(?m)^(?=  - feed: )", text)
    block = next(each for each in blocks if each.startswith(f"  - feed: {feed.feed}\n"))
    # The mapping ends where the next feed's comment begins.
    lines = block.rstrip().split("\n")
    while lines and lines[-1].startswith("  #"):
        lines.pop()
    kept, skipping = [], False
    for line in lines[1:]:
        if re.match(r"    \w", line):
            skipping = line.strip().split(":")[0] in ("files", "format", "dialect")
        if not skipping:
            kept.append(line)
    return FeedDraft(name, pattern_of(files[0]), feed.format, dialect, adopted=_own(kept, name))


def _own(lines: list[str], name: str) -> list[str]:
    """Name the anchors of a feed after it: a second feed of the same pattern has its own."""
    text = "\n".join(lines)
    for anchor in set(re.findall(r"(?<=[:-] )&(\w+)", text)):
        text = re.sub(rf"(?<=[:-] )([&*]){anchor}(?!\w)", rf"\g<1>{name}_{anchor}", text)
    return text.split("\n")
