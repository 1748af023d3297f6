"""Moments: from a stage to whose it is, who asked soon after, and what brings customers back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.queries.privacy import FEWEST, hidden_beside
from app.words import CATALOGUE
from cx.warehouse import writing
from tests.release_fixture import FORMULA, published
from tests.test_app import healthy
from tests.test_app_pages import charts

ALL_TIME = {"journey": "join", "m": "all"}


def people(run) -> pd.DataFrame:
    """Return the list of a stage's people, as it is drawn."""
    return next((frame.value for frame in run.dataframe if "to_do" in frame.value), pd.DataFrame())


def whose(run) -> list[str]:
    """Return whom a list names."""
    return people(run).get("subscription_id", pd.Series(dtype=str)).tolist()


def test_a_stage_leads_to_whose_it_is_and_each_to_the_customer(full, opened):
    run = opened(full, "moments", **ALL_TIME)
    assert not whose(run)
    run = opened(full, "moments", stage="ordered", **ALL_TIME)
    assert "Join, Ordered: whose" in healthy(run)
    # Longest first; a call of no line is its customer's.
    assert whose(run) == ["S001", "S002", "S003", "S004", "C005"]
    shown = people(run)
    assert "due" not in shown and shown["team"].tolist()[0] != FORMULA
    assert shown["state"].tolist()[1] == "there now"
    now = opened(full, "moments", stage="ordered", who="now", **ALL_TIME)
    assert whose(now) == ["S002"]
    assert dict(now.query_params)["who"] == "now"
    nobody = opened(full, "moments", stage="in_work", who="now", **ALL_TIME)
    assert "Nobody stands there now" in healthy(nobody)


def test_a_stage_leads_to_those_of_it_on_the_work_list(own, opened):
    with writing(own) as connection:
        connection.execute(
            "update marts.moment_list set is_here_now = true "
            "where subscription_id in (select subscription_id from ml.ml_work_list)"
        )
        worked = connection.execute(
            "select subscription_id from ml.ml_work_list where place <= 50 and subscription_id in "
            "(select subscription_id from marts.moment_list where is_here_now) order by place"
        ).fetchall()
    published(own)
    run = opened(own, "moments", stage="ordered", who="now", **ALL_TIME)
    links = [link.proto.query_string for link in run.get("page_link")]
    assert "at=join.ordered" in links
    # Who came through is long on its way: to the whole list.
    came = opened(own, "moments", stage="ordered", **ALL_TIME)
    assert "at=join.ordered" not in [link.proto.query_string for link in came.get("page_link")]
    told = opened(own, "work_list", at="join.ordered")
    assert "Stand now at" not in healthy(opened(own, "work_list", "product_manager"))
    rows = next(frame.value for frame in told.dataframe if "place" in frame.value)
    assert len(rows) > 0 and rows["subscription_id"].tolist() == [line for (line,) in worked]
    both = opened(own, "work_list", at="join.ordered", kind="A", lang="ru")
    healthy(both)
    assert "listed" not in healthy(opened(own, "work_list", at="join.nowhere"))


def test_a_list_is_of_the_month_and_part_chosen(full, opened):
    month = opened(full, "moments", journey="join", m="2026-09", stage="ordered")
    assert whose(month) == ["S004"]
    north = opened(full, "moments", stage="ordered", part="region:north", **ALL_TIME)
    assert whose(north) == ["S001", "S002", "S003"]
    assert "Whose" not in healthy(opened(full, "moments", journey="join", stage="x"))


def test_a_bar_chooses_a_stage_and_the_address_keeps_it(full, opened):
    run = opened(full, "moments", **ALL_TIME)
    for chart in ("moments.time", "moments.through", "moments.asked"):
        run.session_state[chart] = {"selection": {"pick": [{"stage": "ordered"}]}}
        run.run()
        healthy(run)
        assert dict(run.query_params)["stage"] == "ordered"
        run.selectbox(key="moments.stage").set_value("none").run()
        assert not whose(run) and "stage" not in run.query_params


