"""The members a churn classifier chooses from: what each is good at, and how big it may grow."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.utils.validation import check_is_fitted

from ml.additive import AdditiveBoosting, RampLogistic, bins_for
from ml.columns import CATEGORY, MANY, NUMBER
from ml.curves import both_classes
from ml.nets import RankNet
from ml.oblivious import ObliviousBoosting

# With fewer rows, or fewer of the rarer class, the strongly penalised members are as good
# (benchmarks/churn_few.py), and nobody waits.
FEW_ROWS, FEW_RARER = 1_200, 300
# A forest alone of those that take long is better on few rows, too, where columns are many.
FOREST_ROWS, FOREST_RARER = 500, 50
DEEP_ROWS, MANY_ROWS = 10_000, 60_000
PAIRS = 20
_CURVED_ROWS = 6_000
_CERTAIN = 1e-4


def members(
    kinds: list[str], n_rows: int, monotone: list[int] | None, seed: int
) -> dict[str, ClassifierMixin]:
    """Return every unfitted member, sized for so many rows; additive ones have a `model_`.

    Parameters
    ----------
    kinds : list of str
        Kind of each matrix column (`ml.columns`).
    n_rows : int
    monotone : list of int, optional
        As in AdditiveBoosting; forest, networks and oblivious trees cannot promise it.
    seed : int
    """
    # Columns of many levels come as the rates of their levels: as numbers.
    every_kind, kinds = kinds, [NUMBER if kind == MANY else kind for kind in kinds]
    leaf = int(np.clip(n_rows // 250, 10, 80))
    knots = 9 if n_rows <= _CURVED_ROWS else 7
    own = {"monotone": monotone}
    seeded = own | {"kinds": kinds, "random_state": seed}
    epochs, batch = int(np.clip(200_000 // n_rows, 6, 20)), 128 if n_rows < MANY_ROWS else 512
    sized = {"kinds": kinds, "random_state": seed, "batch_size": batch}
    return {
        "additive": AdditiveBoosting(min_samples_leaf=leaf, **seeded),
        "pairs": AdditiveBoosting(
            max_iter=250,
            max_leaf_nodes=6,
            min_samples_leaf=leaf,
            max_bins=32,
            n_pairs=PAIRS,
            **seeded,
        ),
        "ramps": RampLogistic(kinds, C=1.0, n_knots=knots, **own),
        "ramps_tight": RampLogistic(kinds, C=0.1, n_knots=knots, **own),
        "boosting": BoostingBag(min_samples_leaf=leaf, **seeded),
        "boosting_deep": BoostingBag(
            max_iter=150,
            learning_rate=0.08,
            max_leaf_nodes=31,
            min_samples_leaf=40,
            max_features=0.5,
            **seeded,
        ),
        "boosting_slow": BoostingBag(
            max_iter=400,
            learning_rate=0.03,
            max_leaf_nodes=12,
            min_samples_leaf=max(10, leaf // 2),
            l2_regularization=5.0,
            max_features=0.5,
            **seeded,
        ),
        "bag": BoostingBag(
            n_seeds=5,
            codes_beside=True,
            max_iter=150,
            learning_rate=0.06,
            max_leaf_nodes=12,
            min_samples_leaf=max(10, leaf // 2),
            l2_regularization=5.0,
            max_features=0.2,
            **seeded,
        ),
        "net": RankNet(epochs=epochs, **sized),
        "net_wide": RankNet(n_hidden=32, alpha=0.03, epochs=epochs * 3 // 2, **sized),
        "oblivious": ObliviousBoosting(every_kind, random_state=seed),
        "forest": Forest(random_state=seed),
    }


def contestants(n_rows: int, n_rarer: int, is_monotone: bool) -> list[str]:
    """Return the names of the members that are tried on a table.

    Parameters
    ----------
    n_rows : int
    n_rarer : int
        Rows of the rarer class: what there is to learn from.
    is_monotone : bool
        True where something is promised that only some members can keep.
    """
    found = ["additive", "pairs", "ramps", "ramps_tight", "boosting"]
    if n_rarer < FEW_RARER:
        found.remove("pairs")
    if n_rows < FEW_ROWS or n_rarer < FEW_RARER:
        is_forest = not is_monotone and n_rows >= FOREST_ROWS and n_rarer >= FOREST_RARER
        return found + ["forest"] * is_forest
    found += ["boosting_slow", "bag"]
    if n_rows > DEEP_ROWS:
        found.append("boosting_deep")
    if not is_monotone:
        found += ["net", "net_wide"] + ["oblivious", "forest"] * (n_rows <= MANY_ROWS)
    return found


def is_additive(member: ClassifierMixin) -> bool:
    """Say whether a member is a sum of curves and tables, so that it can stand in a scorecard."""
    return isinstance(member, AdditiveBoosting | RampLogistic)


class BoostingBag(ClassifierMixin, BaseEstimator):
    """The mean logit of boostings with interactions that differ by their seed alone.

    Parameters
    ----------
    kinds : list of str
        Kind of each matrix column (`ml.columns`).
    n_seeds : int, default=1
    codes_beside : bool, default=False
        Give each category a second time, as a number, so that neighbouring codes may be split
        off in one cut where grouping levels by their rates would chase noise.
    max_iter, learning_rate, max_leaf_nodes, min_samples_leaf, l2_regularization, max_features
        As in scikit-learn.
    max_bins : int, default=64
    monotone : list of int, optional
        As in AdditiveBoosting.
    random_state : int, default=0
    """

    def __init__(  # noqa: D107
        self,
        kinds: list[str],
        n_seeds: int = 1,
        codes_beside: bool = False,
        max_iter: int = 200,
        learning_rate: float = 0.05,
        max_leaf_nodes: int = 8,
        min_samples_leaf: int = 20,
        l2_regularization: float = 10.0,
        max_features: float = 0.3,
        max_bins: int = 64,
        monotone: list[int] | None = None,
        random_state: int = 0,
    ) -> None:
        self.kinds = kinds
        self.n_seeds = n_seeds
        self.codes_beside = codes_beside
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.monotone = monotone
        self.random_state = random_state

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> BoostingBag:
        """Fit one boosting per seed."""
        is_category = np.array([kind == CATEGORY for kind in self.kinds])
        self.beside_ = np.flatnonzero(is_category) if self.codes_beside else np.empty(0, np.intp)
        wide = self._wide(matrix)
        more = np.zeros(len(self.beside_), dtype=bool)
        monotone = self.monotone
        if monotone is not None:
            monotone = np.append(np.asarray(monotone), more.astype(int))
        bins = bins_for(matrix, is_category, self.max_bins)
        self.boostings_ = [
            HistGradientBoostingClassifier(
                max_iter=self.max_iter,
                learning_rate=self.learning_rate,
                max_leaf_nodes=self.max_leaf_nodes,
                min_samples_leaf=self.min_samples_leaf,
                l2_regularization=self.l2_regularization,
                max_features=self.max_features,
                max_bins=bins,
                categorical_features=np.append(is_category, more),
                monotonic_cst=monotone,
                early_stopping=False,
                random_state=self.random_state + seed,
            ).fit(wide, y, sample_weight=sample_weight)
            for seed in range(self.n_seeds)
        ]
        self.classes_ = self.boostings_[0].classes_
        return self

    def _wide(self, matrix: np.ndarray) -> np.ndarray:
        return np.column_stack([matrix, matrix[:, self.beside_]]) if len(self.beside_) else matrix

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "boostings_")
        wide = self._wide(matrix)
        total = np.zeros(len(matrix))
        for boosting in self.boostings_:
            total += boosting.decision_function(wide)
        return total / self.n_seeds

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))


class Forest(ClassifierMixin, BaseEstimator):
    """A random forest that speaks in logits.

    Parameters
    ----------
    n_estimators : int, default=200
    min_samples_leaf : int, default=4
    random_state : int, default=0
    """

    def __init__(  # noqa: D107
        self, n_estimators: int = 200, min_samples_leaf: int = 4, random_state: int = 0
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.random_state = random_state

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Forest:
        """Fit the trees, on one thread."""
        self.forest_ = RandomForestClassifier(
            n_estimators=self.n_estimators,
            min_samples_leaf=self.min_samples_leaf,
            n_jobs=1,
            random_state=self.random_state,
        ).fit(matrix, y, sample_weight=sample_weight)
        self.classes_ = self.forest_.classes_
        return self

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "forest_")
        chance = np.clip(self.forest_.predict_proba(matrix)[:, 1], _CERTAIN, 1 - _CERTAIN)
        return np.log(chance / (1 - chance))

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))
