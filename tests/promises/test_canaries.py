"""Promise 36, the long way: a whole run of 500 persons, then every byte it wrote is searched."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cx.keys import load_keys
from cx.settings import Settings
from cx.warehouse import reading
from ingest.pseudonyms import unseal
from ingest.simulator import simulate
from tests.byte_search import files_with
from tests.whole_runs import run


def identities(settings: Settings, extracts: Path) -> list[str]:
    """Return what identifies anybody, as the vault holds it and as it was delivered."""
    keys = load_keys(settings)
    with reading(settings, settings.vault) as vault:
        sealed = vault.execute("select domain, sealed from identity").fetchall()
    found = []
    for domain, blob in sealed:
        value = unseal(blob, keys)
        # an address is told by its street, which stands before the comma, and so are others' areas
        found += [value, value.removeprefix("+7")] if domain == "phone" else [value]
    for path in sorted(extracts.rglob("customers*.csv")):
        with path.open(encoding="cp1251", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                found += [row["NAME"], row["EMAIL"], row["DOKUMENT"]]
    return [value for value in found if value and len(value) > 5]


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_promise_36_five_hundred_persons_stand_in_no_byte_of_a_whole_run(tmp_path):
    home, extracts = tmp_path / "home", tmp_path / "extracts"
    simulate(extracts, subscriptions=500, months=5, seed=11)
    assert run(home, extracts) == 0
    settings = Settings(home=home)
    said = identities(settings, extracts)
    assert len(said) > 1500
    found = files_with(home, said, tmp_path / "search", but=("landing", "vault.duckdb"))
    assert found == []
