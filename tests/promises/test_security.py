"""What an attacker may try on the app, its exports, its estimators and its dependencies."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import pickle
import random
import re
import shutil
import stat
import string
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from app import access, components, frame
from app import release as served
from app.exports import as_csv, neutral, neutralised
from app.queries import (
    care_action,
    care_bills,
    care_orders,
    care_standing,
    churn,
    customer,
    evidence,
    problem,
    service,
    service_sums,
)
from app.release import Shelf
from cx.cli import main
from cx.errors import UserError
from cx.settings import REPO, Settings
from cx.warehouse import open_release, writing
from ml import estimator_files
from tests.release_fixture import full_home, published

ROOMS = ("cx", "ingest", "expectations", "ml", "app")
INJECTIONS = (
    "' or 1=1 --",
    "' or '1'='1",
    "'; drop table marts.fct_problem; --",
    "north' union select * from marts.dim_customer --",
    '" or ""="',
    "$region",
    "?",
    "%",
    "_orth",
    "north\x00",
    "north'--",
    "north/*",
    "\\' or 1=1 --",
    "＇ or 1=1 --",
    "(select region from marts.fct_problem limit 1)",
    "null",
    "{{ ref('x') }}",
    "NORTH",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Settings:
    """A release in which some regions and causes are named as an attack reads."""
    settings = full_home(tmp_path_factory.mktemp("home"))
    with writing(settings) as connection:
        for number, name in enumerate(INJECTIONS):
            for field in ("region", "cause"):
                connection.execute(
                    f"insert into marts.fct_problem by name select * replace ("
                    f"? as problem_id, ? as {field}) from marts.fct_problem "
                    "where problem_id = 'P-CUT'",
                    [f"P-{field}-{number}", name],
                )
    published(settings)
    return settings


@pytest.fixture
def shelf(home) -> Shelf:
    shelf = Shelf(home.releases)
    yield shelf
    shelf.close()


@pytest.fixture
def asking(shelf, monkeypatch) -> Shelf:
    """Let the app's queries ask the release without a page around them."""
    release = shelf.newest().release
    care = (care_action, care_bills, care_orders, care_standing, evidence)
    for module in (churn, customer, problem, service, service_sums, *care):
        monkeypatch.setattr(module, "ask", lambda sql, **named: shelf.ask(release, sql, named))
        monkeypatch.setattr(module, "shown", lambda: served.Shown(release), raising=False)
    monkeypatch.setattr(service_sums, "once", lambda name, make: make())
    monkeypatch.setattr(access, "may", lambda right: True)
    return shelf


# ------------------------------------------------------------------ the engine


def test_promise_26_a_query_of_the_app_may_run_twenty_seconds():
    assert served.QUERY_SECONDS == 20.0
    assert Shelf(Path("nowhere")).query_seconds == 20.0


def never_anothers_rows(shelf: Shelf, threads: int, queries: int) -> None:
    release = shelf.newest().release

    def wrong(thread: int) -> int:
        found = 0
        for query in range(queries):
            wanted = {"thread": thread, "query": query}
            rows = shelf.ask(
                release,
                "select $thread as thread, $query as query, count(*) as n from marts.fct_problem",
                wanted,
            )
            found += rows.iloc[0, :2].tolist() != [thread, query]
        return found

    with ThreadPoolExecutor(threads) as readers:
        assert sum(readers.map(wrong, range(threads))) == 0


def test_promise_25_twenty_readers_never_get_each_others_rows(shelf):
    never_anothers_rows(shelf, threads=20, queries=100)


@pytest.mark.long
def test_promise_25_twenty_readers_of_500_queries_never_get_each_others_rows(shelf):
    never_anothers_rows(shelf, threads=20, queries=500)


