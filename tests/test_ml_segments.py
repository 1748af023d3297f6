"""Segments that keep their shape are named and followed; where none do there is one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import registry
from ml.segment_moves import _names, a_month_apart, hidden_where_few, score_segments
from ml.segments import StableSegments
from ml.train_segments import lasting, segment_rows, train_segments


def blobs(groups: int, rows: int = 900, spread: float = 0.35) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(5)
    corners = np.array([[0, 0, 0], [4, 0, 4], [0, 4, 4], [4, 4, 0]])[:groups]
    own = random.integers(0, groups, rows)
    X = corners[own] + random.normal(0, spread, (rows, 3))
    return pd.DataFrame(np.exp(X), columns=["data", "voice", "tenure"]), own


@pytest.mark.parametrize("groups", [2, 3, 4])
def test_as_many_segments_as_keep_their_shape_are_found(groups):
    X, own = blobs(groups)
    months = np.arange(len(X)) % 3
    model = StableSegments().fit(X, months)
    assert model.count_ == groups
    assert adjusted_rand_score(own, model.predict(X)) > 0.9
    chosen = next(each for each in model.stability_ if each.count == groups)
    assert chosen.over_draws > 0.9
    assert chosen.over_months > 0.9


def test_where_nothing_keeps_its_shape_there_is_one_segment():
    random = np.random.default_rng(3)
    model = StableSegments().fit(pd.DataFrame(random.random((600, 8))))
    assert model.count_ == 1
    assert model.described(pd.DataFrame(random.random((600, 8)))) == [[]]


def test_what_differs_between_months_is_not_stable_however_stable_within():
    """Each month is cleanly in two, but by another column."""
    X, _ = blobs(2, rows=600, spread=0.2)
    other = X[["voice", "data", "tenure"]].sample(frac=1, random_state=1).reset_index(drop=True)
    random = np.random.default_rng(4)
    X["voice"] = random.random(len(X))
    X["tenure"] = random.random(len(X))
    other = pd.DataFrame(
        {
            "data": random.random(600),
            "voice": np.sort(random.random(600)) > 0.5,
            "tenure": random.random(600),
        }
    ).astype(float)
    both = pd.concat([X, other], ignore_index=True)
    model = StableSegments(counts=(2, 3)).fit(both, np.repeat([0, 1], 600))
    two = model.stability_[0]
    assert two.over_months < two.over_draws - 0.2


def test_a_segment_is_described_by_what_sets_it_apart():
    X, _ = blobs(2)
    X["noise"] = np.random.default_rng(1).random(len(X))
    model = StableSegments(counts=(2,)).fit(X)
    for segment, told in enumerate(model.described(X, told=2)):
        inside = X[model.predict(X) == segment]
        assert {name for name, _ in told} == {"data", "tenure"}
        for name, gap in told:
            assert (inside[name].median() > X[name].median()) == (gap > 0)


def test_missing_values_and_heavy_tails_make_no_segment_of_their_own():
    X, own = blobs(2)
    X.loc[::7, "voice"] = np.nan
    X.loc[3, "data"] = 1e12
    model = StableSegments(counts=(2,)).fit(X)
    assert adjusted_rand_score(own, model.predict(X)) > 0.9


def test_segments_nobody_is_in_are_none_and_rows_may_come_in_any_order():
    """A base all alike had eight segments, seven of nobody, alike in every resample."""
    X, _ = blobs(3)
    assert StableSegments().fit(0 * X).count_ == 1
    two = X * 0 + (np.arange(len(X)) < 10)[:, None]
    model = StableSegments().fit(two)
    assert np.bincount(model.predict(two)).tolist() == [890, 10]
    assert max(abs(gap) for told in model.described(two) for _, gap in told) <= 2
    one, other = (StableSegments(counts=(2, 3)).fit(rows) for rows in (X, X.iloc[::-1]))
    assert np.array_equal(one.predict(X), other.predict(X))


def test_a_segment_in_the_middle_of_everything_is_not_named_by_a_trifle():
    random = np.random.default_rng(1)
    X = pd.DataFrame(
        {"data": np.repeat([0.0, 1.0, 2.0], 300), "noise": 1.0 * (np.arange(900) == 9)}
    )
    model = StableSegments(counts=(3,)).fit(X.assign(data=X["data"] + 0.1 * random.random(900)))
    assert sorted(len(told) for told in model.described(X)) == [0, 1, 1]
    traits = pd.DataFrame(
        {"segment_id": "A", "trait_rank": 1, "sentence": "much: 1", "sentence_ru": "много: 1"}, [0]
    )
    named = _names(traits, np.array(["A", "B"]))["segment_name"]
    assert named.tolist() == ["much", "like most lines"]


def test_a_trait_is_what_is_still_there_a_month_later():
    random = np.random.default_rng(2)
    lasts = random.random(200)
    rows = pd.DataFrame(
        {
            "subscription_id": np.tile(np.arange(200), 2),
            "as_of_date": np.repeat(pd.to_datetime(["2026-01-01", "2026-02-01"]), 200),
        }
    )
    X = pd.DataFrame({"plan": np.tile(lasts, 2), "outages": random.random(400)})
    assert lasting(rows, X) == ["plan"]
    assert lasting(rows[:200], X[:200]) == ["plan", "outages"]


def test_who_moved_is_told_of_a_month_not_of_a_night():
    firsts = [date(2026, month, 1) for month in (9, 10, 11)]
    assert a_month_apart([*firsts, date(2026, 11, 2)]) == [firsts[1], date(2026, 11, 2)]
    assert a_month_apart(firsts) == firsts[1:]
    assert a_month_apart([firsts[2], date(2026, 11, 2)]) == [date(2026, 11, 2)]
    assert a_month_apart([]) == []


def test_a_cell_of_few_customers_cannot_be_told_from_what_is_left():
    moves = pd.DataFrame(
        [
            ("A", "A", 300),
            ("A", "B", 30),
            ("A", "left", 4),
            ("B", "A", 40),
            ("B", "B", 200),
            ("B", "left", 20),
        ],
        columns=["from_segment_id", "to_segment_id", "customers"],
    )
    moves["lines"], moves["share"] = moves["customers"], 0.5
    shown = hidden_where_few(moves, fewest=10)
    hidden = shown[shown["customers"].isna()]
    assert ("A", "left") in set(
        zip(hidden["from_segment_id"], hidden["to_segment_id"], strict=True)
    )
    for side in ("from_segment_id", "to_segment_id"):
        for each in ("A", "B"):
            assert (hidden[side] == each).sum() != 1
    assert hidden["lines"].isna().all()
    whole = hidden_where_few(moves.assign(customers=moves["customers"] + 10), fewest=10)
    assert whole["lines"].notna().all()


WAREHOUSE = """
create schema features;
create table features.churn_features as
select
    'S' || line as subscription_id,
    as_of_date,
    'mobile' as family,
    if(line % 2 = 0, 100, 3000) + hash(line) % 40 as tenure_days,
    if(line % 2 = 0, 50, 4000) + hash(line, 'd') % 20 as data_mb_30d,
    hash(line, as_of_date) % 9 as contacts_90d
