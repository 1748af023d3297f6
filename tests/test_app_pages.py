"""Pages of curves, campaigns, models, runs and metrics: full, empty, in part, for each role."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cx.settings import REPO, Settings
from cx.warehouse import writing
from tests.release_fixture import empty_home, full_home, published
from tests.test_app import healthy

APP = REPO / "app"


@pytest.fixture(scope="module")
def full(tmp_path_factory) -> Settings:
    settings = full_home(tmp_path_factory.mktemp("full"))
    published(settings)
    return settings


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Settings:
    settings = empty_home(tmp_path_factory.mktemp("empty"))
    published(settings)
    return settings


@pytest.fixture
def own(tmp_path) -> Settings:
    settings = full_home(Path(tmp_path / "home"))
    published(settings)
    return settings


@pytest.fixture
def opened(monkeypatch):
    def open_(settings: Settings, page: str, **address: str) -> AppTest:
        monkeypatch.setenv("CX_HOME", str(settings.home))
        run = AppTest.from_file(str(APP / "main.py"), default_timeout=60)
        run.query_params["lang"] = address.pop("lang", "en")
        run.run()
        run.switch_page(f"views/{page}.py")
        for name, value in address.items():
            run.query_params[name] = value
        return run.run()

    return open_


def charts(run: AppTest) -> str:
    return "\n".join(str(chart.proto) for chart in run.get("vega_lite_chart"))


# ------------------------------------------------------------------ churn


def test_what_moved_the_rate_tells_clear_changes_from_chance(full, opened):
    run = opened(full, "churn")
    text = healthy(run)
    assert "**2** of 2 parts changed clearly" in text
    assert "Region: North" in charts(run)
    # Nine customers moved by 77.7: never drawn, in no chart.
    assert "Tiny" not in charts(run)


def test_a_month_may_be_compared_with_a_target_or_with_last_year(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into marts.metric_target values ('M28', '2000-01-01', 4.5, 'us')"
        )
    published(own)
    churn = opened(own, "churn", vs="target").metric[0]
    assert (churn.delta, churn.label) == ("no clear change", "Churn")
    assert "no clear change against target" in healthy(opened(own, "churn", vs="target"))
    with writing(own) as connection:
        connection.execute("update marts.metric_target set target = 1.5")
    published(own)
    assert opened(own, "churn", vs="target").metric[0].delta == "+2.90 pp"
    assert "nothing to compare it with" in healthy(opened(own, "churn", vs="year"))


def test_survival_curves_leave_out_groups_of_fewer_than_ten(full, opened):
    run = opened(full, "churn", view="stay")
    text = healthy(run)
    assert "Monthly" in text
    assert "One year" not in text
    assert "One year" not in charts(run)
    assert "97.0% (96.5% – 97.6%)" in text
    left = healthy(opened(full, "churn", view="stay", cause="port_out"))
    assert "gone for this cause" in left


def test_the_target_list_says_what_it_is_and_leaves_out_who_is_held_out(full, opened):
    run = opened(full, "churn", view="target")
    text = healthy(run)
    assert "Risk, not persuadability" in text
    assert "Contacting **20** is expected to earn **200 EUR** against doing nothing" in text
    assert "**doing nothing may be as good.**" in text
    listed = next(frame.value for frame in run.dataframe if "profit_rank" in frame.value)
    assert "S003" not in set(listed["subscription_id"])
    assert len(listed) == 18


def test_doing_nothing_can_be_chosen_and_lists_nobody(full, opened):
    text = healthy(opened(full, "churn", view="target", n="0"))
    assert "Nobody to contact" in text
    assert "Contacting 0 would earn 200 EUR less." in text


def test_trust_says_where_the_model_is_wrong_and_whether_it_beats_the_rule(full, opened):
    run = opened(full, "churn", view="trust")
    text = healthy(run)
    assert "clearly better than the three-line rule" in text
    assert "In **1** of 3 groups the prediction lies outside" in text
    assert "In **1** of 2 groups the prediction is clearly off: Segment: Business." in text
    assert "drifted: 1" in text
    assert "Three-line rule" in charts(run)


def test_a_model_that_is_not_proven_better_is_said_to_be_so(own, opened):
    with writing(own) as connection:
        connection.execute("update ml.ml_backtest set low = -0.001 where metric = 'log_loss_gain'")
    published(own)
    text = healthy(opened(own, "churn", view="trust"))
    assert "not proven better than the three-line rule" in text


VIEWS = ("why", "stay", "risk", "target", "trust")


@pytest.mark.parametrize("view", VIEWS)
def test_every_part_of_churn_speaks_russian(full, opened, view):
    assert "Отток" in healthy(opened(full, "churn", view=view, lang="ru"))


def test_every_part_of_churn_has_an_empty_state(own, opened):
    tables = "survival_curve profit_curve uplift_score uplift backtest slice decision drift "
    with writing(own) as connection:
        for table in (tables + "calibration score evaluation").split():
            connection.execute(f"delete from ml.ml_{table}")
    published(own)
    said = {view: healthy(opened(own, "churn", view=view)) for view in VIEWS}
    assert "No curves in this release" in said["stay"]
    assert "No campaign to plan" in said["target"]
    assert "No back-test" in said["trust"]