def attacks(home: Settings, out: Path) -> list[str]:
    """Return the 38 attacks of the design on a reader of a release, each one statement."""
    other = home.warehouse
    key = home.state / "vault.key"
    return [
        # other files, by every way to name one
        f"select * from read_csv('{key}', header = false)",
        f"select * from '{home.releases / 'current.json'}'",
        f"select * from read_json('{home.releases / 'current.json'}')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from glob('/etc/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from read_parquet('/etc/passwd')",
        f"select * from read_text('{home.releases}/../warehouse.duckdb')",
        f"select * from read_text('{out / 'link'}')",
        "select * from read_text('/proc/self/environ')",
        # other databases, and this one for writing
        f"attach '{other}' as other (read_only)",
        f"attach '{out / 'new.duckdb'}' as new",
        f"attach '{out / 'copy.duckdb'}' as copy (read_only)",
        "attach ':memory:' as memory_too (type sqlite)",
        # out of the process
        f"copy marts.fct_problem to '{out / 'a.csv'}'",
        f"copy (select 1) to '{out / 'a.parquet'}' (format parquet)",
        f"export database '{out / 'all'}'",
        f"import database '{out / 'all'}'",
        "copy marts.fct_problem from '/etc/passwd'",
        # the network and what brings it
        "select * from read_csv('http://127.0.0.1:9/x.csv')",
        "select * from 's3://bucket/x.parquet'",
        "install httpfs",
        "load httpfs",
        "force install httpfs from 'http://127.0.0.1:9'",
        "create persistent secret s (type s3, key_id 'k', secret 's')",
        # the environment and the settings
        "select getenv('HOME')",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set memory_limit = '900GB'",
        "set threads = 64",
        f"set temp_directory = '{out}'",
        f"pragma enable_profiling = 'json'; pragma profiling_output = '{out / 'p.json'}'",
        f"call enable_logging(storage = 'file', storage_path = '{out}')",
        # Python's own variables
        "select * from python_variable",
        # the release itself
        "create table marts.mine (n int)",
        "delete from marts.fct_problem",
        "update marts.fct_problem set region = 'x'",
    ]


python_variable = pd.DataFrame({"secret": ["of this process"]})


