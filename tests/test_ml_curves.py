"""Curves of any segment: by tenure as seen, from now on as expected, each with what it rests on."""

from __future__ import annotations

import numpy as np
import pytest

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml.incidence import incidence
from ml.survival import DiscreteHazards
from ml.survival_curves import (
    ANY_CAUSE,
    count_exits,
    expected_curves,
    score_curves,
    seen_curves,
)
from ml.survival_months import covariates
from ml.train_survival import train_survival


def test_incidence_is_the_sums_by_hand_and_any_cause_is_one_less_kaplan_meier():
    value, low, high = incidence(np.array([10.0, 8.0]), np.array([[1.0, 1.0], [2.0, 0.0]]))
    assert value[:, 0] == pytest.approx([0.1, 0.1 + 0.8 * 0.25])
    assert value[:, 1] == pytest.approx([0.1, 0.1])
    assert value[:, 2] == pytest.approx([0.2, 1 - 0.8 * 0.75])
    assert ((low < value) & (value < high)).all()


def test_the_bounds_of_any_cause_are_greenwoods():
    n, d = np.array([50.0, 40.0, 30.0]), np.array([4.0, 3.0, 5.0])
    value, low, high = incidence(n, d[:, None])
    alive = np.cumprod(1 - d / n)
    error = alive * np.sqrt(np.cumsum(d / (n * (n - d))))
    gone = 1 - alive
    reach = 1.959964 * error / np.abs(gone * np.log(gone))
    assert low[:, 1] == pytest.approx(gone ** np.exp(reach), rel=1e-6)
    assert high[:, 1] == pytest.approx(gone ** np.exp(-reach), rel=1e-6)
    # One cause that is the only one is any cause.
    assert value[:, 0] == pytest.approx(value[:, 1])
    assert low[:, 0] == pytest.approx(low[:, 1])


def test_the_bounds_hold_what_was_planted_in_nineteen_of_twenty_bases():
    rng, hazards, inside = np.random.default_rng(4), np.array([0.05, 0.03]), []
    truth = hazards[0] * sum((1 - hazards.sum()) ** t for t in range(6))
    for _ in range(400):
        there, at_risk, left = 300, [], []
        for _month in range(6):
            gone = rng.multinomial(there, [*hazards, 1 - hazards.sum()])[:2]
            at_risk.append(there)
            left.append(gone)
            there -= gone.sum()
        _, low, high = incidence(np.array(at_risk, float), np.array(left, float))
        inside.append(low[-1, 0] < truth < high[-1, 0])
    assert 0.92 < np.mean(inside) < 0.98


def test_no_exit_among_few_leaves_room_for_one():
    value, low, high = incidence(np.array([20.0]), np.array([[0.0]]))
    assert (value[0, 0], low[0, 0]) == (0, 0)
    assert high[0, 0] == pytest.approx(0.15)


