"""Scorecards say what their members say: in memory, from JSON, and as SQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone

from cx.errors import UserError
from cx.settings import Settings
from ml import datasets, estimator_files, explain, spark_scores
from ml.additive import AdditiveBoosting, RampLogistic
from ml.churn import ChurnClassifier
from ml.columns import TableEncoder
from ml.curves import TOLERANCE, Curve, blended
from ml.lookups import Lookups
from ml.offer_tables import HOLDS
from ml.scorecard import Scorecard, scorecard
from ml.scorecard_sql import SPARK, score_sql


def odd_table(rows: int = 2_500) -> tuple[pd.DataFrame, np.ndarray]:
    """Columns of every kind with gaps, quotes in levels, and two pairs that matter."""
    random = np.random.default_rng(8)
    tenure = random.integers(0, 900, rows).astype(float)
    minutes = random.gamma(2, 60, rows)
    contract = random.choice(["monthly", "one 'year'", "two years"], rows)
    contacts = random.poisson(0.8, rows)
    logit = (
        -1.5
        + 1.8 * ((contract == "monthly") & (tenure < 300))
        + 1.5 * ((contacts > 1) & (minutes > 120))
        - tenure / 1_500
    )
    y = (random.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)
    tenure[random.random(rows) < 0.1] = np.nan
    X = pd.DataFrame(
        {
            "tenure_days": tenure,
            "outage_minutes_90d": minutes,
            "contract_type": np.where(random.random(rows) < 0.05, None, contract),
            "contacts_90d": contacts,
            "area": [f"area {n}" for n in random.integers(0, 90, rows)],
            "is_prepaid": random.choice([True, False], rows),
            "since": pd.Timestamp("2026-01-01") - pd.to_timedelta(minutes.round(), unit="D"),
        }
    )
    return X, y


@pytest.fixture(scope="module")
def parts():
    """An encoder, the matrix and fitted members, pairs among them."""
    X, y = odd_table()
    encoder = TableEncoder(max_levels=100).fit(X)
    matrix = encoder.transform(X)
    members = [
        AdditiveBoosting(encoder.kinds_, max_iter=80, n_pairs=6, max_bins=32),
        AdditiveBoosting(encoder.kinds_, max_iter=60),
        RampLogistic(encoder.kinds_),
    ]
    models = [(1 / 3, member.fit(matrix, y).model_) for member in members]
    weight = np.ones(len(y))
    card = scorecard(models, (0.9, 0.1), encoder, {}, matrix, weight, np.array([0, 1]), 1.0)
    return X, y, matrix, models, card


def test_pairs_that_matter_are_found_and_read_out_exactly(parts):
    X, _, matrix, models, _ = parts
    names = list(X)
    found = {frozenset((names[p.first], names[p.second])) for p in models[0][1].pairs}
    assert {"tenure_days", "contract_type"} in found
    assert {"contacts_90d", "outage_minutes_90d"} in found
    # A pair's table says only what its columns do not say alone: it is centred.
    for pair in models[0][1].pairs:
        first = pair.first_axis(matrix[:, pair.first])
        values = pair(matrix)
        by_place = np.bincount(first, values) / np.maximum(np.bincount(first), 1)
        assert np.abs(by_place).max() < 0.02


def test_a_scorecard_says_what_its_members_say(parts):
    _, _, matrix, models, card = parts
    members = 0.1 + 0.9 * sum(weight * model.decision(matrix) for weight, model in models)
    # Small steps are joined: at most so much per number.
    most = 2 * TOLERANCE * len(card.curves)
    assert np.abs(card.decision_of(matrix) - members).max() <= most


def test_contributions_are_centred_and_sum_to_the_logit(parts):
    X, _, _, _, card = parts
    contributions = card.contributions(X)
    total = contributions.sum(axis=1).to_numpy() + card.base
    assert np.abs(total - card.decision_function(X)).max() <= 1e-9
    assert np.abs(contributions.mean()).max() < 1e-9


def test_many_rows_are_looked_up_as_single_ones_are(parts):
    _, _, matrix, _, card = parts
    many = np.tile(matrix, (4, 1))
    quick = np.column_stack(Lookups(card.curves, card.pairs)(many)[0])[: len(matrix)]
    slow = np.column_stack(
        [curve(column) for curve, column in zip(card.curves, matrix.T, strict=True)]
    )
    assert np.array_equal(quick, slow)


def test_joined_steps_stay_near_and_what_rises_still_rises():
    edges = np.linspace(0, 1, 60)
    steps = np.cumsum(np.random.default_rng(0).exponential(0.002, 61))
    steps[30:] += 0.5
    pieces = blended([(1.0, Curve(edges=edges, steps=steps))])
    x = np.linspace(-0.2, 1.2, 5_000)
    told = pieces(x)
    assert len(pieces.edges) < 40
    assert np.abs(told - steps[np.searchsorted(edges, x)]).max() <= TOLERANCE + 1e-12
    assert np.diff(told).min() >= -1e-12


def sql_scores(card: Scorecard, X: pd.DataFrame, **more) -> pd.DataFrame:
    connection = duckdb.connect()
    connection.register("frame", X.assign(id=np.arange(len(X))))
    connection.execute("create table features as select * from frame")
    types = {row[0]: row[1] for row in connection.execute("describe features").fetchall()}
    query = score_sql(card, "features", ["id"], types, **more)
    return connection.execute(f"select * from ({query}) order by id").df()


def test_sql_gives_the_same_probabilities(parts):
    X, _, _, _, card = parts
    X = X.assign(area=X["area"].where(X.index % 50 != 0, "  area 7 "))
    X.loc[3, "contract_type"] = "never heard of"
    X.loc[4, "outage_minutes_90d"] = np.nan
    X.loc[5, "outage_minutes_90d"] = np.inf
    found = sql_scores(card, X)
    assert np.abs(found["score"] - card.predict_proba(X)[:, 1]).max() <= 1e-9


def test_sql_gives_the_strongest_themes_and_who_leads_them(parts):
    X, _, _, _, card = parts
    catalogue = explain.read_catalogue()
    found = sql_scores(card, X, catalogue=catalogue)
    typical = explain.peers(X, card.encoder.names_, card.encoder.kinds_)
    told = explain.reasons(card, X, typical, catalogue)
    for rank in (1, 2, 3):
        own = told[told["reason_rank"] == rank].set_index("row")
        has = found[f"theme_{rank}"].notna().to_numpy()
        assert np.flatnonzero(has).tolist() == own.index.tolist()
        assert (found[f"theme_{rank}"][has].to_numpy() == own["theme"].to_numpy()).all()
        assert (found[f"feature_{rank}"][has].to_numpy() == own["reason_code"].to_numpy()).all()
        gap = found[f"contribution_{rank}"][has].to_numpy() - own["contribution"].to_numpy()
        assert np.abs(gap).max() <= 1e-9


def test_sql_for_spark_uses_its_own_words(parts):
    X, _, _, _, card = parts
    query = score_sql(
        card, "lake.features", ["tenure_days"], dict.fromkeys(X, "double"), dialect=SPARK
    )
    assert "`lake`.`features`" in query
    assert "element_at(array(" in query
    assert "one \\'year\\'" in query
    assert "enum" not in query


def test_sql_says_which_columns_are_missing(parts):
    card = parts[-1]
    with pytest.raises(ValueError, match="contacts_90d"):
        score_sql(card, "features", [], {"tenure_days": "double"})


def test_json_keeps_every_bit(parts):
    X, _, _, _, card = parts
    again = Scorecard.from_json(card.to_json())
    assert np.array_equal(again.predict_proba(X), card.predict_proba(X))
    assert again.to_json() == card.to_json()
    with pytest.raises(ValueError, match="not a scorecard"):
        Scorecard.from_json(json.dumps({"format": "something else"}))


def test_an_additive_champion_is_kept_as_data_and_scores_the_same(tmp_path):
    X, y = odd_table(900)
    settings = Settings(home=tmp_path)
    model = ChurnClassifier(n_folds=2, additive_tolerance=1.0).fit(X, y)
    file, sha256 = estimator_files.save(model, settings, "champion")
    assert file.endswith(".json")
    again = estimator_files.load(settings, file, sha256)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.contributions(X).equals(model.contributions(X))


def test_a_champion_with_interactions_ignores_order_and_is_kept_with_listed_types_only(tmp_path):
    X, y = odd_table(1_300)
    settings = Settings(home=tmp_path)
    portfolio = ChurnClassifier(n_folds=2, additive_tolerance=-1.0)
    model = clone(portfolio).fit(X, y)
    # The same rows in another order are the same table: forest, networks and all.
    order = np.random.default_rng(3).permutation(len(y))
    turned = clone(portfolio).fit(X.iloc[order], y[order])
    assert np.array_equal(turned.predict_proba(X), model.predict_proba(X))
    members = model._members(len(y))
    # Whatever was chosen on this table, every member there is must come back.
    train = model._encoded(
        model.target_encoder_, model.encoder_.transform(X), y, np.arange(len(y), dtype=np.uint64)
    )
    model.members_ = {name: member.fit(train, y) for name, member in members.items()}
    model.weights_ = dict.fromkeys(members, 1 / len(members))
    file, sha256 = estimator_files.save(model, settings, "champion")
    assert file.endswith(".skops")
    again = estimator_files.load(settings, file, sha256)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("model.pkl", b"\x80\x04.", "neither .json nor .skops"),
        ("model.json", b'{"format": "cx scorecard 0"}', "no scorecard"),
        ("model.json", b"not json", "no scorecard"),
        ("model.skops", b"not a zip", "cannot be read"),
    ],
)
def test_nothing_else_is_loaded(tmp_path, file, content, said):
    import hashlib

    settings = Settings(home=tmp_path)
    settings.estimators.mkdir(parents=True)
    (settings.estimators / file).write_bytes(content)
    with pytest.raises(UserError, match=said):
        estimator_files.load(settings, file, hashlib.sha256(content).hexdigest())


def test_what_the_business_is_sure_of_never_lowers_a_score():
    X, y = odd_table(1_300)
    # Planted the wrong way round: without a promise more contacts would lower the score.
    y = np.where((X["contacts_90d"] > 1) & (np.arange(len(y)) % 3 > 0), 0.0, y)
    for tolerance in (-1.0, 1.0):
        model = ChurnClassifier(
            n_folds=2, additive_tolerance=tolerance, monotone={"contacts_90d": 1, "not_here": 1}
        ).fit(X, y)
        rows = X.head(40)
        scores = np.array([model.decision_function(rows.assign(contacts_90d=n)) for n in range(6)])
        assert np.diff(scores, axis=0).min() >= -1e-9
    with pytest.raises(ValueError, match="only numbers"):
        ChurnClassifier(monotone={"contract_type": 1}).fit(X, y)


def test_the_catalogue_names_what_the_business_is_sure_of():
    sure = explain.read_catalogue().monotone()
    assert sure["complaints_90d"] == 1
    assert set(sure.values()) <= {1, -1}


class Here:
    """A frame whose batches are told in this process: what executors are asked to do."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def limit(self, count: int) -> Here:
        """Return the first rows."""
        return Here(self.table.slice(0, count))

    def toArrow(self) -> pa.Table:
        """Return the rows."""
        return self.table

    def mapInArrow(self, work: Callable, schema: str) -> pd.DataFrame:
        """Return what is made of each batch."""
        return pa.Table.from_batches(list(work(iter(self.table.to_batches())))).to_pandas()


