"""Where a shown thing comes from: the delivered files and lines behind it, and what it led to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb

from cx.errors import UserError
from cx.release import current, duckdb_read_only
from cx.settings import Settings

_SHOWN_LINES = 40
_SHOWN_IDS = 3
_LINES = """
    select
        through_type, through_id, entity, source_system, file_name, row_number,
        known_at, is_current, record_from, record_to
    from marts.evidence_source
    where
        record_type = $record_type
        and record_id = $record_id
        and ($at is null or ($at >= record_from and $at < record_to))
    order by record_from, through_type, through_id, known_at, file_name, row_number
"""
# One step each way; a problem stands for the experience or the minutes that are asked for.
_LINKS = """
    with

    things as (

        select $record_type as thing_type, $record_id as thing_id
        union
        select unnest($through_types), unnest($through_ids)

    ),

    links as (

        select
            'came of' as direction, from_type as other_type, from_id as other_id,
            rule, confidence
        from marts.bdg_evidence
        semi join things on to_type = thing_type and to_id = thing_id

        union all

        select
            'led to' as direction, to_type as other_type, to_id as other_id, rule, confidence
        from marts.bdg_evidence
        semi join things on from_type = thing_type and from_id = thing_id

    )

    select
        direction, other_type, rule, min(confidence), count(distinct other_id),
        list(distinct other_id order by other_id)[:$shown]
    from links
    group by direction, other_type, rule
    order by all
"""


def trace(
    settings: Settings, record_type: str, record_id: str, at: datetime | None = None
) -> Iterator[str]:
    """Yield the delivered lines behind one thing of the current release, then its links.

    Parameters
    ----------
    at : datetime, optional
        A minute of a downtime, UTC; else every stretch of the service.

    Raises
    ------
    UserError
        When nothing is published, or the release knows no such thing.
    """
    release = current(settings.releases)
    connection = duckdb_read_only(settings.releases / release.file)
    try:
        asked = {"record_type": record_type, "record_id": record_id}
        lines = connection.execute(_LINES, {**asked, "at": at}).fetchall()
        if not lines:
            raise UserError(f"release {release.file} {_unknown(connection, **asked, at=at)}")
        through = sorted({(line[0], line[1]) for line in lines})
        links = connection.execute(
            _LINKS,
            {
                **asked,
                "through_types": [kind for kind, _ in through],
                "through_ids": [name for _, name in through],
                "shown": _SHOWN_IDS,
            },
        ).fetchall()
    except duckdb.CatalogException as error:
        raise UserError(f"{release.file} was made before `cx trace`; run `cx publish`") from error
    finally:
        connection.close()
    yield f"{record_type} {record_id}"
    yield from (_as_line(line, record_type) for line in lines[:_SHOWN_LINES])
    if len(lines) > _SHOWN_LINES:
        yield f"  … and {len(lines) - _SHOWN_LINES} more lines; all are in marts.evidence_source"
    for direction, other_type, rule, confidence, count, ids in links:
        more = ", …" * (count > len(ids))
        yield (
            f"{direction} {count} {other_type} by {rule}, confidence {confidence:g}: "
            f"{', '.join(ids)}{more}"
        )


def _unknown(
    connection: duckdb.DuckDBPyConnection, record_type: str, record_id: str, at: datetime | None
) -> str:
    known = connection.execute(
        "select list(distinct record_type order by record_type) from marts.evidence_source"
    ).fetchall()[0][0]
    if record_type not in (known or ()):
        return f"has nothing of type {record_type}; it has {', '.join(known or ['nothing'])}"
    return f"has no {record_type} {record_id}" + (f" at {at:%Y-%m-%d %H:%M}" if at else "")


def _as_line(line: tuple, record_type: str) -> str:
    kind, name, entity, system, file, row, known_at, is_current, since, until = line
    through = "" if kind == record_type else f" through {kind} {name}"
    stretch = f" {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}" if since else ""
    earlier = "" if is_current else ", told anew later"
    told = f"{system} {entity}, known {known_at:%Y-%m-%d %H:%M}{earlier}"
    return f"  {file}:{row} ({told}){through}{stretch}"
