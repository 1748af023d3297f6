"""How long lines stay and what they are worth: planted hazards, sums by hand, curves judged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry
from ml.survival import OTHER, DiscreteHazards
from ml.survival_quality import FamilyCurves, FollowUp, brier_parts, concordance, kaplan_meier
from ml.train_survival import train_survival
from ml.value import Totals, score_value, worth

PORT_OUT, NON_PAY = 0.04, 0.02


def months(rows: int = 20_000, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Months of two families: hazards fall with tenure; TV never ports."""
    rng = np.random.default_rng(seed)
    tenure = rng.uniform(0, 60, rows)
    family = np.where(rng.random(rows) < 0.5, "mobile", "tv")
    port = np.where(family == "mobile", np.where(tenure < 12, 2, 1) * PORT_OUT, 0.0)
    luck = rng.random(rows)
    cause = np.where(luck < port, "port_out", np.where(luck < port + NON_PAY, "non_pay", None))
    return pd.DataFrame({"tenure_months": tenure, "family": family}), cause


def steady(hazard: float, rows: int = 5_000, draws: int = 0) -> DiscreteHazards:
    """Hazards that nothing moves."""
    cause = np.where(np.arange(rows) < hazard * rows, "port_out", None)
    X = pd.DataFrame({"tenure_months": np.zeros(rows)})
    return DiscreteHazards(C=1e6, draws=draws).fit(X, cause)


def at(family: str, *tenures: float) -> pd.DataFrame:
    return pd.DataFrame({"tenure_months": tenures, "family": [family] * len(tenures)})


def test_planted_hazards_are_recovered_by_cause_tenure_and_family():
    hazards = DiscreteHazards().fit(*months())
    assert hazards.causes_ == ["non_pay", "port_out"]
    young, old = hazards.predict_hazards(at("mobile", 4.0, 40.0))[:, 0]
    assert young == pytest.approx([NON_PAY, 2 * PORT_OUT], rel=0.25)
    assert old == pytest.approx([NON_PAY, PORT_OUT], rel=0.25)
    non_pay, port_out = hazards.predict_hazards(at("tv", 40.0))[0, 0]
    assert non_pay == pytest.approx(NON_PAY, rel=0.25)
    assert port_out < 0.005


def test_who_stays_and_who_left_for_which_cause_add_up_to_everybody():
    hazards = DiscreteHazards().fit(*months(5_000))
    X = at("mobile", 0.0, 50.0)
    gone = sum(hazards.predict_incidence(X, 24).values())
    assert gone + hazards.predict_survival(X, 24) == pytest.approx(np.ones((2, 24)))


def test_the_hazard_is_constant_beyond_the_tenures_seen():
    hazards = DiscreteHazards().fit(*months())
    near, far = hazards.predict_hazards(at("mobile", hazards.last_clock_ + 1, 600.0))[:, 0]
    assert near == pytest.approx(far)


def test_a_contract_runs_out_on_the_way():
    rng = np.random.default_rng(3)
    left = rng.uniform(-24, 24, 20_000)
    cause = np.where(rng.random(20_000) < np.where(left > 1, 0.005, 0.06), "cancel_other", None)
    X = pd.DataFrame({"tenure_months": rng.uniform(0, 40, 20_000), "contract_months_left": left})
    hazards = DiscreteHazards().fit(X, cause)
    row = pd.DataFrame({"tenure_months": [10.0], "contract_months_left": [6.0]})
    by_month = hazards.predict_hazards(row, 12)[0, :, 0]
    assert by_month[:5] == pytest.approx(np.full(5, 0.005), abs=0.004)
    assert by_month[8:] == pytest.approx(np.full(4, 0.06), abs=0.01)


def test_a_rare_cause_counts_as_other_and_is_not_lost():
    X, cause = months(5_000)
    cause[:10] = "fraud"
    hazards = DiscreteHazards().fit(X, cause)
    assert OTHER in hazards.causes_
    assert "fraud" not in hazards.causes_


def test_hazards_need_both_who_stayed_and_who_left():
    X = pd.DataFrame({"tenure_months": [1.0, 2.0]})
    for cause in ([None, None], ["port_out", "port_out"]):
        with pytest.raises(ValueError, match="lived through"):
            DiscreteHazards().fit(X, np.array(cause, dtype=object))


def test_the_value_of_a_constant_hazard_is_the_sum_by_hand():
    found = worth(steady(0.02), pd.DataFrame({"tenure_months": [0.0]}), np.array([10.0]), 36, 0.1)
    by_hand = sum(10 * 0.98**t / 1.1 ** (t / 12) for t in range(1, 37))
    assert found.money[0, 0] == pytest.approx(by_hand, rel=1e-3)
    assert found.months[0, 0] == pytest.approx(sum(0.98**t for t in range(1, 37)), rel=1e-3)