def test_executors_call_products_by_their_names(tmp_path):
    X, y = odd_table(900)
    random = np.random.default_rng(5)
    rows = X.assign(
        subscription_id=[f"s{n}" for n in range(len(X))],
        as_of_date=pd.Timestamp("2026-01-01"),
        held_offering_ids=[["tv"] if chance < 0.3 else [] for chance in random.random(len(X))],
    )
    held = datasets.features_of(rows, ["tv"])
    y = np.where(held[f"{HOLDS}tv"].astype(bool), random.random(len(X)) < 0.7, y).astype(int)
    fitted = ChurnClassifier(n_folds=2, additive_tolerance=1.0).fit(held, y)
    settings = Settings(home=tmp_path)
    file, _ = estimator_files.save(fitted, settings, "champion")
    content = (settings.estimators / file).read_bytes()
    there = Here(pa.Table.from_pandas(rows, preserve_index=False))
    told = spark_scores.reasons(there, file, content, names={"tv": "TV Start"}, currency="EUR")
    model = estimator_files.read(content, file)
    typical = explain.peers(held, model.encoder_.names_, model.encoder_.kinds_)
    catalogue = explain.read_catalogue(currency="EUR").with_names({"tv": "TV Start"})
    wanted = explain.reasons(model, held, typical, catalogue)
    assert told["sentence"].tolist() == wanted["sentence"].tolist()
    assert told["sentence"].str.contains("TV Start").any()


