"""The draft as YAML: commented, in the order of the shipped contracts."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import yaml

from cx.settings import REPO, SHIPPED_CONTRACTS
from ingest.draft.outline import FeedDraft
from ingest.draft.spec import Spec

_PLAIN = re.compile(r"[^\W\d]([\w$./@ -]*\w)?|\$[\w$.]*[\w]")


def contract_text(
    name: str,
    feeds: list[FeedDraft],
    *,
    folder: Path,
    time_zone: str | None,
    country_code: str | None,
    zones: dict[str, str],
    doubled_hour: str | None,
    notes: list[str],
) -> str:
    """Return a contract as text.

    Parameters
    ----------
    folder : Path
        Where it will stand: the editor's schema is named from there.
    time_zone, country_code, doubled_hour : str, optional
        What the contract says of them; may be questions.
    """
    lines = [
        f"# yaml-language-server: $schema={_schema(folder)}",
        "# Drafted by `cx source add` from samples. The number beside a column is how sure the "
        "draft is of it.",
        "# Try it before it is used: cx source check CONTRACT FILE…",
    ]
    lines += [f"# {_one_line(note)}" for note in notes]
    lines += [f"source_system: {name}", f"title: {scalar(name.replace('_', ' ').capitalize())}"]
    if time_zone is not None:
        lines.append(f"time_zone: {scalar(time_zone)}  # the times carry no offset")
    if doubled_hour is not None:
        lines.append(f"doubled_hour: {scalar(doubled_hour)}")
    if zones:
        lines.append(f"zones: {flow(zones)}")
    blanks = sorted({blank for feed in feeds for blank in feed.blanks})
    if blanks:
        lines.append(f"blanks: {flow(['', *blanks])}")
    if country_code is not None:
        lines.append(f"country_code: {scalar(country_code)}")
    lines.append("feeds:")
    for feed in feeds:
        lines += _feed(feed)
    return "\n".join(lines) + "\n"


def _schema(folder: Path) -> str:
    target, here = SHIPPED_CONTRACTS / "contract.schema.json", folder.resolve()
    if here.is_relative_to(REPO):
        return Path(os.path.relpath(target, here)).as_posix()
    return target.as_posix()


def _feed(feed: FeedDraft) -> list[str]:
    lines = [f"  # {_one_line(note)}" for note in feed.notes]
    lines += [f"  - feed: {feed.name}", f"    files: {scalar(feed.files)}"]
    lines.append(f"    format: {feed.format}")
    if feed.dialect:
        lines.append(f"    dialect: {flow(feed.dialect)}")
    if feed.adopted:
        return lines + feed.adopted
    lines.append(f"    delivery: {feed.delivery}")
    if feed.extracted_at:
        lines.append(f"    extracted_at: {flow(feed.extracted_at)}")
    if feed.entity is None:
        return lines
    lines += ["    entities:", f"      - entity: {scalar(feed.entity)}"]
    if feed.explode:
        lines.append(f"        explode: {scalar(feed.explode)}")
    if feed.where:
        lines.append(f"        where: {scalar(feed.where)}")
    if feed.pair:
        lines.append(f"        pair: {flow(feed.pair)}")
    if feed.fold:
        lines.append(f"        fold: {flow(feed.fold)}")
    if feed.known_at:
        lines.append(_column("known_at", feed.known_at, " " * 8))
    lines.append("        columns:" + ("" if feed.columns else " {}"))
    for column, spec in feed.columns.items():
        lines.append(_column(column, spec))
    if feed.unmapped:
        lines.append("        # not mapped:")
        lines += [f"        # - {_one_line(text)}" for text in feed.unmapped]
    return lines


def _column(column: str, spec: Spec, indent: str = " " * 10) -> str:
    short = list(spec.body) == ["from"]
    text = scalar(spec.body["from"]) if short else flow(spec.body)
    note = "; ".join(_one_line(each) for each in [spec.note, *spec.more] if each)
    return f"{indent}{column}: {text}" + (f"  # {note}" if note else "")


def flow(value: object) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return scalar(str(value))


def _key(key: object) -> str:
    return scalar(str(key))


def scalar(text: str) -> str:
    """Return a text as a YAML scalar that reads back as the same text."""
    if _PLAIN.fullmatch(text):
        read = yaml.safe_load(f"[{text}]")
        if read == [text]:
            return text
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
