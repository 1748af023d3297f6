"""The intake definition (contracts/intake.yml): what can be taken in; what is made from it.

`python -m ingest.intake` rewrites everything generated: models/staging, docs/intake.md and the
contract's JSON Schema. A test holds that the generated files are up to date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml

from cx.settings import SHIPPED_CONTRACTS

SQL_TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "money": "decimal(18, 4)",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "date": "date",
    "token": "uuid",
}
# Identifiers of which there are few: of a catalogue, not of what customers have.
_FEW = {"offering_id", "team_id", "campaign_id"}
LINEAGE = {
    "file_id": ("uuid", "Content of a file as one feed reads it (ops.file_ledger)."),
    "row_number": ("bigint", "Line or record of that file."),
    "known_at": ("timestamp", "When we learned it (UTC)."),
    "_extra": ("json", "Delivered columns the contract does not map."),
}


@dataclass(frozen=True)
class Column:
    """One column of an intake entity."""

    name: str
    type: str
    meaning: str
    required: bool = False
    pii: str = "none"
    unit: str | None = None
    values: tuple[str, ...] = ()
    below: float | None = None
    until: bool = False
    token: str | None = None
    answers: tuple[str, ...] = ()

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column in raw."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Entity:
    """One intake entity: a raw table and its staging model."""

    name: str
    tmf: str
    side: str
    grain: str
    key: tuple[str, ...]
    columns: dict[str, Column]

    @property
    def staging(self) -> str:
        """Name of the staging model, a plural."""
        if self.name.endswith("y"):
            return f"stg_{self.name[:-1]}ies"
        return f"stg_{self.name}{'es' if self.name.endswith('s') else 's'}"


@dataclass(frozen=True)
class Answer:
    """A question the warehouse answers, and the columns without which it cannot."""

    name: str
    question: str
    needs: tuple[str, ...]


@cache
def entities() -> dict[str, Entity]:
    """Read every intake entity, by name."""
    return {
        name: Entity(
            name=name,
            tmf=body["tmf"],
            side=body["side"],
            grain=body["grain"],
            key=tuple(body["key"]),
            columns={
                column: Column(
                    name=column,
                    **{
                        field: tuple(value) if isinstance(value, list) else value
                        for field, value in spec.items()
                    },
                )
                for column, spec in body["columns"].items()
            },
        )
        for name, body in _definition()["entities"].items()
    }


@cache
def answers() -> dict[str, Answer]:
    """Read every answer, by name."""
    return {
        name: Answer(name=name, question=body["question"], needs=tuple(body["needs"]))
        for name, body in _definition()["answers"].items()
    }


def raw_ddl(existing: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the statements that create what raw lacks, empty.

    Parameters
    ----------
    existing : set of (table, column)
        What raw holds already: a home made before a column joined the intake gets that column.
    """
    yield "create schema if not exists raw"
    tables = {table for table, _ in existing}
    for entity in entities().values():
        columns = {column.name: column.sql_type for column in entity.columns.values()}
        columns |= {name: kind for name, (kind, _) in LINEAGE.items()}
        if entity.name not in tables:
            listed = ", ".join(
                f'"{name}" {kind}{_compression(name, kind)}' for name, kind in columns.items()
            )
            yield f"create table raw.{entity.name} ({listed})"
            continue
        for name, kind in columns.items():
            if (entity.name, name) not in existing:
                yield f'alter table raw.{entity.name} add column "{name}" {kind}'
    yield (
        "create table if not exists raw.column_fill (entity varchar, column_name varchar, "
        "answers varchar[], is_required boolean, row_count bigint, filled_count bigint)"
    )
    yield (
        "create table if not exists raw.answers "
        "(answer_id varchar, question varchar, needs varchar[])"
    )


def _compression(name: str, kind: str) -> str:
    """Return how a column of raw is packed, where the engine is not to choose.

    Identifiers are nearly all different: the dictionary it would choose takes twice the time to
    write, for a little less room (benchmarks/packing.py).
    """
    is_many = kind == "varchar" and name.endswith("_id") and name not in _FEW
    return " using compression zstd" if is_many else ""


@cache
def _definition() -> dict:
    text = (SHIPPED_CONTRACTS / "intake.yml").read_text(encoding="utf-8")
    return yaml.CSafeLoader(text).get_single_data()


if __name__ == "__main__":
    from ingest.intake_files import write_generated

    write_generated()
