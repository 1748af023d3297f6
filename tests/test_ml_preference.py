"""The recommender offers only what may be offered, and says popularity when it knows no better."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from ml.additive import RampLogistic
from ml.columns import NUMBER
from ml.preference import HAD, HOLDS, NextProductRecommender
from ml.product_models import _solved


def base(rows: int = 1_500) -> tuple[pd.DataFrame, pd.DataFrame]:
    """TV goes with broadband and many devices, DATA with mobile; GOLF is hardly ever taken."""
    random = np.random.default_rng(4)
    family = random.choice(["broadband", "mobile"], rows)
    devices = random.integers(1, 9, rows)
    X = pd.DataFrame({"family": family, "plan": family, "devices": devices})
    chance = {
        "TV": (family == "broadband") * devices / 12,
        "DATA": (family == "mobile") * 0.3,
        "GOLF": np.full(rows, 0.004),
    }
    Y = pd.DataFrame({item: random.random(rows) < own for item, own in chance.items()}).astype(
        float
    )
    for item in Y:
        X[HOLDS + item] = random.random(rows) < 0.1
        Y.loc[X[HOLDS + item], item] = np.nan
    return X, Y


@pytest.fixture(scope="module")
def fitted():
    X, Y = base()
    return NextProductRecommender(segment="plan", kin="family").fit(X, Y), X, Y


def test_it_is_a_plain_estimator(fitted):
    model, X, Y = fitted
    again = clone(model).fit(X, Y)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


def test_scores_are_calibrated_on_those_who_could_take_it(fitted):
    model, X, Y = fitted
    scores = model.predict_proba(X)
    for item in ("TV", "DATA"):
        asked = Y[item].notna()
        assert scores.loc[asked, item].mean() == pytest.approx(Y.loc[asked, item].mean(), abs=0.02)


def test_a_product_with_few_takers_gets_its_popularity(fitted):
    model, _, _ = fitted
    assert model.methods_ == {"DATA": "model", "GOLF": "segment_popularity", "TV": "model"}


def test_held_unsold_and_unfitting_products_are_never_recommended(fitted):
    model, X, _ = fitted
    allowed = model.eligible(X, on_sale={"TV", "DATA"})
    told = model.recommend(X, allowed, k=3)
    assert set(told["item"]) <= {"TV", "DATA"}
    own = X.iloc[told["row"].to_numpy()]
    for item in ("TV", "DATA"):
        assert not own.loc[(told["item"] == item).to_numpy(), HOLDS + item].any()
    # Nobody with a mobile line ever took TV, but some were given it: only holders make it fit.
    X = X.assign(**{HOLDS + "TV": X["family"].eq("broadband") & X[HOLDS + "TV"]})
    strict = NextProductRecommender(kin="family").fit(X, base()[1])
    column = strict.items_.index("TV")
    assert not strict.eligible(X)[(X["family"] == "mobile").to_numpy(), column].any()


def test_the_order_of_rows_never_shows(fitted):
    model, X, Y = fitted
    order = np.random.default_rng(1).permutation(len(X))
    again = clone(model).fit(X.iloc[order], Y.iloc[order])
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


def test_weights_stand_for_rows_left_out():
    X, Y = base(3_000)
    takers = (Y == 1).any(axis=1)
    kept = takers | (np.arange(len(X)) % 3 == 0)
    weight = np.where(takers, 1.0, 3.0)[kept]
    whole = NextProductRecommender().fit(X, Y).predict_proba(X)["DATA"].mean()
    thinned = NextProductRecommender().fit(X[kept], Y[kept], weight).predict_proba(X)["DATA"].mean()
    assert thinned == pytest.approx(whole, abs=0.02)


def test_no_product_is_refused_with_what_to_do():
    X, Y = base(50)
    with pytest.raises(ValueError, match="at least one product"):
        NextProductRecommender().fit(X, Y[[]])


def test_a_wider_prior_is_the_same_column_given_as_often():
    """What few had of a product before must be heard beside a profile that everybody has."""
    random = np.random.default_rng(8)
    had, use = (random.random(400) < 0.05) * 1.0, random.normal(size=400)
    y = random.random(400) < np.where(had > 0, 0.6, 0.1)
    wide = RampLogistic([NUMBER] * 2, C=0.1, width=[10**0.5, 1.0])
    often = RampLogistic([NUMBER] * 11, C=0.1)
    once = RampLogistic([NUMBER] * 2, C=0.1)
    matrix = np.column_stack([had, use])
    told = wide.fit(matrix, y).decision_function(matrix)
    repeated = np.column_stack([had] * 10 + [use])
    assert told == pytest.approx(often.fit(repeated, y).decision_function(repeated), abs=1e-6)
    plain = once.fit(matrix, y).decision_function(matrix)
    assert np.ptp(told) > np.ptp(plain) + 0.5


def test_a_long_profile_that_tells_nothing_does_not_drown_what_was_had():
    """Of forty who had it before one in five takes it again; of the rest one in forty does."""
    random = np.random.default_rng(12)
    had = np.arange(4_000) < 40
    noise = random.normal(size=(4_000, 20))
    X = pd.DataFrame(noise).add_prefix("use_").assign(**{HAD + "TV": had})
    Y = pd.DataFrame({"TV": (random.random(4_000) < np.where(had, 0.2, 0.025)).astype(float)})
    told = NextProductRecommender().fit(X, Y).predict_proba(X)["TV"].to_numpy()
    first = np.argsort(-told)[:40]
    assert had[first].mean() > 0.7


def test_what_never_goes_with_such_a_line_teaches_nothing_of_those_it_goes_with():
    """Mobile lines never take TV: that they use little must not say that using little repels."""
    random = np.random.default_rng(5)
    family = np.where(np.arange(3_000) < 2_000, "mobile", "broadband")
    use = np.where(family == "mobile", 0.0, 1.0) + random.normal(0, 0.5, 3_000)
    X = pd.DataFrame({"family": family, "use": use})
    Y = pd.DataFrame({"TV": ((family == "broadband") & (random.random(3_000) < 0.1)).astype(float)})
    model = NextProductRecommender(kin="family").fit(X, Y)
    told = model.predict_proba(X)["TV"].to_numpy()
    own = family == "broadband"
    assert np.ptp(told[own]) < 0.06
    assert told[own].mean() == pytest.approx(Y["TV"][own].mean(), rel=0.05)


def test_what_is_all_but_certain_is_said_to_be():
    """A prior that is narrow for few takers made many takers' odds half as long as they are."""
    random = np.random.default_rng(3)
    X = pd.DataFrame(random.random((5_000, 3)) < 0.5, columns=["young", "streams", "other"])
    takes = np.where(X["young"] & X["streams"], 0.98, 0.02)
    Y = pd.DataFrame({"MUSIC": random.random(len(X)) < takes})
    likely = NextProductRecommender().fit(X, Y).predict_proba(X)["MUSIC"]
    assert likely[takes > 0.5].mean() == pytest.approx(0.98, abs=0.01)
    assert likely[takes < 0.5].mean() == pytest.approx(0.02, abs=0.01)


