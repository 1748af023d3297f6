"""Training and scoring through a warehouse: what is written, what is refused, what comes twice."""

import dataclasses

import pandas as pd
import pytest

from cx.errors import UserError
from cx.settings import Settings
from cx.warehouse import reading, scratch, writing
from ml import datasets, estimator_files, registry
from ml.score import score
from ml.train import train
from ml.train_churn import time_split, why_no_model

FEATURES = """
create schema features;
create table members as
select
    'S' || line as subscription_id,
    cast(date '2026-01-01' + to_months(cast(month as integer)) as date) as as_of_date,
    'C' || line as customer_id,
    month,
    (hash(line) % 1000) / 1000.0 as draw,
    (hash(line, month, 'exit') % 1000) / 1000.0 as luck,
    (hash(line, month, 'take') % 1000) / 1000.0 as taste
from range(400) as lines(line)
cross join range(5) as months(month);

create table features.churn_cohort as
select subscription_id, as_of_date, customer_id, draw > 0.99 as is_exit_announced from members;

create table features.churn_features as
select
    subscription_id,
    as_of_date,
    if(draw < 0.5, 'MINI', 'MAX') as offering_id,
    if(draw < 0.5, ['MINI'], ['MAX', 'SEC']) as held_offering_ids,
    if(draw < 0.4, 'monthly', 'two_year') as contract_type,
    cast(draw * 3000 as integer) as tenure_days,
    cast(null as bigint) as complaints_90d,
    cast(draw * 40 as decimal(18, 4)) as monthly_charge,
    luck < 0.3 as is_paperless
from members;

create table features.churn_labels as
select
    subscription_id,
    as_of_date,
    if(month < 4, luck < if(draw < 0.4, 0.12, 0.02), null) as is_churned,
    cast(null as varchar) as exit_cause,
    false as has_left,
    month < 4 as is_label_known,
    cast(as_of_date + interval 28 day as timestamp) as window_to
from members;

create table features.preference_cohort as
select subscription_id, as_of_date, customer_id from members;

create table features.preference_audience as
select subscription_id, as_of_date from members where subscription_id not like '%7';

create table features.preference_features as
select
    subscription_id,
    as_of_date,
    if(draw < 0.5, ['MINI'], ['MAX', 'SEC']) as held_offering_ids,
    cast([] as varchar[]) as dropped_offering_ids,
    cast([] as varchar[]) as near_offering_ids,
    if(draw < 0.5, 'MINI', 'MAX') as offering_id,
    'mobile' as family,
    cast(draw * 3000 as integer) as tenure_days
from members;

create table features.preference_labels as
select
    subscription_id,
    as_of_date,
    case
        when month = 4 or taste > 0.3 then cast([] as varchar[])
        when draw < 0.5 and taste < 0.15 then ['SEC']
        when draw < 0.5 then ['MAX']
        when taste < 0.1 then ['TV']
        else cast([] as varchar[])
    end as taken_offering_ids,
    month < 4 as is_label_known,
    cast(as_of_date + interval 28 day as timestamp) as window_to
from members;

create table features.preference_offerings as
select * from (values
    ('MINI', 'Mini', 'mobile', false), ('MAX', 'Max', 'mobile', false),
    ('SEC', 'Safe', 'security', true), ('TV', 'TV', 'tv', true)
) as sold(offering_id, offering_name, family, is_addon)
"""


TERMS = """
create table features.uplift_terms as
select 1 as terms_version, date '2026-01-01' as valid_from, 1.0::double as contact_cost,
    10.0::double as offer_cost, 6.0::double as acceptance_alpha, 14.0::double as acceptance_beta,
    200.0::double as clv, 100 as most_contacts, 1000.0::double as budget,
    0.05::double as hold_out_share, 'salt' as hold_out_salt, 'EUR' as currency
"""


def warehouse(home, *more: str) -> Settings:
    settings = Settings(home=home)
    with writing(settings) as connection:
        for statement in [*FEATURES.split(";"), *more]:
            connection.execute(statement)
    return settings


def rows(settings: Settings, query: str) -> list[tuple]:
    with reading(settings) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    settings = warehouse(tmp_path_factory.mktemp("home"), TERMS)
    return settings, train(settings), score(settings)


def test_the_champions_are_registered_with_baselines_beside_them(trained):
    settings, report, _ = trained
    assert len(report.lines) >= 3
    found = dict(rows(settings, "select target, status from ml.ml_model"))
    # The months lived through are not in this warehouse.
    assert found == {
        "churn": "champion",
        "next_product": "champion",
        "segments": "champion",
        "survival": "no model",
    }
    names = rows(settings, "select distinct estimator from ml.ml_evaluation where target = 'churn'")
    assert {name for (name,) in names} == {"champion", "three-line rule", "base rate", "logistic"}
    splits = rows(settings, "select distinct split, test_as_of_date from ml.ml_evaluation")
    assert {split for split, _ in splits} == {"time"}
    assert {str(date)[:10] for _, date in splits} == {"2026-04-01"}


