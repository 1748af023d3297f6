"""LightGBM, XGBoost, CatBoost and EBM with each one's own way of taking categories and gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

SEED = 20261123
MOST_EBM_LEVELS = 5_000


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as a careful analyst would hand it over: numbers, and categories as such."""
    columns = {}
    for name in frame:
        own = frame[name]
        if pd.api.types.is_datetime64_any_dtype(own):
            columns[name] = (own - pd.Timestamp("2020-01-01")) / pd.Timedelta(days=1)
        elif pd.api.types.is_numeric_dtype(own):
            columns[name] = own.astype(float)
        else:
            numbers = pd.to_numeric(own.astype(object), errors="coerce")
            is_number = numbers.notna().mean() > 0.95
            columns[name] = numbers.astype(float) if is_number else own.astype("category")
    return pd.DataFrame(columns)


class Peer(ClassifierMixin, BaseEstimator):
    """A peer behind one interface: pandas in, probabilities out, levels unseen in fit missing."""

    def __init__(self, kind: str) -> None:  # noqa: D107
        self.kind = kind

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Peer:
        """Fit on one thread."""
        X = plain(X)
        self.classes_ = np.array([False, True])
        self.categories_ = {c: X[c].cat.categories for c in X if X[c].dtype == "category"}
        self.texts_ = self.kind in ("catboost", "ebm")
        self.model_ = _KINDS[self.kind](X, list(self.categories_))
        self.model_.fit(self._columns(X), np.asarray(y).astype(int))
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class."""
        return self.model_.predict_proba(self._columns(plain(X)))

    def _columns(self, X: pd.DataFrame) -> pd.DataFrame:
        own = {
            c: X[c].astype(object).astype("category").cat.set_categories(levels)
            for c, levels in self.categories_.items()
        }
        if self.texts_:
            own = {
                c: values.astype(object).fillna("missing").astype(str) for c, values in own.items()
            }
        return X.assign(**own)


def _lightgbm(X: pd.DataFrame, categories: list[str]) -> object:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_jobs=1, random_state=SEED, verbose=-1, deterministic=True)


def _lightgbm_careful(X: pd.DataFrame, categories: list[str]) -> object:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=300,
        learning_rate=0.03,
        num_leaves=12,
        min_child_samples=30,
        reg_lambda=5.0,
        colsample_bytree=0.5,
        subsample=0.8,
        subsample_freq=1,
        cat_smooth=20,
        n_jobs=1,
        random_state=SEED,
        verbose=-1,
        deterministic=True,
    )


def _xgboost(X: pd.DataFrame, categories: list[str]) -> object:
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=300,
        learning_rate=0.05,
        max_depth=4,
        subsample=0.8,
        colsample_bytree=0.5,
        enable_categorical=True,
        n_jobs=1,
        random_state=SEED,
    )


def _catboost(X: pd.DataFrame, categories: list[str]) -> object:
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        cat_features=categories,
        random_seed=SEED,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
    )


def _ebm(X: pd.DataFrame, categories: list[str]) -> object:
    from interpret.glassbox import ExplainableBoostingClassifier

    kinds = ["nominal" if c in categories else "continuous" for c in X]
    return ExplainableBoostingClassifier(feature_types=kinds, n_jobs=1, random_state=SEED)


_KINDS: dict[str, Callable[[pd.DataFrame, list[str]], object]] = {
    "lightgbm": _lightgbm,
    "lightgbm_careful": _lightgbm_careful,
    "xgboost": _xgboost,
    "catboost": _catboost,
    "ebm": _ebm,
}
PEERS = tuple(_KINDS)
