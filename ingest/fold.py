"""Timed snapshots as intervals: sightings of each key → when it began, when it was gone.

Lines that tell one act each are put together here, too (ingest/pair.py): both kinds of series are
kept as delivered and made anew whenever one of their files came.

A feed of snapshots tells what is the case now. Its rows are kept as sightings, as delivered; the
interval of a key runs from the first picture that shows it to the first later one that does not, or
that shows it as what began since it was last shown: a source may use its numbers again.
The whole series is folded anew whenever one of its files came, so pictures may come in any order.
"""

from __future__ import annotations

import hashlib

import duckdb

from ingest.contract import Contract, Feed
from ingest.contract_mapping import Mapping
from ingest.formats.source import quoted
from ingest.intake import LINEAGE, Entity, entities
from ingest.mapping import PAIR_COLUMNS
from ingest.pair import paired_sql, unpaired_sql

_STATE = (
    "create table if not exists raw.folded_series "
    "(source_system varchar, feed varchar, digest varchar)"
)


def prepare_sightings(connection: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Create the sightings of a feed's folded entities, or give them columns that are new."""
    for mapping in feed.entities:
        if not mapping.is_series:
            continue
        entity = entities()[mapping.entity]
        columns = {column.name: column.sql_type for column in entity.columns.values()}
        columns |= {name: kind for name, (kind, _) in LINEAGE.items()}
        if mapping.pair:
            columns |= dict.fromkeys(PAIR_COLUMNS, "varchar")
        table = f"raw.sighting_{entity.name}"
        there = connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = ?",
            [f"sighting_{entity.name}"],
        ).fetchall()
        if columns.keys() <= {name for (name,) in there}:
            continue  # every picture asks; to alter a table so often costs more than to look
        listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        connection.execute(f"create table if not exists {table} ({listed})")
        for name, kind in columns.items():
            connection.execute(
                f"alter table {table} add column if not exists {quoted(name)} {kind}"
            )


def fold_series(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> int:
    """Fold every series whose files are not those it was last folded from; return how many."""
    connection.execute(_STATE)
    connection.execute("alter table raw.folded_series add column if not exists unpaired bigint")
    done = 0
    for contract in contracts.values():
        for feed in contract.feeds:
            mappings = [mapping for mapping in feed.entities if mapping.is_series]
            if not mappings:
                continue
            digest = _series_digest(connection, contract, feed)
            key = [contract.source_system, feed.feed]
            last = connection.execute(
                "select digest from raw.folded_series where source_system = ? and feed = ?", key
            ).fetchone()
            if digest is None or last == (digest,):
                continue
            if any(_is_told_otherwise(connection, key, mapping) for mapping in mappings):
                # Loaded when the contract made rows of its lines: they stay till they are replayed.
                continue
            connection.begin()
            lost = sum(_fold(connection, contract, feed, mapping) for mapping in mappings)
            connection.execute(
                "delete from raw.folded_series where source_system = ? and feed = ?", key
            )
            connection.execute(
                "insert into raw.folded_series values (?, ?, ?, ?)", [*key, digest, lost]
            )
            connection.commit()
            done += 1
    return done


def _is_told_otherwise(
    connection: duckdb.DuckDBPyConnection, key: list[str], mapping: Mapping
) -> bool:
    """Tell whether a file of the feed has rows in raw that no sighting of it was kept for."""
    known = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = ?",
        [f"sighting_{mapping.entity}"],
    ).fetchone()
    seen = f"union select file_id from raw.sighting_{mapping.entity}" if known else ""
    return (
        connection.execute(
            f"select 1 from raw.{mapping.entity} where row_number > 0 and file_id in ("
            "select file_id from ops.file_ledger where source_system = ? and feed = ?) "
            f"and file_id not in (select null::uuid where false {seen}) limit 1",
            key,
        ).fetchone()
        is not None
    )


def _series_digest(
    connection: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed
) -> str | None:
    files = connection.execute(
        "select file_id, extracted_at, rows_loaded, rows_quarantined from ops.file_ledger "
        "where source_system = ? and feed = ? and state = 'loaded' order by all",
        [contract.source_system, feed.feed],
    ).fetchall()
    said = f"{feed.model_dump_json()}\n{files}"
    return hashlib.sha256(said.encode()).hexdigest()[:32] if files else None


def _fold(
    connection: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, mapping: Mapping
) -> int:
    """Replace a feed's rows of one entity by what its sightings fold to; return acts left over."""
    entity = entities()[mapping.entity]
    prepare_sightings(connection, feed)
    connection.execute(
        f"delete from raw.{entity.name} where file_id in (select file_id from ops.file_ledger "
        "where source_system = ? and feed = ?)",
        [contract.source_system, feed.feed],
    )
    parameters = {"system": contract.source_system, "feed": feed.feed}
    if mapping.pair:
        connection.execute(paired_sql(entity, mapping), parameters)
        return connection.execute(unpaired_sql(entity, mapping), parameters).fetchone()[0]
    fold = mapping.fold
    # The start is told by the pictures where the source does not tell it, so it makes no key.
    key = [name for name in entity.key if name in mapping.columns and name != fold.starts]
    connection.execute(
        _folded_sql(entity, mapping, key),
        parameters | {"empty_ends": fold.empty_ends},
    )
    return 0