def test_each_estimator_says_what_a_campaign_by_it_would_earn_and_how_true_it_is(trained):
    settings, _, _ = trained
    for metric in ("expected_maximum_profit", "profit_share", "calibration_slope"):
        found = dict(
            rows(
                settings,
                "select estimator, value from ml.ml_evaluation "
                f"where target = 'churn' and metric = '{metric}'",
            )
        )
        assert set(found) == {"champion", "three-line rule", "base rate", "logistic"}
        if metric == "expected_maximum_profit":
            assert found["champion"] >= found["base rate"] >= 0


def test_everybody_still_there_is_scored_once_and_ranked(trained):
    settings, _, _ = trained
    expected = rows(
        settings,
        "select count(*) from features.churn_cohort "
        "where as_of_date = '2026-05-01' and not is_exit_announced",
    )
    (found,) = rows(
        settings,
        "select count(*), count(distinct subscription_id), min(score), max(score), "
        "max(score_rank) from ml.ml_score",
    )
    assert found[0] == found[1] == found[4] == expected[0][0]
    assert 0 < found[2] < found[3] < 1
    order = rows(settings, "select score from ml.ml_score order by score_rank")
    assert order == sorted(order, reverse=True)


def test_reasons_hang_on_scores_and_speak(trained):
    settings, _, _ = trained
    strays = rows(
        settings,
        "select count(*) from ml.ml_score_reason as reason anti join ml.ml_score as score "
        "on reason.subscription_id = score.subscription_id "
        "and reason.as_of_date = score.as_of_date and reason.model_id = score.model_id",
    )
    assert strays == [(0,)]
    told = rows(
        settings, "select sentence from ml.ml_score_reason where theme = 'contract' limit 1"
    )
    assert told[0][0].startswith("The contract is ")


def test_nobody_is_offered_what_they_hold(trained):
    settings, _, _ = trained
    wrong = rows(
        settings,
        "select count(*) from ml.ml_recommendation as offer "
        "inner join features.preference_features as held "
        "on offer.subscription_id = held.subscription_id and offer.as_of_date = held.as_of_date "
        "where list_contains(held.held_offering_ids, offer.offering_id)",
    )
    assert wrong == [(0,)]
    assert rows(settings, "select count(*) > 0 from ml.ml_recommendation") == [(True,)]


def test_nobody_is_offered_anything_who_has_not_agreed_to_marketing(trained):
    settings, _, _ = trained
    told = {name for (name,) in rows(settings, "select subscription_id from ml.ml_recommendation")}
    assert len(told) > 100
    assert not [name for name in told if name.endswith("7")]


def test_scoring_twice_writes_the_same_bytes_once(trained):
    settings, _, _ = trained
    tables = ("ml_score", "ml_score_reason", "ml_recommendation")
    query = "select count(*), sum(hash(everything)) from ml.{} as everything"
    before = [rows(settings, query.format(table)) for table in tables]
    score(settings)
    assert [rows(settings, query.format(table)) for table in tables] == before


def test_the_same_data_is_not_fitted_again(trained):
    settings, _, _ = trained
    report = train(settings)
    again = [line for line in report.lines if line.startswith(("churn", "next product"))]
    assert ["the champion stays" in line for line in again] == [True, True]
    assert rows(settings, "select count(*) from ml.ml_model") == [(4,)]


def test_a_fresh_home_gives_the_same_models_and_scores(trained, tmp_path):
    settings, _, _ = trained
    again = warehouse(tmp_path)
    train(again)
    score(again)
    for query in (
        "select model_id from ml.ml_model order by target",
        "select subscription_id, score from ml.ml_score order by subscription_id",
    ):
        assert rows(again, query) == rows(settings, query)


def test_a_changed_estimator_file_is_refused(trained):
    settings, _, _ = trained
    with reading(settings) as connection:
        row = registry.champion(connection, registry.CHURN)
    with pytest.raises(UserError, match="not the file that was registered"):
        estimator_files.load(settings, row["artefact_file"], "0" * 64)
    with pytest.raises(UserError, match="is gone"):
        estimator_files.load(settings, "churn-other.skops", row["artefact_sha256"])


def test_a_type_that_is_not_on_the_list_is_refused(tmp_path):
    settings = Settings(home=tmp_path)
    file, sha256 = estimator_files.save(
        dataclasses.make_dataclass("Stranger", ["x"])(1), settings, "odd"
    )
    with pytest.raises(UserError, match="types we do not trust"):
        estimator_files.load(settings, file, sha256)


def test_without_labels_there_is_no_model_and_the_run_goes_on(tmp_path):
    settings = warehouse(
        tmp_path,
        "update features.churn_labels set is_label_known = false, is_churned = null",
        "update features.preference_labels set is_label_known = false",
        "delete from features.preference_offerings where is_addon",
    )
    report = train(settings)
    assert "churn: no model: no cut-off has a finished label window" in report.lines[0]
    assert report.lines[1].startswith("next product: no model")
    found = rows(settings, "select target, status from ml.ml_model order by target")
    assert found == [
        ("churn", "no model"),
        ("next_product", "no model"),
        ("segments", "champion"),
        ("survival", "no model"),
    ]
    lines = [line for line in score(settings).lines if not line.startswith("segments:")]
    assert lines == [
        "churn: no model, so no scores",
        "next product: no model, so no recommendations",
        "value: no hazards, so no values",
        "campaign: the features are not built; run `cx build`",
        "actions: the features are not built; run `cx build`",
        "curves: the features are not built; run `cx build`",
        "what if: the effects are not there; run `cx build` and `cx train`",
        "unmet needs: the features are not built; run `cx build`",
    ]
    assert rows(settings, "select count(*) from ml.ml_score") == [(0,)]


