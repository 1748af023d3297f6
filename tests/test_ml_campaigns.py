"""Whom to contact: held out by chance and for good, listed by what is known, told what it is."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import campaigns, registry
from ml.campaigns import DRAWS, score_campaign, uplift_with_error
from ml.hold_out import draw_hold_outs
from ml.terms import read_terms
from ml.trials import COLUMNS
from ml.uplift import TLearner
from ml.uplift_measures import resamples, some_groups
from tests.test_ml_uplift import trial

WAREHOUSE = """
create schema features;
create table features.churn_cutoffs as
select unnest([date '2026-01-01', date '2026-02-01', date '2026-02-15']) as as_of_date;
create table features.churn_cohort as
select 'S' || line as subscription_id, as_of_date, 'C' || line // 2 as customer_id,
    false as is_exit_announced
from range(4000) as lines(line) cross join features.churn_cutoffs;
-- Of a large base no column is read in vain.
create view features.churn_features as
select subscription_id, as_of_date, hash(subscription_id) % 1000 as tenure_days,
    'mobile' as family, error('read in vain') as weather
from features.churn_cohort;
create table features.decision_lines as
select subscription_id, as_of_date, true as is_marketing_agreed
from features.churn_cohort where as_of_date = date '2026-02-15';
create table features.uplift_terms as
select 1 as terms_version, date '2026-01-01' as valid_from, 1.0::double as contact_cost,
    10.0::double as offer_cost, 6.0::double as acceptance_alpha, 14.0::double as acceptance_beta,
    200.0::double as clv, 300::bigint as most_contacts, 10000.0::double as budget,
    0.1::double as hold_out_share, 'salt' as hold_out_salt, 'EUR' as currency;
create table features.uplift_contacts (
    source_system varchar, campaign_id varchar, subscription_id varchar, as_of_date date,
    customer_id varchar, campaign_kind varchar, is_treated boolean, has_accepted boolean,
    is_outcome_known boolean, has_left boolean, contacted_at timestamp
);
"""
# The young are kept by a contact and the old are driven out; half are drawn.
CONTACTS = """
insert into features.uplift_contacts
select 's', 'K', subscription_id, as_of_date, customer_id, 'retention',
    hash(subscription_id, 'arm') % 2 = 0 as is_treated, is_treated, true,
    hash(subscription_id, 'left') % 100 < 40 + case
        when not is_treated then 0 when hash(subscription_id) % 1000 < 500 then -30 else 30
    end,
    timestamp '2026-01-02'
from features.churn_cohort where as_of_date = date '2026-01-01'
"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    with writing(settings) as connection:
        connection.execute(WAREHOUSE)
        registry.create_tables(connection)
        connection.execute(
            "insert into ml.ml_score by name select subscription_id, as_of_date, 'm' as model_id, "
            "'churn' as target, hash(subscription_id, 'risk') % 1000 / 2000.0 as score "
            "from features.churn_cohort where as_of_date = '2026-02-15'"
        )
        connection.execute(
            "insert into ml.ml_value by name select subscription_id, as_of_date, "
            "hash(subscription_id, 'clv') % 400::double as clv from features.churn_cohort "
            "where as_of_date = '2026-02-15' and subscription_id <> 'S7'"
        )
    return settings


def told(settings: Settings, query: str) -> list[tuple]:
    with reading(settings) as connection:
        return connection.execute(query).fetchall()


def change(settings: Settings, *statements: str) -> None:
    with writing(settings) as connection:
        for statement in statements:
            connection.execute(statement)


HOLD_OUT = "select * from ml.ml_hold_out order by all"


def test_each_month_holds_out_its_share_of_customers_with_all_their_lines(settings):
    score_campaign(settings, 1)
    months = told(
        settings,
        "select campaign_month::varchar, count(distinct customer_id), count(*) "
        "from ml.ml_hold_out group by all order by all",
    )
    assert [month for month, _, _ in months] == ["2026-01-01", "2026-02-01"]
    for _, customers, lines in months:
        assert lines == 2 * customers
        assert 0.08 < customers / 2_000 < 0.12
    both = told(
        settings,
        "select count(*) from (select customer_id from ml.ml_hold_out group by all "
        "having count(distinct campaign_month) = 2)",
    )
    # Drawn anew each month: a tenth of a tenth is in both.
    assert 5 < both[0][0] < 40


def test_the_same_terms_draw_the_same_and_other_salt_draws_others(settings):
    score_campaign(settings, 1)
    first = told(settings, HOLD_OUT)
    change(settings, "delete from ml.ml_hold_out")
    score_campaign(settings, 2)
    assert told(settings, HOLD_OUT) == first
    change(
        settings,
        "delete from ml.ml_hold_out",
        "update features.uplift_terms set hold_out_salt = 'other'",
    )
    score_campaign(settings, 1)
    assert {row[1] for row in told(settings, HOLD_OUT)} != {row[1] for row in first}


