"""Whom contacting keeps: rankings by the hold-out, what chance looks like, what is not told."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import uplift, uplift_measures
from ml.train_uplift import (
    CHANCE,
    CHOSEN,
    PERSUADABILITY,
    RISK_ONLY,
    cross_fitted,
    measure,
    train_uplift,
)
from ml.trials import Trial, balance_rows, draw_folds
from ml.uplift import ClassTransformation, Propensity, TLearner
from ml.uplift_measures import difference_of_shares, measures, resamples

SHARE = 0.8


def trial(rows: int = 8_000, effect: float = 0.3, seed: int = 1, *, is_fair: bool = True) -> Trial:
    """A tenth leave; contacting keeps the young ones and drives the old ones out by `effect`."""
    rng = np.random.default_rng(seed)
    tenure = rng.uniform(0, 1000, rows)
    is_young = tenure < 500
    chance = np.full(rows, SHARE) if is_fair else np.where(is_young, 0.9, 0.6)
    treated = rng.random(rows) < chance
    risk = 0.4 - np.where(is_young, effect, -effect) * treated
    left = rng.random(rows) < risk
    frame = pd.DataFrame(
        {
            "campaign_id": "K1",
            "subscription_id": [f"S{n}" for n in range(rows)],
            "customer_id": [f"C{n // 2}" for n in range(rows)],
            "has_accepted": np.where(treated, rng.random(rows) < 0.3, None),
            "contacted_at": pd.Timestamp("2026-01-01"),
        }
    )
    X = pd.DataFrame({"tenure_days": tenure, "family": rng.choice(["mobile", "tv"], rows)})
    return Trial(frame, X, left, treated, np.full(rows, treated.mean()))


def of(own: Trial, score: np.ndarray, draws: int = 100) -> dict[str, np.ndarray]:
    times = resamples(own.rows["customer_id"].to_numpy(), draws, 1)
    tie = np.arange(len(score))
    return measures(score, own.has_left, own.is_treated, own.treated_share, times, tie)


def test_a_perfect_ranking_beats_chance_and_its_reverse_loses():
    own = trial()
    perfect = (own.X["tenure_days"] < 500).to_numpy(dtype=float)
    chance = np.random.default_rng(5).random(len(perfect))
    best, random, worst = (of(own, score) for score in (perfect, chance, -perfect))
    assert np.quantile(best["qini"][1:], 0.025) > np.quantile(random["qini"][1:], 0.975)
    assert worst["qini"][0] < random["qini"][0] < best["qini"][0]
    assert best["uplift_at_30"][0] == pytest.approx(0.3, abs=0.05)


def test_the_measures_are_the_sums_by_hand():
    # In order: control left, treated stayed, control stayed, treated stayed.
    left = np.array([True, False, False, False])
    treated = np.array([False, True, False, True])
    half, once = np.full(4, 0.5), np.ones((1, 4))
    found = measures(np.array([4.0, 3.0, 2.0, 1.0]), left, treated, half, once, np.arange(4))
    # Uplift after 1, 2, 3, 4 lines: 1, 1, 1/2, 1/2; exits prevented: 1/4, 1/2, 3/8, 1/2.
    assert found["uplift_at_30"] == pytest.approx([1.0])
    assert found["uplift_at_100"] == pytest.approx([0.5])
    assert found["auuc"] == pytest.approx([(1 / 8 + 3 / 8 + 7 / 16 + 7 / 16) / 4])
    assert found["qini"] == pytest.approx(found["auuc"] - 1 / 4)


def test_a_campaign_that_held_out_more_where_more_leave_prevents_nothing_by_that():
    # Half contacted where half leave, nine tenths where nobody does: no call changes anything.
    left = np.repeat([True, False, True, False, False, False], [25, 25, 25, 25, 90, 10])
    treated = np.repeat([True, True, False, False, True, False], [25, 25, 25, 25, 90, 10])
    share = np.repeat([0.5, 0.9], [100, 100])
    found = measures(np.zeros(200), left, treated, share, np.ones((1, 200)), np.arange(200))
    assert found["uplift_at_100"] == pytest.approx([0.0])


def test_no_effect_has_an_interval_around_none():
    own = trial(effect=0.0, seed=2)
    table, told = measure(own, 1)
    qini = table[(table["measure"] == "qini") & (table["estimator"] != CHANCE)]
    assert (qini["low"].astype(float) < 0).all()
    assert (qini["high"].astype(float) > 0).all()
    assert set(table["status"]) == {RISK_ONLY}
    assert told.startswith(RISK_ONLY)


def test_a_planted_effect_is_found_out_of_fold_and_the_risk_ranking_misses_it():
    table, _ = measure(trial(), 1)
    assert set(table["status"]) == {PERSUADABILITY}
    qini = table[table["measure"] == "qini"].set_index("estimator")["value"].astype(float)
    assert qini[CHOSEN] > 0.05
    assert qini["class transformation"] > 0.05
    assert qini[CHOSEN] > 3 * max(qini["risk ranking"], 0)


def test_a_small_hold_out_is_enough_where_the_effect_goes_with_the_risk():
    """Learned apart, each arm's luck would hide it: less than half of the truth was found."""
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame({f"use_{n}": rng.normal(size=6_000) for n in range(6)})
        risk = 1 / (1 + np.exp(2.0 - 0.8 * X["use_0"].to_numpy()))
        treated = rng.random(6_000) < 0.9
        left = rng.random(6_000) < risk * np.where(treated, 0.6, 1.0)
        told = np.argsort(-TLearner().fit(X, left, treated).predict(X))
        gain, whole = 0.4 * risk, 0.4 * risk.mean() / 2
        best = np.cumsum(np.sort(gain)[::-1]).mean() / 6_000 - whole
        found.append((np.cumsum(gain[told]).mean() / 6_000 - whole) / best)
    assert np.mean(found) > 0.8


