"""The churn classifier is an estimator as scikit-learn means it, and takes any table as it is."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ml.churn import ChurnClassifier

WHY_NOT = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a weight of two is one row for folds, quantiles and smallest leaves, two rows are two"
    ),
}


@parametrize_with_checks(
    [ChurnClassifier(n_folds=2)], expected_failed_checks=lambda estimator: WHY_NOT
)
def test_scikit_learn_finds_nothing_to_complain_of(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(12)
    rows = 700
    charge = random.gamma(4, 10, rows).round(2)
    city = random.integers(0, 300, rows)
    contract = random.choice(["monthly", "yearly"], rows)
    logit = -1.5 + 1.2 * (contract == "monthly") + 0.03 * charge
    y = np.where(random.random(rows) < 1 / (1 + np.exp(-logit)), "left", "stayed")
    X = pd.DataFrame(
        {
            "charge": [Decimal(f"{value:.2f}") for value in charge],
            "contract": pd.Categorical(contract),
            "city": [f"city {value}" for value in city],
            "is_paperless": random.choice([True, False, None], rows),
            "since": [pd.Timestamp("2026-01-01").date() - pd.Timedelta(days=int(d)) for d in city],
            "mixed": random.choice([1, "one", None, 2.5], rows),
            "gone": np.full(rows, None, dtype=object),
            "minutes": pd.array(random.integers(0, 90, rows), dtype="Int64"),
        }
    )
    X.loc[::7, "minutes"] = pd.NA
    return X, y


@pytest.fixture(scope="module")
def model(table):
    return ChurnClassifier(n_folds=2).fit(*table)


def test_columns_are_found_by_name_wherever_they_stand(table, model):
    X, _ = table
    turned = X[X.columns[::-1]].assign(another=1)
    assert np.array_equal(model.predict_proba(turned), model.predict_proba(X))


def test_one_row_scores_as_it_does_among_many(table, model):
    X, _ = table
    alone = np.vstack([model.predict_proba(X.iloc[[n]]) for n in (0, 3, 699)])
    assert np.array_equal(alone, model.predict_proba(X)[[0, 3, 699]])


def test_unseen_levels_and_nothing_at_all_get_a_probability(table, model):
    X = table[0].head(3).copy()
    X["contract"] = ["never seen", None, "monthly"]
    X.iloc[1, :] = None
    X["city"] = "nowhere"
    scores = model.predict_proba(X)
    assert np.isfinite(scores).all()
    assert np.allclose(scores.sum(axis=1), 1)


def test_a_column_that_is_missing_is_named(table, model):
    with pytest.raises(ValueError, match="charge"):
        model.predict_proba(table[0].drop(columns="charge"))


def test_classes_are_those_of_the_labels(table, model):
    X, y = table
    assert model.classes_.tolist() == ["left", "stayed"]
    assert set(model.predict(X)) <= {"left", "stayed"}
    assert abs(model.predict_proba(X)[:, 1].mean() - (y == "stayed").mean()) < 0.05


def test_arrays_and_lists_are_tables_too():
    random = np.random.default_rng(1)
    X = random.normal(size=(300, 3))
    y = (X[:, 0] + random.normal(size=300) > 0).astype(int)
    by_array = ChurnClassifier(n_folds=2).fit(X, y).predict_proba(X)
    by_list = ChurnClassifier(n_folds=2).fit(X.tolist(), y.tolist()).predict_proba(X)
    assert np.array_equal(by_array, by_list)