def test_a_hold_out_once_made_stays_whatever_the_terms_become(settings):
    score_campaign(settings, 1)
    first = told(settings, HOLD_OUT)
    change(
        settings,
        "update features.uplift_terms set hold_out_salt = 'other', hold_out_share = 0.5",
        "insert into features.churn_cohort select 'N' || line, date '2026-02-15', 'N' || line, "
        "false from range(400) as lines(line)",
    )
    with writing(settings) as connection:
        added = draw_hold_outs(connection)
    after = told(settings, HOLD_OUT)
    assert set(first) < set(after)
    # Who joins in the month is drawn by the terms the month began with.
    assert 20 < added == len(after) - len(first) < 65
    assert {row[1][0] for row in set(after) - set(first)} == {"N"}


def test_nobody_held_out_is_on_a_list_and_everybody_else_is(settings):
    score_campaign(settings, 1)
    held, listed = (
        told(
            settings,
            "select count(*), count(list_rank), count(profit_rank), max(list_rank), "
            "count(*) filter (where is_worth_contacting) from ml.ml_uplift_score "
            f"where {each} is_held_out",
        )[0]
        for each in ("", "not")
    )
    assert held[0] > 300
    assert held[1:] == (0, 0, None, 0)
    assert listed[0] == listed[1] == listed[2] == listed[3] == 4_000 - held[0]
    most = told(settings, "select max(contacts) from ml.ml_profit_curve")
    assert most == [(listed[0],)]


def test_who_did_not_agree_to_marketing_is_on_no_list_and_no_control(settings):
    change(
        settings,
        "update features.decision_lines set is_marketing_agreed = false "
        "where hash(subscription_id, 'agreed') % 3 = 0",
        "delete from features.decision_lines where subscription_id = 'S12'",
    )
    score_campaign(settings, 1)
    counts = told(
        settings,
        "select coalesce(is_marketing_agreed, false), count(*), count(list_rank), "
        "count(profit_rank), count(*) filter (where is_worth_contacting or is_control), "
        "count(*) filter (where is_held_out) from ml.ml_uplift_score "
        "left join features.decision_lines using (subscription_id) group by 1 order by 1",
    )
    refused, agreed = counts
    assert refused[1] > 1_200
    assert refused[2:5] == (0, 0, 0)
    assert agreed[2] == agreed[3] == agreed[1] - agreed[5]
    # Their risk is told all the same: it is used to serve them, not to sell.
    assert told(settings, "select count(risk) from ml.ml_uplift_score") == [(4_000,)]


def test_without_a_randomised_campaign_the_list_is_risk_not_persuadability(settings):
    report = score_campaign(settings, 1)
    assert "risk, not persuadability" in report.lines[0]
    assert told(settings, "select distinct list_kind, uplift from ml.ml_uplift_score") == [
        ("risk, not persuadability", None)
    ]
    ranked = told(
        settings,
        "select count(*) from ml.ml_uplift_score as one inner join ml.ml_uplift_score as two "
        "on one.list_rank = two.list_rank - 1 where one.risk < two.risk",
    )
    assert ranked == [(0,)]
    # A line without a known revenue is worth what the terms say.
    assert told(settings, "select clv from ml.ml_uplift_score where subscription_id = 'S7'") == [
        (200.0,)
    ]


def test_the_best_campaign_keeps_to_its_limits_and_by_profit_it_earns_more(settings):
    score_campaign(settings, 1)
    best = dict(
        (row[0], row[1:])
        for row in told(
            settings,
            "select ranking, contacts, cost, profit, low, high, is_allowed "
            "from ml.ml_profit_curve where is_best",
        )
    )
    assert set(best) == {"risk", "expected profit"}
    for contacts, cost, profit, low, high, is_allowed in best.values():
        assert 0 < contacts <= 300
        assert cost <= 10_000
        assert low < profit < high
        assert is_allowed
    assert best["expected profit"][2] > best["risk"][2]
    chosen = told(settings, "select count(*) from ml.ml_uplift_score where is_worth_contacting")
    assert chosen == [(best["expected profit"][0],)]


def test_the_control_of_a_campaign_is_the_held_out_it_would_have_contacted(settings):
    score_campaign(settings, 1)
    told_of = told(
        settings,
        "select count(*) filter (where is_control and not is_held_out), "
        "count(*) filter (where is_control), count(*) filter (where is_worth_contacting), "
        "min(expected_profit) filter (where is_control) "
        ">= min(expected_profit) filter (where is_worth_contacting), "
        "max(expected_profit) filter (where is_held_out and not is_control) "
        "< min(expected_profit) filter (where is_worth_contacting) from ml.ml_uplift_score",
    )[0]
    assert told_of[0] == 0
    # A tenth were held out of all, so about a ninth of those contacted.
    assert told_of[1] / told_of[2] == pytest.approx(1 / 9, rel=0.5)
    assert told_of[3:] == (True, True)


