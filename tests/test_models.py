"""The SQL keeps its rules: every unit test, and every model on an empty warehouse."""

from __future__ import annotations

import json

from cx.build import run_dbt
from cx.settings import Settings
from cx.warehouse import connected
from ingest.load import prepare_raw


def test_every_unit_test_passes_and_every_model_builds_from_nothing(tmp_path):
    settings = Settings(home=tmp_path / "home")
    with connected(settings) as connection:
        prepare_raw(connection)
    outcome = run_dbt(settings, "build")
    results = json.loads((settings.dbt / "run_results.json").read_text())["results"]
    failed = [
        f"{result['unique_id']}: {result['message']}"
        for result in results
        if result["status"] not in ("success", "pass", "NO-OP", "no-op")
    ]
    assert failed == []
    assert outcome.returncode == 0
    assert sum(result["unique_id"].startswith("unit_test.") for result in results) >= 30
