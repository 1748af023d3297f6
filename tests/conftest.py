"""Shared by the tests: homes of their own, contracts written in place, the real extracts."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from streamlit.components.v2 import manifest_scanner
from streamlit.config import set_option
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import local_script_runner

from app.access import Visitor
from cx.build import run_dbt
from cx.repeat import Node
from cx.settings import REPO, Settings
from cx.warehouse import reading
from expectations import door
from ingest.file_account import LoadReport
from ingest.load import load_folder
from tests import repeated
from tests.asked_warm import asking_child
from tests.visitors import at_page

SHARED_DATA = REPO.parent / "shared" / "data"
# dbt's own name for where it finds what it parsed before
PARSED = "DBT_PARTIAL_PARSE_FILE_PATH"
LONGEST_FIRST = (
    "test_pipeline", "test_increments", "test_models", "test_browser", "test_app", "test_releases",
    "test_app_pages", "test_access", "test_ml_desk", "test_privacy", "test_ml_churn",
    "test_tmforum", "test_gates", "test_pm_xml", "test_ml_room", "test_loading_kills",
    "test_identity",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Set what all tests share.

    They call `cx` in their own process, which shall not grow nice for all that follows. Where
    several processes test, each computes with one thread, for threads that wait for each other
    spin; and the models are parsed once for all of their homes.
    """
    os.environ.setdefault("CX_NICE", "0")
    door.asking_child = asking_child
    # Each page a test opens would read the metadata of all installed packages anew.
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
    # A page is opened as a server runs it. Else each run of each page compiles all it is made of,
    # as a notebook would show it, and ends with a look through all memory for garbage.
    told = tomllib.loads((REPO / "app/.streamlit/config.toml").read_text(encoding="utf-8"))
    for section in ("browser", "runner"):
        for name, value in told[section].items():
            set_option(f"{section}.{name}", value)
    compiled = ScriptCache()
    local_script_runner.ScriptCache = lambda: compiled
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
        folder = tempfile.mkdtemp(prefix="cx-parsed-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        settings = Settings(home=Path(folder))
        if run_dbt(settings, "parse").returncode == 0:
            os.environ[PARSED] = str(settings.dbt / "partial_parse.msgpack")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, lest one worker is left with one when the others are done."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def parsed(tmp_path_factory) -> Settings:
    """A home in which dbt read all models, seeds and tests from their files, once for all tests."""
    if PARSED in os.environ:
        return Settings(home=Path(os.environ[PARSED]).parents[1])
    settings = Settings(home=tmp_path_factory.mktemp("parsed"))
    outcome = run_dbt(settings, "parse")
    assert outcome.returncode == 0, outcome.stdout
    return settings


@pytest.fixture(scope="session")
def nothing(tmp_path_factory) -> Settings:
    """A home of no rows that dbt built once for all tests, which only read it."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    (folder / "nothing").mkdir(exist_ok=True)
    return repeated.built_of_nothing(folder / "nothing")


@pytest.fixture(scope="session")
def sent(nothing) -> list[Node]:
    """What dbt sends for each model and data test of a full build."""
    return repeated.sent(nothing)


@pytest.fixture
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED_DATA


class Bench:
    """A home, an extract folder and a contract folder in one temporary place."""

    def __init__(self, folder: Path) -> None:
        self.extracts = folder / "extracts"
        self.contracts = folder / "contracts"
        self.extracts.mkdir()
        self.contracts.mkdir()
        self.settings = Settings(
            home=folder / "home", contracts=(self.contracts,), retry_waits=(0.0,)
        )

    def contract(self, name: str = "crm", **feed) -> None:
        """Write a contract with one feed; by default customers from customers*.csv."""
        entities = feed.pop(
            "entities",
            [{"entity": "customer", "columns": {"customer_id": "id", "segment": "segment"}}],
        )
        tops = (
            "time_zone",
            "doubled_hour",
            "blanks",
            "not_applicable",
            "country_code",
            "trunk_prefix",
            "zones",
            "months",
        )
        top = {key: feed.pop(key) for key in tops if key in feed}
        body = {
            "source_system": name,
            "title": name,
            **top,
            "feeds": [
                {
                    "feed": "customers",
                    "files": "**/customers*.csv",
                    "format": "csv",
                    "extracted_at": {"value": "2026-01-01"},
                    "max_quarantined_share": 1.0,
                    "entities": entities,
                    **feed,
                }
            ],
        }
        (self.contracts / f"{name}.yml").write_text(yaml.safe_dump(body), encoding="utf-8")

    def deliver(self, name: str, content: str | bytes) -> Path:
        path = self.extracts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self) -> LoadReport:
        return load_folder(self.extracts, self.settings)

    def rows(self, query: str) -> list[tuple]:
        with reading(self.settings) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def own(full, tmp_path) -> Settings:
    """A copy that a test may publish into or damage."""
    shutil.copytree(full.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def opened(monkeypatch):
    """Return a function that opens a page of a home, as everybody or in one role."""

    def open_(
        settings: Settings,
        page: str = "overview",
        role: str = "",
        regions: tuple[str, ...] | None = None,
        **address: str,
    ) -> object:
        monkeypatch.setenv("CX_HOME", str(settings.home))
        if role:
            visitor = Visitor("in", "actor", frozenset({role}), regions=regions)
            monkeypatch.setattr("app.access._visitor", lambda settings: visitor)
        from streamlit.testing.v1 import AppTest

        run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=30)
        return at_page(run, page, **address)

    return open_


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def full(tmp_path_factory) -> Settings:
    """A home with a published release of hand-made rows; a test that changes it takes a copy."""
    from tests.release_fixture import full_home, published

    settings = full_home(tmp_path_factory.mktemp("full"))
    published(settings)
    return settings


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Settings:
    """A home with a published release that holds nothing."""
    from tests.release_fixture import empty_home, published

    settings = empty_home(tmp_path_factory.mktemp("empty"))
    published(settings)
    return settings


@pytest.fixture(scope="session")
def ran(tmp_path_factory) -> Bench:
    """A home that took in two rows, of which one is quarantined; its tests only read it."""
    from tests.nights import cx

    bench = Bench(tmp_path_factory.mktemp("ran"))
    bench.contract(due={"every": "1d"})
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n,business\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    return bench
