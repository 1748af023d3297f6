"""Real extracts nobody here wrote, from the file to a release."""

from __future__ import annotations

import pytest

from tests.whole_runs import ask, run


@pytest.mark.parametrize(
    ("name", "available", "missing", "options"),
    [
        pytest.param(
            *("ibm_telco", {"base", "churn", "preference"}),
            *({"availability", "contacts", "revenue"}, []),
            # Learning from it takes two minutes; test_ml_churn learns from it too.
            marks=pytest.mark.long,
        ),
        (
            *("upgrad_sea", {"base", "churn", "revenue"}, {"availability", "contacts"}),
            ["--until", "build"],
        ),
        pytest.param(
            *("upgrad_sea", {"base", "churn", "revenue"}, {"availability", "contacts"}, []),
            marks=pytest.mark.long,
        ),
        # Nothing to learn from these two, and a minute each: the tests of a run go without.
        pytest.param(
            *("gcastle_alarm", {"network"}, {"base", "churn", "contacts"}, ["--until", "build"]),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("comcast_complaints", set(), {"base", "churn", "availability"}, []),
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_real_set_goes_all_the_way_and_says_what_it_cannot_answer(
    shared_data, tmp_path, name, available, missing, options
):
    assert run(tmp_path / "home", shared_data / name, *options) == 0
    status = dict(ask(tmp_path / "home", "select answer_id, status from marts.answer_readiness"))
    assert {answer for answer in available if status[answer] == "missing"} == set()
    assert {answer for answer in missing if status[answer] != "missing"} == set()
    needs = dict(
        ask(
            tmp_path / "home",
            "select answer_id, missing_columns::varchar from marts.answer_readiness",
        )
    )
    assert all(needs[answer] for answer in missing)
