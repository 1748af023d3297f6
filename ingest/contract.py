"""A contract: one YAML per source system that says how its extracts map onto the intake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from cx.identifiers import trunk_of
from ingest.contract_mapping import ExtractedAt, Mapping
from ingest.contract_texts import Offset, Strict, Text, known_zone, regular, whole_year
from ingest.dialect import Dialect
from ingest.formats.named import KEY, depth_of, is_named, parents_read

_DOUBLED = (
    "Which of its two moments a time without an offset means in the hour that the clocks show "
    "twice; unsaid, or with quarantine, its row is quarantined"
)
DoubledHour = Literal["first", "second", "quarantine"]
_ZONES = "What the source's short names of zones (%Z in a format) mean: {CET: '+01:00'}"
_MONTHS = (
    "What the source calls January to December, for %b and %B: [janv., févr., …]; default English"
)


class Due(Strict):
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
    "csv",
    "multiline",
    "ndjson",
    "json",
    "xml",
    "tmf",
    "xlsx",
    "parquet",
    "sqlite",
    "duckdb",
    "postgres",
    "pm_xml",
]


class Feed(Strict):
    """One kind of file of a source system."""

    feed: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    files: str | None = Field(
        None, description="Glob under the extract folder, ** allowed; an archive counts as a folder"
    )
    format: Format
    dialect: Dialect = Dialect()
    time_zone: str | None = Field(None, description="IANA zone, where this feed has its own")
    doubled_hour: DoubledHour | None = Field(None, description=_DOUBLED)
    zones: dict[str, Offset] = Field({}, description=_ZONES)
    months: Annotated[list[str], AfterValidator(whole_year)] = Field([], description=_MONTHS)
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
        return value if value is None else known_zone(value)

    @field_validator("name_columns")
    @classmethod
    def _named_groups(cls, value: str | None) -> str | None:
        if value is not None and not re.compile(regular(value)).groupindex:
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
        for key in ("record_begins", "record_ends", "pairs", "continues"):
            if getattr(dialect, key) and self.format != "multiline":
                raise ValueError(f"dialect.{key} is for format: multiline")
        if dialect.cut_short and self.format not in ("json", "xml"):
            raise ValueError(
                "dialect.cut_short is for json and xml: a document that tells of itself"
            )
        if dialect.row_count and self.format not in ("csv", "multiline", "ndjson"):
            raise ValueError("dialect.row_count is for csv, multiline and ndjson")
        if dialect.continues and not dialect.pairs:
            raise ValueError("dialect.continues needs dialect.pairs: what would it go on with?")
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
        is_json = self.format in ("json", "ndjson", "xml", "tmf")
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
    listed = path if path.endswith("[*]") or is_named(path) else f"{path}[*]"
    parents = parents_read(mapping.texts())
    if is_json and parents and not (path and depth_of(listed) > parents):
        raise ValueError(
            "$parent is the thing in whose list an element stands: explode by a path of lists in "
            "lists, such as $.bills[*].lines[*] (what stands in the record itself is $.…)"
        )


class Contract(Strict):
    """Everything one source system delivers."""

    source_system: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    time_zone: str = Field("UTC", description="IANA zone of times without an offset")
    doubled_hour: DoubledHour | None = Field(None, description=_DOUBLED)
    zones: dict[str, Offset] = Field({}, description=_ZONES)
    months: Annotated[list[str], AfterValidator(whole_year)] = Field([], description=_MONTHS)
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

    def hour_of(self, feed: Feed) -> str | None:
        """Return which moment a time means that the clocks show twice; None where it is unsaid."""
        said = feed.doubled_hour or self.doubled_hour
        return None if said == "quarantine" else said

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)

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
