"""A model's table takes the place of the one before whole, or not at all."""

from __future__ import annotations

import shutil

import duckdb
import pytest
import yaml

from cx.build import run_dbt
from cx.settings import REPO, Settings

# The second row of the later build cannot be made.
MODEL = """
select cast(range as integer) as id, {{ var('word') }} as word
from range(2)
"""
LATER = "\"if(range = 0, 'new', error('no such row'))\""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Settings:
    """A project of two tables, one with a contract, where a view had been; a later build failed."""
    repo = tmp_path_factory.mktemp("project")
    for part in ("models", "dbt_project/macros"):
        (repo / part).mkdir(parents=True)
    shutil.copy(REPO / "dbt_project/macros/table.sql", repo / "dbt_project/macros")
    shutil.copy(REPO / "dbt_project/profiles.yml", repo / "dbt_project")
    project = {
        "name": "cx", "profile": "cx", "version": "1.0.0", "model-paths": ["models"],
        "macro-paths": ["dbt_project/macros"], "models": {"+materialized": "table"},
    }  # fmt: skip
    (repo / "dbt_project.yml").write_text(yaml.safe_dump(project))
    columns = [{"name": "id", "data_type": "integer"}, {"name": "word", "data_type": "varchar"}]
    held = {"name": "held", "config": {"contract": {"enforced": True}}, "columns": columns}
    (repo / "models/held.yml").write_text(yaml.safe_dump({"version": 2, "models": [held]}))
    for name in ("held", "free"):
        (repo / f"models/{name}.sql").write_text(MODEL)
    settings = Settings(home=repo / "home", repo=repo)
    settings.home.mkdir()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create view held as select 0 as x")
    first = run_dbt(settings, "run", "--vars", "{word: \"'old'\"}")
    assert first.returncode == 0, first.stdout
    later = run_dbt(settings, "run", "--vars", f"{{word: {LATER}}}")
    assert later.returncode == 1 and later.stdout.count("no such row") >= 2, later.stdout
    return settings


@pytest.mark.parametrize("name", ["held", "free"])
def test_a_table_stays_as_it_was_where_its_next_build_fails(built, name):
    with duckdb.connect(str(built.warehouse), read_only=True) as connection:
        assert connection.execute(f"from {name} order by id").fetchall() == [(0, "old"), (1, "old")]
        tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
    assert tables == [("free",), ("held",)]