@pytest.fixture(scope="module")
def stranger():
    """A table as strangers hand it over: types and names that Python and SQL tell differently."""
    random = np.random.default_rng(2)
    rows = 400
    n = random.integers(0, 4, rows)
    when = pd.Timestamp("2026-01-01") + pd.to_timedelta(n * 9, unit="D")
    X = pd.DataFrame(
        {
            "the \"best\" 'one' [%]": random.choice(["a", "b'q"], rows),
            "flag": pd.Categorical(n > 1),
            "size": pd.Categorical(np.where(n > 2, np.nan, n * 1.0)),
            "spread": pd.Categorical(n * 1.5),
            "waited": pd.to_timedelta(n * 7 + 1, unit="h"),
            "ends": np.where(n > 0, when, pd.Timestamp("9999-12-31").as_unit("us")),
            "since": when.strftime("%Y-%m-%d"),
            "paid": random.choice([" 5", "7\t", "\u00a09", "1_0", "2026-01-09 10:00"], rows),
            "blanks": random.choice(["up", "up\t", "\u00a0down\n"], rows),
        }
    )
    y = random.random(rows) < 1 / (1 + np.exp(1 - 0.6 * n - (X["blanks"] == "up")))
    return X, y, ChurnClassifier(n_folds=2, additive_tolerance=1).fit(X, y)


