"""The churn classifier takes any table, explains itself exactly and ignores the order of rows."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score

from ml import explain
from ml.additive import AdditiveBoosting
from ml.churn import ChurnClassifier
from ml.selection import thin

IBM = Path(__file__).parents[2] / "shared" / "data" / "ibm_telco" / "Telco-Customer-Churn.csv"


def any_table(rows: int = 900, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Columns of every kind; contract, tenure and tickets move the outcome."""
    random = np.random.default_rng(seed)
    tenure = random.integers(1, 2_000, rows)
    contract = random.choice(["monthly", "one_year", "two_year"], rows, p=[0.5, 0.3, 0.2])
    tickets = random.poisson(0.4, rows).astype(float)
    logit = -1.4 + 1.2 * (contract == "monthly") - tenure / 900 + 0.8 * tickets
    y = random.random(rows) < 1 / (1 + np.exp(-logit))
    tickets[random.random(rows) < 0.2] = np.nan
    contract = np.where(random.random(rows) < 0.05, None, contract)
    X = pd.DataFrame(
        {
            "tenure_days": tenure,
            "contract_type": contract,
            "tickets_90d": tickets,
            "is_prepaid": random.choice([True, False, None], rows),
            "segment": pd.Categorical(random.choice(["consumer", "business"], rows)),
            "charge_as_text": [f"{value:.2f}" for value in random.random(rows) * 50],
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(tenure, unit="D"),
            "area": [f"area {value}" for value in random.integers(0, 150, rows)],
            "subscription_id": [f"S{value}" for value in range(rows)],
            "never_delivered": np.full(rows, np.nan),
            "holds_TV": random.random(rows) < 0.3,
        }
    )
    return X, y


@pytest.fixture(scope="module")
def table():
    return any_table()


@pytest.fixture(scope="module")
def model(table):
    return ChurnClassifier(n_folds=3).fit(*table)


def test_it_is_a_plain_estimator(table):
    X, y = table
    model = ChurnClassifier(n_folds=2, max_levels=50)
    assert clone(model).get_params() == model.get_params()
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    assert cross_val_score(model, X, y, cv=folds, scoring="roc_auc").mean() > 0.7


def test_columns_of_every_kind_are_accepted_and_useless_ones_left_out(model):
    dropped = model.encoder_.dropped_
    assert dropped == {"subscription_id": "identifier", "never_delivered": "empty"}
    kinds = dict(zip(model.encoder_.names_, model.encoder_.kinds_, strict=True))
    assert kinds["charge_as_text"] == "number"
    assert kinds["is_prepaid"] == "number"
    assert kinds["contract_type"] == "category"
    assert kinds["area"] == "many"


def test_levels_never_seen_and_columns_gone_blank_can_be_scored(table, model):
    X = table[0].head(5).assign(contract_type="ten_year", area="elsewhere", tickets_90d=np.nan)
    scores = model.predict_proba(X)
    assert np.isfinite(scores).all()
    assert np.allclose(scores.sum(axis=1), 1)


def test_contributions_and_base_sum_to_the_score(table):
    X, _ = table
    model = ChurnClassifier(n_folds=3, additive_tolerance=0.05).fit(*table)
    assert explain.additivity_error(model, X) <= 1e-6
    assert model.is_additive_
    total = model.contributions(X).sum(axis=1).to_numpy() + model.base_logit_
    assert np.abs(total - model.decision_function(X)).max() <= 1e-6


def test_curves_say_what_the_trees_say_wherever_the_categories_stand():
    # Numbers between categories: scikit-learn moves categories first and numbers splits anew.
    random = np.random.default_rng(7)
    kinds = ["number", "category", "number", "category", "number"]
    matrix = np.column_stack(
        [
            random.normal(size=2_000),
            random.integers(0, 4, 2_000),
            random.integers(0, 2, 2_000),
            random.integers(0, 6, 2_000),
            random.normal(size=2_000),
        ]
    ).astype(float)
    matrix[random.random(2_000) < 0.2, 0] = np.nan
    matrix[random.random(2_000) < 0.2, 3] = np.nan
    logit = 2 * (matrix[:, 1] == 2) - 3 * matrix[:, 2] + (matrix[:, 3] == 5) + matrix[:, 4]
    y = (random.random(2_000) < 1 / (1 + np.exp(-logit))).astype(float)
    member = AdditiveBoosting(kinds).fit(matrix, y)
    assert member.readout_error_ <= 1e-6
    assert all(len(curve.steps) or len(curve.levels) for curve in member.model_.curves)
    assert roc_auc_score(y, member.decision_function(matrix)) > 0.85


