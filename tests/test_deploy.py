"""What deploy/ says is what `cx` takes: files parse, commands exist with their options."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
import typer
import yaml

from cx.cli import cli
from cx.settings import REPO

DEPLOY = REPO / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
GUIDES = [DEPLOY / "README.md", REPO / "docs" / "operate.md"]
SECRETS = ("vault.key", "notify.yml")


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a unit file; one may be given several times."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / name).read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def jobs() -> dict[str, dict]:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes" / "cronjob.yml").read_text())
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == "CronJob"}


def container(job: dict) -> dict:
    return job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]


def commands() -> list[tuple[str, list[str]]]:
    """Every call of cx in deploy/ and the guide: where, and its arguments."""
    found = [
        (path.name, unit(path.name)["ExecStart"][0].split()[1:])
        for path in UNITS
        if path.suffix == ".service"
    ]
    for line in (DEPLOY / "cron" / "cx").read_text().splitlines():
        call = re.search(r"/bin/cx (.*?) 2>&1", line)
        if call:
            found.append(("cron", shlex.split(call[1])))
    found += [(name, container(job)["args"]) for name, job in jobs().items()]
    for path in GUIDES:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            for line in block.splitlines():
                call = re.search(r"(?:^|bin/)cx (?!-g)(.*)$|\bcx:0\.1 (.*)$", line.split(" #")[0])
                if call and not line.lstrip().startswith(("sudo useradd", "podman build")):
                    found.append((path.name, shlex.split(call[1] or call[2])))
        found += [(path.name, shlex.split(call)) for call in re.findall(r"`cx ([a-z][^`]*)`", text)]
    return found


def parsed(arguments: list[str]) -> str:
    """Parse as the command line would, calling nothing; return the command's name."""
    command: click.Command = typer.main.get_command(cli)
    context, path = None, []
    while True:
        context = command.make_context("cx", list(arguments), parent=context)
        if not hasattr(command, "resolve_command"):
            return " ".join(path)
        name, command, arguments = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        path.append(name)


@pytest.mark.parametrize(("where", "arguments"), commands(), ids=lambda value: str(value)[:60])
def test_every_command_that_is_written_down_exists_with_its_options(where, arguments):
    assert parsed(arguments)


