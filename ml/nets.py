"""A small neural network on ranks: smooth surfaces, which trees must draw in steps."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from ml.columns import CATEGORY
from ml.curves import both_classes

_QUANTILES = 101
_OUTERMOST = 0.01


class RankNet(ClassifierMixin, BaseEstimator):
    """The mean logit of networks with one hidden layer that differ by their seed alone.

    A number enters as the normal score of its rank, a category level by level, a missing value as
    a column of its own. Only the weights are kept. They are applied column by column: a matrix
    product may round a row differently depending on where in the batch it stands.

    Parameters
    ----------
    kinds : list of str
        Kind of each matrix column (`ml.columns`).
    n_hidden : int, default=24
    alpha : float, default=0.3
        L2 penalty.
    n_seeds : int, default=3
    epochs : int, default=20
    batch_size : int, default=128
    random_state : int, default=0
    """

    def __init__(  # noqa: D107
        self,
        kinds: list[str],
        n_hidden: int = 24,
        alpha: float = 0.3,
        n_seeds: int = 3,
        epochs: int = 20,
        batch_size: int = 128,
        random_state: int = 0,
    ) -> None:
        self.kinds = kinds
        self.n_hidden = n_hidden
        self.alpha = alpha
        self.n_seeds = n_seeds
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> RankNet:
        """Fit one network per seed by Adam, for a fixed number of epochs."""
        self.classes_ = np.unique(y)
        self.ranks_ = [
            np.empty((2, 0)) if kind == CATEGORY else _ranks(matrix[:, position])
            for position, kind in enumerate(self.kinds)
        ]
        self.sizes_ = [
            _levels(matrix[:, position]) if kind == CATEGORY else 1
            for position, kind in enumerate(self.kinds)
        ]
        design = np.concatenate([np.column_stack(own) for own in self._blocks(matrix)], axis=1)
        networks = [
            MLPClassifier(
                (self.n_hidden,),
                alpha=self.alpha,
                learning_rate_init=3e-3,
                batch_size=min(self.batch_size, len(y)),
                max_iter=self.epochs,
                n_iter_no_change=self.epochs + 1,
                random_state=self.random_state + seed,
            )
            for seed in range(self.n_seeds)
        ]
        with warnings.catch_warnings():
            # That a network could learn on after its epochs is meant: it would learn noise.
            warnings.simplefilter("ignore", ConvergenceWarning)
            for network in networks:
                network.fit(design, y, sample_weight=sample_weight)
        self.into_ = np.concatenate([network.coefs_[0] for network in networks], axis=1)
        self.bias_ = np.concatenate([network.intercepts_[0] for network in networks])
        self.out_ = np.array([network.coefs_[1][:, 0] for network in networks])
        self.base_ = np.array([float(network.intercepts_[1][0]) for network in networks])
        return self

    def _blocks(self, matrix: np.ndarray) -> list[list[np.ndarray]]:
        """Return the inputs of each matrix column: score or levels, then whether missing."""
        blocks = []
        for position, kind in enumerate(self.kinds):
            values = matrix[:, position]
            missing = np.isnan(values)
            if kind == CATEGORY:
                own = [(values == code) * 1.0 for code in range(self.sizes_[position])]
            else:
                own = [_score(values, self.ranks_[position])]
            blocks.append([*own, missing * 1.0])
        return blocks

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "into_")
        hidden = np.repeat(self.bias_[None, :], len(matrix), axis=0)
        start = 0
        for position, kind in enumerate(self.kinds):
            values, size = matrix[:, position], self.sizes_[position]
            missing = np.isnan(values)
            own, if_missing = self.into_[start : start + size], self.into_[start + size]
            start += size + 1
            if kind == CATEGORY:
                # Codes beyond those seen say nothing; missing has a row of its own.
                table = np.vstack([own, np.zeros((1, own.shape[1])), if_missing[None, :]])
                codes = np.where(missing, size + 1, np.where(values < size, values, size))
                hidden += table[codes.astype(np.intp)]
                continue
            hidden += _score(values, self.ranks_[position])[:, None] * own
            if missing.any():
                hidden += missing[:, None] * if_missing
        hidden = np.maximum(hidden, 0.0).reshape(len(matrix), self.n_seeds, self.n_hidden)
        logits = np.repeat(self.base_[None, :], len(matrix), axis=0)
        for unit in range(self.n_hidden):
            logits += hidden[:, :, unit] * self.out_[:, unit]
        total = np.zeros(len(matrix))
        for seed in range(self.n_seeds):
            total += logits[:, seed]
        return total / self.n_seeds

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))


def _levels(values: np.ndarray) -> int:
    return int(np.nanmax(values)) + 1 if not np.isnan(values).all() else 0


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return quantiles and the normal score of each, ndarray of shape (2, n)."""
    given = np.sort(values[~np.isnan(values)])
    if len(given) == 0:
        return np.zeros((2, 1))
    places = np.unique(np.quantile(given, np.linspace(0, 1, _QUANTILES)))
    low, high = (np.searchsorted(given, places, side=side) for side in ("left", "right"))
    share = np.clip((low + high) / (2 * len(given)), _OUTERMOST, 1 - _OUTERMOST)
    return np.vstack([places, norm.ppf(share)])


def _score(values: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return normal scores, 0 where missing."""
    return np.nan_to_num(np.interp(values, *ranks), nan=0.0)
