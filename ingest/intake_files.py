"""The files made from the intake definition: staging models, their sources, the guide, schemas."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from cx.settings import REPO, SHIPPED_CONTRACTS
from ingest.contract_file import json_schema
from ingest.intake import LINEAGE, Column, Entity, answers, entities

_JSON_TYPES = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "money": {"type": "number", "multipleOf": 0.0001},
    "boolean": {"type": "boolean"},
    "timestamp": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "token": {"type": "string"},
}
# An earlier knowledge is built into a file of its own, beside the warehouse (cx as-was).
_DATABASE = "{{ 'warehouse_now' if target.name == 'as_was' else target.database }}"


def generated() -> dict[Path, str]:
    """Return every generated file with the text it must have."""
    staging = REPO / "models" / "staging"
    files = {
        staging / "_staging__sources.yml": _sources_yaml(),
        staging / "_staging__models.yml": _models_yaml(),
        REPO / "docs" / "intake.md": _guide(),
        SHIPPED_CONTRACTS / "contract.schema.json": json_schema(),
        SHIPPED_CONTRACTS / "intake.schema.json": _entities_schema(),
    }
    for entity in entities().values():
        files[staging / entity.side.lower() / f"{entity.staging}.sql"] = _staging_sql(entity)
    return files


def _staging_sql(entity: Entity) -> str:
    key = ", ".join(entity.key)
    keyed = ", ".join(f"delivered.{name}" for name in entity.key)
    key_hash = f"hash(source_system, {key})"
    names = list(entity.columns)
    selected = ",\n".join(f"    {name}" for name in names)
    content = ", ".join(name for name in names if name not in entity.key) or "1"
    # Events are kept in the order of time: of those few moments the engine reads few blocks.
    moments = [
        name
        for name in entity.key
        if entity.columns[name].required and entity.columns[name].type == "timestamp"
    ]
    new_keys = f"new_keys('{entity.name}', '{key}')"
    forgotten, new = f"{key_hash} in {{{{ {new_keys} }}}}", f'"where key_hash in " ~ {new_keys}'
    if moments:
        when = f"new_values('{entity.name}', '{moments[0]}')"
        forgotten = f"{moments[0]} in {{{{ {when} }}}} and {forgotten}"
        new = f'"where delivered.{moments[0]} in " ~ {when} ~ " and key_hash in " ~ {new_keys}'
    return f"""\
-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per {key} and content version: what we knew during [known_at, superseded_at).
{{{{ config(pre_hook=forget("{forgotten}")) }}}}
with

-- Read again rather than kept: a copy of the largest tables would not fit in memory.
source as not materialized (

    select
        delivered.*,
        file_ledger.source_system,
        hash(file_ledger.source_system, {keyed}) as key_hash
    from {{{{ source('raw', '{entity.name}') }}}} as delivered
    left join {{{{ source('ops', 'file_ledger') }}}} as file_ledger
        on delivered.file_id = file_ledger.file_id
    {{{{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}}}
    {{{{ {new} if is_increment() }}}}

),

-- Most keys are delivered once; only the others need the windows below.
delivered_again as (

    select key_hash
    from source
    group by key_hash
    having count(*) > 1

),

-- Re-deliveries and in-file duplicates say nothing new: keep a row only when its content changed.
changes as (

    select
        source.*,
        hash({content}) as content_hash,
        lag(hash({content})) over (
            partition by source_system, {key}
            order by known_at, file_id, row_number
        ) as previous_content_hash
    from source
    semi join delivered_again on source.key_hash = delivered_again.key_hash

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, {key}
            order by known_at, file_id, row_number
        ) as superseded_at
    from changes
    where previous_content_hash is null or previous_content_hash <> content_hash

),

unioned as (

    select
        source.*,
        cast(null as timestamp) as superseded_at
    from source
    anti join delivered_again on source.key_hash = delivered_again.key_hash

    union all by name

    select * exclude (content_hash, previous_content_hash)
    from versions
    where superseded_at is null or superseded_at > known_at

)

