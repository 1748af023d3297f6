"""A contract: one YAML per source system that says how its extracts map onto the intake."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from cx.errors import UserError
from cx.identifiers import trunk_of
from cx.settings import Settings
from ingest.expression import refuse_query
from ingest.formats.named import KEY, is_named
from ingest.intake import entities

_DOUBLED = (
    "Which of its two moments a time without an offset means in the hour that the clocks show "
    "twice; unsaid, its row is quarantined"
)

_ZONES = "What the source's short names of zones (%Z in a format) mean: {CET: '+01:00'}"
_MONTHS = (
    "What the source calls January to December, for %b and %B: [janv., févr., …]; default English"
)


def _as_text(value: object) -> object:
    """Let a YAML author write 0, true or 2020-01-01 where a text is meant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else str(value)


def _as_list(value: object) -> object:
    """Let a YAML author write one text where several are allowed."""
    return value if value is None or isinstance(value, list | tuple) else (value,)


@cache
def _zones() -> set[str]:
    return available_timezones()


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Moscow")
    return value


def _year(value: list[str]) -> list[str]:
    if value and len({name.casefold() for name in value}) != 12:
        raise ValueError("months are the names of all twelve, from January on")
    return value


def _regular(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression ({error})") from error
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
Offset = Annotated[str, Field(pattern=r"^[+-]([01]\d|2[0-3]):[0-5]\d$")]
Expression = Annotated[str, AfterValidator(refuse_query)]
# Aliases of a contract are written out when it is read; no contract is near as large.
_MAX_VALUES = 200_000
# A strptime format whose times may look like a plain number: 20260131, 1.5
_NO_MARK = re.compile(r"[-+]?(%[YmdHMSfygnjs]|\d)*\.?(%[YmdHMSfygnjs]|\d)*")
# A text that begins so is a question a draft (`cx source add`) has left open.
ASK = "ASK:"


class ContractError(UserError):
    """A contract that cannot be used: says which file, which line of it, and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Formats = Annotated[tuple[Text, ...] | None, BeforeValidator(_as_list)]


class Dialect(_Strict):
    """How a file is written."""

    encoding: str = Field("utf-8", description="Any Python codec: utf-8, cp1251, utf-16, latin-1 …")
    delimiter: str = Field(
        ",", min_length=1, max_length=8, description="csv: between the fields; `spaces` for runs"
    )
    quote: str = Field('"', max_length=1, description='csv: around fields; "" when none is used')
    escape: str = Field(
        "",
        max_length=1,
        description="csv: mark that takes the delimiter, the quote or itself behind it as a letter",
    )
    columns: list[str] | None = Field(None, description="csv: names, for a file without a header")
    header_row: int = Field(1, ge=1, description="csv and xlsx: the line the header stands on")
    max_lines_per_record: int = Field(
        20, ge=1, description="csv: a quoted record that spans more lines is not believed"
    )
    ignore_lines: str | None = Field(
        None,
        description="csv, ndjson: regular expression; lines that match it as a whole (comments, "
        "trailers) are dropped by rule and counted",
    )
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of numbers")
    thousands: str = Field("", max_length=1, description="Thousands mark of numbers")
    date_format: Formats = Field(
        None, description="strptime format of dates, or several; default ISO 8601"
    )
    timestamp_format: Formats = Field(
        None, description="strptime format of times, or several; default ISO 8601"
    )
    sheet: Annotated[tuple[Text, ...] | None, BeforeValidator(_as_list)] = Field(
        None, description="xlsx: sheet name or several, * allowed; default the first sheet"
    )
    records: str = Field("$", description="json: path to the records, such as $.items[*]")
    resources: Annotated[tuple[Text, ...] | None, BeforeValidator(_as_list)] = Field(
        None, description="tmf: TM Forum resources this feed takes, such as Product"
    )
    table: str | None = Field(None, description="sqlite, duckdb, postgres: table or view to read")
    query: str | None = Field(None, description="sqlite, duckdb, postgres: select to read instead")
    connection: str | None = Field(
        None,
        pattern=r"^[A-Z][A-Z0-9_]*$",
        description="postgres: environment variable that holds the connection URI",
    )

    @property
    def rewrites_numbers(self) -> bool:
        """Whether numbers are written in another way than with digits and a dot."""
        return self.decimal != "." or bool(self.thousands)

    @model_validator(mode="after")
    def _one_order(self) -> Dialect:
        for formats in (self.date_format, self.timestamp_format):
            _refuse_two_orders(formats)
            _refuse_half_days(formats)
        return self


def _refuse_two_orders(formats: tuple[str, ...] | None) -> None:
    """Refuse formats of which two differ only in the order of day and month: a guess."""
    for one, other in itertools.combinations(formats or (), 2):
        if one == other.translate(str.maketrans({"d": "m", "m": "d"})):
            raise ValueError(
                f"{one!r} and {other!r} differ only in the order of day and month; declare one, "
                "or use mixed_order on the column"
            )


def _refuse_half_days(formats: tuple[str, ...] | None) -> None:
    """Refuse a clock of twelve hours that does not say which half of the day it is, and the like.

    The hour of %H with %p is taken as it is by one of the two readers of times we have.
    """
    for form in formats or ():
        if bool(re.search("%-?I", form)) != ("%p" in form):
            raise ValueError(
                f"{form!r}: a clock of twelve hours is %I with %p (AM, PM), one of 24 hours is %H"
            )


class Column(_Strict):
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
        return value if value is None else _zone(value)

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
        _refuse_two_orders(self.format)
        _refuse_half_days(self.format)
        return self


def _column(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


ColumnSpec = Annotated[Column, BeforeValidator(_column)]


class Pattern(_Strict):
    """Un-pivot by pattern: one row per source column whose name matches."""

    columns: str = Field(
        description="Regular expression over column names; {name} is the column, {name[group]} a "
        "named group of the match"
    )

    @field_validator("columns")
    @classmethod
    def _compiles(cls, value: str) -> str:
        return _regular(value)


class Fold(_Strict):
    """Timed snapshots as intervals: from the first picture with a key to the first without.

    A picture in which a row was quarantined, or an empty one, ends nothing.
    """

    starts: str = Field(description="Intake column the interval's start is written to")
    ends: str = Field(description="Intake column the interval's end is written to")
    empty_ends: bool = Field(
        False, description="True when an empty picture means that nothing is the case any more"
    )


class Pair(_Strict):
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


class Mapping(_Strict):
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
        "object's members: $key (in sql `key`, or `keys`) is the name each stands under",
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


class ExtractedAt(_Strict):
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
        _refuse_half_days((self.format,))
        given = (self.file_name, self.value, self.from_, self.sql)
        if sum(each is not None for each in given) != 1:
            raise ValueError("give exactly one of file_name, value, from, sql")
        if self.file_name and re.compile(_regular(self.file_name)).groups != 1:
            raise ValueError("file_name needs exactly one group: the part that holds the moment")
        return self


class Due(_Strict):
    """When the next file must be here."""

    every: str = Field(pattern=r"^\d+(min|h|d)$", description="Cadence: 15min, 1h, 1d, 31d …")
    by: str | None = Field(
        None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Time of day (UTC) by which a daily or rarer file must be here",
    )
    stop_after: str | None = Field(
        None,
        pattern=r"^\d+(min|h|d)$",
        description="Lateness from which the run is held; without it a late feed is only told",
    )


Format = Literal[
    "csv", "ndjson", "json", "tmf", "xlsx", "parquet", "sqlite", "duckdb", "postgres", "pm_xml"
]


class Feed(_Strict):
    """One kind of file of a source system."""

    feed: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    files: str | None = Field(
        None, description="Glob under the extract folder, ** allowed; an archive counts as a folder"
    )
    format: Format
    dialect: Dialect = Dialect()
    time_zone: str | None = Field(None, description="IANA zone, where this feed has its own")
    doubled_hour: Literal["first", "second"] | None = Field(None, description=_DOUBLED)
    zones: dict[str, Offset] = Field({}, description=_ZONES)
    months: Annotated[list[str], AfterValidator(_year)] = Field([], description=_MONTHS)
    delivery: Literal["events", "delta", "snapshot"] = "events"
    replaces: bool = Field(
        False,
        description="snapshot: a later one takes the place of the earlier as a whole; what it no "
        "longer holds never was. Unsaid, that stays as it was last told",
    )
    extracted_at: ExtractedAt | Literal["loaded"] = "loaded"
    due: Due | None = Field(None, description="How often a file is due, and by when")
    name_columns: str | None = Field(
        None,
        description="Regular expression over the file's name; its named groups are source columns",
    )
    unmapped: Literal["drop", "keep"] = Field(
        "drop",
        description="Columns not mapped: drop (one may hold a name), or keep in _extra",
    )
    drift: Literal["evolve", "freeze", "fail"] = Field(
        "freeze",
        description="evolve: a mapped column that is gone loads as unknown, unless required; "
        "freeze: it refuses the file, new columns are left out; fail: a new one refuses it, too",
    )
    ignore: list[str] = Field([], description="Source columns known and left out on purpose")
    max_quarantined_share: float = Field(
        0.5, ge=0, le=1, description="A file with a larger share of bad rows is refused whole"
    )
    entities: list[Mapping] = Field(min_length=1)

    @field_validator("files")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        if value is not None and (Path(value).is_absolute() or ".." in Path(value).parts):
            raise ValueError("files must stay under the extract folder: no leading / and no ..")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value if value is None else _zone(value)

    @field_validator("name_columns")
    @classmethod
    def _named_groups(cls, value: str | None) -> str | None:
        if value is not None and not re.compile(_regular(value)).groupindex:
            raise ValueError("name_columns needs named groups, such as (?P<cell>[^_]+)")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Feed:
        dialect = self.dialect
        if (self.files is None) != (self.format == "postgres"):
            raise ValueError(
                "files is for every format but postgres, which has dialect.connection instead"
            )
        if self.format in ("sqlite", "duckdb", "postgres"):
            if (dialect.table is None) == (dialect.query is None):
                raise ValueError(
                    "a database feed needs exactly one of dialect.table, dialect.query"
                )
            if self.format == "postgres" and dialect.connection is None:
                raise ValueError("a postgres feed needs dialect.connection")
        if self.format == "tmf" and not dialect.resources:
            raise ValueError("a tmf feed needs dialect.resources, such as [Product]")
        if self.replaces and (
            self.delivery != "snapshot" or any(mapping.fold for mapping in self.entities)
        ):
            raise ValueError("replaces needs delivery: snapshot, and no fold")
        folded = [mapping.entity for mapping in self.entities if mapping.is_series]
        for entity in folded:
            if sum(mapping.entity == entity for mapping in self.entities) > 1:
                raise ValueError(f"{entity} is folded: one mapping of a feed must tell all of it")
        is_json = self.format in ("json", "ndjson", "tmf")
        for mapping in self.entities:
            if mapping.fold and self.delivery != "snapshot":
                raise ValueError("fold needs delivery: snapshot")
            if mapping.pair and self.delivery == "snapshot":
                raise ValueError("pair needs delivery: events (or delta): each line comes once")
            patterns = [
                each for each in (mapping.for_each or {}).values() if not isinstance(each, list)
            ]
            _check_explode(mapping, is_json)
            if is_json and patterns:
                raise ValueError("for_each by columns needs a format with columns")
        return self


def _check_explode(mapping: Mapping, is_json: bool) -> None:
    """Refuse a list that could not be found in JSON, and the name of a thing that has none."""
    path = mapping.explode or ""
    if is_json and path and not path.startswith("$"):
        raise ValueError(f"explode: in JSON it is the list's path, such as $.items: {path[:60]!r}")
    reads_key = any(KEY.fullmatch(spec.from_ or "") for spec in mapping.columns.values())
    if reads_key and not (is_json and is_named(path)):
        raise ValueError("$key is the name a thing stands under: explode by a path with .*")


class Contract(_Strict):
    """Everything one source system delivers."""

    source_system: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    time_zone: str = Field("UTC", description="IANA zone of times without an offset")
    doubled_hour: Literal["first", "second"] | None = Field(None, description=_DOUBLED)
    zones: dict[str, Offset] = Field({}, description=_ZONES)
    months: Annotated[list[str], AfterValidator(_year)] = Field([], description=_MONTHS)
    blanks: list[Text] = Field([""], description="Texts that mean unknown")
    not_applicable: list[Text] = Field(
        [], description="Texts that mean not applicable, which is not unknown"
    )
    country_code: str = Field(
        "", pattern=r"^\d{0,3}$", description="Dialling code of phone numbers written without one"
    )
    trunk_prefix: str = Field(
        "0",
        pattern=r"^\d{0,2}$",
        description="Digits that national phone numbers begin with; unsaid, those of the country",
    )
    feeds: list[Feed] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _trunk_of_country(cls, told: object) -> object:
        if isinstance(told, dict) and "trunk_prefix" not in told:
            return {**told, "trunk_prefix": trunk_of(str(told.get("country_code", "")))}
        return told

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return _zone(value)

    @model_validator(mode="after")
    def _feeds_once(self) -> Contract:
        names = [feed.feed for feed in self.feeds]
        if len(set(names)) != len(names):
            raise ValueError("each feed needs a name of its own")
        for feed in self.feeds:
            if not (self.zones or feed.zones) and any("%Z" in each for each in _formats_of(feed)):
                raise ValueError(
                    f"{feed.feed}: a short name of a zone (%Z) means different zones in different "
                    "countries; say what the source's mean: zones: {CET: '+01:00', CEST: '+02:00'}"
                )
        return self


def _formats_of(feed: Feed) -> Iterator[str]:
    """Yield every strptime format of a feed."""
    yield from feed.dialect.date_format or ()
    yield from feed.dialect.timestamp_format or ()
    if feed.extracted_at != "loaded":
        yield feed.extracted_at.format
    for mapping in feed.entities:
        specs = [*mapping.columns.values(), *([mapping.known_at] * bool(mapping.known_at))]
        for spec in specs:
            yield from spec.format or ()


def _any_scalar(schema: object) -> object:
    """Let numbers and booleans stand wherever a schema asks for a text."""
    if isinstance(schema, list):
        return [_any_scalar(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    scalar = {"type": ["string", "number", "boolean"]} if schema.get("type") == "string" else {}
    return {key: _any_scalar(each) for key, each in schema.items()} | scalar


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
    # … and one text where several may stand, and 0, true or 9.5 where a text is meant.
    for definition in (*definitions.values(), schema):
        for name, spec in definition.get("properties", {}).items():
            choices = spec.get("anyOf", [])
            if any(choice.get("type") == "array" for choice in choices):
                choices.append({"type": "string"})
            if name in ("value", "default", "blanks", "not_applicable", "map"):
                definition["properties"][name] = _any_scalar(spec)
    definitions["Mapping"]["properties"]["entity"]["enum"] = list(entities())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "cx source contract"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def questions_in(body: object, place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield (place, question) of every text of a contract that is a question still.

    A place is the path in the contract, feeds and entities by their names:
    `contacts.interaction.started_at.format`.
    """
    if isinstance(body, str):
        if body.startswith(ASK):
            yield ".".join(place), body.removeprefix(ASK).strip()
    elif isinstance(body, dict):
        for key, value in body.items():
            step = (
                ()
                if key in ("feeds", "entities", "columns") and place[-1:] != ("dialect",)
                else (str(key),)
            )
            yield from questions_in(value, (*place, *step))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            names = value if isinstance(value, dict) else {}
            name = names.get("feed") or names.get("entity")
            if names and str(name).startswith(ASK):
                yield from questions_in(value, place)
            else:
                yield from questions_in(value, (*place, str(name or number)))


def _values_in(body: object, counted: dict[int, int]) -> int:
    """Count the values of a document with its aliases written out, each of them once only."""
    if not isinstance(body, dict | list):
        return 1
    if id(body) not in counted:
        counted[id(body)] = _MAX_VALUES + 1  # one that holds itself has no end
        parts = body.values() if isinstance(body, dict) else body
        counted[id(body)] = 1 + sum(_values_in(each, counted) for each in parts)
    return counted[id(body)]


def load_contract(path: Path) -> Contract:
    """Read and check one contract.

    Raises
    ------
    ContractError
        Naming the file, the place in it and what to change.
    """
    try:
        # the safe loader, in C: a folder of contracts is read by every command
        body = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_data()
    except RecursionError as error:
        raise ContractError(f"{path}: is nested too deeply; is it a contract?") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: cannot be read ({error}); save it as UTF-8 text") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" line {place.line + 1}" if place else ""
        raise ContractError(f"{path}:{line} is not YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(body, dict):
        raise ContractError(f"{path}: is empty or not a mapping; begin with `source_system:`")
    if _values_in(body, {}) > _MAX_VALUES:
        raise ContractError(
            f"{path}: its aliases (*name) make more than {_MAX_VALUES:,} values of it; write out "
            "what is meant"
        )
    for place, question in questions_in(body):
        raise ContractError(f"{path}: {place} is still a question: {question}; answer it")
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
