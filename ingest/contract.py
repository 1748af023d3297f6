"""A contract: one YAML per source system that says how its extracts map onto the intake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from cx.errors import UserError
from cx.settings import Settings
from ingest.intake import entities


def _as_text(value: object) -> object:
    """Let a YAML author write 0, true or 2020-01-01 where a text is meant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else str(value)


Text = Annotated[str, BeforeValidator(_as_text)]


class ContractError(UserError):
    """A contract that cannot be used: says which file, which line of it, and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dialect(_Strict):
    """How a file is written."""

    encoding: str = Field("utf-8", description="Any Python codec: utf-8, cp1251, utf-16, latin-1 …")
    delimiter: str = Field(",", min_length=1, max_length=1, description="csv: between the fields")
    quote: str = Field('"', max_length=1, description='csv: around fields; "" when none is used')
    columns: list[str] | None = Field(None, description="csv: names, for a file without a header")
    header_row: int = Field(1, ge=1, description="csv and xlsx: the line the header stands on")
    max_lines_per_record: int = Field(
        20, ge=1, description="csv: a quoted record that spans more lines is not believed"
    )
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of numbers")
    thousands: str = Field("", max_length=1, description="Thousands mark of numbers")
    date_format: str | None = Field(None, description="strptime format of dates; default ISO 8601")
    timestamp_format: str | None = Field(
        None, description="strptime format of times; default ISO 8601"
    )
    sheet: str | None = Field(None, description="xlsx: sheet name; default the first sheet")
    records: str = Field("$", description="json: path to the records, such as $.items[*]")


class Column(_Strict):
    """Where one intake column comes from: exactly one of from, value, sql."""

    from_: str | None = Field(
        None, alias="from", description="A source column; for JSON a path such as $.a.b[0].c"
    )
    value: Text | None = Field(None, description="A constant")
    sql: str | None = Field(None, description="A DuckDB SQL expression over the source's columns")
    map: dict[Text, Text | None] | None = Field(
        None, description="Source code → intake value; null means unknown"
    )
    default: Text | None = Field(None, description="Value where the source is blank")
    blanks: list[Text] | None = Field(None, description="Texts that mean unknown, for this column")
    format: str | None = Field(None, description="strptime format of a date or time")
    mixed_order: bool = Field(
        False,
        description="The source is known to mix day and month order: a value that fits both is "
        "quarantined, never guessed",
    )
    epoch: Literal["s", "ms"] | None = Field(None, description="Seconds or milliseconds since 1970")
    seconds_since: Text | None = Field(None, description="Seconds since this stated moment")
    token: Literal["phone", "email", "name", "address", "document", "account"] | None = Field(
        None, description="The source's key is a direct identifier: keep its pseudonym instead"
    )

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        given = [self.from_ is not None, self.value is not None, self.sql is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of from, value, sql")
        return self


def _column(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


ColumnSpec = Annotated[Column, BeforeValidator(_column)]


class Mapping(_Strict):
    """How the rows of a feed become rows of one intake entity."""

    entity: str = Field(description="Name of the intake entity")
    columns: dict[str, ColumnSpec] = Field(description="Intake column → where it comes from")
    where: str | None = Field(
        None, description="SQL over the source's columns; other rows feed this entity not at all"
    )
    explode: str | None = Field(None, description="JSON: path to a list; one row per element")
    for_each: dict[str, list[Any]] | None = Field(
        None,
        description="Un-pivot: one row per value or combination; {name}, {name[field]} in any text",
    )
    known_at: ColumnSpec | None = Field(
        None, description="When we learned the row; default extracted_at"
    )

    @field_validator("entity")
    @classmethod
    def _known_entity(cls, value: str) -> str:
        if value not in entities():
            raise ValueError(f"no intake entity {value!r}; see docs/intake.md for the list")
        return value

    @model_validator(mode="after")
    def _known_columns(self) -> Mapping:
        entity = entities()[self.entity]
        unknown = set(self.columns) - set(entity.columns)
        if unknown:
            raise ValueError(
                f"{self.entity} has no column {', '.join(sorted(unknown))}; see docs/intake.md"
            )
        missing = [
            column.name
            for column in entity.columns.values()
            if column.required and column.name not in self.columns
        ]
        if missing:
            raise ValueError(f"{self.entity} requires {', '.join(missing)}")
        return self


class ExtractedAt(_Strict):
    """When the source wrote the file: exactly one of file_name, value."""

    file_name: str | None = Field(None, description="Regular expression with one group")
    format: str = Field("%Y%m%d", description="strptime format of the group")
    value: Text | None = Field(None, description="A stated moment, for a set without one")

    @model_validator(mode="after")
    def _one_origin(self) -> ExtractedAt:
        if (self.file_name is None) == (self.value is None):
            raise ValueError("give exactly one of file_name, value")
        return self


class Feed(_Strict):
    """One kind of file of a source system."""

    feed: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    files: str = Field(description="Glob under the extract folder, ** allowed")
    format: Literal["csv", "ndjson", "json", "xlsx", "parquet"]
    dialect: Dialect = Dialect()
    delivery: Literal["events", "delta", "snapshot"] = "events"
    extracted_at: ExtractedAt | Literal["loaded"] = "loaded"
    unmapped: Literal["drop", "keep"] = Field(
        "drop",
        description="Columns not mapped: drop (one may hold a name), or keep in _extra",
    )
    max_quarantined_share: float = Field(
        0.5, ge=0, le=1, description="A file with a larger share of bad rows is refused whole"
    )
    entities: list[Mapping] = Field(min_length=1)

    @field_validator("files")
    @classmethod
    def _inside(cls, value: str) -> str:
        path = Path(value)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("files must stay under the extract folder: no leading / and no ..")
        return value


class Contract(_Strict):
    """Everything one source system delivers."""

    source_system: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    time_zone: str = Field("UTC", description="IANA zone of times without an offset")
    blanks: list[Text] = Field([""], description="Texts that mean unknown")
    country_code: str = Field(
        "", pattern=r"^\d{0,3}$", description="Dialling code of phone numbers written without one"
    )
    trunk_prefix: str = Field(
        "0", pattern=r"^\d{0,2}$", description="Digits that national phone numbers begin with"
    )
    feeds: list[Feed] = Field(min_length=1)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Moscow")
        ZoneInfo(value)
        return value

    @model_validator(mode="after")
    def _feeds_once(self) -> Contract:
        names = [feed.feed for feed in self.feeds]
        if len(set(names)) != len(names):
            raise ValueError("each feed needs a name of its own")
        return self


def json_schema() -> str:
    """Return the contract's JSON Schema as text, for editors and for the repository."""
    schema = Contract.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    # An editor must also accept the short form `customer_id: KUNDE`, which the model widens.
    short = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Column"}]}
    definitions["Mapping"]["properties"]["columns"]["additionalProperties"] = short
    definitions["Mapping"]["properties"]["known_at"] = {
        **short,
        "description": "When we learned it",
    }
    definitions["Mapping"]["properties"]["entity"]["enum"] = list(entities())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "cx source contract"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def load_contract(path: Path) -> Contract:
    """Read and check one contract.

    Raises
    ------
    ContractError
        Naming the file, the place in it and what to change.
    """
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: cannot be read ({error}); save it as UTF-8 text") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" line {place.line + 1}" if place else ""
        raise ContractError(f"{path}:{line} is not YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(body, dict):
        raise ContractError(f"{path}: is empty or not a mapping; begin with `source_system:`")
    try:
        return Contract.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "contract"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ContractError(f"{path}: {place}: {first['msg']}{more}") from error


def load_contracts(settings: Settings) -> dict[str, Contract]:
    """Read every contract of every contract folder, by source system; the operator's own win."""
    found: dict[str, Contract] = {}
    for folder in settings.contract_folders:
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.y*ml")):
            if path.name == "intake.yml":
                continue
            contract = load_contract(path)
            if contract.source_system in here:
                raise ContractError(
                    f"{path}: source_system {contract.source_system} is taken by "
                    f"{here[contract.source_system].name}; choose another name"
                )
            here[contract.source_system] = path
            found.setdefault(contract.source_system, contract)
    return found
