"""Rows of the preference features as tables of a recommender: profile, held, taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import datasets
from ml.offer_tables import HAD, HOLDS, NEAR
from ml.preference import ITEM_LOG, MODEL

# Above so many products one ranking for all is the model, and not a model each: each has few takers
# then, and time would grow with the square of their number.
MANY_PRODUCTS = 60
NOT_PROFILE = (
    "subscription_id",
    "as_of_date",
    "held_offering_ids",
    "dropped_offering_ids",
    "near_offering_ids",
    "taken_offering_ids",
    "row_weight",
)
LISTS = {
    HOLDS: "held_offering_ids",
    HAD: "dropped_offering_ids",
    NEAR: "near_offering_ids",
}


@dataclass(frozen=True)
class Choices:
    """Rows with a profile, holdings, outcomes per product, and how many rows each stands for.

    Parameters
    ----------
    X, Y : DataFrame
    weight : ndarray of shape (n_rows,)
    as_of : Series
    line : ndarray of shape (n_rows,), optional
        Whose row it is, where outcomes are what was taken in the course of time.
    """

    X: pd.DataFrame
    Y: pd.DataFrame
    weight: np.ndarray
    as_of: pd.Series
    line: np.ndarray | None = None

    @property
    def method(self) -> str:
        """How the model answers."""
        is_many = self.Y.shape[1] > MANY_PRODUCTS and self.line is not None
        return ITEM_LOG if is_many else MODEL

    def part(self, rows: np.ndarray) -> Choices:
        """Return the rows where `rows` is True."""
        return Choices(
            self.X[rows].reset_index(drop=True),
            self.Y[rows].reset_index(drop=True),
            self.weight[rows],
            self.as_of[rows].reset_index(drop=True),
            None if self.line is None else self.line[rows],
        )


def table_of(rows: pd.DataFrame, items: dict[str, list[str]]) -> pd.DataFrame:
    """Return profile, and a column per item held, had or near, of rows of preference_features.

    Parameters
    ----------
    rows : DataFrame
    items : dict of str to list of str
        Items by prefix: HOLDS, HAD, NEAR.
    """
    parts = [rows.drop(columns=[name for name in NOT_PROFILE if name in rows])]
    for prefix, column in LISTS.items():
        own = datasets.holdings(rows[column], items[prefix])
        own.columns = [prefix + name.removeprefix(HOLDS) for name in own]
        parts.append(own)
    return pd.concat(parts, axis=1)


def items_of(columns: object) -> dict[str, list[str]]:
    """Return the items a fitted recommender knows, by prefix, from its columns."""
    return {
        prefix: [name.removeprefix(prefix) for name in columns if name.startswith(prefix)]
        for prefix in LISTS
    }
