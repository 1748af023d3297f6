"""How a file is written: the dialect of a feed."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ingest.contract_texts import (
    Formats,
    Strict,
    Text,
    as_list,
    refuse_half_days,
    refuse_no_year,
    refuse_two_orders,
    regular,
)

# A regular expression that must fit a whole line.
Pattern = Annotated[str, AfterValidator(regular)]


class RowCount(Strict):
    """A line of the file that says how many rows it holds."""

    line: Pattern = Field(
        description="Regular expression of the whole line; its one group is the number"
    )
    others: int = Field(
        0, ge=0, description="Lines it counts that are no rows: its own, the header's"
    )

    @model_validator(mode="after")
    def _one_group(self) -> RowCount:
        if re.compile(self.line).groups != 1:
            raise ValueError(r"row_count.line needs one group, the number: TRL\|(\d+)\|.*")
        return self


class Dialect(Strict):
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
        20, ge=1, description="csv, multiline: a record that spans more lines is not believed"
    )
    ignore_lines: str | None = Field(
        None,
        description="csv, multiline, ndjson: regular expression; lines that match it as a whole "
        "(comments, trailers) are dropped by rule and counted",
    )
    row_count: RowCount | None = Field(
        None,
        description="csv, multiline, ndjson: a header's or trailer's count of rows, which the file "
        "is held to; its line is dropped by rule",
    )
    record_begins: Pattern | None = Field(
        None,
        description="multiline: regular expression of the whole line a record begins with; unsaid, "
        "and without record_ends, blank lines stand between records",
    )
    record_ends: Pattern | None = Field(
        None, description="multiline: regular expression of the whole line a record ends with"
    )
    pairs: str | None = Field(
        None,
        min_length=1,
        max_length=8,
        description="multiline: what stands between name and value on a line, such as `:`; the "
        "names are the source columns",
    )
    continues: Pattern | None = Field(
        None,
        description="multiline: regular expression of the whole line that goes on with the value "
        "before it, whatever marks it holds; unsaid, a line without `pairs` that is indented",
    )
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of numbers")
    thousands: str = Field("", max_length=1, description="Thousands mark of numbers")
    date_format: Formats = Field(
        None, description="strptime format of days without a time, or several; default ISO 8601"
    )
    timestamp_format: Formats = Field(
        None, description="strptime format of times, or several; default ISO 8601"
    )
    sheet: Annotated[tuple[Text, ...] | None, BeforeValidator(as_list)] = Field(
        None, description="xlsx: sheet name or several, * allowed; default the first sheet"
    )
    records: str = Field("$", description="json, xml: path to the records, such as $.items[*]")
    cut_short: str | None = Field(
        None,
        pattern=r"^\$\..+",
        description="json, xml: path to where the document says that it is not whole, such as "
        "$.exceededTransferLimit; a file in which it is true is refused",
    )
    resources: Annotated[tuple[Text, ...] | None, BeforeValidator(as_list)] = Field(
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

    @property
    def writes_times(self) -> bool:
        """Whether times are, or may be, written in another way than by ISO 8601."""
        return bool(self.timestamp_format or self.date_format)

    @model_validator(mode="after")
    def _one_order(self) -> Dialect:
        if "*" in self.records.replace("[*]", ""):
            raise ValueError(
                f"records {self.records}: what stands under its own names (.*) is found by an "
                "entity's explode, which takes lists below it, too; leave records out"
            )
        for formats in (self.date_format, self.timestamp_format):
            refuse_two_orders(formats)
            refuse_half_days(formats)
            refuse_no_year(formats)
        return self