WAREHOUSE = """
create schema features;
create table features.survival_months as
select
    'S' || line as subscription_id,
    cast(date '2026-01-01' + to_months(cast(month as integer)) as date) as as_of_date,
    'C' || line as customer_id,
    month < 7 as is_observed,
    case
        when month >= 7 or hash(line, month) % 100 >= if(line % 2 = 0, 4, 12) then null
        when hash(line) % 3 = 0 then 'non_pay'
        else 'port_out'
    end as exit_cause,
    false as is_exit_announced,
    6.0 + month as tenure_months,
    cast(null as double) as contract_months_left,
    case when line < 3 then 'radio' when line % 2 = 0 then 'mobile' else 'tv' end as family,
    if(line % 5 = 0, null, line % 3 = 0) as is_prepaid,
    cast(10 as decimal(18, 4)) as monthly_charge
from range(600) as lines(line)
cross join range(8) as months(month);
delete from features.survival_months as months
using features.survival_months as earlier
where
    months.subscription_id = earlier.subscription_id
    and earlier.exit_cause is not null
    and earlier.as_of_date < months.as_of_date;
create table features.value_terms as select 24 as horizon_months, 20 as survival_draws;
create table features.value_lines as
select subscription_id, as_of_date from features.survival_months where not is_observed;
"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path / "home", fewest_customers=10)
    settings.home.mkdir()
    with writing(settings) as connection:
        connection.execute(WAREHOUSE)
    return settings


def told(settings: Settings, query: str) -> list[tuple]:
    with reading(settings) as connection:
        return connection.execute(query).fetchall()


def test_every_segment_has_a_curve_of_each_cause_by_tenure_and_from_now_on(settings):
    train_survival(settings, 1)
    report = score_curves(settings)
    assert "slices" in report.lines[0]
    slices = told(
        settings,
        "select distinct clock, dimension, dimension_value from ml.ml_survival_curve order by all",
    )
    values = [("all", "all"), ("family", "mobile"), ("family", "tv")]
    values += [("is_prepaid", each) for each in ("false", "true", "unknown")]
    # Radio has three customers: it is in no slice of its own.
    assert slices == [(clock, *each) for clock in ("as of", "tenure") for each in values]
    causes = told(settings, "select distinct exit_cause from ml.ml_survival_curve order by all")
    assert causes == [("all",), ("non_pay",), ("port_out",)]
    wrong = told(
        settings,
        "select count(*) from ml.ml_survival_curve where not coalesce(low <= value and "
        "value <= high and value between 0 and 1 and low >= 0 and high <= 1, false)",
    )
    assert wrong == [(0,)]
    sums = told(
        settings,
        "select max(abs(sum_of_causes - any_cause)) from (select "
        "sum(value) filter (where exit_cause <> 'all') as sum_of_causes, "
        "max(value) filter (where exit_cause = 'all') as any_cause from ml.ml_survival_curve "
        "group by clock, dimension, dimension_value, month)",
    )
    assert sums[0][0] < 1e-8
    months = told(
        settings,
        "select clock, min(month), max(month) from ml.ml_survival_curve group by all order by all",
    )
    assert months == [("as of", 1, 24), ("tenure", 7, 13)]
    first = told(settings, "select * from ml.ml_survival_curve order by all")
    score_curves(settings)
    assert told(settings, "select * from ml.ml_survival_curve order by all") == first


def test_the_evaluation_tells_each_causes_concordance_and_the_skill_on_kaplan_meier(settings):
    train_survival(settings, 1)
    told_of = dict(
        told(
            settings,
            "select metric, value from ml.ml_evaluation where target = 'survival' "
            "and estimator = 'champion'",
        )
    )
    # Nothing tells who does not pay from who ports, but the family tells who leaves.
    for name in ("c_uno", "c_uno_non_pay", "c_uno_port_out"):
        assert 0.5 < told_of[name] < 0.8
    assert -0.5 < told_of["brier_skill"] < 1
    assert 0.3 < told_of["calibration_slope"] < 2


def test_who_leaves_more_often_has_the_higher_curve_on_both_clocks(settings):
    train_survival(settings, 1)
    score_curves(settings)
    found = dict(
        ((clock, family), value)
        for clock, family, value in told(
            settings,
            "select clock, dimension_value, value from ml.ml_survival_curve "
            "where dimension = 'family' and exit_cause = 'all' "
            "and month = if(clock = 'as of', 7, 13)",
        )
    )
    for clock in ("as of", "tenure"):
        assert found[clock, "mobile"] == pytest.approx(1 - 0.96**7, abs=0.1)
        assert found[clock, "tv"] == pytest.approx(1 - 0.88**7, abs=0.1)


def test_without_hazards_there_are_the_curves_that_were_seen(settings):
    score_curves(settings)
    assert told(settings, "select distinct clock from ml.ml_survival_curve") == [("tenure",)]


def test_few_at_risk_are_flagged(settings):
    with reading(settings) as connection:
        curves = seen_curves(count_exits(connection, 1))
    assert curves.loc[curves["dimension_value"] == "radio", "is_low_n"].all()
    assert not curves.loc[curves["dimension"] == "all", "is_low_n"].any()


def test_the_expected_curve_is_the_mean_of_the_lines(settings):
    with reading(settings) as connection:
        lines = connection.execute(
            "select * from features.survival_months where not is_observed order by subscription_id"
        ).df()
        months = connection.execute(
            "select * from features.survival_months where is_observed order by all"
        ).df()
    cause = months["exit_cause"].astype(object).where(months["exit_cause"].notna(), None)
    hazards = DiscreteHazards(draws=5).fit(covariates(months), cause.to_numpy())
    curves = expected_curves(hazards, lines, 6, 1)
    plain = hazards.predict_incidence(covariates(lines), 6)
    own = curves[curves["dimension"] == "all"].pivot(
        index="month", columns="exit_cause", values="value"
    )
    assert own["port_out"].to_numpy() == pytest.approx(plain["port_out"].mean(axis=0), abs=1e-8)
    gone = 1 - hazards.predict_survival(covariates(lines), 6).mean(axis=0)
    assert own[ANY_CAUSE].to_numpy() == pytest.approx(gone, abs=1e-8)
