"""When a file was written, where a column of it or a path into its document says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.formats.json import document_of
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.landing import Delivery, in_utc
from ingest.written_times import parsed_sql, tells_offset


def moment_in_rows(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    source: Source,
    plain: Path,
    in_name: dict[str, str],
) -> datetime:
    """Return the latest moment that a column of the file, or a path into its document, states.

    Where an expression reads columns of the file's name alone, a picture of nothing has it, too.
    """
    rule, dialect = delivery.feed.extracted_at, delivery.feed.dialect
    name, form = rule.from_ or rule.sql, rule.format
    zones = delivery.contract.zones | delivery.feed.zones
    formats = (dialect.timestamp_format or ()) if form == "%Y%m%d" else (form,)
    says_offset = form == "epoch" or any(map(tells_offset, formats))
    column = f"json_extract_string(record, {literal(name)})" if source.is_json else quoted(name)
    column = f"({rule.sql})" if rule.sql else column
    places = [(source.relation, {}, column)]
    listed = "".join(f", {literal(text)} as {quoted(name)}" for name, text in in_name.items())
    if rule.sql and listed and _is_computed(connection, column, named := f"(select 1{listed})"):
        places.insert(0, (named, {}, column))
    elif delivery.feed.format in ("json", "xml"):
        # a path into the document, or into each of its records
        text = {"text": document_of(plain, delivery.feed)}
        if rule.from_ and "[*]" in name:
            column = f"unnest({column})"
        places.insert(0, (f"(select $text::json as record{listed})", text, column))
    for rows, parameters, each in places:
        given = f"(select cast({each} as varchar) as told from {rows})"
        if form == "epoch":
            # Thirteen digits are milliseconds, ten are seconds, as in a file's name.
            number = "try_cast(told as double)"
            parsed = f"to_timestamp({number} / case when {number} >= 1e11 then 1000 else 1 end)"
        elif form == "%Y%m%d":
            # unsaid: ISO 8601, or what the feed's times are written in
            written = parsed_sql("told", formats, zones) if formats else ""
            parsed = "try_cast(told as timestamptz)"
            if written:
                parsed = f"coalesce({parsed}, {written}::timestamptz)"
        else:
            parsed = parsed_sql("told", (form,), zones)
        found = connection.execute(
            f"select max({parsed}), max(strlen(told) > 10 and told similar to "
            f"'.*(Z|z|[+-][0-9]{{2}}:?[0-9]{{2}})'), count(told), "
            f"count(distinct {parsed}) from {given}",
            parameters,
        ).fetchone()
        if found[2]:
            break
    if found[0] is None:
        raise FileRefused(
            f"states no moment at {name!r}, which extracted_at reads: "
            + (
                f"{found[2]} values, none written as its format {form} says"
                if found[2] and form != "%Y%m%d"
                else f"{found[2]} values, none in ISO 8601; say its format in extracted_at"
                if found[2]
                else "it is blank or not there"
            )
        )
    if found[3] > 1 and any(mapping.fold for mapping in delivery.feed.entities):
        raise FileRefused(
            f"holds {found[3]} moments at {name!r}: a file that is folded is one picture; have "
            "each picture in a file of its own (or, where the latest of them is the picture's, "
            "say the moment by file_name)"
        )
    moment = found[0].astimezone(UTC).replace(tzinfo=None) if found[0].tzinfo else found[0]
    return moment if found[1] or says_offset else in_utc(delivery, moment)


def _is_computed(connection: duckdb.DuckDBPyConnection, sql: str, rows: str) -> bool:
    """Tell whether an expression can be computed over rows: whether it names their columns only."""
    try:
        connection.execute(f"explain select {sql} from {rows}").fetchall()
    except duckdb.BinderException:
        return False
    return True
