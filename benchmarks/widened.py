"""A home whose release has many times the subscriptions of another's: what pages read at 10 M.

    .venv/bin/python -m benchmarks.widened --home var --out /big/home --times 300
    .venv/bin/python -m benchmarks.app_speed --home /big/home --out /big/shots

Ten million subscriptions take a day to build and their facts more room than a disk has; what a page
waits for is how long the released tables are and how they lie. So each row about somebody, or a
piece of the network, is written again with other keys, in the order a release keeps, so many
times; summaries (metrics, curves, plans) stay as they are: they do not grow with the base. The
figures of such a release mean nothing, only its times do.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import duckdb

from cx.digest import file_digest
from cx.files import write_json
from cx.release import current, point, sidecar

# Keys of what a base shares however large it is; all others are of somebody or of some thing.
SHARED = (
    "action_id", "action_key", "answer_id", "batch_id", "cause_key", "challenger_id", "champion_id",
    "channel_key", "exit_key", "file_id", "from_segment_id", "location_id", "location_key",
    "metric_id", "model_id", "offering_id", "offering_key", "previous_offering_id", "reason_key",
    "run_id", "segment_id", "served_id", "stage_key", "team_id", "team_key", "to_segment_id",
    "best_action_id", "withheld_action_id",
)  # fmt: skip

# The first of each region and segment, however many there are.
OF_ONE_LENGTH = ("ml_risk_list", "ml_target_list")
# Places in a base: of so many bases as one, each is so many times as far down.
RANKS = ("score_rank", "list_rank", "profit_rank")
MEMORY = "4GB"


def keys(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns of each released table that are keys of its own things."""
    return dict(
        connection.execute(
            "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
            "where database_name = current_database() and schema_name in ('marts', 'ml') "
            "and data_type = 'VARCHAR' and column_name not in (select unnest(?)) "
            "and table_name not in (select unnest(?)) "
            "and (suffix(column_name, '_id') or suffix(column_name, '_key') "
            "or column_name = 'identifier') "
            "and table_oid in (select table_oid from duckdb_tables()) group by all order by all",
            [list(SHARED), list(OF_ONE_LENGTH)],
        ).fetchall()
    )


def ranks(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns of each released table that are places in the base."""
    return dict(
        connection.execute(
            "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
            "where database_name = current_database() and column_name in (select unnest(?)) "
            "group by all order by all",
            [list(RANKS)],
        ).fetchall()
    )


def widen(source: Path, target: Path, times: int) -> dict[str, int]:
    """Write a release `times` times as wide; return its tables and their rows."""
    shutil.copyfile(source, target)
    target.chmod(0o600)
    with duckdb.connect(target) as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"attach '{source}' as narrow (read_only)")
        ranked = ranks(connection)
        for table, columns in keys(connection).items():
            places = {
                name: f"($times * ({name} - 1) + cast($again as bigint) + 1)"
                for name in ranked.get(table, ())
            }
            others = {name: f"$again || {name}" for name in columns} | places
            told = ", ".join(f"{value} as {name}" for name, value in others.items())
            connection.begin()  # one for all: else each copy goes through the write-ahead log
            for again in range(times):
                given = {"again": f"{again:05d}"} | ({"times": times} if places else {})
                if again:
                    connection.execute(
                        f"insert into {table} select * replace ({told}) from narrow.{table}", given
                    )
                elif places:
                    moved = ", ".join(f"{name} = {value}" for name, value in places.items())
                    connection.execute(f"update {table} set {moved}", given)
            connection.commit()
        connection.execute("checkpoint")
        return {
            table: connection.execute(f"select count(*) from {table}").fetchone()[0]
            for (table,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where database_name = current_database() and schema_name in ('marts', 'ml')"
            ).fetchall()
        }


def main() -> None:
    """Widen the release of a home into a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--times", type=int, required=True)
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out}: is there already; name a new folder")
    release = current(options.home / "releases")
    shutil.copytree(
        options.home,
        options.out,
        ignore=shutil.ignore_patterns("releases", "landing", "warehouse*", "dbt"),
    )
    folder = options.out / "releases"
    folder.mkdir()
    target = folder / release.file
    tables = widen(options.home / "releases" / release.file, target, options.times)
    target.chmod(0o444)
    wide = replace(release, sha256=file_digest(target), tables=tables)
    write_json(sidecar(folder, wide.file), vars(wide))
    point(folder, wide)
    subscriptions = tables["marts.dim_subscription"]
    print(f"{subscriptions:,} subscriptions, {sum(tables.values()):,} rows, ", end="")
    print(f"{target.stat().st_size / 1e9:.1f} GB: {options.out}")


if __name__ == "__main__":
    main()