def test_promise_27_none_of_38_attacks_reads_writes_or_connects(home, shelf, tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    release = shelf.newest().release
    shutil.copy(home.releases / release.file, tmp_path / "copy.duckdb")
    before = {path: path.stat().st_mtime_ns for path in home.home.rglob("*")}
    tried = attacks(home, tmp_path)
    assert len(tried) == 38
    for attack in tried:
        with pytest.raises(duckdb.Error):
            shelf.ask(release, attack)
    assert {path: path.stat().st_mtime_ns for path in home.home.rglob("*")} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.duckdb", "link"]


def test_promise_27_what_a_reader_may_still_do_harms_nobody(home, shelf):
    """The list of §1.8: temp tables, variables, its own file and its name."""
    release = shelf.newest().release
    shelf.ask(release, f"attach '{home.releases / release.file}' as again (read_only)")
    shelf.ask(release, "create temp table mine as select 1 as n")
    shelf.ask(release, "set variable mine = 1")
    files = shelf.ask(release, "pragma database_list")["file"].dropna().tolist()
    assert {Path(file).name for file in files} <= {release.file}


def test_promise_27_limits_are_set_before_the_configuration_is_locked(home, tmp_path):
    # A file of its own: DuckDB shares one instance, and its settings, among all who open a path.
    file = shutil.copy(next(home.releases.glob("*.duckdb")), tmp_path / "copy.duckdb")
    connection = open_release(Path(file), tmp_path, memory_limit="100MB", most_spilled="20MB")
    told = dict(
        connection.execute(
            "select name, value from duckdb_settings() where name in ('memory_limit', 'threads', "
            "'temp_directory', 'max_temp_directory_size', 'enable_external_access', "
            "'lock_configuration', 'allow_persistent_secrets', 'allow_community_extensions', "
            "'autoinstall_known_extensions', 'autoload_known_extensions')"
        ).fetchall()
    )
    assert told.pop("memory_limit").startswith("95")
    assert told.pop("max_temp_directory_size").startswith("19")
    assert told.pop("temp_directory") == str(tmp_path)
    assert told.pop("threads") == "2"
    assert told.pop("lock_configuration") == "true"
    assert set(told.values()) == {"false"}
    with pytest.raises(duckdb.OutOfMemoryException):
        connection.execute(
            "select count(*) from (select distinct sha256(range::varchar) from range(2000000))"
        ).fetchall()
    connection.close()


def test_promise_27_no_fuzzed_filter_gets_more_than_its_literal_match(asking):
    chance = random.Random(27)
    every = service.problems(service.Scope())
    pieces = [*INJECTIONS, "north", "'", '"', ";", "--", "/*", "*/", "\\", "union", "select", "\n"]
    for _ in range(200):
        kind = chance.random()
        if kind < 0.5:
            value = "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 6)))
        else:
            value = "".join(chance.choice(string.printable) for _ in range(chance.randrange(40)))
        found = service.problems(service.Scope(region=value))
        assert set(found["problem_id"]) == set(every[every["region"] == value]["problem_id"])


# ------------------------------------------------------------------ SQL


@pytest.mark.parametrize("value", INJECTIONS)
def test_promise_28_a_filter_is_its_literal_match_whatever_it_says(asking, value):
    every = service.problems(service.Scope())
    number = INJECTIONS.index(value)
    for field in ("region", "cause"):
        scope = service.Scope(**{field: value})
        wanted = every[every[field] == value]["problem_id"].tolist()
        assert wanted == [f"P-{field}-{number}"]
        assert service.problems(scope)["problem_id"].tolist() == wanted
        assert service_sums.totals(scope, "2026-11-01")["problems"] == 1
        assert service_sums.by_month(scope)["problems"].sum() == 1
    assert problem.one(value) is None
    assert problem.evidence(value).empty
    date = "2026-11-01"
    for dimension in ("region", "segment", "family", "contract", value):
        assert churn.distribution(date, dimension, value).empty
        assert churn.totals(date, dimension, value)["subscriptions"] == 0
    for asked in (
        customer.found,
        customer.timeline,
        care_bills.bills,
        care_orders.orders,
        care_action.options,
        care_standing.index,
        care_standing.score,
        care_standing.value,
        churn.offers,
    ):
        answer = asked(value)
        assert answer is None or answer.empty
    for kind, number in ((value, "B3"), ("bill", value), ("order", value)):
        assert evidence.lines("C001", kind, number).empty


SQL = re.compile(
    r"\b(select|insert into|delete from|update \w+ set|set \w+ =|create|drop|alter table|attach"
    r"|copy|from|where|join|case when)\s",
    re.IGNORECASE,
)
# What cannot be bound stands in quotes only here: paths (their quotes doubled) and digits that a
# contract's schema holds to be digits. Names in capitals are constants of ours.
IN_QUOTES = {
    ("cx/as_was.py", "now"),
    ("cx/warehouse.py", "target"),
    ("cx/identifiers.py", "country_code"),
    ("cx/identifiers.py", "trunk_prefix"),
    ("ingest/intake_files.py", "entity.name"),
    ("ingest/intake_files.py", "key"),
    ("ingest/formats/csv.py", "width"),
    ("ingest/formats/gathered.py", "max_lines"),
    ("cx/warehouse.py", "limit"),
    # metric ids, dimensions, columns and kinds that stand in lists of ours
    ("cx/cells.py", "whole"),
    ("cx/hiding.py", "kind"),
    *(("cx/wholes.py", name) for name in ("metric", "below", "above")),
    *(("ingest/whose.py", name) for name in ("_OWNERS[name]", "name", "owner", "kind")),
    ("ingest/subject.py", "_KINDS.get(name, name)"),
    ("expectations/profile.py", "part"),
    ("ml/survival_curves.py", "name"),
}


def python_files(*rooms: str) -> list[Path]:
    """Every file but the simulator's, which writes extracts and reads none."""
    found = [path for room in rooms for path in sorted((REPO / room).rglob("*.py"))]
    return [path for path in found if not {"simulator", "words"} & set(path.parts)]


def written_into_quotes(tree: ast.AST) -> list[tuple[int, str]]:
    """Return line and text of every expression that an f-string writes between SQL's quotes."""
    found = []
    raised = [
        part for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node)
    ]
    words = {id(part) for part in raised}
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr) or id(node) in words:
            continue
        parts = [part.value if isinstance(part, ast.Constant) else part for part in node.values]
        if not SQL.search(" ".join(part for part in parts if isinstance(part, str))):
            continue
        quotes = 0
        for part in parts:
            if isinstance(part, str):
                quotes += part.count("'")
            elif quotes % 2:
                found.append((node.lineno, ast.unparse(part.value)))
    return found


