"""Weights of the experience index: found again where surveys hold them, never claimed where not."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

from cx.settings import REPO, Settings
from cx.warehouse import reading, writing
from ml.cxi_calibration import (
    CALIBRATED,
    DOMAINS,
    TOO_FEW,
    UNCALIBRATED,
    calibrate,
    deciding,
    rank_correlation,
    train_cxi,
)

IN_FORCE = np.array([0.4, 0.2, 0.2, 0.2])
TRUE = np.array([0.1, 0.2, 0.6, 0.1])
SEED = REPO / "dbt_project" / "seeds" / "cxi_parameters.csv"


def answers(
    rows: int, weights: np.ndarray, seed: int = 1, survey_type: str = "nps_relational"
) -> pd.DataFrame:
    """Return made-up answers: most are damaged in no domain, a score falls with what is damaged."""
    draw = np.random.default_rng(seed)
    damages = draw.uniform(0, 1, (rows, 4)) * (draw.uniform(size=(rows, 4)) < 0.4)
    scores = np.clip((9.5 - 9 * damages @ weights + draw.normal(0, 1.0, rows)).round(), 0, 10)
    frame = pd.DataFrame(damages, columns=[f"damage_{domain}" for domain in DOMAINS])
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(rows) * 200 // rows, unit="D")
    return frame.assign(
        source_system="survey",
        survey_id=[f"A{number}" for number in range(rows)],
        survey_type=survey_type,
        answered_at=days,
        score=scores.astype(int),
        split_date=pd.Timestamp("2026-05-21"),
        is_test=days >= pd.Timestamp("2026-05-21"),
        parameter_version=1,
    )


def test_weights_that_made_the_scores_are_found_again_and_agree_better():
    (found,) = calibrate(answers(3000, TRUE), IN_FORCE)
    assert found.new_weights == pytest.approx(TRUE, abs=0.05)
    assert found.new_weights.sum() == pytest.approx(1)
    assert found.score_per_damage == pytest.approx(9 * TRUE, abs=0.5)
    assert found.status == CALIBRATED
    assert found.is_better
    assert found.new.value > found.now.value
    assert (found.train_rows, found.test_rows) == (2100, 900)


def test_weights_are_learned_from_the_earlier_answers_only():
    early = answers(3000, TRUE)
    late = early.copy()
    later = late["is_test"]
    late.loc[later, "score"] = 10 - late.loc[later, "score"]
    (before,), (after,) = calibrate(early, IN_FORCE), calibrate(late, IN_FORCE)
    assert after.new_weights == pytest.approx(before.new_weights)
    assert after.now.value == pytest.approx(-before.now.value)
    assert after.status == UNCALIBRATED


def test_scores_that_have_nothing_to_do_with_the_index_leave_it_uncalibrated():
    frame = answers(600, TRUE)
    verdicts = []
    for seed in range(60):
        shuffled = frame.assign(score=np.random.default_rng(seed).permutation(frame["score"]))
        (found,) = calibrate(shuffled, IN_FORCE)
        verdicts.append(found.status)
    # an interval of 95 % leaves zero out, on this side, once in forty
    assert verdicts.count(CALIBRATED) <= 5
    assert verdicts.count(UNCALIBRATED) == len(verdicts) - verdicts.count(CALIBRATED)


def test_few_answers_prove_nothing_and_a_domain_nobody_was_hurt_in_keeps_its_weight():
    (few,) = calibrate(answers(60, TRUE), IN_FORCE)
    assert few.status == TOO_FEW
    assert not few.is_better
    quiet = answers(3000, TRUE).assign(damage_join_change=0.0)
    (found,) = calibrate(quiet, IN_FORCE)
    assert found.new_weights[1] == IN_FORCE[1]
    assert found.new_weights.sum() == pytest.approx(1)


def test_an_index_that_never_varies_correlates_with_nothing():
    assert rank_correlation(np.zeros(100), np.arange(100.0)).value is None


def test_relational_nps_decides_unless_it_is_too_small():
    small = answers(60, TRUE)
    other = answers(3000, TRUE, seed=2, survey_type="csat")
    assert deciding(calibrate(pd.concat([small, other]), IN_FORCE)).survey_type == "csat"
    enough = answers(400, TRUE)
    assert deciding(calibrate(pd.concat([enough, other]), IN_FORCE)).survey_type == "nps_relational"
    assert deciding([]) is None


@pytest.fixture
def home(tmp_path):
    """Return a way to make a home with given answers and the seed as shipped."""

    def made(frame: pd.DataFrame) -> Settings:
        settings = Settings(home=tmp_path / "home")
        with writing(settings) as connection:
            connection.execute("create schema features")
            connection.execute("create schema seeds")
            connection.register("frame", frame)
            connection.execute("create table features.cxi_survey_damages as from frame")
            connection.execute(f"create table seeds.cxi_parameters as from read_csv('{SEED}')")
        return settings

    return made


def rows(settings: Settings, query: str) -> list[tuple]:
    with reading(settings) as connection:
        return connection.execute(query).fetchall()


def test_better_weights_are_proposed_as_rows_of_the_seed_and_nothing_in_force_changes(home):
    settings = home(answers(3000, TRUE))
    before = SEED.read_bytes()
    report = train_cxi(settings)
    assert SEED.read_bytes() == before
    assert report.lines[0].startswith("cxi: calibrated against nps_relational: rank correlation")
    assert "set cxi_version: 2" in report.lines[1]
    with (settings.reports / "cxi_parameters_2.csv").open() as file:
        proposed = list(csv.DictReader(file))
    with SEED.open() as file:
        in_force = list(csv.DictReader(file))
    assert len(proposed) == len(in_force)
    assert {row["parameter_version"] for row in proposed} == {"2"}
    weights = {row["domain"]: float(row["weight"]) for row in proposed if row["level"] == "domain"}
    assert [weights[domain] for domain in DOMAINS] == pytest.approx(TRUE, abs=0.05)
    assert rows(
        settings,
        "select survey_type, is_decisive, status, parameter_version, proposed_version "
        "from ml.ml_cxi_calibration",
    ) == [("nps_relational", True, "calibrated", 1, 2)]
    assert rows(
        settings,
        "select round(sum(weight), 9), round(sum(new_weight), 9), count(*) from ml.ml_cxi_weight",
    ) == [(1.0, 1.0, 4)]


def test_a_second_training_gives_the_same_rows_and_takes_an_old_proposal_back(home):
    settings = home(answers(3000, TRUE))
    train_cxi(settings)
    first = rows(settings, "from ml.ml_cxi_calibration")
    train_cxi(settings)
    assert rows(settings, "from ml.ml_cxi_calibration") == first
    with writing(settings) as connection:
        connection.execute("delete from features.cxi_survey_damages where survey_id > 'A1'")
    assert "too few" in train_cxi(settings).lines[0]
    assert not (settings.reports / "cxi_parameters_2.csv").exists()
    # what is not known is empty, not a number
    assert rows(
        settings, "select correlation is null, proposed_version is null from ml.ml_cxi_calibration"
    ) == [(True, True)]


def test_without_answers_the_index_is_uncalibrated_and_says_so(home):
    settings = home(answers(10, TRUE).iloc[:0])
    assert train_cxi(settings).lines == [
        "cxi: no answered survey of a monitored subscription: uncalibrated"
    ]
    assert rows(settings, "select count(*) from ml.ml_cxi_calibration") == [(0,)]