from range(400) as lines(line)
cross join (select unnest([date '2026-02-01', date '2026-03-01']) as as_of_date);
create table features.preference_cohort as
select subscription_id, as_of_date, 'C' || subscription_id as customer_id
from features.churn_features where subscription_id <> 'S7';
create table features.preference_features as select * from features.preference_cohort;
update features.churn_features set tenure_days = 3010, data_mb_30d = 4010
where as_of_date = '2026-03-01' and subscription_id in (
    select 'S' || 2 * line from range(30) as lines(line)
);
-- Of a large base no column is read in vain.
alter table features.churn_features rename to churn_figures;
create view features.churn_features as
select *, error('read in vain') as weather from features.churn_figures
"""


def test_segments_are_named_followed_and_hold_only_who_agreed_to_profiling(tmp_path):
    settings = Settings(home=tmp_path / "home", fewest_customers=1)
    settings.home.mkdir()
    with writing(settings) as connection:
        connection.execute(WAREHOUSE)
        registry.create_tables(connection)
    train_segments(settings, 1)
    score_segments(settings)
    with reading(settings) as connection:
        names = dict(
            connection.execute("select segment_id, segment_name from ml.ml_segment").fetchall()
        )
        moves = connection.execute(
            "select sum(lines) from ml.ml_segment_move where from_segment_id <> to_segment_id "
            "and from_segment_id in ('A', 'B')"
        ).fetchall()
        members = connection.execute(
            "select count(*), count_if(subscription_id = 'S7') from ml.ml_segment_member"
        ).fetchall()
        few = segment_rows(connection, [date(2026, 2, 1), date(2026, 3, 1)], 50, 1)
        chosen = connection.execute(
            "select count(*) filter (where is_chosen), max(segments) filter (where is_chosen) "
            "from ml.ml_segment_choice"
        ).fetchall()
    assert sorted(names) == ["A", "B"]
    assert {part for name in names.values() for part in name.split(", ")} == {
        *("new", "long with us"),
        *("little data", "much data"),
    }
    # Beside the thirty a line or two whose place among the others moved.
    assert 28 <= moves[0][0] <= 32
    assert members == [(798, 0)]
    assert chosen == [(1, 2)]
    # Of a large base some lines are learned from, at every date.
    assert few.groupby("subscription_id").size().tolist() == [2] * 50
    # The same data: nothing is learned again.
    assert "they stay" in train_segments(settings, 1).lines[0]