def test_a_dozen_takers_tell_who_takes_it_again():
    """Below thirty takers a product fell back to its segment, though its own past tells most."""
    had = np.arange(1_500) < 30
    X = pd.DataFrame({HAD + "TV": had, "use": np.random.default_rng(2).normal(size=1_500)})
    taken = np.isin(np.arange(1_500), [*range(0, 24, 2), 500, 900])
    model = NextProductRecommender().fit(X, pd.DataFrame({"TV": taken}))
    likely = model.predict_proba(X)["TV"]
    assert model.methods_ == {"TV": "model"}
    assert likely[had].min() > 5 * likely[~had].max()


def test_a_regression_begun_where_another_ended_ends_where_a_fresh_one_does():
    random = np.random.default_rng(5)
    design = random.normal(size=(2_000, 6))
    y = (random.random(2_000) < 0.1 * np.exp(design[:, 0] / 2)).astype(float)
    narrow, wide = np.full(6, 0.03), np.array([3.0, 3.0, 3.0, 0.1, 0.1, 0.1])
    begun = _solved(design, y, np.ones(2_000), wide, _solved(design, y, np.ones(2_000), narrow))
    fresh = _solved(design, y, np.ones(2_000), wide)
    assert begun == pytest.approx(fresh, abs=1e-3)
    assert abs(fresh[0]) > 5 * abs(fresh[3])