def built(tree: ast.AST) -> list[int]:
    """Return the lines where SQL is made by +, % or format."""
    lines = []
    for node in ast.walk(tree):
        texts = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            texts = [node.left, node.right]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format":
            texts = [node.func.value]
        for text in texts:
            told = isinstance(text, ast.Constant) and isinstance(text.value, str)
            if told and re.match(
                r"\s*(select|insert|delete|update|with|create|copy)\b", text.value
            ):
                lines.append(node.lineno)
    return lines


def test_promise_28_no_value_is_written_between_quotes_of_sql():
    for path in python_files(*ROOMS):
        name = path.relative_to(REPO).as_posix()
        for line, text in written_into_quotes(ast.parse(path.read_text(encoding="utf-8"))):
            is_constant = re.fullmatch("_?[A-Z][A-Z_0-9]*", text)
            assert is_constant or (name, text) in IN_QUOTES, f"{name}:{line} {text}: bind it"


def test_promise_28_no_statement_of_app_scores_or_hall_is_made_by_plus_percent_or_format():
    for path in python_files("app", "cx", "ml"):
        assert not built(ast.parse(path.read_text(encoding="utf-8"))), path


def test_promise_28_the_app_asks_only_statements_that_stand_in_its_queries_as_they_are():
    for path in python_files("app"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_ask = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ask"
            if not is_ask or path.parts[-2] != "queries":
                continue
            statement = node.args[0]
            assert isinstance(statement, ast.Name), f"{path}:{node.lineno}"
            assert re.fullmatch("_[A-Z_]+", statement.id), f"{path}:{node.lineno}"


def test_the_checks_of_sql_find_what_they_look_for():
    evil = "name = 1\nrun(f\"select * from t where x = '{name}'\")\n"
    assert written_into_quotes(ast.parse(evil)) == [(2, "name")]
    assert not written_into_quotes(ast.parse("run(f\"select {name} from t where x = 'a'\")"))
    for text in ("'select ' + name", "'select %s' % name", "'select {}'.format(name)"):
        assert built(ast.parse(text)) == [1]


# ------------------------------------------------------------------ exports


STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "\n", " =", "\u00a0=", "\u200b@", "\ufeff=", "＝")


def test_promise_29_no_text_cell_of_an_export_or_a_table_runs_as_a_formula():
    texts = [f"{start}cmd|' /C calc'!A0" for start in STARTS] + ["plain", "a=b", ""]
    for kind in ("object", "string", "category"):
        frame = pd.DataFrame({"=name": pd.Series(texts, dtype=kind)})
        for cell in [*neutralised(frame)["'=name"], *neutralised(frame).columns]:
            assert not re.match(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠]", str(cell))
            assert "\0" not in str(cell)
        back = pd.read_csv(io.BytesIO(as_csv(frame)), keep_default_na=False)
        assert back.iloc[-3:, 0].tolist() == ["plain", "a=b", ""]


def test_promise_29_texts_in_lists_and_in_the_index_are_neutral_too():
    frame = pd.DataFrame({"reasons": [["=1+1", "plain"], ["-1"]], "more": [("@a",), None]})
    safe = neutralised(frame)
    assert safe["reasons"].tolist() == [["'=1+1", "plain"], ["'-1"]]
    assert safe["more"].tolist()[0] == ["'@a"]
    assert "=1+1'" not in as_csv(frame).decode("utf-8-sig").replace("''=", "")


