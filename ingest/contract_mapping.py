"""How the rows of a feed become rows of the intake: the columns of a contract."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from ingest.contract_texts import (
    Expression,
    Formats,
    Strict,
    Text,
    known_zone,
    refuse_half_days,
    refuse_no_year,
    refuse_two_orders,
    regular,
)
from ingest.intake import entities

# A strptime format whose times may look like a plain number: 20260131, 1.5
_NO_MARK = re.compile(r"[-+]?(%[YmdHMSfygnjs]|\d)*\.?(%[YmdHMSfygnjs]|\d)*")


class Column(Strict):
    """Where one intake column comes from: exactly one of from, value, sql."""

    from_: str | None = Field(
        None, alias="from", description="A source column; for JSON a path such as $.a.b[0].c"
    )
    value: Text | None = Field(None, description="A constant")
    sql: Expression | None = Field(
        None, description="A DuckDB SQL expression over the source's columns"
    )
    map: dict[Text, Text | None] | None = Field(
        None, description="Source code → intake value; null means unknown"
    )
    default: Text | None = Field(None, description="Value where the source is blank")
    blanks: list[Text] | None = Field(None, description="Texts that mean unknown, for this column")
    not_applicable: list[Text] | None = Field(
        None, description="Texts that mean not applicable (which is not unknown), for this column"
    )
    format: Formats = Field(None, description="strptime format of a date or time, or several")
    implied_decimals: int = Field(
        0,
        ge=0,
        le=4,
        description="An amount counts its smallest unit: 1999 with 2 implied decimals is 19.99",
    )
    mixed_order: bool = Field(
        False,
        description="The source is known to mix day and month order: a value that fits both is "
        "quarantined, never guessed",
    )
    epoch: Literal["s", "ms", "us", "ns"] | None = Field(
        None, description="Seconds, milli-, micro- or nanoseconds since 1970"
    )
    seconds_since: Text | None = Field(None, description="Seconds since this stated moment")
    days_since: Text | None = Field(
        None, description="Days (with fraction) since this moment; Excel's serials: 1899-12-30"
    )
    time_zone: str | None = Field(None, description="IANA zone, where this column has its own")
    token: Literal["phone", "email", "name", "address", "document", "account"] | None = Field(
        None, description="The source's key is a direct identifier: keep its pseudonym instead"
    )

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        given = [self.from_ is not None, self.value is not None, self.sql is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of from, value, sql")
        counts = [self.epoch, self.seconds_since, self.days_since]
        if sum(each is not None for each in counts) > 1:
            raise ValueError("give at most one of epoch, seconds_since, days_since")
        if any(counts) and any(_NO_MARK.fullmatch(each) for each in self.format or ()):
            raise ValueError(
                "beside a count (epoch, seconds_since, days_since), which plain numbers are, a "
                "format needs a mark that no number has"
            )
        for stated in filter(None, (self.seconds_since, self.days_since)):
            try:
                datetime.fromisoformat(stated)
            except ValueError as error:
                raise ValueError(f"{stated!r} is no moment such as 1980-01-06T00:00Z") from error
        refuse_two_orders(self.format)
        refuse_half_days(self.format)
        refuse_no_year(self.format)
        return self


def _column(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


ColumnSpec = Annotated[Column, BeforeValidator(_column)]


class Pattern(Strict):
    """Un-pivot by pattern: one row per source column whose name matches."""

    columns: str = Field(
        description="Regular expression over column names; {name} is the column, {name[group]} a "
        "named group of the match"
    )

    @field_validator("columns")
    @classmethod
    def _compiles(cls, value: str) -> str:
        return regular(value)


class Fold(Strict):
    """Timed snapshots as intervals: from the first picture with a key to the first without.

    A picture in which a row was quarantined, or an empty one, ends nothing.
    """

    starts: str = Field(description="Intake column the interval's start is written to")
    ends: str = Field(description="Intake column the interval's end is written to")
    empty_ends: bool = Field(
        False, description="True when an empty picture means that nothing is the case any more"
    )


class Pair(Strict):
    """Lines that each tell one act (raised, acknowledged, cleared) as one row per thing.

    An act belongs to the last thing of its key that began before it; one whose beginning never
    came makes no row and is counted.
    """

    key: Expression = Field(
        description="SQL that ties the lines of one thing; used again for the next when it is "
        "over. Kept in raw as text: nothing that names a person"
    )
    starts: str = Field(
        description="Intake column of the beginning's moment; every line must have its own moment "
        "in the source column it is mapped from"
    )
    begins: Expression = Field(description="SQL: true for the line that begins a thing")
    acts: dict[str, Expression] = Field(
        min_length=1, description="Intake column of a moment → SQL, true for the line that tells it"
    )


class Mapping(Strict):
    """How the rows of a feed become rows of one intake entity."""

    entity: str = Field(description="Name of the intake entity")
    columns: dict[str, ColumnSpec] = Field(description="Intake column → where it comes from")
    where: Expression | None = Field(
        None, description="SQL over the source's columns; other rows feed this entity not at all"
    )
    explode: Expression | None = Field(
        None,
        description="One row per element of a list: for JSON a path, else a SQL expression that "
        "gives a list; `item` and `item_number` then stand in sql. A path with .* goes over an "
        "object's members: $key (in sql `key`, or `keys`) is the name each stands under. Of lists "
        "in lists $parent (in sql `parent`) is the thing whose list it is, $parent2 the next",
    )
    for_each: dict[str, list[Any] | Pattern] | None = Field(
        None,
        description="Un-pivot: one row per value, combination, or column that matches a pattern; "
        "{name}, {name[field]} in any text",
    )
    known_at: ColumnSpec | None = Field(
        None, description="When we learned the row; default extracted_at"
    )
    duplicates: Literal["keep", "drop", "first", "last", "quarantine"] = Field(
        "keep",
        description="Rows of one file with the same key: keep all (the models collapse equal "
        "ones), drop repetitions that are equal in all mapped columns, keep the first or the last, "
        "or quarantine those that contradict each other",
    )
    fold: Fold | None = Field(None, description="Fold timed snapshots into intervals")
    pair: Pair | None = Field(
        None, description="Pair lines that tell the beginning and the end of one thing"
    )

    def texts(self) -> list[str]:
        """Return what columns are read by: paths, names, expressions."""
        specs = [*self.columns.values(), *([self.known_at] if self.known_at else [])]
        found = [each for spec in specs for each in (spec.from_, spec.sql)]
        return [each for each in (*found, self.where) if each]

    @property
    def is_series(self) -> bool:
        """Whether a row of the entity is made of several rows of the feed's files."""
        return self.fold is not None or self.pair is not None

    @field_validator("entity")
    @classmethod
    def _known_entity(cls, value: str) -> str:
        if value not in entities():
            raise ValueError(f"no intake entity {value!r}; see docs/intake.md for the list")
        return value

    @model_validator(mode="after")
    def _known_columns(self) -> Mapping:
        entity = entities()[self.entity]
        folded = {self.fold.starts, self.fold.ends} if self.fold else set()
        folded |= {self.pair.starts, *self.pair.acts} if self.pair else set()
        unknown = (set(self.columns) | folded) - set(entity.columns)
        if unknown:
            raise ValueError(
                f"{self.entity} has no column {', '.join(sorted(unknown))}; see docs/intake.md"
            )
        missing = [
            column.name
            for column in entity.columns.values()
            if column.required and column.name not in self.columns and column.name not in folded
        ]
        if missing:
            raise ValueError(f"{self.entity} requires {', '.join(missing)}")
        timeless = [name for name in folded if entity.columns[name].type != "timestamp"]
        if timeless:
            raise ValueError(f"fold writes times: {', '.join(sorted(timeless))} holds none")
        if self.pair and self.fold:
            raise ValueError("fold is for pictures, pair for lines that tell acts: not both")
        if self.pair and self.pair.starts not in self.columns:
            raise ValueError(f"pair needs {self.pair.starts} mapped: each line's own moment")
        if self.pair and set(self.pair.acts) & set(self.columns):
            raise ValueError("what pair fills cannot be mapped, too")
        for name, spec in self.columns.items():
            if spec.implied_decimals and entity.columns[name].type != "money":
                raise ValueError(f"implied_decimals is for amounts; {name} is none")
        if self.fold and self.known_at:
            raise ValueError("a folded snapshot is known when it was taken: leave known_at out")
        return self


