"""Lines that tell one act each (raised, acknowledged, cleared) → one row per thing.

An act belongs to the last thing of its key that began before it, in the order of the moments the
lines state: a key is used again once its thing is over, and files may come in any order.
"""

from __future__ import annotations

from ingest.contract_mapping import Mapping
from ingest.formats.source import literal, quoted
from ingest.intake import Entity
from ingest.mapping import BEGINS

_OF_FEED = (
    "file_id in (select file_id from ops.file_ledger where source_system = $system "
    "and feed = $feed)"
)


def _numbered(entity: Entity, mapping: Mapping) -> str:
    """Return the select of a feed's lines; `spell` counts the things of a key, 0 before the first.

    Lines of one moment stand in the order they were written in.
    """
    return (
        f"select *, {quoted(mapping.pair.starts)} as act_at, "
        f"count(*) filter (_act = {literal(BEGINS)}) over (partition by _pair order by "
        f"{quoted(mapping.pair.starts)}, known_at, file_id, row_number "
        "rows unbounded preceding) as spell "
        f"from raw.sighting_{entity.name} where {_OF_FEED}"
    )


def paired_sql(entity: Entity, mapping: Mapping) -> str:
    """Return the insert: the thing as it began, and anew with each later delivery that tells more.

    A second act of the same kind changes nothing: the first one ended it.
    """
    told = list(mapping.columns)
    acts = list(mapping.pair.acts)
    names = ", ".join(map(quoted, (*told, *acts, "file_id", "row_number", "known_at", "_extra")))
    kept = ", ".join(f"things.{quoted(name)}" for name in told)
    filled = ", ".join(
        f"min(acts.act_at) filter (acts._act = {literal(act)}) as {quoted(act)}" for act in acts
    )
    return f"""
        insert into raw.{entity.name} ({names})
        with

        lines as ({_numbered(entity, mapping)}),

        things as (select * from lines where _act = {literal(BEGINS)}),

        acts as (
            select * from lines
            where _act <> {literal(BEGINS)} and spell > 0
            qualify row_number() over (
                partition by _pair, spell, _act order by act_at, known_at, file_id, row_number
            ) = 1
        ),

        -- when more of a thing was learned: with its beginning, and with each later delivery
        learned as (
            select _pair, spell, file_id, row_number, known_at from things
            union all
            select acts._pair, acts.spell, acts.file_id, acts.row_number, acts.known_at
            from acts inner join things using (_pair, spell)
            where acts.known_at > things.known_at
            qualify row_number() over (
                partition by acts._pair, acts.spell, acts.known_at order by acts.row_number desc
            ) = 1
        )

        select
            {kept},
            {filled},
            learned.file_id,
            learned.row_number,
            learned.known_at,
            things._extra
        from learned
        inner join things using (_pair, spell)
        left join acts on
            acts._pair = learned._pair
            and acts.spell = learned.spell
            and acts.known_at <= learned.known_at
        group by all
    """


def unpaired_sql(entity: Entity, mapping: Mapping) -> str:
    """Return the count of acts whose beginning never came."""
    return (
        f"select count(*) from ({_numbered(entity, mapping)}) "
        f"where spell = 0 and _act <> {literal(BEGINS)}"
    )