def test_a_champion_with_interactions_is_explained_with_a_stated_fidelity(table):
    X, y = table
    model = ChurnClassifier(n_folds=3, additive_tolerance=-1.0).fit(X, y)
    assert not model.is_additive_
    assert 0 < model.fidelity_ <= 1
    assert explain.additivity_error(model, X) <= 1e-6


def test_the_order_of_rows_never_shows_in_a_score(table, model):
    X, y = table
    order = np.random.default_rng(3).permutation(len(y))
    again = ChurnClassifier(n_folds=3).fit(X.iloc[order], y[order])
    shuffled = again.predict_proba(X.iloc[order[::-1]])[::-1]
    assert np.array_equal(shuffled, model.predict_proba(X)[order])


def test_shuffled_labels_rank_no_better_than_chance(table):
    X, y = table
    shuffled = np.random.default_rng(11).permutation(y)
    scores = np.empty(len(y))
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    for inside, outside in folds.split(X, shuffled):
        model = ChurnClassifier(n_folds=2).fit(X.iloc[inside], shuffled[inside])
        scores[outside] = model.predict_proba(X.iloc[outside])[:, 1]
    # 900 rows: two standard errors of a chance AUC are about 0.045.
    assert abs(roc_auc_score(shuffled, scores) - 0.5) < 0.06
    assert abs(scores.mean() - y.mean()) < 0.05


def test_thinned_negatives_keep_the_calibration():
    X, y = any_table(4_000, seed=5)
    model = ChurnClassifier(n_folds=3, max_rows=1_500).fit(X, y)
    assert abs(model.predict_proba(X)[:, 1].mean() - y.mean()) < 0.03