def test_a_command_or_an_option_that_is_not_there_would_be_found():
    for wrong in (["walk"], ["run"], ["metrics", "--port", "1"], ["notify", "tset"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parsed(wrong)


@pytest.mark.parametrize("name", [path.name for path in UNITS])
def test_a_unit_file_is_what_systemd_takes(name, tmp_path):
    if not shutil.which("systemd-analyze"):
        parser = ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str
        parser.read(DEPLOY / "systemd" / name)
        assert "Unit" in parser
        return
    for path in UNITS:
        text = path.read_text(encoding="utf-8")
        # The program is at its place on the operator's machine only.
        text = text.replace("ExecStart=/opt/cx/.venv/bin/cx", "ExecStart=/bin/true")
        (tmp_path / path.name).write_text(text)
    outcome = subprocess.run(
        ["systemd-analyze", "verify", f"./{name}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize("name", ["cx-run.service", "cx-watch.service"])
def test_a_unit_gives_the_batch_little_and_takes_its_priority(name):
    settings = unit(name)
    for key, value in {
        "User": "cx",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "IPAddressDeny": "any",
        "UMask": "0077",
        "Nice": "10",
        "CPUWeight": "20",
    }.items():
        assert settings[key] == [value], key
    assert settings["TimeoutStartSec"]


@pytest.mark.parametrize("name", ["cx-run.service", "cx-watch.service"])
def test_systemd_finds_a_unit_little_exposed(name, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    shutil.copy(DEPLOY / "systemd" / name, tmp_path)
    outcome = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"./{name}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    level = re.search(r"exposure level for \S+: ([\d.]+)", outcome.stdout)
    assert float(level[1]) < 2


def test_secrets_are_files_everywhere():
    for name in ("cx-run.service", "cx-watch.service"):
        for variables in unit(name)["Environment"]:
            assert not re.search(r"\bCX_KEY=", variables)
    assert unit("cx-run.service")["LoadCredential"] == [
        f"{secret}:/etc/cx/{secret}" for secret in SECRETS
    ]
    for job in jobs().values():
        spec = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        assert all("valueFrom" not in each for each in container(job)["env"])
        assert "CX_KEY" not in {each["name"] for each in container(job)["env"]}
        (secret,) = [volume["secret"] for volume in spec["volumes"] if "secret" in volume]
        assert secret["secretName"] == "cx"
        assert secret["defaultMode"] == 0o440
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert not re.search(r"[0-9a-f]{64}|://[^/\s]+:[^/\s]+@", path.read_text()), path


def test_a_cron_job_never_runs_beside_itself_and_may_do_little():
    assert set(jobs()) == {"cx-run", "cx-watch"}
    for job in jobs().values():
        assert job["apiVersion"] == "batch/v1"
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        assert pod["restartPolicy"] == "Never"
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        locked = container(job)["securityContext"]
        assert locked["readOnlyRootFilesystem"] is True
        assert locked["allowPrivilegeEscalation"] is False
        assert locked["capabilities"] == {"drop": ["ALL"]}
        assert container(job)["resources"]["limits"]
        mounted = {each["name"] for each in container(job)["volumeMounts"]}
        assert mounted == {each["name"] for each in pod["volumes"]}
        assert "persistentVolumeClaim" in pod["volumes"][0]


def test_every_scheduler_calls_at_the_same_times():
    cron = (DEPLOY / "cron" / "cx").read_text()
    times = {name: job["spec"]["schedule"].split() for name, job in jobs().items()}
    lines = {
        call[1]: line.split()[:5]
        for line in cron.splitlines()
        if (call := re.search(r"bin/cx (\w+)", line))
    }
    assert lines == {"run": times["cx-run"], "watch": times["cx-watch"]}
    assert unit("cx-run.timer")["OnCalendar"] == ["*-*-* 02:15:00 UTC"]
    assert unit("cx-watch.timer")["OnCalendar"] == ["*:0/15"]


def test_an_image_holds_every_room_and_no_registry_is_named():
    text = (DEPLOY / "Containerfile").read_text()
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.M)
        for word in line.split()[:-1]
    }
    assert all((REPO / each).exists() for each in copied)
    rooms = {"cx", "ingest", "expectations", "ml", "app", "models", "dbt_project"}
    assert rooms <= copied
    assert {"pyproject.toml", "constraints.txt", "dbt_project.yml"} <= copied
    assert re.findall(r"^FROM (.*)$", text, re.M) == ["${BASE} AS packages", "${BASE}"]
    assert re.search(r"^ARG BASE$", text, re.M)
    assert re.search(r"^USER 10001:10001$", text, re.M)
    assert re.search(r'^ENTRYPOINT \["cx"\]$', text, re.M)
    assert not re.search(r"(ENV|ARG) [^\n]*(KEY|PASSWORD|TOKEN)=", text)


def test_variables_that_are_set_are_variables_that_are_read():
    read = {
        name
        for folder in ("cx", "ingest", "app", "dbt_project")
        for path in (REPO / folder).rglob("*")
        if path.suffix in (".py", ".yml")
        for name in re.findall(r"\bCX_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert set(re.findall(r"\bCX_[A-Z_]+\b", path.read_text())) <= read, path


def test_the_guides_name_files_that_are_there():
    for path in GUIDES:
        for name in re.findall(r"deploy/[\w./*-]+", path.read_text(encoding="utf-8")):
            pattern = name.rstrip(".")
            assert list(REPO.glob(pattern)) or Path(pattern).suffix == "", name
