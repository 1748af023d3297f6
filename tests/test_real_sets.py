"""Real extracts nobody here wrote, from the file to a release."""

from __future__ import annotations

import pytest

from tests.whole_runs import run, status_is_told

# A minute each and more. tests/test_models.py takes one of them to the marts in every run.
pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("name", "available", "missing", "options"),
    [
        ("ibm_telco", {"base", "churn", "preference"}, {"availability", "contacts", "revenue"}, []),
        ("upgrad_sea", {"base", "churn", "revenue"}, {"availability", "contacts"}, []),
        # nothing to learn from these two
        ("gcastle_alarm", {"network"}, {"base", "churn", "contacts"}, ["--until", "build"]),
        ("comcast_complaints", set(), {"base", "churn", "availability"}, []),
    ],
)
def test_a_real_set_goes_all_the_way_and_says_what_it_cannot_answer(
    shared_data, tmp_path, name, available, missing, options
):
    assert run(tmp_path / "home", shared_data / name, *options) == 0
    status_is_told(tmp_path / "home", available, missing)