def test_who_accepts_tells_whom_it_keeps_where_few_leave():
    """Whoever takes the offer stays for it: 6,000 answers say that better than 120 exits do."""
    gained = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame({f"use_{n}": rng.normal(size=6_000) for n in range(6)})
        taste = 1 / (1 + np.exp(2.0 - 1.5 * X["use_0"].to_numpy()))
        treated, accepts = rng.random(6_000) < 0.5, rng.random(6_000) < taste
        left = (rng.random(6_000) < 0.03) & ~(treated & accepts)
        for told in (None, accepts):
            order = np.argsort(-TLearner().fit(X, left, treated, told).predict(X))
            gained.append(np.cumsum(taste[order]).mean() / 6_000 - taste.mean() / 2)
    without, with_answers = np.reshape(gained, (4, 2)).mean(axis=0)
    best = np.cumsum(np.sort(taste)[::-1]).mean() / 6_000 - taste.mean() / 2
    assert with_answers > without + 0.15 * best


def test_an_effect_that_sets_in_somewhere_is_found():
    """A call helps who has been there for long alone: a straight line would call the middle too."""
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"months": rng.uniform(0, 12, 12_000), "other": rng.normal(size=12_000)})
    helped, treated = X["months"].to_numpy() > 9, rng.random(12_000) < 0.5
    left = rng.random(12_000) < 0.25 - 0.2 * (helped & treated)
    told = TLearner().fit(X, left, treated).predict(X)
    middle = (X["months"] > 4) & (X["months"] < 8)
    assert told[helped].mean() > 0.15
    assert abs(told[middle].mean()) < 0.02


def test_the_tie_of_a_large_trial_is_chosen_on_a_part_and_the_risks_learned_from_all(monkeypatch):
    own, learned_from = trial(1_000), []
    fitted = TLearner._fitted

    def noted(learner: TLearner, design: np.ndarray, *others: object) -> object:
        learned_from.append(len(design))
        return fitted(learner, design, *others)

    monkeypatch.setattr(TLearner, "_fitted", noted)
    monkeypatch.setattr(uplift, "_TIE_ROWS", 300)
    TLearner().fit(own.X, own.has_left, own.is_treated)
    assert set(learned_from[:-1]) == {200}
    assert learned_from[-1] == 1_000


def test_columns_of_other_tables_and_tables_without_content_are_no_trouble():
    """A column's index says nothing: values stand in the rows' order."""
    own = trial(600)
    left = pd.Series(own.has_left, index=range(7, 607))
    arm, share = pd.Series(own.is_treated), pd.Series(own.treated_share, index=range(3, 603))
    one = ClassTransformation().fit(own.X, left, arm, share).predict(own.X)
    two = ClassTransformation().fit(own.X, own.has_left, own.is_treated, own.treated_share)
    assert np.array_equal(one, two.predict(own.X))
    same = pd.DataFrame({"same": np.ones(600)})
    for told in (TLearner().fit(same, left, arm), ClassTransformation().fit(same, left, arm, 0.5)):
        assert np.ptp(told.predict(same)) == 0


