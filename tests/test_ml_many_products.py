"""A catalogue of many products: the night ranks them all at once, if that was better over time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import estimator_files, registry
from ml.preference_tables import MANY_PRODUCTS
from ml.train_preference import train_preference

PRODUCTS, LINES, MONTHS = MANY_PRODUCTS + 4, 480, 6
DATES = pd.date_range("2026-01-01", periods=MONTHS, freq="MS")


def taken() -> np.ndarray:
    """Return the product each line takes each month: mostly one of its kind, of four kinds."""
    random = np.random.default_rng(3)
    kind, found = np.arange(LINES) % 4, np.empty((MONTHS, LINES), dtype=int)
    for month in range(MONTHS):
        for line in range(LINES):
            liking = np.where(np.arange(PRODUCTS) % 4 == kind[line], 40.0, 1.0)
            liking[found[:month, line]] = 0
            found[month, line] = random.choice(PRODUCTS, p=liking / liking.sum())
    return found


def home(folder) -> Settings:
    """A warehouse whose feature tables tell of half of the lines each month."""
    names = np.array([f"P{n:03d}" for n in range(PRODUCTS)], dtype=object)
    found, rows = taken(), []
    for month, date in enumerate(DATES):
        for line in range(LINES):
            takes = [names[found[month, line]]] if (line // 4 + month) % 2 else []
            before = [m for m in range(month) if (line // 4 + m) % 2]
            held = sorted(names[found[before, line]])
            rows.append((f"S{line:03d}", date, held, takes, month < MONTHS - 1))
    table = pd.DataFrame(
        rows,
        columns=["subscription_id", "as_of_date", "held_offering_ids", "taken", "is_label_known"],
    )
    settings = Settings(home=folder)
    with writing(settings) as connection:
        connection.register("made", table)
        connection.register("sold", pd.DataFrame({"offering_id": names}))
        for statement in (
            "create schema if not exists features",
            """create table features.preference_features as select subscription_id, as_of_date,
            held_offering_ids, []::varchar[] as dropped_offering_ids,
            []::varchar[] as near_offering_ids, 'PLAN' as offering_id, 'tv' as family,
            400 as tenure_days from made""",
            """create table features.preference_labels as select subscription_id, as_of_date,
            taken as taken_offering_ids, as_of_date + interval 28 day as window_to, is_label_known
            from made""",
            """create table features.churn_labels as
            select subscription_id, as_of_date, false as has_left from made""",
            """create table features.preference_offerings as select offering_id,
            offering_id as offering_name, 'tv' as family, true as is_addon from sold""",
        ):
            connection.execute(statement)
        registry.create_tables(connection)
    return settings


def test_many_products_are_ranked_at_once_when_that_foretold_better(tmp_path):
    settings = home(tmp_path)
    report = train_preference(settings, seed=1)
    with reading(settings) as connection:
        champion = registry.champion(connection, registry.NEXT_PRODUCT)
        figures = connection.execute(
            "select estimator, value from ml.ml_evaluation where metric = 'map_at_3'"
        ).df()
    by_name = figures.set_index("estimator")["value"]
    assert by_name["champion"] == by_name.max()
    assert f"{PRODUCTS} products" in report.lines[0]
    assert "many products" in champion["reason"]
    assert by_name["champion"] > 1.5 * by_name["popularity"]
    model = estimator_files.load(settings, champion["artefact_file"], champion["artefact_sha256"])
    # A file outlives an erasure: nobody may be in it.
    assert not hasattr(model.ranker_, "customers_")
    assert b"S001" not in (settings.estimators / champion["artefact_file"]).read_bytes()
    X = pd.DataFrame({name: [False] for name in model.feature_names_in_}).assign(
        offering_id="PLAN", family="tv", tenure_days=400, holds_P001=True, holds_P005=True
    )
    told = model.recommend(X, k=5)
    assert [int(item[1:]) % 4 for item in told["item"]] == [1] * 5
    assert not {"P001", "P005"} & set(told["item"])
