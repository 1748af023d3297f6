"""What Prometheus reads of a home, and the alerts of the guide."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import urllib.request
from datetime import datetime

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from cx import prometheus
from cx.release import Release
from cx.settings import REPO
from tests.nights import cx, feed, free_port, night, step


def test_metrics_are_what_prometheus_reads(ran, capsys):
    text = (ran.settings.state / "metrics.prom").read_text()
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["cx_run_state", ("state", "ok")] == 1
    assert found["cx_run_state", ("state", "failed")] == 0
    assert found["cx_step_rows", ("step", "ingest")] == 1
    customers = (("feed", "customers"), ("source_system", "crm"))
    assert found["cx_quarantine_rows", *customers] == 1
    assert found["cx_rows_loaded", *customers] == 1
    assert found["cx_feed_late", *customers] == 1
    due = datetime.fromisoformat("2026-01-02T00:00+00:00").timestamp()
    assert found["cx_feed_due_timestamp_seconds", *customers] == due
    assert found["cx_disk_free_bytes",] > 0
    assert (ran.settings.state / "metrics.prom").stat().st_mode & 0o777 == 0o644
    assert not list(ran.settings.state.glob("*.partial"))
    capsys.readouterr()
    assert cx(ran, "metrics") == 0
    assert 'cx_run_state{state="ok"} 1.0' in capsys.readouterr().out


def test_the_file_for_node_exporter_may_lie_elsewhere(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("CX_METRICS_FILE", str(tmp_path / "textfile" / "cx.prom"))
    path = prometheus.write_metrics(bench.settings, night("failed", steps=[step("build")]))
    assert path == tmp_path / "textfile" / "cx.prom"
    assert 'cx_step_peak_memory_bytes{step="build"} 2.147483648e+09' in path.read_text()


def test_the_alerts_of_the_guide_ask_for_metrics_that_exist():
    text = (REPO / "docs" / "operate.md").read_text()
    (rules,) = [
        block for block in re.findall(r"```yaml\n(.*?)```", text, re.S) if "groups:" in block
    ]
    asked = {
        name
        for rule in yaml.safe_load(rules)["groups"][0]["rules"]
        for name in re.findall(r"\bcx_[a-z_]+\b", rule["expr"])
    }
    release = Release("r.duckdb", "r", "s", "d", "2026-11-26T03:30:00+00:00", "", "", {})
    door = {"door": "arrivals", "stops": 0, "held": 1, "warnings": 0}
    row = {"source_system": "crm", "feed": "c", "row_count": 1}
    full = night(feeds=[feed()], release=release, doors=[door], quarantine=[row])
    said = {
        sample.name
        for family in text_string_to_metric_families(prometheus.exposition(full))
        for sample in family.samples
    }
    assert len(asked) >= 9
    assert asked <= said


def test_metrics_are_served_on_this_machine_only(ran):
    port = free_port()
    command = [sys.executable, "-m", "cx.cli", "--home", str(ran.settings.home)]
    server = subprocess.Popen([*command, "metrics", "--serve", str(port)], stdout=subprocess.PIPE)
    try:
        assert f"127.0.0.1:{port}".encode() in server.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            assert b'cx_run_state{state="ok"} 1.0' in answer.read()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), timeout=5)
    finally:
        server.kill()
        server.wait()