def test_where_nobody_or_everybody_left_no_call_is_told_to_change_anything():
    own = trial(200)
    for all_alike in (np.zeros(200, dtype=bool), np.ones(200, dtype=bool)):
        told = TLearner().fit(own.X, all_alike, own.is_treated).predict(own.X)
        assert (told == 0).all()


def test_a_customer_is_scored_by_members_that_never_saw_it():
    own = trial(2_000)
    before = cross_fitted(own, 1)[CHOSEN]
    flipped = own.has_left.copy()
    mine = (own.rows["customer_id"] == "C7").to_numpy()
    flipped[mine] = ~flipped[mine]
    after = cross_fitted(Trial(own.rows, own.X, flipped, own.is_treated, own.treated_share), 1)
    folds = draw_folds(own.rows, 1)
    beside = folds == folds[mine][0]
    assert (after[CHOSEN][beside] == before[beside]).all()
    assert (after[CHOSEN][~beside] != before[~beside]).any()


def test_a_hold_out_that_was_chosen_is_no_hold_out():
    own = trial(is_fair=False)
    assert balance_rows(own, 1)[0]["low"] > 0.5
    table, told = measure(own, 1)
    assert "not drawn by chance" in told
    assert set(table["estimator"]) == {"balance"}
    assert balance_rows(trial(), 1)[0]["low"] <= 0.5


def test_a_campaign_with_few_exits_tells_of_everyone_only():
    table, told = measure(trial(60), 1)
    assert "are needed" in told
    assert list(table["estimator"]) == ["everyone"]
    low, value, high = (float(table[name].iloc[0]) for name in ("low", "value", "high"))
    assert low < value < high


def test_no_exit_among_few_still_leaves_room_for_one():
    value, low, high = difference_of_shares([0, 0], [10, 10])
    assert value == 0
    assert low < -0.1
    assert high > 0.1


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    with writing(settings) as connection:
        connection.execute("""
            create schema features; create schema intermediate; create schema marts;
            create table intermediate.int_clock as
            select timestamp '2026-08-01' as as_of, 'b' as batch_id;
            create table marts.dim_metric as
            select unnest(['M45', 'M45a', 'M45b', 'M45q']) as metric_id, 1 as metric_version,
                null::integer as currencies;
            create table features.uplift_contacts as
            select 's' as source_system, 'K' || line % 2 as campaign_id,
                'S' || line as subscription_id, date '2026-01-01' as as_of_date,
                'C' || line // 2 as customer_id,
                if(line < 3000, 'retention', 'sale') as campaign_kind,
                hash('arm' || line) % 97 > 24 as is_treated,
                if(is_treated, hash('yes' || line) % 3 = 0, null) as has_accepted,
                true as is_outcome_known, hash('left' || line) % 89 < 9 as has_left,
                timestamp '2026-01-02' as contacted_at
            from range(4000) as lines(line);
            create table features.churn_features as
            select subscription_id, as_of_date, hash(subscription_id) % 900 as tenure_days,
                'mobile' as family
            from features.uplift_contacts;
        """)
    return settings


def qini_by_hand(rows):
    """Area under exits prevented per line, above chance, from the kept rows alone."""
    rows = rows.sort_values(["score", "tie"], ascending=[False, True])
    held = [0.0, 0.0]
    left = [0.0, 0.0]
    prevented = [0.0]
    for number, row in enumerate(rows.itertuples(), start=1):
        arm = int(row.is_treated)
        weight = 1 / (row.treated_share if arm else 1 - row.treated_share)
        held[arm] += weight
        left[arm] += weight * row.has_left
        rates = [left[k] / held[k] if held[k] else 0.0 for k in (0, 1)]
        prevented.append((rates[0] - rates[1]) * number / len(rows))
    area = sum((before + after) / 2 for before, after in pairwise(prevented)) / len(rows)
    return area - prevented[-1] / 2


def test_the_metric_has_a_slice_a_ranking_and_comes_out_the_same_again(settings):
    report = train_uplift(settings, 1)
    assert "more than chance" in report.lines[0]
    query = "select * from ml.ml_metric_value order by all"
    with reading(settings) as connection:
        first = connection.execute(query).fetchall()
        told = connection.execute(
            "select dimension_value, n, value between ci_low and ci_high, numerator "
            "from ml.ml_metric_value where metric_id = 'M45' order by all"
        ).fetchall()
    assert [row[0] for row in told] == [
        "T-learner",
        "all",
        "chance",
        "class transformation",
        "everyone",
        "response model",
        "risk ranking",
    ]
    assert {row[1:] for row in told} == {(3000, True, None)}
    with reading(settings) as connection:
        kept = connection.execute("select * from ml.ml_trial_score").df()
        qini = dict(
            connection.execute(
                "select estimator, value from ml.ml_uplift where measure = 'qini'"
            ).fetchall()
        )
    assert {name: qini_by_hand(own) for name, own in kept.groupby("estimator")} == pytest.approx(
        qini, abs=1e-12
    )
    train_uplift(settings, 1)
    with reading(settings) as connection:
        assert connection.execute(query).fetchall() == first


