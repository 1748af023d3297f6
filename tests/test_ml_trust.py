"""Back-tests, gate, slices, drift, history and cards: how far a churn score may be trusted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import backtest, cards, contest, drift, gate, history, registry, resample
from ml.backtest import CHAMPION_NAME, RULE_NAME, Fold
from ml.churn import ChurnClassifier
from ml.datasets import Table
from ml.registry import CHURN, Model
from ml.score import score_churn
from ml.slices import slice_rows
from ml.train_churn import train_churn
from tests.test_ml_room import rows, warehouse

MONTHS = pd.date_range("2026-01-01", periods=6, freq="MS")
NO_LEAKS = pd.DataFrame(columns=["gate", "subject", "verdict", "value", "told"])


def foretold(months: int = 6, lines: int = 500, seed: int = 1) -> pd.DataFrame:
    """Outcomes drawn from a known risk, and what estimators say of them."""
    random = np.random.default_rng(seed)
    n = months * lines
    frame = pd.DataFrame(
        {
            "subscription_id": [f"S{line}" for line in range(lines)] * months,
            "as_of_date": np.repeat(MONTHS[:months], lines),
            "segment": np.where(np.arange(n) % 4 == 0, "business", "consumer"),
            "tenure_band": np.where(np.arange(n) % 5 == 0, "under 3 months", "over 3 years"),
        }
    )
    risk = random.beta(1, 9, n)
    frame["y"] = (random.random(n) < risk).astype(int)
    frame[CHAMPION_NAME] = risk
    frame[RULE_NAME] = np.clip(0.1 + random.normal(0, 0.02, n), 0.01, 0.9)
    return frame


def served(rows: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    return rows[["subscription_id", "as_of_date"]].assign(score=values)


def test_a_challenger_that_proves_better_takes_over_and_says_why():
    new = foretold()
    decision, checks = gate.judge(new, served(new, np.full(len(new), 0.1)), NO_LEAKS, 1)
    assert decision == gate.PROMOTED
    assert {check.check_name for check in checks} == {
        "no leak", "calibration", "three-line rule", "log-loss", "worst month", "scores moved"
    }  # fmt: skip
    assert all(check.is_passed for check in checks if check.is_decisive)


def test_a_challenger_as_good_as_the_champion_does_not_take_over():
    new = foretold()
    near = np.clip(new[CHAMPION_NAME] + np.random.default_rng(2).normal(0, 1e-4, len(new)), 0, 1)
    decision, checks = gate.judge(new, served(new, near), NO_LEAKS, 1)
    assert decision == gate.KEPT
    assert [check.check_name for check in checks if check.is_decisive and not check.is_passed] == [
        "log-loss"
    ]


def test_a_challenger_that_is_not_calibrated_or_leaks_does_not_take_over():
    new = foretold()
    old = served(new, np.full(len(new), 0.5))
    doubled = new.assign(**{CHAMPION_NAME: np.minimum(1.6 * new[CHAMPION_NAME], 0.99)})
    decision, checks = gate.judge(doubled, old, NO_LEAKS, 1)
    failed = [check.check_name for check in checks if check.is_decisive and not check.is_passed]
    assert (decision, failed) == (gate.KEPT, ["calibration"])
    leak = pd.DataFrame([["column", "x", "refused", 0.99, "x knows"]], columns=NO_LEAKS.columns)
    decision, checks = gate.judge(new, old, leak, 1)
    failed = [check.check_name for check in checks if check.is_decisive and not check.is_passed]
    assert (decision, failed) == (gate.KEPT, ["no leak"])


def test_a_challenger_that_is_better_on_average_but_blind_in_a_month_does_not_take_over():
    new = foretold()
    old = served(new, np.where(new["as_of_date"] == MONTHS[5], new[CHAMPION_NAME], 0.5))
    blind = new[CHAMPION_NAME].where(new["as_of_date"] != MONTHS[5], 0.1)
    old["score"] = np.where(
        new["as_of_date"] == MONTHS[5], old["score"], 0.3 + new[CHAMPION_NAME] / 2
    )
    decision, checks = gate.judge(new.assign(**{CHAMPION_NAME: blind}), old, NO_LEAKS, 1)
    failed = [check.check_name for check in checks if check.is_decisive and not check.is_passed]
    assert (decision, failed) == (gate.KEPT, ["worst month"])


def test_without_a_champion_the_first_one_serves_and_the_record_says_it_is_no_better_than_a_rule():
    new = foretold()
    new[CHAMPION_NAME] = new[RULE_NAME]
    decision, checks = gate.judge(new, None, NO_LEAKS, 1)
    assert decision == gate.FIRST
    (rule,) = [check for check in checks if check.check_name == "three-line rule"]
    assert not rule.is_passed
    assert rule.told.startswith("not proven better than the three-line rule")


def test_blocks_of_one_subscription_widen_the_interval():
    random = np.random.default_rng(5)
    own = random.normal(size=200)
    frame = pd.DataFrame(
        {
            "subscription_id": np.tile(np.arange(200).astype(str), 6),
            "as_of_date": np.repeat(MONTHS, 200),
        }
    )
    values = np.tile(own, 6)[:, None]
    _, blocks = resample.mean_draws(frame, values, 1)
    apart = frame.assign(subscription_id=np.arange(1_200).astype(str))
    _, rows_apart = resample.mean_draws(apart, values, 1)
    assert blocks.std() > 1.8 * rows_apart.std()
    # A subscription's months say the same thing: 200 people, not 1,200.
    assert blocks.std() == pytest.approx(own.std() / np.sqrt(200), rel=0.25)


def test_the_drawn_area_under_the_curve_lies_around_the_real_one():
    frame = foretold()
    y, risk = frame["y"].to_numpy(), frame[CHAMPION_NAME].to_numpy()
    drawn = resample.auc_draws(frame, y, risk, 1)
    each = [
        backtest.evaluate.auc_with_interval(own["y"].to_numpy(), own[CHAMPION_NAME].to_numpy())[0]
        for _, own in frame.groupby("as_of_date")
    ]
    assert drawn.mean() == pytest.approx(np.mean(each), abs=0.01)
    assert 0.005 < drawn.std() < 0.04


def test_slices_add_up_to_everybody_and_small_groups_stand_together():
    frame = foretold()
    frame.loc[:29, "segment"] = "rare"
    frame.loc[:29, "y"] = 0
    told = slice_rows(frame, "m", CHURN, 1, fewest=10)
    segments = told[told["dimension"] == "segment"]
    assert segments["n"].sum() == len(frame)
    assert segments["exits"].sum() == frame["y"].sum()
    assert "rare" not in set(segments["dimension_value"])
    assert segments["exits"].min() >= 10
    everybody = told[told["dimension"] == "all"].iloc[0]
    assert everybody["selection_rate"] == pytest.approx(0.1)
    weighted = (segments["selection_rate"] * segments["n"]).sum() / segments["n"].sum()
    assert weighted == pytest.approx(0.1)
    assert set(told.loc[told["is_fairness_group"], "dimension"]) == {"segment"}
    assert "under 3 months" in set(told["dimension_value"])


def test_a_slice_whose_risk_is_overstated_shows_a_gap_beyond_its_interval():
    frame = foretold()
    wrong = frame["segment"] == "business"
    frame.loc[wrong, CHAMPION_NAME] = frame.loc[wrong, CHAMPION_NAME] + 0.1
    told = slice_rows(frame, "m", CHURN, 1).set_index(["dimension", "dimension_value"])
    assert told.loc[("segment", "business"), "gap_low"] > 0
    assert told.loc[("segment", "consumer"), "gap_low"] < 0


def test_drift_is_told_apart_from_the_noise_of_a_small_sample():
    random = np.random.default_rng(3)
    same = [
        drift.score_drift(random.normal(size=80), random.normal(size=80)).iloc[0]
        for _ in range(200)
    ]
    # A fixed limit would cry wolf on so few rows.
    assert np.mean([row["value"] > drift.WATCHED for row in same]) > 0.5
    assert all(row["verdict"] == drift.STEADY for row in same)
    moved = drift.score_drift(random.normal(size=3_000), random.normal(0.8, size=3_000)).iloc[0]
    assert moved["verdict"] == drift.DRIFT


def test_a_column_gone_blank_and_a_level_never_seen_are_drift():
    random = np.random.default_rng(4)
    before = pd.DataFrame(
        {
            "usage": random.normal(size=2_000),
            "plan": random.choice(["a", "b"], 2_000),
            "steady": random.normal(size=2_000),
        }
    )
    after = before.assign(usage=np.nan, plan=np.where(random.random(2_000) < 0.5, "c", "a"))
    found = drift.feature_drift(before, after).set_index("subject")["verdict"]
    assert found.to_dict() == {"usage": "drifted", "plan": "drifted", "steady": "steady"}


def test_scores_whose_window_is_over_are_held_against_what_came_true():
    frame = foretold(2).rename(columns={CHAMPION_NAME: "score"})
    late = frame["as_of_date"] == MONTHS[1]
    frame.loc[late, "score"] = frame.loc[late, "score"] + 0.1
    found = drift.calibration_drift(frame)
    assert found["verdict"].tolist() == ["steady", "drifted"]


def months_of(lines: int = 200) -> list[Fold]:
    """Four cut-offs in which short tenure leaves; each learns from those before it."""
    random = np.random.default_rng(9)
    tables = []
    for month in MONTHS[:5]:
        X = pd.DataFrame(
            {
                "tenure_days": random.integers(1, 2_000, lines),
                "contract_type": random.choice(["monthly", "two_year"], lines),
                "segment": random.choice(["consumer", "business"], lines),
                "noise": random.normal(size=lines),
            }
        )
        risk = 0.03 + 0.35 * (X["contract_type"] == "monthly") * (X["tenure_days"] < 900)
        keys = pd.DataFrame(
            {"subscription_id": [f"S{line}" for line in range(lines)], "as_of_date": month}
        )
        y = (random.random(lines) < risk).astype(int).to_numpy()
        tables.append(Table(keys, X, y, np.ones(lines)))
    return [
        Fold(MONTHS[place], joined(tables[:place]), tables[place])
        for place in range(1, len(tables))
    ]


def joined(tables: list[Table]) -> Table:
    return Table(
        pd.concat([table.keys for table in tables], ignore_index=True),
        pd.concat([table.X for table in tables], ignore_index=True),
        np.concatenate([table.y for table in tables]),
        np.concatenate([table.weight for table in tables]),
    )


@pytest.fixture(scope="module")
def walked():
    champion = ChurnClassifier(n_folds=2, additive_tolerance=1.0, random_state=1)
    return backtest.walk_forward(champion, months_of(), ["noise"])


def test_every_cut_off_is_foretold_by_every_estimator_from_what_came_before(walked):
    fresh = walked.fresh
    assert walked.cutoffs == 4
    assert sorted(fresh["as_of_date"].unique()) == list(MONTHS[1:5])
    assert (fresh["as_of_date"] == fresh["fitted_at"]).all()
    assert walked.train["train_rows"].tolist() == [200, 400, 600, 800]
    assert fresh[list(backtest.estimators(ChurnClassifier()))].notna().all().all()


def test_mean_worst_month_and_decay_are_told_with_intervals(walked):
    told = backtest.backtest_rows(walked, "m", CHURN, 1)
    own = told[(told["estimator"] == CHAMPION_NAME) & (told["metric"] == "auc")]
    each = own.loc[own["scope"] == "cut-off", "value"]
    mean, worst = (own[own["scope"] == scope].iloc[0] for scope in ("mean", "worst"))
    assert len(each) == 4
    assert mean["value"] == pytest.approx(each.mean())
    assert mean["low"] < mean["value"] < mean["high"]
    assert worst["value"] == each.min()
    decay = told[(told["scope"] == "decay") & (told["estimator"] == CHAMPION_NAME)]
    assert set(decay["lag_months"]) == {1, 3}
    gain = told[(told["metric"] == "log_loss_gain") & (told["estimator"] == "base rate")].iloc[0]
    assert gain["low"] > 0
    keys = ["estimator", "scope", "as_of_date", "lag_months", "metric"]
    assert not told.duplicated(keys).any()
    assert {"ece", "ece_floor", "calibration_gap"} <= set(told["metric"])


def test_only_closed_windows_teach_and_the_number_of_refits_is_bounded():
    dates = pd.date_range("2024-01-01", periods=20, freq="MS")
    cutoffs = pd.DataFrame(
        {
            "as_of_date": dates,
            "window_to": dates + pd.Timedelta(days=45),
            "members": 900,
            "labelled": 900,
            "exits": 60,
        }
    )
    chosen = backtest.testable(cutoffs)
    assert len(chosen) == backtest.MAX_CUTOFFS
    past, date = chosen[-1]
    assert date == dates[-1]
    assert max(past) == dates[-3]


def test_a_champion_that_came_true_less_than_the_rule_is_failing_and_a_few_exits_prove_nothing():
    frame = foretold().rename(columns={CHAMPION_NAME: "score", RULE_NAME: "rule"})
    assert gate.is_failing(frame, 1).is_passed
    wrong = frame.assign(score=0.5)
    assert not gate.is_failing(wrong, 1).is_passed
    assert gate.is_failing(wrong.head(100), 1).is_passed


def given(names: list[str], date: str, score_of: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subscription_id": names,
            "as_of_date": pd.Timestamp(date),
            "model_id": "m",
            "target": CHURN,
            "score": score_of,
            "score_rank": 1,
        }
    )


def test_the_last_score_before_an_exit_is_frozen_whatever_is_scored_or_told_later(tmp_path):
    settings = warehouse(
        tmp_path,
        "create schema intermediate",
        "create table intermediate.int_clock as select timestamp '2026-03-10' as as_of",
        "create table intermediate.int_subscription_exits as select 'S1' as subscription_id, "
        "timestamp '2025-01-01' as active_from, cast(null as timestamp) as exited_at, "
        "cast(null as varchar) as exit_cause union all select 'S2', timestamp '2025-01-01', "
        "timestamp '2026-04-20', 'cancel_other'",
        "create table intermediate.int_subscription_chains "
        "(subscription_id varchar, later_id varchar)",
    )
    frozen = "select subscription_id, as_of_date::varchar, score, exit_cause from ml.ml_exit_score"
    with writing(settings) as connection:
        history.keep(connection, given(["S1", "S2"], "2026-02-01", 0.2), CHURN)
        history.keep(connection, given(["S1", "S2"], "2026-03-01", 0.3), CHURN)
        # S2 gave notice for a day that has not come.
        assert connection.execute(frozen).fetchall() == []
        connection.execute(
            "update intermediate.int_subscription_exits set exited_at = '2026-03-05', "
            "exit_cause = 'port_out' where subscription_id = 'S1'"
        )
        history.keep(connection, given(["S2"], "2026-03-01", 0.4), CHURN)
        assert connection.execute(frozen).fetchall() == [("S1", "2026-03-01", 0.3, "port_out")]
        connection.execute(
            "update intermediate.int_subscription_exits set exited_at = '2026-03-06' "
            "where subscription_id = 'S1'"
        )
        history.keep(connection, given(["S1"], "2026-03-01", 0.9), CHURN)
        assert connection.execute(frozen).fetchall() == [("S1", "2026-03-01", 0.3, "port_out")]
        told = connection.execute(
            "select subscription_id, month(as_of_date), score from ml.ml_score_history order by all"
        ).fetchall()
    assert told == [("S1", 2, 0.2), ("S1", 3, 0.9), ("S2", 2, 0.2), ("S2", 3, 0.4)]


def test_of_a_line_numbered_anew_the_last_score_under_any_of_its_identifiers_is_frozen(tmp_path):
    settings = warehouse(
        tmp_path,
        "create schema intermediate",
        "create table intermediate.int_clock as select timestamp '2026-03-01' as as_of",
        # S1 went on as S2, S3 as S4, which left before it was ever scored.
        "create table intermediate.int_subscription_exits as select subscription_id, "
        "timestamp '2025-01-01' as active_from, timestamp '2026-03-05' as exited_at, "
        "'port_out' as exit_cause from (values ('S1'), ('S2'), ('S3'), ('S4')) as "
        "lines (subscription_id)",
        "create table intermediate.int_subscription_chains as select 'S1' as subscription_id, "
        "'S2' as later_id union all select 'S3', 'S4'",
    )
    with writing(settings) as connection:
        history.keep(connection, given(["S1", "S3"], "2026-02-01", 0.2), CHURN)
        connection.execute("update intermediate.int_clock set as_of = '2026-03-10'")
        history.keep(connection, given(["S2"], "2026-03-01", 0.3), CHURN)
        frozen = connection.execute(
            "select subscription_id, score from ml.ml_exit_score order by all"
        ).fetchall()
    assert frozen == [("S2", 0.3), ("S3", 0.2)]


MANY_EXITS = (
    "update features.churn_labels set "
    "is_churned = hash(subscription_id, as_of_date, 'more') % 5 = 0 where is_label_known"
)


@pytest.mark.parametrize(("score_of", "served_then"), [(0.9, "churn-before"), (0.2, "churn-now")])
def test_a_champion_whose_scores_came_true_less_than_the_rule_is_taken_back(
    tmp_path, score_of, served_then
):
    settings = warehouse(tmp_path, MANY_EXITS)
    settings.estimators.mkdir(parents=True)
    with writing(settings) as connection:
        for name, status in (("churn-before", "retired"), ("churn-now", "champion")):
            (settings.estimators / f"{name}.json").write_text("{}", encoding="utf-8")
            registry.record_model(
                connection,
                Model(name, CHURN, status, "", "2026-02-01", artefact_file=f"{name}.json"),
            )
        connection.execute(
            "update ml.ml_model set status = 'retired' where model_id like '%before'"
        )
        connection.execute(
            "insert into ml.ml_score_history select subscription_id, as_of_date, 'churn-now', "
            "'churn', ?, 1 from features.churn_cohort",
            [score_of],
        )
    with reading(settings) as connection:
        cutoffs = backtest.datasets.churn_cutoffs(connection)
    told = contest.watch(settings, CHURN, cutoffs, 1)
    assert rows(settings, "select model_id from ml.ml_model where status = 'champion'") == [
        (served_then,)
    ]
    assert len(told) == (served_then == "churn-before")
    decided = rows(settings, "select decision, champion_id, served_id from ml.ml_decision")
    if told:
        assert decided == [("rolled back", "churn-now", "churn-before")]
        # Who was taken back once is not gone back to.
        with writing(settings) as connection:
            connection.execute("update ml.ml_score_history set model_id = 'churn-before'")
        assert "nothing to go back to" in contest.watch(settings, CHURN, cutoffs, 1)[0]
    else:
        assert decided == []


@pytest.fixture(scope="module")
def served_home(tmp_path_factory):
    """A home with a champion, then a month later: labels of one more month, the same habits."""
    settings = warehouse(tmp_path_factory.mktemp("served"))
    first = train_churn(settings)
    score_churn(settings)
    champion = rows(
        settings, "select model_id from ml.ml_model where status = 'champion' and target = 'churn'"
    )
    with writing(settings) as connection:
        connection.execute(
            "update features.churn_labels set is_churned = hash(subscription_id, 'may') % 16 = 0, "
            "is_label_known = true where as_of_date = '2026-05-01'"
        )
    second = train_churn(settings)
    return settings, champion, first, second


def test_a_refit_that_proves_nothing_is_kept_beside_the_champion_and_not_fitted_again(served_home):
    settings, champion, first, second = served_home
    assert any(line.startswith("churn: first:") for line in first.lines)
    assert any(line.startswith("churn: kept:") for line in second.lines)
    now = "select model_id from ml.ml_model where status = 'champion' and target = 'churn'"
    assert rows(settings, now) == champion
    assert rows(settings, "select count(*) from ml.ml_model where status = 'challenger'") == [(1,)]
    (failed,) = rows(
        settings,
        "select string_agg(check_name), min(served_id) from ml.ml_decision "
        "where decision = 'kept' and is_decisive and not is_passed",
    )
    assert "log-loss" in failed[0]
    assert failed[1] == champion[0][0]
    third = train_churn(settings)
    assert any("was judged already" in line for line in third.lines)
    assert rows(settings, now) == champion


def test_what_m44_is_made_of_is_kept_so_that_anybody_makes_it_again(served_home):
    settings, *_ = served_home
    with reading(settings) as connection:
        kept = connection.execute("select * from ml.ml_test_score where target = 'churn'").df()
        told = connection.execute(
            "select model_id, estimator, metric, value from ml.ml_evaluation where target = 'churn'"
        ).df()
        strangers = connection.execute(
            "select count(*) from ml.ml_test_score as kept "
            "anti join features.churn_labels as labels "
            "on kept.subscription_id = labels.subscription_id "
            "and kept.as_of_date = labels.as_of_date and labels.is_label_known"
        ).fetchall()
    told = told.set_index(["model_id", "estimator", "metric"])["value"]
    assert set(kept["model_id"]) == {model for model, *_ in told.index}
    for (model, estimator), own in kept.groupby(["model_id", "estimator"]):
        # Whatever the order: lines with one score are as likely to have left as all of them.
        own = own.sample(frac=1, random_state=7).sort_values("score")
        rate = own.groupby("score")["has_left"].transform("mean")
        gap = (own["score"] - rate).to_numpy()
        again = {
            "ece": sum(abs(part.sum()) for part in np.array_split(gap, 10)) / len(gap),
            "auc": roc_auc_score(own["has_left"], own["score"]),
            "average_precision": average_precision_score(own["has_left"], own["score"]),
            "brier": brier_score_loss(own["has_left"], own["score"]),
        }
        for metric, value in again.items():
            assert told[model, estimator, metric] == pytest.approx(value, abs=1e-12), metric
    assert strangers == [(0,)]


def test_test_scores_of_retired_models_are_not_kept(tmp_path):
    settings = Settings(home=tmp_path)
    names = registry.column_names("ml_test_score")
    with writing(settings) as connection:
        for model_id in ("one", "two"):
            model = Model(model_id=model_id, target=CHURN, status=registry.CHAMPION, reason="")
            registry.record_model(connection, model)
            own = pd.DataFrame([dict.fromkeys(names) | {"model_id": model_id, "score": 0.5}])
            registry.replace_test_scores(connection, own, model_id)
        kept = connection.execute("select model_id from ml.ml_test_score").fetchall()
    assert kept == [("two",)]


def test_the_card_says_what_a_reader_needs_and_is_the_same_each_time(served_home):
    settings, ((model_id,),), *_ = served_home
    path = settings.estimators / "cards" / f"{model_id}.md"
    text = path.read_text(encoding="utf-8")
    with reading(settings) as connection:
        row = dict(
            zip(
                registry.column_names("ml_model"),
                connection.execute(
                    "select * from ml.ml_model where model_id = ?", [model_id]
                ).fetchone(),
                strict=True,
            )
        )
        assert cards.card(connection, model_id) == text
    for expected in (row["data_digest"], row["code_digest"], str(row["seed"]), "scikit-learn"):
        assert expected in text
    for title in ("Walk-forward back-test", "Leak gates", "Slices", "Fairness", "Limits"):
        assert f"## {title}" in text
    assert "risk, not persuadability" in text
    (better,) = rows(
        settings,
        "select bool_and(is_passed) from ml.ml_decision where check_name = 'three-line rule' "
        "and decision = 'first'",
    )
    assert (cards.NOT_BETTER in text) == (not better[0])


def test_a_model_no_better_than_the_rule_has_that_sentence_on_its_card(served_home):
    settings, ((model_id,),), *_ = served_home
    with writing(settings) as connection:
        connection.execute(
            "update ml.ml_decision set is_passed = false where check_name = 'three-line rule'"
        )
        assert cards.NOT_BETTER in cards.card(connection, model_id)
        connection.execute(
            "update ml.ml_decision set is_passed = true where check_name = 'three-line rule'"
        )
        assert cards.NOT_BETTER not in cards.card(connection, model_id)


def test_scoring_measures_drift_and_keeps_history(served_home):
    settings, *_ = served_home
    kinds = rows(settings, "select distinct subject_kind from ml.ml_drift")
    assert ("feature",) in kinds
    due = rows(
        settings, "select distinct as_of_date::varchar, labels_due::varchar from ml.ml_drift"
    )
    assert due == [("2026-05-01", "2026-05-29")]
    lacking = rows(
        settings,
        "select count(*) from ml.ml_score anti join ml.ml_score_history "
        "using (subscription_id, as_of_date, target)",
    )
    assert lacking == [(0,)]
