"""Offers as strangers write them: words, numbers, blanks and names of any type mean the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.offer_tables import as_flag, as_outcome, in_order
from ml.preference import HOLDS, NextProductRecommender


def table(rows: int = 400) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two products, 1 and 2, taken by who uses much; a fifth holds each."""
    random = np.random.default_rng(2)
    X = pd.DataFrame({"use": random.normal(size=rows), "plan": random.choice(["a", "b"], rows)})
    Y = pd.DataFrame({n: (random.random(rows) < 0.1 + 0.3 * (X["use"] > 0)) * 1.0 for n in (1, 2)})
    for n in Y:
        X[f"{HOLDS}{n}"] = random.random(rows) < 0.2
        Y.loc[X[f"{HOLDS}{n}"], n] = np.nan
    return X, Y


@pytest.fixture(scope="module")
def plain():
    X, Y = table()
    return NextProductRecommender(segment="plan").fit(X, Y).recommend(X)


@pytest.mark.parametrize(
    ("holds", "taken"),
    [
        (lambda v: np.where(v, "Yes", "No"), lambda v: v.map({1.0: "yes", 0.0: "no"})),
        (lambda v: np.where(v, 1.0, np.nan), lambda v: v.astype("boolean")),
        (lambda v: pd.array(np.where(v, True, None), dtype="boolean"), lambda v: 2 * v),
        (lambda v: pd.Categorical(np.where(v, "True", "False")), lambda v: v.astype("Int64")),
    ],
)
def test_words_flags_and_counts_say_the_same(plain, holds, taken):
    X, Y = table()
    names = [name for name in X if name.startswith(HOLDS)]
    told = X.assign(**{name: holds(X[name]) for name in names}).astype({"plan": "category"})
    model = NextProductRecommender(segment="plan").fit(told, Y.apply(taken))
    found = model.recommend(told)
    assert found[["row", "rank", "item"]].equals(plain[["row", "rank", "item"]])


def test_a_word_that_says_neither_yes_nor_no_is_refused_by_name():
    with pytest.raises(ValueError, match="'TV' says 'maybe'"):
        as_outcome(pd.Series(["yes", "maybe"], name="TV"))
    assert as_flag(pd.Series(["1", "0", None, "YES "])).tolist() == [True, False, False, True]


def test_products_may_be_called_by_numbers_and_by_words():
    assert in_order([10, "b", 2]) == [10, 2, "b"]
    X, Y = table()
    model = NextProductRecommender().fit(X, Y.set_axis([7, "TV"], axis=1))
    assert list(model.predict_proba(X).columns) == model.items_ == [7, "TV"]


def test_a_column_of_the_products_very_name_says_that_it_is_held():
    """Else it would be learned from, and foretell itself."""
    X, Y = table()
    named = X.rename(columns={HOLDS + "1": "1", HOLDS + "2": "2"})
    one = NextProductRecommender().fit(X, Y)
    two = NextProductRecommender().fit(named, Y)
    assert np.array_equal(one.predict_proba(X), two.predict_proba(named))
    assert np.array_equal(one.eligible(X), two.eligible(named))


def test_what_nobody_could_take_does_not_come_first():
    X, Y = table()
    told = NextProductRecommender().fit(X, Y.assign(**{"gone": np.nan})).predict_proba(X)
    assert told["gone"].max() < 0.25


def test_a_table_without_content_gets_popularity():
    X, Y = table()
    model = NextProductRecommender().fit(pd.DataFrame({"same": np.ones(len(X))}), Y)
    assert set(model.methods_.values()) == {"segment_popularity"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda X: NextProductRecommender(method="best"), "'best' is not known"),
        (lambda X: X.insert(0, "use", 0, allow_duplicates=True), "several columns are called"),
        (lambda X: X.drop(X.index, inplace=True), "at least one row"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_words(change, told):
    X, Y = table()
    model = change(X)
    with pytest.raises(ValueError, match=told):
        (model or NextProductRecommender()).fit(X, Y.head(len(X)))


def test_the_likeliest_product_is_one_that_may_be_offered():
    X, Y = table()
    model = NextProductRecommender().fit(X, Y)
    told = model.predict(X.assign(**{HOLDS + "1": True}))
    assert set(told[~X[HOLDS + "2"]]) == {2}
    assert set(told[X[HOLDS + "2"]]) == {None}