def test_without_a_campaign_the_reason_is_kept_and_the_metric_has_no_row(settings):
    with writing(settings) as connection:
        connection.execute("delete from features.uplift_contacts")
    train_uplift(settings, 1)
    with reading(settings) as connection:
        rows = connection.execute("select status, reason, value from ml.ml_uplift").fetchall()
        metrics = connection.execute("select count(*) from ml.ml_metric_value").fetchall()
    assert rows[0][0] == RISK_ONLY
    assert "no retention campaign" in rows[0][1]
    assert rows[0][2] is None
    assert metrics == [(0,)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"has_left": np.ones(3)}, "one value for each of 60 rows"),
        ({"is_treated": np.arange(60) % 3}, "no third arm"),
        ({"has_left": np.where(np.arange(60) < 9, np.nan, 1.0)}, "nothing missing"),
        ({"has_left": np.repeat(["no", None], 30)}, "has_left is missing"),
        ({"is_treated": np.repeat(["call", "none"], 30)}, "'is_treated' says 'call'"),
        ({"is_treated": np.repeat(["control", "none"], 30)}, "'is_treated' says 'control'"),
        ({"is_treated": np.repeat(["A", "B", "control"], 20)}, "'is_treated' says 'A'"),
        ({"is_treated": np.repeat(["treated", "control", None], 20)}, "is_treated is missing"),
        ({"X": trial(60).X.head(0)}, "no rows"),
        ({"is_treated": np.ones(60)}, "both arms are needed"),
    ],
)
def test_a_trial_that_cannot_be_learned_from_is_refused_in_words(change, told):
    """A third arm was learned from as twice the second."""
    own = trial(60)
    plain = {"X": own.X, "has_left": own.has_left, "is_treated": own.is_treated}
    for learner in (TLearner(tie=1.0), ClassTransformation()):
        with pytest.raises(ValueError, match=told):
            learner.fit(**(plain | change))


def test_learners_are_estimators_and_read_words_for_yes_and_no():
    own = trial(600)
    said = [np.where(each, "Yes", "No") for each in (own.has_left, own.is_treated)]
    for learner in (TLearner(), ClassTransformation(), Propensity()):
        with pytest.raises(NotFittedError):
            learner.predict(own.X)
        if isinstance(learner, Propensity):
            found = [type(learner)().fit(own.X, y).predict(own.X) for y in (own.has_left, said[0])]
        else:
            arms = ((own.has_left, own.is_treated), said)
            found = [type(learner)().fit(own.X, *each).predict(own.X) for each in arms]
        assert np.array_equal(*found)
    fitted = TLearner().fit(own.X, *said)
    assert fitted.feature_names_in_.tolist() == list(own.X)
    assert len(fitted.predict(own.X[:0])) == 0


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("treatment", "control"), ("Test", "Control"), ("treated", "held out"), (1, -1)),
        *(("Womens E-Mail", "No E-Mail"), ("B", "control")),
    ],
)
def test_arms_may_be_called_as_trials_call_them(yes, no):
    own = trial(600)
    told = np.where(own.is_treated, yes, no)
    for learner in (TLearner(tie=1.0), ClassTransformation()):
        plain = learner.fit(own.X, own.has_left, own.is_treated).predict(own.X)
        assert np.array_equal(learner.fit(own.X, own.has_left, told).predict(own.X), plain)


def test_a_share_for_each_row_is_one_for_each_row():
    own = trial(60)
    with pytest.raises(ValueError, match="treated_share has shape"):
        ClassTransformation().fit(own.X, own.has_left, own.is_treated, np.full(3, 0.5))


def test_the_measures_are_the_same_however_many_resamples_are_worked_on_at_a_time(monkeypatch):
    own = trial(rows=500)
    score = own.X["tenure_days"].to_numpy(dtype=float)
    at_once = of(own, score)
    monkeypatch.setattr(uplift_measures, "_CELLS", 1_500)
    for name, values in of(own, score).items():
        assert np.array_equal(values, at_once[name])
