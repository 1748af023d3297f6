"""The churn classifier is an estimator as scikit-learn means it, and takes any table as it is."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ml.checked import checked_labels
from ml.churn import ChurnClassifier
from ml.columns import TableEncoder

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


DATES = pd.Series(
    np.array(["2026-03-01T06:00", "9999-12-31", "NaT", "1969-12-31"], dtype="datetime64[s]")
)


@pytest.mark.parametrize(
    "dates",
    [
        DATES.astype("datetime64[s]"),
        DATES.dt.as_unit("us").dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
        DATES.astype(pd.ArrowDtype(pa.timestamp("us"))),
        DATES.astype(object),
        pd.Series([None if pd.isna(date) else str(date) for date in DATES]),
    ],
    ids=["open end", "zone", "arrow", "objects", "texts"],
)
def test_a_date_is_its_day_whatever_it_comes_as_and_also_in_the_year_9999(dates):
    encoder = TableEncoder().fit(pd.DataFrame({"ends": dates}))
    assert encoder.kinds_ == ["number"]
    days = encoder.transform(pd.DataFrame({"ends": dates}))[:, 0]
    assert np.array_equal(days, [20_513.25, 2_932_896, np.nan, -1], equal_nan=True)


def test_dates_other_on_every_row_are_no_identifier():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(200)]
    for told in (pd.Series(days, dtype=object), pd.Series([str(day) for day in days])):
        assert TableEncoder().fit(pd.DataFrame({"since": told})).names_ == ["since"]


def test_a_duration_is_its_days_whatever_it_comes_as():
    spans = pd.Series(pd.to_timedelta([1, 36, None], unit="h"))
    arrow = spans.astype(pd.ArrowDtype(pa.duration("us")))
    for told in (spans, spans.astype(object), arrow):
        days = TableEncoder().fit_transform(pd.DataFrame({"for": told}))[:, 0]
        assert np.array_equal(days, [1 / 24, 1.5, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([True, False, True], [False, True]),
        ([1, 0, 1], [0, 1]),
        ([Decimal(1), Decimal(0), Decimal(1)], [0.0, 1.0]),
        (["left", "here", "left"], ["here", "left"]),
    ],
)
def test_labels_that_come_as_objects_are_read_as_what_they_are(labels, classes):
    found, codes = checked_labels(pd.Series(labels, dtype=object), 3)
    codes_by_class = [classes.index(label) for label in labels[:2]]
    assert (found.tolist(), codes[:2].tolist()) == (classes, codes_by_class)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["Yes", None, "No"], "leave out rows without a label"),
        (np.array(["2026-01-01", "NaT"], dtype="datetime64[s]"), "rows without a label"),
        ([1, "No", 1], r"mixes \['int', 'str'\]"),
        (["Yes", "", "No"], r"holds 3, such as \['', 'No', 'Yes'\]"),
    ],
)
def test_labels_that_are_none_are_told_in_one_line(labels, said):
    with pytest.raises(ValueError, match=said):
        checked_labels(pd.Series(labels, dtype=getattr(labels, "dtype", object)), len(labels))