class ExtractedAt(Strict):
    """When the source wrote the file: exactly one of file_name, value, from, sql."""

    file_name: str | None = Field(None, description="Regular expression with one group")
    format: str = Field(
        "%Y%m%d", description="strptime format of the group; `epoch` for seconds since 1970"
    )
    value: Text | None = Field(None, description="A stated moment, for a set without one")
    from_: str | None = Field(
        None,
        alias="from",
        description="A source column, or a JSON path into the document; the latest counts",
    )
    sql: Expression | None = Field(
        None,
        description="A DuckDB SQL expression over the source's columns, for JSON over `record`: "
        "the document; the latest counts",
    )

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @property
    def is_in_rows(self) -> bool:
        """Whether the file's content tells, not its name or the contract."""
        return self.from_ is not None or self.sql is not None

    @model_validator(mode="after")
    def _one_origin(self) -> ExtractedAt:
        refuse_half_days((self.format,))
        refuse_no_year((self.format,) if self.format != "epoch" else ())
        given = (self.file_name, self.value, self.from_, self.sql)
        if sum(each is not None for each in given) != 1:
            raise ValueError("give exactly one of file_name, value, from, sql")
        if self.file_name and re.compile(regular(self.file_name)).groups != 1:
            raise ValueError("file_name needs exactly one group: the part that holds the moment")
        return self
