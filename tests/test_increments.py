"""A night with one new day: rebuilt is what it touched, and nothing differs from a full build."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from cx.cli import main
from ingest.simulator import simulate

# what a full build leaves empty or does not make: how much had to be done, not what is known
_OF_THE_WAY = (
    "table_name not like 'before\\_%' escape '\\' and table_name <> 'int_rewritten_subscriptions'"
)


def contents(home: Path) -> dict[str, tuple[int, int]]:
    """Return rows and a hash over every column, per table the models make."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in "
            f"('staging', 'intermediate', 'marts', 'features') and {_OF_THE_WAY}"
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                f"select count(*), coalesce(sum(hash(t)::hugeint), 0) from {schema}.{table} as t"
            ).fetchone()
            for schema, table in tables
        }


def differing(one: dict, other: dict) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.fixture(scope="module")
def nights(tmp_path_factory) -> dict:
    """Build all but the last day, then the last day on top, then everything anew."""
    folder = tmp_path_factory.mktemp("nights")
    home, extracts, later = folder / "home", folder / "extracts", folder / "later"
    simulate(extracts, subscriptions=250, months=4, seed=11, daily=1)
    last_day = [path for path in extracts.rglob("*_20261101*") if path.is_file()]
    for path in last_day:
        (later / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.move(path, later / path.parent.name / path.name)

    def cx(*arguments: str) -> None:
        assert main(["--home", str(home), *arguments]) == 0

    cx("ingest", str(extracts))
    cx("build")
    before = contents(home)
    cx("ingest", str(later))
    cx("build")
    summaries = _summaries(home)
    touched = contents(home)
    rewritten = _count(home, "intermediate.int_rewritten_subscriptions")
    cx("build", "--full")
    return {
        "before": before,
        "touched": touched,
        "anew": contents(home),
        "rewritten": rewritten,
        "subscriptions": _count(home, "marts.dim_subscription"),
        "summaries": summaries,
        "home": home,
    }


def _count(home: Path, table: str) -> int:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(f"select count(*) from {table}").fetchone()[0]


def _summaries(home: Path) -> list[str]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return [
            summary
            for (summary,) in connection.execute(
                "select summary from ops.step_ledger where step = 'build' and status = 'ok' "
                "order by started_at"
            ).fetchall()
        ]


def test_the_first_build_makes_everything_and_the_next_only_what_new_files_touched(nights):
    first, second = nights["summaries"]
    assert first.startswith("everything")
    assert second.startswith("what new files touched")


def test_a_day_on_top_leaves_every_table_as_a_full_build_would(nights):
    assert differing(nights["touched"], nights["anew"]) == []


def test_the_day_says_something_new_of_usage_experience_and_features(nights):
    changed = differing(nights["before"], nights["touched"])
    for table in ("staging.stg_usages", "marts.fct_usage_day", "marts.cxi_points"):
        assert table in changed
    assert "features.churn_features" in changed


def test_a_day_rewrites_the_past_of_few(nights):
    assert 0 < nights["rewritten"] < nights["subscriptions"] / 2
