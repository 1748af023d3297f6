"""Every column's privacy class, purpose and retention, by the rules of column_privacy.yml.

`python -m cx.column_privacy` writes docs/privacy-columns.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from cx.settings import REPO, SHIPPED_CONTRACTS

RULES = Path(__file__).with_name("column_privacy.yml")
GUIDE = REPO / "docs" / "privacy-columns.md"
_IDS = re.compile(r"(_id|_ids|_key)$")
_LINEAGE = ("file_id", "row_number", "known_at", "_extra", "source_system")


@dataclass(frozen=True)
class ClassedColumn:
    """One column: where it stands, what it says of a person, what for, and for how long."""

    schema: str
    table: str
    column: str
    privacy: str
    purpose: str
    retention: str


class Unclassed(ValueError):
    """Raised when no rule covers a column or a table; says which."""


@cache
def rules() -> dict:
    """Return column_privacy.yml."""
    return yaml.CSafeLoader(RULES.read_text(encoding="utf-8")).get_single_data()


def classed() -> list[ClassedColumn]:
    """Return every column of raw, marts, features and ml.

    Raises
    ------
    Unclassed
        When an id is in no list, or a table's layer has no purpose.
    """
    return [
        _classed(schema, place, table, column, columns)
        for schema, place, table, columns in _tables()
        for column in columns
    ]


def person_columns(schema: str, table: str, columns: list[str]) -> list[str]:
    """Return the columns that say whose a row is, in the order of column_privacy.yml."""
    return [name for name in rules()["person"] if name in columns]


@cache
def _tables() -> tuple[tuple[str, str, str, list[str]], ...]:
    """Return schema, place (as `layers` names it), table and columns."""
    return tuple(_read_tables())


def _read_tables() -> Iterator[tuple[str, str, str, list[str]]]:
    text = (SHIPPED_CONTRACTS / "intake.yml").read_text(encoding="utf-8")
    intake = yaml.CSafeLoader(text).get_single_data()
    for name, entity in intake["entities"].items():
        yield "raw", f"raw/{entity['side']}", name, [*entity["columns"], *_LINEAGE[:-1]]
    for schema in ("marts", "features"):
        root = REPO / "models" / schema
        for path in sorted(root.rglob("_*.yml")):
            if "steps" in path.parts:
                continue  # drafts of the marts, in a private schema; they hold nothing else
            place = path.parent.relative_to(root.parent).as_posix()
            told = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_data()
            for model in told.get("models") or []:
                yield schema, place, model["name"], [each["name"] for each in model["columns"]]
    from ml.registry import TABLES, column_names  # the hall may look into a room when asked

    for name in TABLES:
        yield "ml", f"ml/{name}", name, column_names(name)


def _classed(schema: str, place: str, table: str, column: str, columns: list[str]) -> ClassedColumn:
    layer = next(
        (layer for name, layer in rules()["layers"].items() if place.startswith(name)), None
    )
    if layer is None:
        raise Unclassed(f"{schema}.{table} ({place}): no layer of {RULES.name} says its purpose")
    return ClassedColumn(schema, table, column, _privacy(schema, table, column, columns), **layer)


def _privacy(schema: str, table: str, column: str, columns: list[str]) -> str:
    told = rules()
    if column in told["direct"] or column in told["direct_in"].get(table, ()):
        return "direct"
    if column in told["pseudonym"]:
        return "pseudonym"
    is_about_persons = bool(person_columns(schema, table, columns))
    if column in told["quasi"]:
        return "quasi" if is_about_persons else "none"
    if _IDS.search(column) and column not in told["nobodys"]:
        raise Unclassed(
            f"{schema}.{table}.{column}: put it under pseudonym or nobodys in {RULES.name}"
        )
    if column in _LINEAGE or not is_about_persons:
        return "none"
    return "personal"


def guide() -> str:
    """Return docs/privacy-columns.md."""
    lines = [
        "# What each column says of a person",
        "",
        "Generated from `cx/column_privacy.yml` by `python -m cx.column_privacy`; there each class",
        "is explained. Columns in no class are about nobody, and so are tables that are not here.",
        "Retention: `raw_days` is a setting (docs/privacy.md); what is made again by each build",
        "holds no more than raw does. Of what a build makes `personal` is *the rest*: every column",
        "that is not named, lineage apart, so that a new one is in its class without a word here.",
        "",
        "| table | purpose | retention | direct | pseudonym | quasi | personal |",
        "|---|---|---|---|---|---|---|",
    ]
    tables: dict[tuple[str, str], list[ClassedColumn]] = {}
    for each in classed():
        tables.setdefault((each.schema, each.table), []).append(each)
    for (schema, table), columns in tables.items():
        by_class = {
            name: ", ".join(each.column for each in columns if each.privacy == name)
            for name in ("direct", "pseudonym", "quasi", "personal")
        }
        if any(by_class.values()):
            first = columns[0]
            if schema != "raw" and by_class["personal"]:
                by_class["personal"] = "the rest"
            lines.append(
                f"| {schema}.{table} | {first.purpose} | {first.retention} | "
                + " | ".join(by_class.values())
                + " |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    GUIDE.write_text(guide(), encoding="utf-8")
