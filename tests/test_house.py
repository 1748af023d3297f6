"""The laws of the house (CONTRIBUTING.md) that a review should never have to mention."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from cx.settings import REPO, Settings
from cx.warehouse import connected

ROOMS = {"ingest", "expectations", "ml", "app"}
PACKAGES = {*ROOMS, "cx"}
LAYERS = ["staging", "intermediate", "marts", "features"]


def python_files(folder: str) -> list[Path]:
    return sorted((REPO / folder).rglob("*.py"))


def imported_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_rooms_share_tables_not_imports(room):
    for path in python_files(room):
        others = imported_names(path) & (ROOMS - {room})
        assert not others, f"{path.relative_to(REPO)} imports {others}"


def test_only_the_hall_opens_duckdb():
    for package in PACKAGES:
        for path in python_files(package):
            if path == REPO / "cx" / "warehouse.py":
                continue
            assert not re.search(r"\bduckdb\.connect\(", path.read_text(encoding="utf-8")), path


def test_only_the_command_line_and_the_children_print():
    allowed = {path.relative_to(REPO).as_posix() for path in (REPO / "cx").glob("cli*.py")}
    allowed |= {"cx/release.py", "cx/own_query.py"}
    for package in PACKAGES - {"app"}:
        for path in python_files(package):
            if path.relative_to(REPO).as_posix() in allowed:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                is_print = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
                assert not is_print, f"{path.relative_to(REPO)}:{node.lineno} prints"


def test_every_dependency_is_pinned():
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (REPO / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    for requirement in wanted:
        name = re.split(r"[<>=!\[ ]", requirement)[0].lower().replace("_", "-")
        assert name in pinned, f"{name} is not in constraints.txt"


def test_no_registry_host_stands_in_the_repository():
    hosts = re.compile("|".join(["py" + r"pi\.org", "python" + "hosted", "registry" + r"\.npm"]))
    for path in [*REPO.glob("*"), *(REPO / "docs").glob("*"), *(REPO / ".ci").glob("*")]:
        if path.is_file() and path.suffix in {".md", ".txt", ".toml", ".yml", ""}:
            assert not hosts.search(path.read_text(encoding="utf-8")), path


def test_the_spill_folder_is_given_when_the_file_is_opened():
    """As a setting it is set again for each model, which DuckDB refuses once it has spilled."""
    profile = yaml.safe_load((REPO / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    for output in profile["cx"]["outputs"].values():
        assert "temp_directory" in output["config_options"]
        assert "settings" not in output


def test_dbt_has_the_engine_plan_as_the_rest_of_a_night_does(tmp_path):
    """One setting in two places: a repeated night is planned as the night that dbt sent."""
    profile = yaml.safe_load((REPO / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    with connected(Settings(home=tmp_path)) as connection:
        asked = "select current_setting('disabled_optimizers')"
        off = connection.execute(asked).fetchone()[0]
    assert off == "grouping_sets"
    for output in profile["cx"]["outputs"].values():
        assert output["config_options"]["disabled_optimizers"] == off


@pytest.fixture(scope="module")
def manifest(parsed) -> dict:
    said = (parsed.logs / "dbt.log").read_text()
    assert said
    assert "[warn " not in said
    return json.loads((parsed.dbt / "manifest.json").read_text())


@pytest.fixture(scope="module")
def models(manifest) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def layer(node: dict) -> str:
    return node["fqn"][1]


def test_models_only_look_upstream(models):
    by_id = {node["unique_id"]: node for node in models}
    for node in models:
        for parent in node["depends_on"]["nodes"]:
            if parent in by_id:
                here, there = LAYERS.index(layer(node)), LAYERS.index(layer(by_id[parent]))
                assert there <= here, f"{node['name']} looks downstream at {parent}"


def test_every_model_and_column_is_described(models):
    for node in models:
        assert node["description"], f"{node['name']} has no description"
        for column in node["columns"].values():
            assert column["description"], f"{node['name']}.{column['name']} has no description"


def test_every_mart_has_a_contract_and_a_grain(models):
    for node in models:
        if layer(node) == "marts" and "steps" not in node["fqn"]:
            assert node["config"]["contract"]["enforced"], f"{node['name']} has no contract"
            assert node["config"]["meta"].get("grain"), f"{node['name']} states no grain"


def test_every_model_has_a_reader_or_is_served(models, manifest):
    read = {
        parent
        for kind in ("nodes", "exposures")
        for node in manifest[kind].values()
        if node["resource_type"] in ("model", "exposure")
        for parent in node["depends_on"]["nodes"]
    }
    for node in models:
        if layer(node) == "intermediate" or "steps" in node["fqn"]:
            assert node["unique_id"] in read, f"nothing reads {node['name']}"


def test_no_benchmark_is_called_as_a_package_it_measures():
    packages = {path.parent.name for path in REPO.glob("*/__init__.py")}
    assert len(packages) > 3
    assert not packages & {path.stem for path in (REPO / "benchmarks").glob("*.py")}
    assert not re.search(r"python (-P )?benchmarks/", (REPO / "Makefile").read_text())