def test_the_resamples_spread_as_the_hazard_does():
    hazards = steady(0.05, rows=2_000, draws=400)
    drawn = 1 - np.concatenate(
        [a for _, a in hazards.sampled_survival(pd.DataFrame({"tenure_months": [0.0]}), 1)]
    )
    assert drawn[0, 0, 0] == pytest.approx(0.05, rel=1e-3)
    assert drawn[0, 1:, 0].std() == pytest.approx(np.sqrt(0.05 * 0.95 / 2_000), rel=0.15)


def test_rows_of_one_customer_are_resampled_together():
    X, cause = months(2_000)
    twice = pd.concat([X, X], ignore_index=True)
    own = DiscreteHazards(draws=300).fit(X, cause, groups=np.arange(2_000))
    same = DiscreteHazards(draws=300, C=0.5).fit(
        twice, np.tile(cause, 2), groups=np.tile(np.arange(2_000), 2)
    )
    row = at("mobile", 20.0)
    spread = [next(h.sampled_survival(row, 12))[1][0, 1:, -1].std() for h in (own, same)]
    assert spread[1] == pytest.approx(spread[0], rel=0.1)


def test_without_losses_brier_and_concordance_are_the_plain_ones():
    seen = FollowUp(np.array([1, 2, 2, 2]), np.array([True, True, False, False]), 2)
    survival = np.array([[0.5, 0.2], [0.9, 0.4], [0.9, 0.6], [0.9, 0.8]])
    plain = np.array([[0.25, 0.04], [0.01, 0.16], [0.01, 0.16], [0.01, 0.04]])
    assert brier_parts(seen, survival) == pytest.approx(plain)
    assert concordance(seen, 1 - survival[:, -1], weighted=True) == 1.0
    assert concordance(seen, survival[:, -1], weighted=False) == 0.0
    assert kaplan_meier(seen) == pytest.approx([0.75, 0.5])


def test_who_is_lost_from_sight_is_made_up_for_by_those_who_are_not():
    # Half are lost after the first month: each that is left stands for two.
    seen = FollowUp(np.array([1, 1, 2, 2]), np.array([False, False, True, False]), 2)
    parts = brier_parts(seen, np.full((4, 2), 0.5))
    assert parts[:, 1] == pytest.approx([0.0, 0.0, 0.5, 0.5])
    assert kaplan_meier(seen)[-1] == pytest.approx(0.5)


def test_a_family_without_an_exit_keeps_everybody():
    X, cause = months(5_000)
    has_left = np.array([c is not None for c in cause])
    curves = FamilyCurves(by_tenure=True).fit(X, has_left, np.ones(len(X)))
    assert (curves.predict_survival(at("radio", 3.0), 6) == 1).all()
    assert curves.predict_survival(at("mobile", 3.0), 6)[0, -1] < 0.7


WAREHOUSE = """
create schema features;
create schema intermediate;
create schema marts;
create table intermediate.int_clock as select timestamp '2026-08-01' as as_of, 'b' as batch_id;
create table marts.dim_metric as
select 'M43' as metric_id, 1 as metric_version, null::integer as currencies;
create table features.survival_months as
select
    'S' || line as subscription_id,
    cast(date '2026-01-01' + to_months(cast(month as integer)) as date) as as_of_date,
    'C' || line // 2 as customer_id,
    month < 7 as is_observed,
    if(month < 7 and hash(line, month) % 100 < if(line % 2 = 0, 2, 6), 'port_out', null)
        as exit_cause,
    false as is_exit_announced,
    10.0 + month as tenure_months,
    cast(null as double) as contract_months_left,
    if(line % 2 = 0, 'mobile', 'tv') as family,
    line % 3 = 0 as is_prepaid,
    cast(10 as decimal(18, 4)) as monthly_charge
from range(600) as lines(line)
cross join range(8) as months(month);
create table features.value_terms as
select 36 as horizon_months, 0.1::double as discount_rate, 0.5::double as margin_share,
    20 as survival_draws, 'EUR' as currency;
create table features.value_lines as
select subscription_id, as_of_date, customer_id, 'consumer' as segment, family,
    'unknown' as region, 'bills' as revenue_basis,
    if(subscription_id = 'S7', null, 20.0::double) as monthly_revenue,
    if(family = 'tv', null, 1.0::double) as monthly_cost
from features.survival_months where not is_observed;
"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    with writing(settings) as connection:
        connection.execute(WAREHOUSE)
    return settings


def everything(settings: Settings) -> list[tuple]:
    with reading(settings) as connection:
        return [
            connection.execute(f"select * from ml.{table} order by all").fetchall()
            for table in ("ml_value", "ml_metric_value", "ml_evaluation")
        ]


# Uno's C of M44c made again of what is kept: of each two lines of which one is seen to leave first,
# by the chance squared that a line is still in sight then.
CONCORDANCE = """
    with lost as (
        select months.month, count(*) filter (where months_followed = month and not has_left) as n,
            count(*) filter (where months_followed > month or months_followed = month
                and not has_left) as there
        from ml.ml_test_score, range(0, 40) as months (month)
        where target = 'survival' and estimator = 'champion'
        group by month
    ),
    in_sight as (
        select month + 1 as month,
            product(1 - n / greatest(there, 1)) over (order by month) as share
        from lost
    ),
    pairs as (
        select early.estimator, share ** -2 as weight,
            case when early.score > late.score then 1 when early.score = late.score then 0.5
                else 0 end as won
        from ml.ml_test_score as early
        inner join in_sight on in_sight.month = early.months_followed
        inner join ml.ml_test_score as late
            on early.estimator = late.estimator and late.target = 'survival'
            and (late.months_followed > early.months_followed
                or late.months_followed = early.months_followed and not late.has_left)
        where early.target = 'survival' and early.has_left
    )
    select estimator, any_value(value), sum(weight * won) / sum(weight)
    from pairs inner join ml.ml_evaluation as told using (estimator)
    where told.target = 'survival' and metric = 'c_uno'
    group by estimator
