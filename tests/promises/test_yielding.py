"""Promise 26, the batch's side: it steps aside for readers and keeps to its threads.

What viewers feel of it `make bench-viewers` measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml

from cx.build import run_dbt
from cx.cli import main
from cx.settings import REPO, Settings

# Says, from inside a run's step, how the run and a child of it stand.
_PROBE = """
import json, os, subprocess, sys
from cx import cli

def step(run, folder):
    import numpy
    from threadpoolctl import threadpool_info
    child = subprocess.run(["nice"], capture_output=True, text=True).stdout
    print(json.dumps([os.getpriority(os.PRIO_PROCESS, 0), int(child),
        max([pool["num_threads"] for pool in threadpool_info()], default=0),
        run.settings.threads]))
    return []

cli.pipeline.ingest = step
sys.exit(cli.main(["--home", sys.argv[1], "ingest", sys.argv[1]]))
"""


def stands(tmp_path, **environment: str) -> list[int]:
    outcome = subprocess.run(
        [sys.executable, "-c", _PROBE, str(tmp_path)],
        env={
            key: value
            for key, value in os.environ.items()
            if not key.endswith("_THREADS") and key != "CX_NICE"
        }
        | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(outcome.stdout.splitlines()[-1])


def test_promise_26_a_run_and_its_children_are_nice_and_few(tmp_path):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert stands(tmp_path, CX_THREADS="1") == [max(10, own), max(10, own), 1, 1]


def test_promise_26_who_is_nicer_already_is_not_made_nicer(tmp_path):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    niceness, *_ = stands(tmp_path, CX_NICE="0", CX_THREADS="1")
    assert niceness == own
    assert stands(tmp_path, CX_NICE="19", CX_THREADS="1")[0] == 19


@pytest.mark.parametrize("given", ["-5", "20", "much"])
def test_promise_26_a_niceness_that_is_none_is_said(tmp_path, monkeypatch, capsys, given):
    monkeypatch.setenv("CX_NICE", given)
    assert main(["--home", str(tmp_path), "build"]) == 2
    assert "CX_NICE" in capsys.readouterr().err


def test_promise_26_the_cap_on_threads_reaches_dbt(tmp_path, monkeypatch):
    given = {}

    def noted(command, env, **_):
        given.update(env)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("cx.build.subprocess.run", noted)
    run_dbt(Settings(home=tmp_path, threads=1), "parse")
    assert given["CX_THREADS"] == "1"
    profile = yaml.safe_load((REPO / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    for output in profile["cx"]["outputs"].values():
        for threads in (output["threads"], output["config_options"]["threads"]):
            assert threads.startswith("{{ env_var('CX_THREADS'")