def test_thinning_keeps_positives_and_the_total_weight():
    y = np.array([1, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    kept, weight = thin(np.arange(10), y, np.ones(10), max_rows=6)
    assert y[kept].sum() == 2
    assert len(kept) == 6
    assert weight.sum() == pytest.approx(10)


def test_one_class_is_refused_with_what_to_do(table):
    X, y = table
    with pytest.raises(ValueError, match="two classes"):
        ChurnClassifier().fit(X, np.zeros(len(y)))


def test_reasons_are_words_by_theme_and_the_strongest_come_first(table, model):
    X, _ = table
    names, kinds = model.encoder_.names_, model.encoder_.kinds_
    catalogue = explain.read_catalogue()
    told = explain.reasons(model, X, explain.peers(X, names, kinds), catalogue)
    assert set(told["theme"]) <= set(catalogue.themes)
    assert len(catalogue.themes) <= 12
    raising = told[told["direction"] == "raises"]
    assert (raising["contribution"] > 0).all()
    assert (raising.groupby("row")["contribution"].diff().dropna() <= 0).all()
    assert told.groupby("row").size().max() <= 4
    assert not told["sentence"].str.contains(r"[{}]").any()
    assert told["sentence_ru"].str.contains("[а-я]").any()
    contract = told[told["reason_code"] == "contract_type"]
    known = X["contract_type"].notna().to_numpy()[contract["row"].to_numpy()]
    assert contract["sentence"][known].str.startswith("The contract is ").all()
    assert (contract["sentence"][~known] == "Not known: contract_type").all()


def test_a_value_like_the_typical_one_is_not_set_against_it():
    rng = np.random.default_rng(7)
    X = pd.DataFrame(
        {"region": rng.choice(["North", "South"], 400), "contacts_90d": rng.poisson(1.0, 400)}
    )
    y = (rng.random(400) < np.where(X["region"] == "North", 0.6, 0.1)).astype(int)
    model = ChurnClassifier().fit(X, y)
    typical = {"region": "South", "contacts_90d": 1.0}
    told = explain.reasons(model, X, typical, explain.read_catalogue())
    own = told[told["reason_code"] == "region"].sort_values("sentence")
    # What has a name is called by it.
    named = explain.read_catalogue().with_names({"North": "The North", "yes": "no word"})
    renamed = explain.reasons(model, X, typical, named)["sentence"]
    assert renamed.str.contains("Lives in region The North").any()
    assert named.words["en"]["yes"] == "yes"
    assert own["sentence"].unique().tolist() == [
        "Lives in region North (most common: South)",
        "Lives in region South (as is typical)",
    ]
    assert own["sentence_ru"].unique().tolist() == [
        "Регион – Север (чаще всего: Юг)",
        "Регион – Юг (как обычно)",
    ]


def test_theme_contributions_and_base_sum_to_the_score(table, model):
    X, _ = table
    catalogue = explain.read_catalogue()
    contributions = model.contributions(X)
    themes = [catalogue.entry(name)["theme"] for name in contributions]
    by_theme = contributions.T.groupby(themes).sum().T
    total = by_theme.sum(axis=1).to_numpy() + model.base_logit_
    assert np.abs(total - model.explain_decision(X)).max() <= 1e-6


@pytest.mark.skipif(not IBM.exists(), reason="the shared data sets are not here")
def test_ibm_telco_is_ranked_as_well_as_the_published_models():
    frame = pd.read_csv(IBM)
    y = (frame.pop("Churn") == "Yes").to_numpy()
    scores = np.empty(len(y))
    folds = StratifiedKFold(5, shuffle=True, random_state=20261123)
    for inside, outside in folds.split(frame, y):
        # The explainer alone: the whole portfolio is benchmarks/churn.py's to judge.
        model = ChurnClassifier(n_folds=2, additive_tolerance=1.0)
        model.fit(frame.iloc[inside], y[inside])
        scores[outside] = model.predict_proba(frame.iloc[outside])[:, 1]
    assert roc_auc_score(y, scores) >= 0.84
    assert abs(scores.mean() - y.mean()) < 0.01


def test_what_was_chosen_on_many_rows_learns_from_few():
    X, y = any_table(rows=1_600, seed=8)
    model = ChurnClassifier(n_folds=2, additive_tolerance=-1).fit(X, y)
    again = model.refit(X.iloc[:500], y[:500])
    assert again.weights_ == model.weights_
    assert np.isfinite(again.decision_function(X)).all()


def test_with_a_tolerance_of_one_members_with_interactions_are_not_tried():
    X, y = any_table(rows=1_600, seed=8)
    model = ChurnClassifier(n_folds=2, additive_tolerance=1).fit(X, y)
    assert model.is_additive_
    assert model.oof_["auc_full"] == model.oof_["auc_additive"]


def test_a_reason_divides_thousands_as_its_language_does():
    rng = np.random.default_rng(8)
    X = pd.DataFrame(
        {"tenure_days": rng.choice([400.0, 1500.0], 400), "contacts_90d": rng.poisson(1.0, 400)}
    )
    y = (rng.random(400) < np.where(X["tenure_days"] > 1000, 0.6, 0.1)).astype(int)
    model = ChurnClassifier().fit(X, y)
    typical = {"tenure_days": 12345.0, "contacts_90d": 1.0}
    told = explain.reasons(model, X, typical, explain.read_catalogue())
    own = told[told["reason_code"] == "tenure_days"].sort_values("sentence")
    assert own["sentence"].unique().tolist() == [
        "The subscription is 1,500 days old (typical: 12,345)",
        "The subscription is 400 days old (typical: 12,345)",
    ]
    assert own["sentence_ru"].unique().tolist() == [
        "Подписке 1\u00a0500 дн. (обычно: 12\u00a0345)",
        "Подписке 400 дн. (обычно: 12\u00a0345)",
    ]


def test_a_term_that_is_over_has_ended_and_has_no_days_left():
    days = np.array([-188.0, -188.0, 12.0, np.nan])
    table = pd.DataFrame({"reason_code": "days_to_contract_end", "row": range(4)})
    encoder = SimpleNamespace(names_=["days_to_contract_end"], kinds_=["number"])
    X, model = pd.DataFrame({"days_to_contract_end": days}), SimpleNamespace(encoder_=encoder)
    told = explain._sentences(
        table, model, X, {"days_to_contract_end": 166.0}, explain.read_catalogue(), "en"
    )
    assert told[0] == "The minimum term ended 188 days ago (typical: 166 days left)"
    assert told[2] == "The minimum term has 12 days left (typical: 166)"
    assert told[3].startswith("No minimum term binds")
    told = explain._sentences(
        table, model, X, {"days_to_contract_end": 166.0}, explain.read_catalogue(), "ru"
    )
    assert told[1] == "Срок договора закончился 188 дн. назад (обычно осталось 166 дн.)"


def test_what_one_customers_rows_share_does_not_tell_their_outcome():
    random = np.random.default_rng(3)
    customers, dates = 250, 4
    usage = random.normal(size=customers)
    y = np.tile(random.random(customers) < 1 / (1 + np.exp(1 - 1.5 * usage)), dates)
    # Each customer stands there at several dates, in a street of their own.
    street = np.tile([f"s{n}" for n in range(customers)], dates)
    X = pd.DataFrame({"street": street, "usage": np.tile(usage, dates)})
    X["usage"] += random.normal(size=len(X)) / 10
    model = ChurnClassifier(n_folds=3, additive_tolerance=1).fit(X, y, groups=street)
    moved = model.contributions(X).std()
    assert moved["street"] < 0.1 * moved["usage"]


def test_groups_of_another_length_are_told_so():
    with pytest.raises(ValueError, match="X has 3 rows and groups 2"):
        ChurnClassifier().fit([[1], [2], [3]], [0, 1, 1], groups=[1, 2])
