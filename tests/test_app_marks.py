"""A click on a mark filters its page, and the address keeps what was clicked."""

from __future__ import annotations

import pytest

from app.views import churn
from tests.test_app import healthy


def clicked(run, key: str, mark: dict[str, object]):
    """Click on a mark of a chart: what the browser sends, and what is called for it."""
    run.session_state[key] = {"selection": {"pick": [mark]}}
    return run.run()


def test_a_cell_of_cohorts_compares_all_after_as_many_months(full, opened):
    run = opened(full, "retention")
    clicked(run, "retention.cohorts", {"code": "2026-06|2"})
    assert "Still here after 2 months" in healthy(run) and dict(run.query_params)["at"] == "2"
    assert dict(run.query_params)["cohort"] == "2026-06"
    # What was clicked once does not hold against what is chosen after it.
    run.button_group(key="retention.at").set_value("3").run()
    assert "Still here after 3 months" in healthy(run)
    again = opened(full, "retention", at="0")
    assert "Still here after 3 months" in healthy(again)


def whose(run) -> list[str]:
    """Return whom a list of people names."""
    rows = [frame.value for frame in run.dataframe if "to_do" in frame.value]
    return rows[0]["subscription_id"].tolist() if rows else []


def test_a_cohort_leads_to_who_left_it_and_who_is_still_here(full, opened):
    june = {"cohort": "2026-06", "at": "2"}
    left = opened(full, "retention", **june)
    assert "Joined in Jun 2026, left within 2 months" in healthy(left)
    assert whose(left) == ["S002", "S001"]
    assert whose(opened(full, "retention", at="1", cohort="2026-06")) == ["S001"]
    here = opened(full, "retention", who="here", lang="ru", **june)
    healthy(here)
    assert whose(here) == ["S003", "S004"]
    north = opened(full, "retention", part="region:north", who="here", **june)
    assert whose(north) == ["S003"]
    manager = opened(full, "retention", role="product_manager", **june)
    assert healthy(manager) and not whose(manager)
    other = opened(full, "retention", role="analyst", regions=("south",), **june)
    assert "Nobody to list" in healthy(other)
    may = opened(full, "retention", cohort="2026-05", at="2")
    assert "Nobody to list" in healthy(may) and may.query_params


@pytest.mark.parametrize(
    ("cell", "part"), [("tv + north", "region:north"), ("mobile + south", "region:south")]
)
def test_a_cell_of_the_churn_grid_filters_to_its_region(full, opened, monkeypatch, cell, part):
    run = opened(full, "churn")
    state = {}
    with monkeypatch.context() as browser:
        browser.setattr(churn.st, "session_state", state)
        churn.look_at_region(cell)
        churn.stay_until("port_out")
    assert state == {"churn.part": part, "churn.view": "stay", "churn.cause": "port_out"}
    for name, value in state.items():
        run.session_state[name] = value
    healthy(run.run())
    assert dict(run.query_params)["part"] == part
    assert dict(run.query_params)["view"] == "stay"


def test_an_area_leads_to_who_leaves_in_its_region(full, opened):
    run = opened(full, "service_impact", period="all", region="north")
    healthy(run)
    (link,) = [each.proto for each in run.get("page_link") if "Churn in" in each.proto.label]
    assert link.label == "Churn in North" and "region" in link.query_string