def test_only_who_may_see_persons_gets_a_list_and_their_regions_of_it(full, opened, monkeypatch):
    from app import components

    files = []
    monkeypatch.setattr(
        components, "download", lambda rows, name, key, **how: files.append((key, how))
    )
    manager = opened(full, "moments", role="product_manager", stage="ordered", **ALL_TIME)
    assert not whose(manager) and CATALOGUE["persons.not"][0] in healthy(manager)
    assert "moments.people.csv" not in dict(files)
    told = {"stage": "ordered", **ALL_TIME}
    analyst = opened(full, "moments", role="analyst", regions=("north",), **told)
    assert len(whose(analyst)) == 5
    assert "You see rows of customers of north only" in healthy(analyst)
    elsewhere = opened(full, "moments", role="analyst", regions=("south",), **told)
    assert not whose(elsewhere) and "Nobody to list" in healthy(elsewhere)
    # As rows of persons: the right to take them and the line in the audit log are asked of it.
    assert dict(files)["moments.people.csv"]["of_persons"]


def test_who_asked_is_told_of_no_few(full, opened):
    run = opened(full, "moments", **ALL_TIME)
    text = healthy(run)
    assert "Contacts within 7 days" in text
    stages = next(frame.value for frame in run.dataframe if "office" in frame.value)
    told = stages.set_index("stage")["value"].to_dict()
    # A fifth of those who ordered; five customers in work, and nine in all of fallout.
    assert told == {"Ordered": "20.0%", "In work": "–", "Fallout": "–"}
    assert "Stages of fewer than ten customers who contacted us are hidden: 2" in text
    assert "20.0%" in charts(run)


def test_a_release_built_before_tells_the_rest(own, opened):
    with writing(own) as connection:
        connection.execute("alter table marts.agg_moment_step drop column asked_journeys")
        connection.execute("drop table marts.moment_list")
    published(own)
    run = opened(own, "moments", stage="ordered", **ALL_TIME)
    text = healthy(run)
    assert CATALOGUE["older_release"][0] in text and "takes" in text
    assert not whose(run)


def test_reasons_that_bring_customers_back_are_told_beside_the_month_before(own, opened):
    with writing(own) as connection:
        connection.execute(
            "insert into marts.metric_value by name select * replace ('M06' as metric_id, "
            "'reason' as dimension, 'fault' as dimension_value, 30 as numerator, "
            "120 as denominator, 25.0 as value, 18.0 as ci_low, 33.0 as ci_high, 120 as n, "
            "120 as customers) from marts.metric_value "
            "where metric_id = 'M28' and dimension = 'all' and period_grain = 'month'"
        )
    published(own)
    run = opened(own, "moments", lang="ru")
    assert "Повторные обращения по причине" in healthy(run)
    rows = next(frame.value for frame in run.dataframe if "repeated" in frame.value)
    assert rows[["repeated", "contacts", "value"]].to_numpy().tolist() == [[30.0, 120.0, 25.0]]
    empty = opened(own, "moments", m="all", journey="join")
    healthy(empty)


def test_what_is_hidden_follows_from_no_sum():
    """Each sum that hides a small one hides another beside it, along both ways of adding up."""
    draw = np.random.default_rng(7)
    for _ in range(60):
        parts, months = draw.integers(1, 6), draw.integers(1, 6)
        table = pd.DataFrame(
            [(part, month) for part in range(parts) for month in range(months)],
            columns=["part", "month"],
        )
        counts = pd.Series(draw.choice([0, 3, 9, 12, 40, 300], len(table)))
        ways = [[table["month"]], [table["part"]]]
        hidden = hidden_beside(counts, ways)
        small = (counts > 0) & (counts < FEWEST)
        assert hidden[small].all() and not hidden[counts == 0].any()
        for way in ways:
            for _, each in table.assign(counts=counts, hidden=hidden).groupby(way):
                gone = each[each["hidden"]]
                others = each[~each["hidden"] & (each["counts"] >= FEWEST)]
                if len(gone) and len(others):
                    assert len(gone) > 1 and gone["counts"].sum() >= FEWEST