def test_one_labelled_cut_off_is_judged_by_cross_validation_and_a_leak_is_left_out(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("ml.train_churn.ROWS_WORTH_REPEATING", 0)
    settings = warehouse(
        tmp_path,
        "update features.churn_labels set is_churned = null, is_label_known = false "
        "where as_of_date <> '2026-04-01'",
        "update features.churn_labels set is_churned = hash(subscription_id, 1) % 4 = 0 "
        "where as_of_date = '2026-04-01'",
        "update features.preference_labels set is_label_known = false",
        "alter table features.churn_features add column goodbye_letter boolean",
        "update features.churn_features set goodbye_letter = hash(subscription_id, 1) % 4 = 0",
    )
    report = train(settings)
    assert any("left out as leaks" in line and "goodbye_letter" in line for line in report.lines)
    splits = rows(settings, "select distinct split from ml.ml_evaluation where target = 'churn'")
    assert splits == [("cross-validation",)]
    (dropped,) = rows(settings, "select dropped_features from ml.ml_model where target = 'churn'")
    assert '"goodbye_letter": "leak"' in dropped[0]


def test_a_test_cut_off_learns_only_from_windows_that_had_closed():
    cutoffs = pd.DataFrame(
        {
            "as_of_date": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]),
            "window_to": pd.to_datetime(["2026-01-31", "2026-03-03", "2026-03-31", "2026-05-01"]),
            "members": [900, 900, 900, 900],
            "labelled": [900, 900, 900, 0],
            "exits": [60, 60, 60, 0],
        }
    )
    past, test_date = time_split(cutoffs)
    assert [str(date)[:10] for date in past] == ["2026-01-01"]
    assert str(test_date)[:10] == "2026-03-01"
    assert why_no_model(cutoffs) == ""
    assert "49 known exits" in why_no_model(cutoffs.assign(exits=[49, 0, 0, 0]))


def test_rows_to_score_come_in_batches_each_once_and_in_their_order():
    with scratch() as connection:
        found = list(
            datasets.batches(
                connection, "select i from range($n) as rows(i) order by i desc", {"n": 25_000}
            )
        )
    assert len(found) == 3
    assert max(map(len, found)) == datasets.BATCH_ROWS
    assert pd.concat(found)["i"].tolist() == list(range(24_999, -1, -1))


def test_what_the_base_is_compared_by_is_drawn_from_who_is_scored_and_again_the_same(trained):
    settings = trained[0]
    day = rows(settings, "select max(as_of_date) from ml.ml_score")[0][0]
    with reading(settings) as connection:
        few, again, all_of_them = (
            datasets.sample_to_score(connection, day, [], most, 1) for most in (50, 50, 1_000)
        )
        scored = pd.concat(t.keys for t in datasets.rows_to_score(connection, day, []))
    assert len(few.X) == 50
    assert few.keys.equals(again.keys)
    assert set(few.keys["subscription_id"]) < set(scored["subscription_id"])
    assert all_of_them.keys.equals(scored)


def test_columns_are_read_a_few_at_a_time_and_are_those_of_the_rows_to_score(trained):
    settings = trained[0]
    day = rows(settings, "select max(as_of_date) from ml.ml_score")[0][0]
    with reading(settings) as connection:
        whole = datasets.sample_to_score(connection, day, ["MINI", "SEC"], 1_000, 1).X
        parts = list(datasets.columns_to_score(connection, day, list(whole)))
    assert len(parts) > 1
    for part in parts:
        pd.testing.assert_frame_equal(part, whole[list(part)])


def test_of_many_takers_some_are_drawn_and_stand_for_all(trained):
    settings = trained[0]
    days = [day for (day,) in rows(settings, "select distinct as_of_date from ml.ml_score")]
    days += [day for (day,) in rows(settings, "select min(as_of_date) from members")]
    with reading(settings) as connection:
        whole = datasets.preference_rows(connection, days)
        drawn = datasets.preference_rows(connection, days, 20, 1)
    for kind, own in drawn.groupby(drawn["taken_offering_ids"].map(len) > 0):
        there = (whole["taken_offering_ids"].map(len) > 0) == kind
        assert len(own) == 20
        assert own["row_weight"].sum() == pytest.approx(there.sum())


def test_what_python_holds_comes_off_the_engines_limit_but_never_most_of_it():
    settings = Settings(memory_limit="2GB")
    assert settings.leaving(500_000_000).memory_limit == "1500000000B"
    assert settings.leaving(1_900_000_000).memory_limit == "800000000B"