def test_doing_nothing_wins_when_nothing_pays(settings):
    change(settings, "update features.uplift_terms set offer_cost = 5000")
    report = score_campaign(settings, 1)
    assert "nobody is contacted" in report.lines[0]
    assert told(
        settings, "select distinct contacts, profit from ml.ml_profit_curve where is_best"
    ) == [(0, 0.0)]
    assert told(settings, "select count(*) from ml.ml_uplift_score where is_worth_contacting") == [
        (0,)
    ]


def test_where_chance_held_out_the_list_is_of_the_persuadable_with_its_error(settings):
    change(
        settings,
        CONTACTS,
        "insert into ml.ml_uplift by name select 'persuadability' as status, 'qini' as measure",
    )
    report = score_campaign(settings, 1)
    assert "persuadability:" in report.lines[0]
    assert "risk" not in report.lines[0]
    young, old = told(
        settings,
        "select avg(uplift), avg(uplift_error), bool_and(uplift_low < uplift "
        "and uplift < uplift_high), avg(list_rank) from (select *, "
        "hash(subscription_id) % 1000 >= 500 as is_old from ml.ml_uplift_score) "
        "group by is_old order by is_old",
    )
    assert young[0] > 0.1
    assert old[0] < -0.1
    for side in (young, old):
        assert 0 < side[1] < 0.1
        assert side[2]
    assert young[3] < old[3] / 2
    assert {kind for (kind,) in told(settings, "select ranking from ml.ml_profit_curve")} == {
        "uplift",
        "expected profit",
    }


def test_the_error_shrinks_as_trials_grow_and_holds_the_truth():
    few, many = trial(2_000), trial(8_000)
    X = few.X.head(200)
    errors = []
    for own in (few, many):
        uplift, error = uplift_with_error(own, X, 1)
        errors.append(error.mean())
        assert np.isfinite(uplift).all()
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.4)
    assert set(X) <= set(COLUMNS)


def test_the_error_is_the_spread_of_learners_of_resampled_customers():
    own = trial(1_000)
    X = own.X.head(20)
    _, error = uplift_with_error(own, X, 7)
    times = resamples(own.rows["customer_id"].to_numpy(), DRAWS, 7)[1:]
    tie = TLearner().fit(own.X, own.has_left, own.is_treated, own.has_accepted).tie_
    drawn = []
    for each in times:
        rows = np.repeat(np.arange(1_000), each)
        part = own.X.iloc[rows].reset_index(drop=True)
        arms = own.has_left[rows], own.is_treated[rows], own.has_accepted[rows]
        learner = TLearner(tie).fit(part, *arms)
        drawn.append(learner.predict(X))
    assert error == pytest.approx(np.std(drawn, axis=0, ddof=1))


def test_of_a_large_trial_a_part_is_resampled_and_the_error_stays_that_of_all(monkeypatch):
    own = trial(6000, 3)
    X = own.X.head(400)
    _, of_all = uplift_with_error(own, X, 7)
    monkeypatch.setattr(campaigns, "MOST_RESAMPLED", 2000)
    _, of_a_part = uplift_with_error(own, X, 7)
    assert 0.8 < np.median(of_a_part / of_all) < 1.25
    part = some_groups(own.rows["customer_id"].to_numpy(), 2000, 7)
    drawn = own.rows["customer_id"][part]
    assert 1900 < part.sum() <= 2000
    assert not set(drawn) & set(own.rows["customer_id"][~part])


def test_in_force_are_the_last_terms_that_are_valid_and_the_first_for_what_came_before(settings):
    change(
        settings,
        "insert into features.uplift_terms select * replace (2 as terms_version, "
        "date '2026-02-01' as valid_from) from features.uplift_terms",
        "insert into features.uplift_terms select * replace (3 as terms_version, "
        "date '2026-03-01' as valid_from) from features.uplift_terms where terms_version = 1",
    )
    days = {date(2025, 1, 1): 1, date(2026, 1, 31): 1, date(2026, 2, 1): 2, date(2027, 1, 1): 3}
    with reading(settings) as connection:
        assert {day: read_terms(connection, day).version for day in days} == days
    score_campaign(settings, 1)
    versions = told(
        settings,
        "select distinct campaign_month::varchar, terms_version from ml.ml_hold_out order by all",
    )
    assert versions == [("2026-01-01", 1), ("2026-02-01", 2)]


def test_without_scores_nobody_is_listed_but_the_hold_out_is_drawn(settings):
    change(settings, "delete from ml.ml_score")
    report = score_campaign(settings, 1)
    assert report.lines == ["campaign: no scores, so no list"]
    assert told(settings, "select count(*) > 0 from ml.ml_hold_out") == [(True,)]
