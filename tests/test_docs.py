"""The guides are true: their examples run, and what is generated is up to date."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from cx import catalogue
from cx.cli import main
from cx.settings import REPO, SHIPPED_CONTRACTS, Settings
from cx.warehouse import reading
from ingest import intake_files
from ingest.contract import Contract, Due, Feed
from ingest.contract_mapping import Column, ExtractedAt, Fold, Mapping
from ingest.dialect import Dialect

GUIDE = REPO / "docs" / "onboard-a-source.md"


@pytest.fixture
def guide(tmp_path, monkeypatch):
    """An empty folder with the guide's files in it, and its text."""
    text = GUIDE.read_text(encoding="utf-8")
    for name, content in re.findall(r"^`([^`]+)`\n```\w+\n(.*?)```", text, re.S | re.M):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return text


def command(text: str, words: str) -> list[str]:
    """Return the arguments of the last command of the guide that begins with these words."""
    (*_, found) = re.findall(rf"^cx ({re.escape(words)}.*)$", text, re.M)
    return found.split()


def test_the_worked_example_drafts_what_the_guide_shows(guide, capsys):
    shown = Path("contracts/contact_centre.yml").read_text()
    Path("contracts/contact_centre.yml").unlink()
    asked = command(guide, "source add deliveries/contacts")[:5]
    assert main(asked) == 1
    assert "2. country_code" in capsys.readouterr().out
    assert main(command(guide, "source add deliveries/contacts")) == 0
    drafted = Path("contracts/contact_centre.yml").read_text()
    lines = {line.split("#")[0].strip() for line in drafted.splitlines()}
    added = {
        line
        for line in (line.split("#")[0].strip() for line in shown.splitlines())
        if line not in lines
    }
    assert added == {
        "direction: {value: inbound}",
        "is_human_handled: {sql: \"Weg in ('TEL', 'CHAT')\"}",
    }


def test_the_worked_example_does_what_the_guide_says(guide, capsys):
    assert main(command(guide, "source check")) == 0
    said = capsys.readouterr().out
    for line in (
        "4 rows read = 3 would be loaded + 1 quarantined + 0 dropped by rule",
        "not yet contacts: needs product.product_id",
    ):
        assert line in said
        assert line in guide
    subprocess.run([sys.executable, "month.py"], check=True)
    assert main(command(guide, "source add deliveries/subscriptions")) == 0
    run = command(guide, "--home var/mine --contracts contracts run")
    ingest = ["ingest" if word == "run" else word for word in run]
    assert main(ingest) == 0
    settings = Settings(home=Path("var/mine").resolve())
    with reading(settings) as connection:
        rows = connection.execute(
            "select contact_number, started_at::varchar, is_human_handled from raw.interaction "
            "where row_number < 5 and started_at < timestamp '2026-09-01' order by interaction_id"
        ).fetchall()
        counts = connection.execute(
            "select (select count(*) from raw.interaction), (select count(*) from raw.product)"
        ).fetchone()
    assert rows[0][0] == rows[2][0] != rows[1][0]
    assert rows[0][1:] == ("2026-08-31 07:12:00", True)
    assert counts == (93, 60)
    assert main(command(guide, "--home var/mine --contracts contracts source list")) == 0
    assert "contact_centre.contacts → interaction" in capsys.readouterr().out


@pytest.mark.parametrize(
    "model", [Contract, Feed, Dialect, Mapping, Column, ExtractedAt, Fold, Due]
)
def test_the_guide_names_every_key_of_a_contract(model):
    text = GUIDE.read_text(encoding="utf-8")
    for name, field in model.model_fields.items():
        key = field.alias or name
        assert re.search(rf"`{key}`|[{{ ]{key}: ", text), f"{name} is not in the guide"


def test_the_schema_of_the_intake_accepts_a_good_row_and_refuses_a_bad_one():
    schema = json.loads((SHIPPED_CONTRACTS / "intake.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema | {"$ref": "#/$defs/product"})
    assert validator.is_valid({"product_id": "P1", "status": "active", "monthly_charge": 9.5})
    assert not validator.is_valid({"product_id": "P1", "status": "asleep"})
    assert not validator.is_valid({"status": "active"})


@pytest.mark.parametrize(
    ("maker", "module"), [(intake_files, "ingest.intake"), (catalogue, "cx.catalogue")]
)
def test_generated_files_are_up_to_date(maker, module):
    stale = [
        path.relative_to(REPO).as_posix()
        for path, text in maker.generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run `python -m {module}`"


def test_every_metric_has_a_model_and_every_model_a_metric():
    folder = REPO / "models" / "marts" / "metrics" / "steps"
    counts = (folder / "int_metric_counts.sql").read_text(encoding="utf-8")
    listed = re.findall(r"'(met_\w+)'", counts)
    assert sorted(listed) == sorted(path.stem for path in folder.glob("met_*.sql"))


def test_every_shipped_contract_completes_in_an_editor():
    for path in SHIPPED_CONTRACTS.glob("*.yml"):
        if path.name != "intake.yml":
            first = path.read_text(encoding="utf-8").splitlines()[0]
            assert first == "# yaml-language-server: $schema=contract.schema.json", path.name


def test_the_published_schema_accepts_every_shipped_contract():
    schema = json.loads((SHIPPED_CONTRACTS / "contract.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    for path in SHIPPED_CONTRACTS.glob("*.yml"):
        if path.name != "intake.yml":
            body = yaml.safe_load(path.read_text(encoding="utf-8"))
            body = json.loads(json.dumps(body, default=str))
            errors = [error.message for error in validator.iter_errors(body)]
            assert errors == [], path.name
