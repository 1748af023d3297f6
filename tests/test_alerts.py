"""Alerts: a limit on a metric is told once when it is passed, and once when that is over."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from cx import notify
from cx.alerts import readings
from cx.cli import main
from cx.errors import UserError
from cx.night import Night
from cx.release import current
from cx.settings import Settings
from tests.nights import NOW


@pytest.fixture
def home(full, tmp_path) -> Settings:
    """A home with the released figures and somebody to tell, whose alerts a test may set."""
    settings = Settings(home=tmp_path / "home")
    shutil.copytree(full.releases, settings.releases)
    settings.state.mkdir(parents=True)
    path = settings.home / "notify.yml"
    path.write_text("targets: [{name: desk, url: 'json://127.0.0.1:9/T0KENT0KEN'}]")
    path.chmod(0o600)
    return settings


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    """Keep what is sent, title and body, and send nothing."""
    kept = []

    def send(target, title, body, mask, files=()) -> bool:
        kept.append((title, body))
        return True

    monkeypatch.setattr(notify, "send", send)
    return kept


def watch(home: Settings, lines: str) -> None:
    Path(home.home / "alerts.yml").write_text(f"alerts:\n{lines}\n")


def tell(home: Settings) -> list[str]:
    """Tell as a run does at its end; return what was reported."""
    lines = []
    night = Night(run=None, now=NOW, release=current(home.releases))
    notify.tell(home, night, lines.append)
    return lines


def churn(home: Settings) -> float:
    watch(home, "- {name: churn, metric: M28, above: 0}")
    return float(readings(home)[0].sentence.split(": ")[1].split(" ")[0])


def test_a_metric_beyond_its_limit_is_told_once_and_once_when_it_is_back(home, sent):
    value = churn(home)
    watch(home, f"- {{name: churn, metric: M28, above: {value + 1}}}")
    assert (tell(home), sent) == ([], [])
    watch(home, f"- {{name: churn, metric: M28, above: {value - 0.1:.3f}}}")
    tell(home)
    tell(home)
    watch(home, f"- {{name: churn, metric: M28, above: {value + 1}}}")
    tell(home)
    assert [title for title, _ in sent] == [
        f"CX: churn is above {value - 0.1:g}",
        f"CX: churn is no longer above {value + 1:g}",
    ]
    assert f"{value:.2f}" in sent[0][1]
    assert "limit above" in sent[0][1]


def test_a_clear_alert_waits_until_the_interval_is_beyond_the_limit(home):
    value = churn(home)
    limit = f"{value - 0.001:.4f}"
    watch(
        home,
        f"- {{name: bare, metric: M28, above: {limit}}}\n"
        f"- {{name: clear, metric: M28, above: {limit}, is_clear: true}}",
    )
    assert [each.state for each in readings(home)] == ["beyond", "within"]


def test_an_alert_on_what_is_gone_is_a_line_and_silences_no_other_alert(home, sent):
    watch(
        home,
        "- {name: old, metric: M999, above: 1}\n"
        "- {name: far, metric: M28, by: region, of: Nowhere, below: 100}\n"
        "- {name: churn, metric: M28, above: 0}",
    )
    assert [each.state for each in readings(home)] == ["wrong", "wrong", "beyond"]
    gone, far = tell(home)
    assert "old: there is no metric M999" in gone
    assert "far: M28 has no region Nowhere; it has: north, south, tiny" in far
    assert [title for title, _ in sent] == ["CX: churn is above 0"]


def test_an_alert_leads_to_its_chart_where_the_address_of_the_app_is_known(home, sent):
    watch(home, "- {name: north, metric: M28, by: region, of: north, above: 0}")
    assert notify.chart_of(home, readings(home)[0].alert) == ""
    path = home.home / "sign_in.toml"
    path.write_text(
        "[auth]\nredirect_uri = 'https://cx.example.org/oauth2callback'\n"
        f"cookie_secret = '{'x' * 32}'\nclient_id = 'cx'\nclient_secret = 'x'\n"
        "server_metadata_url = 'https://id.example.org/x'\n"
    )
    path.chmod(0o600)
    tell(home)
    assert sent[0][1].splitlines()[1] == (
        "https://cx.example.org/explore?metric=M28&grain=month&by=region&only=north"
    )


def test_a_value_that_is_hidden_says_nothing_whatever_was_told_before(home, sent):
    churn(home)
    release = home.releases / current(home.releases).file
    release.chmod(0o600)
    with duckdb.connect(str(release)) as connection:
        connection.execute(
            "update marts.metric_value set value = null, ci_low = null, ci_high = null "
            "where metric_id = 'M28'"
        )
    (reading,) = readings(home)
    assert (reading.state, "hidden" in reading.sentence) == ("unknown", True)
    assert (tell(home), sent) == ([], [])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("- {name: a, metric: M28, above: 1, below: 0}", "give one of above and below"),
        ("- {name: a, metric: M28, above: .nan}", "alerts.0.above"),
        ("- {name: a, metric: M28, of: South, above: 1}", "give both by and of"),
        ("- {name: a, metric: M28, above: 1}\n- {name: a, metric: M28, below: 1}", "two alerts"),
        ("- {name: a", "is not YAML, line"),
    ],
)
def test_a_mistake_in_alerts_yml_is_one_line_and_stops_no_other_message(home, sent, line, says):
    watch(home, line)
    with pytest.raises(UserError, match=says):
        readings(home)
    (told,) = tell(home)
    assert says in told
    assert sent == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("- {name: a, metric: M999, above: 1}", "there is no metric M999"),
        ("- {name: a, metric: M28, by: moon, of: full, above: 1}", "has no slice moon"),
    ],
)
def test_notify_alerts_names_what_the_release_does_not_have(home, capsys, line, says):
    watch(home, line)
    assert main(["--home", str(home.home), "notify", "alerts"]) == 2
    assert says in capsys.readouterr().err


def test_notify_alerts_says_how_each_stands(home, capsys):
    churn(home)
    assert main(["--home", str(home.home), "notify", "alerts"]) == 0
    assert capsys.readouterr().out.startswith("beyond   churn  Name of M28: 2.10 %")