def test_promise_29_numbers_dates_and_booleans_stay_what_they_are():
    frame = pd.DataFrame(
        {
            "number": [-5.5, 2.0],
            "whole": pd.Series([-1, None], dtype="Int64"),
            "day": pd.to_datetime(["2026-10-01", None]),
            "is": [True, False],
            "mixed": [-7, "=x"],
        }
    )
    safe = neutralised(frame)
    assert safe.dtypes[:4].tolist() == frame.dtypes[:4].tolist()
    assert safe["mixed"].tolist() == [-7, "'=x"]
    back = pd.read_csv(io.BytesIO(as_csv(frame)))
    assert back["number"].tolist() == [-5.5, 2.0]
    assert neutral(-3) == -3


def test_promise_29_every_table_and_download_of_the_app_goes_through_the_neutral_door():
    """st.dataframe has a download of its own; no page may draw rows past `components`."""
    doors = {"dataframe", "data_editor", "table", "download_button", "write", "to_excel", "to_csv"}
    allowed = {("components.py", "dataframe"), ("components.py", "download_button")}
    allowed |= {("components.py", "table"), ("exports.py", "to_csv")}
    for path in python_files("app"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = ast.unparse(node.func.value)
            if node.func.attr in doors and owner not in ("components", "file"):
                assert (path.name, node.func.attr) in allowed, f"{path}:{node.lineno}"


def test_a_statement_holds_neither_a_formula_nor_markdown_of_what_it_was_told(monkeypatch):
    drawn = []
    monkeypatch.setattr("streamlit.table", lambda style, **_: drawn.append(style.data))
    rows = pd.DataFrame({"what": ["=1+1", "[a](b)"], "this": [1.0, None]})
    components.statement(rows, {"what": "*What*", "this": "This"}, "a bill")
    assert drawn[0].columns.tolist() == [r"\*What\*", "This"]
    assert drawn[0].iloc[:, 0].tolist() == [r"'=1\+1", r"\[a\]\(b\)"]


def test_the_downloads_of_streamlits_own_are_out_of_sight():
    """Only ours asks for the right and writes the audit log; seen in a browser when it was made."""
    assert '[aria-label^="Download as "],[aria-label^="Copy Vega"]){display:none}' in frame._CSS


# ------------------------------------------------------------------ estimators


BANNED = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "_pickle.loads", "joblib.load"),
    *("cloudpickle.load", "cloudpickle.loads", "dill.load", "dill.loads", "torch.load"),
    *("marshal.load", "marshal.loads", "shelve.open", "pd.read_pickle", "pandas.read_pickle"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "os.system", "os.popen"),
    *("subprocess.getoutput", "eval", "exec", "compile", "__import__", "jsonpickle.decode"),
}
BANNED_MODULES = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def unsafe(tree: ast.AST) -> list[str]:
    """Return what could run code from a file: calls, imports, and a switch for it."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            switches = {
                keyword.arg
                for keyword in node.keywords
                if isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            }
            if called in BANNED or switches & {"allow_pickle", "shell"}:
                found.append(f"{node.lineno} {called}")
        elif isinstance(node, ast.Import):
            found += [f"{node.lineno} {a.name}" for a in node.names if a.name in BANNED_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in BANNED_MODULES:
            found.append(f"{node.lineno} {node.module}")
    return found


def test_promise_30_nothing_in_the_house_loads_what_could_run_code():
    for path in [
        *REPO.glob(".ci/*.py"),
        *(p for room in ROOMS for p in (REPO / room).rglob("*.py")),
    ]:
        assert not unsafe(ast.parse(path.read_text(encoding="utf-8"))), path


def test_promise_30_the_ban_finds_each_way():
    for text in (
        "pickle.load(f)",
        "from pickle import load",
        "import joblib",
        "torch.load(f)",
        "yaml.load(f, Loader=x)",
        "eval(x)",
        "np.load(f, allow_pickle=True)",
        "subprocess.run(x, shell=True)",
    ):
        assert unsafe(ast.parse(text)), text
    assert not unsafe(ast.parse("yaml.safe_load(f)\nre.compile(x)\nmodel.eval()"))


class RunsCode:
    """What a tampered estimator would be."""

    def __reduce__(self) -> tuple:
        return os.system, ("touch /tmp/cx-a-pickle-was-loaded",)


@pytest.fixture
def saved(tmp_path) -> tuple[Settings, str, str]:
    settings = Settings(home=tmp_path)
    estimator = LogisticRegression().fit(np.array([[0.0], [1.0]]), [0, 1])
    return settings, *estimator_files.save(estimator, settings, "churn-1")


def test_promise_30_an_estimator_is_read_back_only_as_it_was_saved(saved):
    settings, file, digest = saved
    assert estimator_files.load(settings, file, digest).predict([[1.0]]) == [1]
    path = settings.estimators / file
    whole = path.read_bytes()
    chance = random.Random(30)
    for _ in range(100):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(changed))
        with pytest.raises(UserError, match="not the file that was registered") as refused:
            estimator_files.load(settings, file, digest)
        assert "\n" not in str(refused.value)


def test_promise_30_a_type_that_is_not_on_the_list_is_refused_even_with_its_own_digest(tmp_path):
    settings = Settings(home=tmp_path)
    Path("/tmp/cx-a-pickle-was-loaded").unlink(missing_ok=True)
    evil = LogisticRegression().fit(np.array([[0.0], [1.0]]), [0, 1])
    evil.extra_ = RunsCode()
    file, digest = estimator_files.save(evil, settings, "evil")
    with pytest.raises(UserError, match="types we do not trust") as refused:
        estimator_files.load(settings, file, digest)
    assert "\n" not in str(refused.value)
    settings.estimators.joinpath(file).write_bytes(pickle.dumps(RunsCode()))
    import hashlib

    digest = hashlib.sha256(settings.estimators.joinpath(file).read_bytes()).hexdigest()
    with pytest.raises(UserError, match="cannot be read"):
        estimator_files.load(settings, file, digest)
    assert not Path("/tmp/cx-a-pickle-was-loaded").exists()


def test_promise_30_a_file_outside_the_folder_of_estimators_is_refused(saved, tmp_path):
    settings, file, digest = saved
    shutil.copy(settings.estimators / file, tmp_path / "elsewhere.skops")
    with pytest.raises(UserError):
        estimator_files.load(settings, "../elsewhere.skops", digest)


def test_promise_30_the_list_of_trusted_types_is_short_and_only_grows_on_purpose():
    assert len(estimator_files.TRUSTED_TYPES) <= 25
    assert not {
        name for name in estimator_files.TRUSTED_TYPES if re.match("os|sys|subprocess|built", name)
    }
    assert zipfile.is_zipfile(io.BytesIO(skops.io.dumps(LogisticRegression())))


# ------------------------------------------------------------------ dependencies


def gate():
    spec = importlib.util.spec_from_file_location("gate", REPO / ".ci" / "audit_dependencies.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(**packages: list[str] | str) -> str:
    told = []
    for name, found in packages.items():
        if isinstance(found, str):
            told.append({"name": name, "skip_reason": found})
        else:
            vulns = [{"id": one, "fix_versions": ["9"]} for one in found]
            told.append({"name": name, "version": "1", "vulns": vulns})
    return json.dumps({"dependencies": told, "fixes": []})


@pytest.fixture
def audited(tmp_path, monkeypatch):
    """Run the gate with a pip-audit that answers as told: of the planted package, then of ours."""

    def run(planted: tuple[int, str], ours: tuple[int, str]) -> tuple[int, str]:
        pins = tmp_path / "constraints.txt"
        pins.write_text("one==1\ntwo==1\n# a comment\n")
        tool = tmp_path / "pip-audit"
        for name, (code, text) in (("planted", planted), ("ours", ours)):
            (tmp_path / f"{name}.json").write_text(text)
            (tmp_path / f"{name}.code").write_text(str(code))
        tool.write_text(
            f'#!/bin/sh\ncase "$*" in *{pins}*) f=ours;; *) f=planted;; esac\n'
            f'cat {tmp_path}/$f.json; exit "$(cat {tmp_path}/$f.code)"\n'
        )
        tool.chmod(0o755)
        outcome = subprocess.run(
            [sys.executable, str(REPO / ".ci" / "audit_dependencies.py"), str(pins)],
            env=os.environ | {"PIP_AUDIT": str(tool)},
            capture_output=True,
            text=True,
        )
        return outcome.returncode, outcome.stdout + outcome.stderr

    return run


KNOWN = (1, report(jinja2=["PYSEC-2014-8"]))


def test_promise_34_clean_dependencies_pass_the_gate(audited):
    assert audited(KNOWN, (0, report(one=[], two=[]))) == (
        0,
        "2 packages audited, none is known to be vulnerable\n",
    )


def test_promise_34_a_known_vulnerable_package_fails_the_gate_by_name(audited):
    code, said = audited(KNOWN, (1, report(one=[], two=["CVE-2026-1"])))
    assert code == 1
    assert "two 1: CVE-2026-1, mended in 9" in said


def test_promise_34_a_skipped_or_forgotten_package_is_a_failure(audited):
    code, said = audited(KNOWN, (0, report(one=[], two="not found")))
    assert code == 1
    assert "two was not audited: not found" in said
    code, said = audited(KNOWN, (0, report(one=[])))
    assert code == 1
    assert "two was not audited" in said


def test_promise_34_where_the_advisories_cannot_be_reached_it_says_so_and_fails(audited):
    for planted in ((1, ""), (0, report(jinja2=[])), (1, report(jinja2="not found"))):
        code, said = audited(planted, (0, report(one=[], two=[])))
        assert code == 2
        assert "could not check" in said
    code, said = audited(KNOWN, (1, "a trace"))
    assert code == 2
    assert "could not check" in said


def test_promise_34_the_gate_here_never_passes_without_having_checked():
    """With the real tool: the advisories answer, or the gate fails and says that they did not."""
    outcome = subprocess.run(
        [sys.executable, str(REPO / ".ci" / "audit_dependencies.py")],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PIP_AUDIT_TIMEOUT": "5"},
    )
    said = outcome.stdout + outcome.stderr
    assert (outcome.returncode, "audited" in said) in ((0, True), (1, True)) or (
        outcome.returncode == 2 and "could not check" in said
    )


def test_promise_34_the_gate_is_a_make_target_over_every_pin():
    assert "audit_dependencies.py" in (REPO / "Makefile").read_text()
    pins = gate().pinned(REPO / "constraints.txt")
    lines = (REPO / "constraints.txt").read_text().splitlines()
    assert len(pins) == sum("==" in line for line in lines) > 100


# ------------------------------------------------------------------ files


def test_nothing_in_a_home_may_be_read_by_others(tmp_path):
    settings = full_home(tmp_path / "home")
    published(settings)
    code = "from cx.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "--home", str(settings.home), "audit", "verify"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(REPO)}, umask=0o000)
    for path in settings.home.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        is_release = path.suffix == ".duckdb" and path.parent == settings.releases
        if path.is_dir():
            assert mode & 0o077 == 0, f"{path} {mode:o}"
        elif path.parent != settings.home:
            assert mode & (0o222 if is_release else 0o022) == 0, f"{path} {mode:o}"
    assert settings.warehouse.stat().st_mode & 0o077 == 0


def test_the_command_line_makes_files_for_their_owner_only(tmp_path):
    before = os.umask(0o000)
    try:
        main(["--home", str(tmp_path), "status"])
        assert os.umask(0o000) == 0o077
    finally:
        os.umask(before)
