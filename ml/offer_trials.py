"""Offers made and held back by chance, with the score each line had for what it was offered."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from cx.settings import Settings
from ml import datasets, estimator_files, registry
from ml.preference_tables import items_of, table_of
from ml.registry import NEXT_PRODUCT

BATCH_ROWS = 10_000
# More tell no more of a handful of numbers.
MOST_ROWS = 200_000
COLUMNS = ("campaign_id", "offering_id", "is_treated", "has_taken", "score")


def tried(connection: duckdb.DuckDBPyConnection, settings: Settings) -> pd.DataFrame:
    """Return the lines that chance offered a product or held out, as the recommender saw them.

    Only lines that agreed to profiling have a score: the others are not learned from.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse.
    settings : Settings

    Returns
    -------
    DataFrame with campaign_id, offering_id, is_treated, has_taken and score
        Without lines that could not be recommended what they were offered.
    """
    champion = registry.champion(connection, NEXT_PRODUCT)
    needed = ("preference_features", "uplift_contacts")
    if champion is None or not all(
        datasets.has_table(connection, "features", each) for each in needed
    ):
        return pd.DataFrame(columns=COLUMNS)
    keys = connection.execute(
        """
        with drawn as (
            select
                trials.subscription_id,
                contacts.as_of_date,
                concat_ws('|', trials.source_system, trials.campaign_id) as campaign_id,
                trials.offering_id,
                trials.is_treated,
                trials.has_taken
            from features.offer_trials as trials
            inner join features.uplift_contacts as contacts
                on
                    trials.source_system = contacts.source_system
                    and trials.campaign_id = contacts.campaign_id
                    and trials.subscription_id = contacts.subscription_id
            semi join features.preference_features as features
                on
                    contacts.subscription_id = features.subscription_id
                    and contacts.as_of_date = features.as_of_date
            order by
                md5(concat_ws('|', trials.campaign_id, trials.subscription_id)),
                trials.source_system
            limit ?
        )
        select subscription_id, as_of_date, campaign_id, offering_id, is_treated, has_taken
        from drawn
        order by all
        """,
        [MOST_ROWS],
    ).df()
    if not len(keys):
        return pd.DataFrame(columns=COLUMNS)
    connection.register("drawn", keys[["subscription_id", "as_of_date"]].drop_duplicates())
    rows = connection.execute("""
        select features.*
        from features.preference_features as features
        semi join drawn
            on
                features.subscription_id = drawn.subscription_id
                and features.as_of_date = drawn.as_of_date
        order by features.subscription_id, features.as_of_date
    """).df()
    connection.unregister("drawn")
    model = estimator_files.load(settings, champion["artefact_file"], champion["artefact_sha256"])
    items = items_of(model.feature_names_in_)
    chances = []
    for start in range(0, len(rows), BATCH_ROWS):
        table = table_of(rows.iloc[start : start + BATCH_ROWS].reset_index(drop=True), items)
        may_take = model.eligible(table)
        chances.append(np.where(may_take, model.predict_proba(table).to_numpy(), np.nan))
    line = pd.MultiIndex.from_frame(rows[["subscription_id", "as_of_date"]]).get_indexer(
        pd.MultiIndex.from_frame(keys[["subscription_id", "as_of_date"]])
    )
    product = pd.Index(model.items_).get_indexer(keys["offering_id"])
    score = np.where(product >= 0, np.concatenate(chances)[line, product], np.nan)
    told = keys.assign(score=score)
    return told.loc[told["score"].notna(), list(COLUMNS)].reset_index(drop=True)