select
{selected},
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from unioned
"""


def _column_description(column: Column) -> str:
    parts = [column.meaning]
    if column.type == "token":
        parts.append("keyed pseudonym; the value itself is in the vault only")
    if column.unit:
        parts.append(f"unit: {column.unit}")
    return "; ".join(parts) + "."


def _dump(document: dict) -> str:
    head = "# Generated from ingest/contracts/intake.yml by `python -m ingest.intake`.\n"
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _sources_yaml() -> str:
    tables = [
        {
            "name": entity.name,
            "description": f"{entity.tmf}: {entity.grain}.",
            "config": {"meta": {"pii": _pii(entity)}},
        }
        for entity in entities().values()
    ]
    tables += [
        {
            "name": "column_fill",
            "description": "How many rows of each intake column hold a value; kept by ingest.",
        },
        {"name": "answers", "description": "The questions we answer and the columns they need."},
    ]
    return _dump(
        {
            "version": 2,
            "sources": [
                {
                    "name": "raw",
                    "database": _DATABASE,
                    "schema": "raw",
                    "description": "Everything taken in, one table per intake entity.",
                    "tables": tables,
                },
                {
                    "name": "ops",
                    "database": _DATABASE,
                    "schema": "ops",
                    "description": "What the runs wrote down of themselves.",
                    "tables": [
                        {
                            "name": "file_ledger",
                            "description": "Every delivered file as one feed reads it, and what "
                            "became of it: one row per file_id of raw.",
                        },
                        {
                            "name": "new_file",
                            "description": "The files that came since the models were last built.",
                        },
                    ],
                },
            ],
        }
    )


def _pii(entity: Entity) -> dict[str, list[str]]:
    return {
        level: [column.name for column in entity.columns.values() if column.pii == level]
        for level in ("direct", "quasi")
        if any(column.pii == level for column in entity.columns.values())
    }


def _models_yaml() -> str:
    lineage = {name: text for name, (_, text) in LINEAGE.items()}
    lineage["source_system"] = "System the row came from, as its contract names it."
    models = []
    for entity in entities().values():
        columns = [
            {"name": column.name, "description": _column_description(column)}
            for column in entity.columns.values()
        ]
        columns += [
            {"name": name, "description": lineage[name]}
            for name in ("source_system", "file_id", "row_number", "known_at")
        ]
        columns += [
            {
                "name": "superseded_at",
                "description": "When we learned something else; null while it still holds.",
            },
            {"name": "is_current", "description": "True for what we know now."},
        ]
        models.append(
            {
                "name": entity.staging,
                "description": f"{entity.tmf}: {entity.grain}.",
                "config": {"meta": {"grain": ["source_system", *entity.key, "known_at"]}},
                "columns": columns,
            }
        )
    return _dump({"version": 2, "models": models})


def _bounds(column: Column) -> dict[str, float]:
    if column.below is None:
        return {}
    return {"exclusiveMinimum": -column.below, "exclusiveMaximum": column.below}


def _entities_schema() -> str:
    """Return the JSON Schema of every intake entity: what one row of it may hold."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cx intake entities",
        "description": "Generated from intake.yml by `python -m ingest.intake`.",
        "$defs": {
            entity.name: {
                "type": "object",
                "description": f"{entity.tmf}: {entity.grain}.",
                "properties": {
                    column.name: _JSON_TYPES[column.type]
                    | {"description": _column_description(column)}
                    | ({"enum": list(column.values)} if column.values else {})
                    | _bounds(column)
                    for column in entity.columns.values()
                },
                "required": [column.name for column in entity.columns.values() if column.required],
                "additionalProperties": False,
            }
            for entity in entities().values()
        },
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _guide() -> str:
    lines = [
        "# What can be taken in",
        "",
        "Generated from `ingest/contracts/intake.yml` by `python -m ingest.intake`. An entity with",
        "no source is an empty table. **Bold** columns are required: a row without one is",
        "quarantined. `direct` columns are sealed in the vault; the warehouse holds a pseudonym.",
        "",
        "## Answers, and what they cannot do without",
        "",
        "| answer | question | needs |",
        "|---|---|---|",
    ]
    lines += [
        f"| {answer.name} | {answer.question} | {', '.join(answer.needs)} |"
        for answer in answers().values()
    ]
    for entity in entities().values():
        lines += [
            "",
            f"## {entity.name} ({entity.side})",
            "",
            f"{entity.tmf}. One row is {entity.grain}. Key: {', '.join(entity.key)}.",
            "",
            "| column | type | meaning | answers it feeds |",
            "|---|---|---|---|",
        ]
        for column in entity.columns.values():
            name = f"**{column.name}**" if column.required else column.name
            meaning = column.meaning + (f" [{column.unit}]" if column.unit else "")
            if column.values:
                meaning += f" ({', '.join(column.values)})"
            if column.until:
                meaning += " (a day alone: until it is over)"
            if column.below:
                meaning += f" (below {column.below:g} in size)"
            if column.pii != "none":
                meaning += f" · PII {column.pii}"
            lines.append(f"| {name} | {column.type} | {meaning} | {', '.join(column.answers)} |")
    return "\n".join(lines) + "\n"


def write_generated() -> list[Path]:
    """Write every generated file that is missing or out of date; return those written."""
    written = []
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written