def unpaired(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Return (source system, feed) → lines that end what never began in any file of the feed."""
    kept = connection.execute(
        "select 1 from duckdb_columns() where schema_name = 'raw' "
        "and table_name = 'folded_series' and column_name = 'unpaired'"
    ).fetchone()
    if not kept:
        return {}
    found = connection.execute(
        "select source_system, feed, unpaired from raw.folded_series where unpaired > 0"
    ).fetchall()
    return {(system, feed): count for system, feed, count in found}


def _folded_sql(entity: Entity, mapping: Mapping, key: list[str]) -> str:
    """Return the insert that folds sightings (gaps and islands over the moments of pictures)."""
    fold = mapping.fold
    by_key = ", ".join(quoted(name) for name in key)
    told = [name for name in mapping.columns if name not in (fold.starts, fold.ends)]
    content = ", ".join(quoted(name) for name in told)
    starts = quoted(fold.starts) if fold.starts in mapping.columns else "null::timestamp"
    ends = quoted(fold.ends) if fold.ends in mapping.columns else "null::timestamp"
    # The start that the source tells itself, in the column that is filled by the pictures or not.
    begins = [
        quoted(name)
        for name, column in entity.columns.items()
        if name in mapping.columns
        and (name == fold.starts or (column.required and column.type == "timestamp"))
    ]
    begun = f"coalesce({', '.join(begins)})" if begins else "null::timestamp"
    # A thing that comes back is another interval: its own identifier, where the key holds no start.
    first = quoted(key[0])
    renamed = (
        f"{first}"
        if fold.starts in entity.key or entity.columns[key[0]].sql_type != "varchar"
        else f"case when spell > 1 then {first} || '#' || spell else {first} end"
    )
    values = ", ".join(
        f"{renamed} as {quoted(name)}" if name == key[0] else quoted(name) for name in told
    )
    names = ", ".join(
        quoted(name)
        for name in (
            *told, fold.starts, fold.ends, "file_id", "row_number", "known_at",
            "_extra",
        )
    )  # fmt: skip
    return f"""
        insert into raw.{entity.name} ({names})
        with

        pictures as (

            select
                extracted_at as taken_at,
                file_id,
                -- a picture with a row in quarantine, or an empty one, does not prove absence
                rows_quarantined = 0 and (rows_loaded > 0 or $empty_ends) as is_whole
            from ops.file_ledger
            where source_system = $system and feed = $feed and state = 'loaded'

        ),

        wholes as (

            select
                taken_at,
                min(file_id) as file_id
            from pictures
            where is_whole
            group by taken_at

        ),

        sightings as (

            select
                *,
                {starts} as own_start,
                {ends} as own_end,
                lag(known_at) over sightings_of_key as last_seen_at,
                -- shown before it began: a number that the source has used again
                {begun} > lag(known_at) over sightings_of_key
                and {begun} is distinct from lag({begun}) over sightings_of_key as is_other,
                lead(known_at) over sightings_of_key as next_seen_at,
                lead(file_id) over sightings_of_key as next_file_id
            from raw.sighting_{entity.name}
            where file_id in (
                select file_id from ops.file_ledger where source_system = $system and feed = $feed
            )
            window sightings_of_key as (
                partition by {by_key} order by known_at, file_id, row_number
            )

        ),

        -- the first whole picture after the last sighting; earlier than this one: a gap
        after_gaps as (

            select
                sightings.*,
                coalesce(is_other, false)
                or coalesce(wholes.taken_at < sightings.known_at, last_seen_at is null) as is_first
            from sightings
            asof left join wholes on sightings.last_seen_at < wholes.taken_at

        ),

        numbered as (

            select
                *,
                sum(is_first::integer) over (
                    partition by {by_key}
                    order by known_at, file_id, row_number
                    rows unbounded preceding
                ) as spell
            from after_gaps

        ),

        spells as (

            select
                *,
                first_value(known_at) over spell_of_key as first_seen_at,
                lead(known_at) over spell_of_key is null as is_last,
                hash({content}, own_start, own_end) as content_hash,
                lag(hash({content}, own_start, own_end)) over spell_of_key as hash_before
            from numbered
            window spell_of_key as (
                partition by {by_key}, spell order by known_at, file_id, row_number
            )

        ),

        ended as (

            select
                spells.*,
                least(wholes.taken_at, next_seen_at) as gone_at,
                if(gone_at = wholes.taken_at, wholes.file_id, next_file_id) as gone_file_id
            from spells
            asof left join wholes on spells.known_at < wholes.taken_at
            where is_last

        ),

        told as (

            -- each change of what was shown, as it was learned
            select
                * replace (cast(row_number as bigint) as row_number),
                coalesce(own_start, first_seen_at) as fold_start,
                own_end as fold_end
            from spells
            where hash_before is null or hash_before <> content_hash

            union all by name

            -- its end, learned from the first whole picture without it, or one with another thing
            select
                * replace (
                    gone_file_id as file_id,
                    cast(0 as bigint) as row_number,
                    gone_at as known_at
                ),
                coalesce(own_start, first_seen_at) as fold_start,
                coalesce(own_end, gone_at) as fold_end
            from ended
            where gone_at is not null

        )

        select
            {values},
            fold_start,
            fold_end,
            file_id,
            row_number,
            known_at,
            _extra
        from told
    """
