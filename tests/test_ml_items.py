"""What goes with what, where that is known to help; what is popular of late where it is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from ml.item_choice import likeliest, ndcg
from ml.items import ItemRecommender, item_weights

ITEMS = 40


def log(seed: int, *, taste: bool, drift: bool, customers: int = 400) -> pd.DataFrame:
    """Customers of four tastes take items of theirs, or anybody's; what is in fashion moves on."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        for day in np.sort(random.uniform(0, 100, random.integers(4, 12))):
            liking = np.ones(ITEMS)
            if taste:
                liking[np.arange(ITEMS) % 4 == customer % 4] *= 12
            if drift:
                liking *= np.exp(-(((np.arange(ITEMS) - day * ITEMS / 100) / 5) ** 2)) + 0.01
            rows.append(
                (f"c{customer}", f"i{random.choice(ITEMS, p=liking / liking.sum()):02d}", day)
            )
    return pd.DataFrame(rows, columns=["customer", "item", "at"])


def split(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return rows[rows["at"] <= 80], rows[rows["at"] > 80]


def popular(past: pd.DataFrame, days: float) -> ItemRecommender:
    """The plain baseline: most taken of the last days."""
    model = ItemRecommender().fit(past)
    counts = past.loc[past["at"] > 80 - days, "item"].value_counts()
    model.popularity_ = counts.reindex(model.items_).fillna(0).to_numpy(dtype=float) + 1e-6
    model.weights_ = None
    return model


def quality(model: ItemRecommender, future: pd.DataFrame) -> float:
    asked = pd.Index(sorted(future["customer"].unique()))
    return float(ndcg(model.scores(asked), model.items_, asked, future).mean())


def test_the_weights_are_the_ridge_regressions_of_each_item_on_the_others():
    held = (np.random.default_rng(1).random((60, 5)) < 0.4).astype(float)
    weights = item_weights(held, 3.0)
    for item in range(5):
        others = np.delete(np.arange(5), item)
        gram = held[:, others].T @ held[:, others] + 3.0 * np.eye(4)
        own = np.linalg.solve(gram, held[:, others].T @ held[:, item])
        assert weights[others, item] == pytest.approx(own)
        assert weights[item, item] == 0


@pytest.mark.parametrize("seed", range(3))
def test_where_taste_is_lasting_it_ranks_better_than_every_popularity(seed):
    past, future = split(log(seed, taste=True, drift=False))
    model = ItemRecommender().fit(past)
    assert model.recipe_.blend > 0
    best = max(quality(popular(past, days), future) for days in (10, 30, 80))
    assert quality(model, future) > best + 0.05


@pytest.mark.parametrize("seed", range(3))
def test_where_only_fashion_counts_it_is_no_worse_than_recent_popularity(seed):
    past, future = split(log(10 + seed, taste=False, drift=True))
    model = ItemRecommender().fit(past)
    assert quality(model, future) > quality(popular(past, 1e9), future) + 0.03
    assert quality(model, future) > quality(popular(past, 10), future) - 0.03
    # What was popular over all time has no say.
    assert model.recipe_.shares[-2] < 0.01


def test_the_shares_are_those_under_which_what_came_islikeliest():
    said = np.array([[0.8, 0.1], [0.8, 0.1], [0.1, 0.6]])
    shares = likeliest(said, np.array([1.0, 1.0, 2.0]))
    tried = [np.array([share, 1 - share]) for share in np.linspace(0, 1, 1001)]
    best = max(tried, key=lambda each: np.array([1.0, 1.0, 2.0]) @ np.log(said @ each + 1e-12))
    assert shares == pytest.approx(best, abs=2e-3)


def test_nobody_is_recommended_what_they_had_and_the_new_get_what_is_popular():
    past, _ = split(log(3, taste=True, drift=False))
    model = ItemRecommender().fit(past)
    told = model.recommend(["c1", "nobody"], k=5)
    had = set(past.loc[past["customer"] == "c1", "item"])
    assert not had & set(told.loc[told["customer"] == "c1", "item"])
    first = told[told["customer"] == "nobody"].iloc[0]["item"]
    assert first == model.items_[np.argmax(model.popularity_)]
    assert told.groupby("customer").size().tolist() == [5, 5]


def test_it_is_a_plain_estimator_whose_rows_may_come_in_any_order():
    past, _ = split(log(4, taste=True, drift=True, customers=100))
    one = clone(ItemRecommender()).fit(past)
    two = ItemRecommender().fit(past.sample(frac=1, random_state=1))
    asked = ["c3", "c5"]
    assert one.recommend(asked).equals(two.recommend(asked))


def test_an_empty_log_is_refused():
    with pytest.raises(ValueError, match="log is empty"):
        ItemRecommender().fit(pd.DataFrame({"customer": [], "item": [], "at": []}))


@pytest.mark.parametrize("wrong", [{"held_back": 1.0}, {"held_back": -0.1}, {"max_items": 0}])
def test_a_parameter_out_of_bounds_is_refused(wrong):
    with pytest.raises(ValueError, match="held_back is a share"):
        ItemRecommender(**wrong).fit(log(4, taste=True, drift=True, customers=5))


def test_what_one_customer_alone_had_is_not_in_the_item_model():
    """Thousands of such items took the model of a small log 18 s and told it nothing."""
    rows = log(4, taste=True, drift=False, customers=50)
    alone = rows.assign(item=[f"x{n}" for n in range(len(rows))])
    model = ItemRecommender().fit(pd.concat([rows, alone]))
    assert len(model.known_) == rows["item"].nunique()
    assert len(ItemRecommender().fit(alone).recommend(["c1"], k=3)) == 3