def test_sql_reads_a_strangers_table_as_the_classifier_does(stranger):
    X, _, model = stranger
    card = strict_card(model)
    with duckdb.connect() as connection:
        connection.register("frame", X.assign(key=np.arange(len(X))))
        connection.execute("create table odd as from frame")
        types = {row[0]: row[1] for row in connection.execute("describe odd").fetchall()}
        found = connection.execute(f"from ({score_sql(card, 'odd', ['key'], types)}) order by key")
        scores = found.df()["score"].to_numpy()
    assert types["flag"] == "BOOLEAN" and types["waited"] == "INTERVAL"
    assert np.abs(scores - card.predict_proba(X)[:, 1]).max() < 1e-12
    assert explain.additivity_error(card, X) < 1e-6


def strict_card(model):
    """Only level by level does a difference show in a column that the score leaves alone."""
    return replace(model.explainer_, curves=[_by_place(curve) for curve in model.explainer_.curves])


def _by_place(curve):
    """A curve that moves with every level and number, and has its own value for what is missing."""
    if isinstance(curve, Curve):
        return replace(curve, missing=0.7, levels=0.1 * np.arange(1, len(curve.levels) + 1))
    return replace(curve, missing=0.7, bases=curve.bases * 0, slopes=curve.slopes * 0 + 1e-4)


def test_a_whole_number_is_one_level_with_and_without_gaps_beside_it(stranger):
    X, _, model = stranger
    whole = X[X["size"].notna()]
    as_whole = whole.astype({"size": "int64"})
    assert np.array_equal(model.predict_proba(as_whole), model.predict_proba(whole))
    assert model.encoder_.levels_["size"].tolist() == ["0", "1", "2"]


@pytest.mark.parametrize("key", ["x0", "C0", "logit", "score", "theme_1"])
def test_a_key_called_as_the_querys_own_columns_is_refused(stranger, key):
    card = stranger[2].explainer_
    types = dict.fromkeys([*card.encoder.names_, key], "varchar")
    with pytest.raises(ValueError, match="rename them"):
        score_sql(card, "odd", [key], types)
