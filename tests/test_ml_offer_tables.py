"""Offers as strangers write them: words, numbers, blanks and names of any type mean the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from ml.columns import as_text
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
    assert model.recommend(X)["item"].dtype == np.int64
    told = model.predict(X.assign(**{HOLDS + "1": True}))
    assert set(told[~X[HOLDS + "2"]]) == {2}
    assert set(told[X[HOLDS + "2"]]) == {None}


def holdings(rows: int = 600) -> np.ndarray:
    """Three add-ons: who holds the first mostly holds the second; the third goes with none."""
    random = np.random.default_rng(7)
    first = random.random(rows) < 0.4
    second = random.random(rows) < np.where(first, 0.8, 0.2)
    return np.column_stack([first, second, random.random(rows) < 0.3]).astype(float)


def words(held: np.ndarray) -> pd.DataFrame:
    """The same as a bill says it."""
    table = pd.DataFrame(np.where(held, "Yes", "No"), columns=["has_a", "has_b", "has_c"])
    table.loc[held.sum(axis=1) == 0] = "No internet service"
    return table


@pytest.mark.parametrize(
    ("as_X", "as_Y"),
    [
        (lambda held: held, lambda held: held),
        (sparse.csr_matrix, lambda held: sparse.csr_matrix(held.astype(int))),
        (lambda held: held.tolist(), lambda held: pd.DataFrame(held, columns=list("abc"))),
        (words, lambda held: pd.DataFrame(held, columns=list("abc"))),
        (lambda held: pd.DataFrame(held, columns=pd.Index([5, 6, 7])),) * 2,
    ],
)
def test_what_is_asked_for_never_foretells_itself(as_X, as_Y):
    """Not called `holds_` either: a column that says what Y says is what is held."""
    held = holdings()
    model = NextProductRecommender().fit(as_X(held), as_Y(held))
    likely = model.predict_proba(as_X(held)).to_numpy()[:, 1]
    assert likely[held[:, 0] == 1].mean() == pytest.approx(0.8, abs=0.1)
    assert likely[(held[:, 0] == 1) & (held[:, 1] == 0)].mean() > 0.5
    assert np.array_equal(model.eligible(as_X(held)), held == 0)


def test_columns_and_products_that_are_merely_counted_are_not_the_same_thing():
    X, Y = table()
    model = NextProductRecommender().fit(X[["use"]].to_numpy(), Y.to_numpy())
    assert model.items_ == [0, 1]
    assert model.eligible(X[["use"]].to_numpy()).all()
    assert model.predict_proba(X[["use"]].to_numpy())[0].std() > 0.05


def test_one_column_may_name_what_was_taken():
    X, Y = table()
    named = pd.Series(np.where(Y[1] == 1, "one", np.where(Y[2] == 1, "two", None)))
    model = NextProductRecommender().fit(X, named)
    assert model.classes_.tolist() == model.items_ == ["one", "two"]
    assert model.rates_ == pytest.approx(
        [(named == each).mean() for each in model.items_], abs=0.01
    )


def test_probabilities_stand_by_the_rows_they_are_of():
    X, Y = table()
    asked = NextProductRecommender().fit(X, Y).predict_proba(X.iloc[7:9])
    assert asked.index.tolist() == [7, 8]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda X, Y: NextProductRecommender(segment="plam").fit(X, Y), "no column 'plam'"),
        (lambda X, Y: NextProductRecommender(recency=2).fit(X, Y), "are shares"),
        (lambda X, Y: NextProductRecommender(recency=np.nan).fit(X, Y), "are shares"),
        (lambda X, Y: NextProductRecommender(recency="1").fit(X, Y), "are shares"),
        (lambda X, Y: NextProductRecommender(min_takers="5").fit(X, Y), "min_takers is '5'"),
        (lambda X, Y: NextProductRecommender(max_rows=0).fit(X, Y), "max_rows is 0"),
        (lambda X, Y: NextProductRecommender().fit(X, None), "Y is missing"),
        (lambda X, Y: NextProductRecommender().fit(X, Y, np.ones(3)), "one value for each of 400"),
        (lambda X, Y: NextProductRecommender().fit(X, Y, -np.ones(400)), "not negative"),
        (lambda X, Y: NextProductRecommender().fit(X, Y).recommend(X, k=-1), "whole number"),
        (
            lambda X, Y: NextProductRecommender().fit(X, Y).recommend(X, np.ones((2, 2))),
            "eligible has shape",
        ),
        (
            lambda X, Y: NextProductRecommender().fit(X, Y).recommend(X, X),
            "eligible has other columns",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(call, told):
    with pytest.raises(ValueError, match=told):
        call(*table())


def test_words_are_trimmed_blanks_are_nothing_and_1_is_not_true():
    words = pd.Series([" a", "a ", "b", None, "", "nan", float("nan")], index=[3] * 7)
    assert as_text(words).tolist() == ["a", "a", "b", None, None, None, None]
    mixed = pd.Series([1, True, "1", 1.0, None], dtype=object)
    assert as_text(mixed).tolist() == ["1", "True", "1", "1", None]


@pytest.mark.parametrize(
    ("yes", "no"),
    [("x", ""), ("on", "off"), ("Yes", "Unknown"), ("Y", "N/A"), ("да", "нет"), ("1", "-")],
)
def test_what_strangers_write_for_yes_no_and_nothing_is_read(plain, yes, no):
    X, Y = table()
    names = [name for name in X if name.startswith(HOLDS)]
    told = X.assign(**{name: np.where(X[name], yes, no) for name in names})
    found = NextProductRecommender(segment="plan").fit(told, Y).recommend(told)
    assert found[["row", "rank", "item"]].equals(plain[["row", "rank", "item"]])


def test_where_only_what_was_taken_is_written_down_the_rest_was_not():
    """All were told to take everything all but surely: nobody had said no."""
    X, Y = table()
    said = NextProductRecommender().fit(X, Y.fillna(0)).predict_proba(X)
    blank = NextProductRecommender().fit(X, Y.where(Y == 1)).predict_proba(X)
    words = NextProductRecommender().fit(X, Y.eq(1).replace({True: "yes", False: None}))
    assert np.array_equal(said, blank)
    assert np.array_equal(said, words.predict_proba(X))


@pytest.mark.parametrize(
    "told",
    [
        lambda Y: [[name for name in Y if row[name] == 1] for _, row in Y.iterrows()],
        lambda Y: pd.Series([{name for name in Y if row[name] == 1} for _, row in Y.iterrows()]),
        lambda Y: {name: Y[name].eq(1).tolist() for name in Y},
        lambda Y: pa.table({name: Y[name].eq(1) for name in Y}),
    ],
)
def test_lists_of_names_dicts_and_arrow_tables_say_what_was_taken(told):
    X, Y = table()
    Y = Y.set_axis(["DATA", "TV"], axis=1)
    plain = NextProductRecommender().fit(X, Y.eq(1)).predict_proba(X)
    for given in (X, X.to_dict("list"), pa.Table.from_pandas(X)):
        assert NextProductRecommender().fit(given, told(Y)).predict_proba(given).equals(plain)


def test_one_column_of_a_frame_may_name_what_was_taken_and_unknown_is_no_product():
    X, Y = table()
    one = pd.DataFrame(
        {"product": np.where(Y[1] == 1, "TV", np.where(Y[2] == 1, "DATA", "Unknown"))}
    )
    assert NextProductRecommender().fit(X, one).items_ == ["DATA", "TV"]


def test_a_column_of_lists_is_refused_with_what_to_give_instead():
    X, Y = table()
    with pytest.raises(ValueError, match="column 'held' holds lists; give each product a column"):
        NextProductRecommender().fit(X.assign(held=[["TV"]] * len(X)), Y)


def test_what_may_be_offered_is_told_by_name_where_it_has_names(plain):
    """By place, a frame whose columns stood otherwise allowed the other product."""
    X, Y = table()
    model = NextProductRecommender(segment="plan").fit(X, Y)
    allowed = pd.DataFrame({2: True, 1: False}, index=X.index)
    assert set(model.recommend(X, allowed)["item"]) == {2}
