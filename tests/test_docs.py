"""The guides are true: their examples run, and what is generated is up to date."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from cx.settings import REPO, SHIPPED_CONTRACTS
from ingest.contract import Column, Contract, Dialect, Feed, Mapping
from ingest.intake import generated

GUIDE = REPO / "docs" / "onboard-a-source.md"


def test_the_worked_example_does_what_the_guide_says(bench):
    text = GUIDE.read_text(encoding="utf-8")
    files = dict(re.findall(r"^`([^`]+)`\n```\w+\n(.*?)```", text, re.S | re.M))
    for name, content in files.items():
        folder, _, rest = name.partition("/")
        target = {"deliveries": bench.extracts, "contracts": bench.contracts}[folder] / rest
        target.write_text(content, encoding="utf-8")
    report = bench.load()
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (4, 3, 1)
    assert "4 rows read = 3 loaded + 1 quarantined + 0 dropped by rule" in text
    assert bench.rows("select row_number, column_name from quarantine.rows") == [(5, "started_at")]
    rows = bench.rows(
        "select contact_number, started_at::varchar, is_human_handled from raw.interaction "
        "order by interaction_id"
    )
    assert rows[0][0] == rows[2][0] != rows[1][0]
    assert rows[0][1:] == ("2026-08-31 07:12:00", True)
    assert bench.load().files_new == 0


@pytest.mark.parametrize("model", [Contract, Feed, Dialect, Mapping, Column])
def test_the_guide_names_every_key_of_a_contract(model):
    text = GUIDE.read_text(encoding="utf-8")
    for name, field in model.model_fields.items():
        assert f"`{field.alias or name}`" in text, f"{name} is not in the guide"


def test_the_schema_of_the_intake_accepts_a_good_row_and_refuses_a_bad_one():
    schema = json.loads((SHIPPED_CONTRACTS / "intake.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema | {"$ref": "#/$defs/product"})
    assert validator.is_valid({"product_id": "P1", "status": "active", "monthly_charge": 9.5})
    assert not validator.is_valid({"product_id": "P1", "status": "asleep"})
    assert not validator.is_valid({"status": "active"})


def test_generated_files_are_up_to_date():
    stale = [
        path.relative_to(REPO).as_posix()
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, "run `python -m ingest.intake`"