"""


def test_values_and_the_metric_are_written_and_come_out_the_same_again(settings, tmp_path):
    trained, scored = train_survival(settings, 1), score_value(settings)
    assert "integrated Brier" in trained.lines[1]
    assert "1 without a known revenue left out" in scored.lines[0]
    with reading(settings) as connection:
        rows = connection.execute(
            "select dimension, dimension_value, n, numerator / value, ci_low < value, "
            "value < ci_high, metric_version from ml.ml_metric_value order by all"
        ).fetchall()
        ranked = connection.execute(CONCORDANCE).fetchall()
        wrong = connection.execute(
            "select count(*) from ml.ml_value where not (clv_low < clv and clv < clv_high "
            "and expected_lifetime_months between 0 and 36) "
            "or monthly_margin <> 10 - coalesce(monthly_cost, 0)"
        ).fetchall()
    assert [(*row[:3], round(row[3]), *row[4:]) for row in rows] == [
        ("all", "all", 599, 599, True, True, 1),
        ("family", "mobile", 300, 300, True, True, 1),
        ("family", "tv", 299, 299, True, True, 1),
        ("region", "unknown", 599, 599, True, True, 1),
        ("segment", "consumer", 599, 599, True, True, 1),
    ]
    assert wrong == [(0,)]
    assert len(ranked) == 3
    for estimator, told, again in ranked:
        assert told == pytest.approx(again, abs=1e-12), estimator
    first = everything(settings)
    other = dataclasses.replace(settings, home=tmp_path / "again")
    other.home.mkdir()
    with writing(other) as connection:
        connection.execute(WAREHOUSE)
    train_survival(other, 1)
    score_value(other)
    assert everything(other) == first


def test_too_few_exits_make_no_hazards_and_no_values(settings):
    with writing(settings) as connection:
        connection.execute("update features.survival_months set exit_cause = null")
    report = train_survival(settings, 1)
    assert "0 exits in 7 months" in report.lines[0]
    assert score_value(settings).lines == ["value: no hazards, so no values"]
    with reading(settings) as connection:
        status = connection.execute(
            "select status from ml.ml_model where target = ?", [registry.SURVIVAL]
        ).fetchall()
    assert status == [(registry.NO_MODEL,)]


def test_values_come_out_the_same_in_whatever_batches_lines_are_read(settings, monkeypatch):
    train_survival(settings, 1)
    score_value(settings)
    first = everything(settings)

    def in_small_ones(connection, query, given):
        whole = connection.execute(query, given).df()
        return [whole.iloc[start : start + 70] for start in range(0, len(whole), 70)]

    monkeypatch.setattr(datasets, "batches", in_small_ones)
    score_value(settings)
    assert everything(settings) == first


def test_a_slice_is_added_up_line_after_line_whatever_the_batches():
    random = np.random.default_rng(3)
    money = random.normal(100, 50, (1_000, 5))
    lines = pd.DataFrame({"segment": random.choice(["consumer", "business"], 1_000)})
    whole, parts = Totals(), Totals()
    whole.add(lines, money)
    for start in range(0, 1_000, 7):
        parts.add(lines[start : start + 7], money[start : start + 7])
    for dimension, label in (("all", "all"), ("segment", "consumer")):
        one, other = (each.mean(dimension, label, 500) for each in (whole, parts))
        assert np.array_equal(one, other)
