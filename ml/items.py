"""Where items are many: what goes with what, in closed form, beside what is popular of late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ml.item_choice import TOP, best_table, is_better, likeliest, mean_of, ndcg
from ml.item_logs import index_of, last_day, read_log

HALF_LIVES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 1e9)
PENALTIES = (50.0, 200.0, 800.0)
# Weight of the item model beside recent popularity, as exponents of a product.
BLENDS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
# Scores of so many customers and items at once: 64 MB a table of them.
_CELLS = 8_000_000


def item_weights(held: np.ndarray | sparse.spmatrix, penalty: float) -> np.ndarray:
    """Return the weights with which items held foretell one another, shape (n_items, n_items).

    The ridge regression of every item on all the others at once, its own weight held at nought.

    Parameters
    ----------
    held : array or sparse matrix of shape (n_rows, n_items)
        How much each row holds, or did, of each item.
    penalty : float
        Added to the diagonal, in rows.

    References
    ----------
    Steck: Embarrassingly shallow autoencoders for sparse data. WWW 2019.
    """
    gram = held.T @ held
    gram = np.asarray(gram.todense() if sparse.issparse(gram) else gram, dtype=np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0.0
    return weights


@dataclass(frozen=True)
class Recipe:
    """How popularity and the item model are put together.

    Parameters
    ----------
    shares : tuple of float
        Share of the popularity of each half-life (HALF_LIVES), summing to 1.
    penalty, blend : float
        Of the item model.
    """

    shares: tuple[float, ...]
    penalty: float
    blend: float


class ItemRecommender(BaseEstimator):
    """Next items from a log of who did what when: popular of late, and what goes with what.

    The item model is used only where it helps.

    The last part of the log's time is held back. Popularity is a mixture of popularities that
    forget at different paces, its shares those under which what was newly done there is likeliest;
    one pace alone where that ranks better. The item model joins where that ranks better. Better is
    what is so by more than the standard error of the difference, customer by customer: else the
    luck of a few would choose. Then all is fitted on the whole log. A customer who is new gets what
    is popular. Rows without customer, item or time are left out, and doubles count once.

    Parameters
    ----------
    held_back : float, default=0.2
        Share of the log's rows, the latest ones, to choose by.
    max_items : int, default=4000
        The item model knows so many at most, the most frequent ones.

    Attributes
    ----------
    items_ : ndarray of shape (n_items,)
        As the log names them, in order.
    recipe_ : Recipe
    choices_ : DataFrame
        Each penalty and blend tried, with NDCG@10 on what was held back.
    """

    def __init__(self, held_back: float = 0.2, max_items: int = 4000) -> None:  # noqa: D107
        self.held_back = held_back
        self.max_items = max_items

    def fit(self, log: pd.DataFrame, y: object = None) -> ItemRecommender:
        """Learn from a log.

        Parameters
        ----------
        log : DataFrame with columns customer, item, at
            Names of any type. `at`: times, dates, text, or a number of days (`ml.item_logs`).

        Raises
        ------
        ValueError
            When the log has no such columns, no row, or a time that is none, or a parameter is
            out of bounds.
        """
        if not 0 <= self.held_back < 1 or self.max_items < 1:
            raise ValueError("held_back is a share from 0 to below 1, max_items at least 1")
        log, customers, items = read_log(log)
        cut = log["day"].iloc[int(len(log) * (1 - self.held_back)) - 1]
        if cut == log["day"].iloc[-1]:
            # All the last part is of one moment: what was before it foretells it.
            cut = log["day"][log["day"] < cut].max()
        past, future = log[log["day"] <= cut], log[log["day"] > cut]
        shares, self.choices_ = self._tried(past, future)
        self.recipe_ = Recipe(shares, *_chosen(self.choices_))
        self._learn_holdings(log)
        popularity = self._popularities(log) @ np.array(shares)
        self.items_ = np.empty(len(items), dtype=object)
        self.items_[:] = items
        self.popularity_ = popularity
        self.customers_ = pd.Index(customers, tupleize_cols=False)
        self.weights_ = None
        if self.recipe_.blend > 0:
            self.weights_ = item_weights(self.held_[:, self.known_], self.recipe_.penalty)
        return self

    def without_customers(self) -> ItemRecommender:
        """Return it knowing no customer any more: it answers `scores_by` alone, and may be kept."""
        for name in ("customers_", "held_", "choices_"):
            delattr(self, name)
        return self

    def _learn_holdings(self, log: pd.DataFrame) -> None:
        self.items_ = np.unique(log["item"])
        self.customers_ = pd.Index(np.unique(log["customer"]))
        self.held_ = _held(log, self.customers_, self.items_)
        often = np.asarray(self.held_.sum(axis=0)).ravel()
        # What one customer alone had tells nothing of what goes with what.
        most = max(min(self.max_items, int((often > 1).sum())), 1)
        self.known_ = np.sort(np.argsort(-often, kind="stable")[:most])

    def _popularities(self, log: pd.DataFrame) -> np.ndarray:
        """Return each item's share at each pace of forgetting, and the same for all items.

        The last says what comes without having been popular: else what was popular long ago would
        have to.

        Returns
        -------
        ndarray of shape (n_items, n_half_lives + 1)
        """
        found = [_popularity(log, self.items_, days) for days in HALF_LIVES]
        return np.column_stack([*found, np.full(len(self.items_), 1 / len(self.items_))])

    def _tried(
        self, past: pd.DataFrame, future: pd.DataFrame
    ) -> tuple[tuple[float, ...], pd.DataFrame]:
        """Return the shares of the popularities, and each item model with how well it ranks."""
        rows = []
        shares = np.append(np.zeros(len(HALF_LIVES) - 1), (1.0, 0.0))
        if len(past) and len(future):
            self._learn_holdings(past)
            asked = self._asked(future)
            future = future[future["customer"].isin(asked)]
            held, is_known = self._holdings_of(asked)
            had = held.toarray() > 0
            popular = self._popularities(past)
            pairs = future[["customer", "item"]].drop_duplicates()
            item = pd.Index(self.items_).get_indexer(pairs["item"])
            is_new = (item >= 0) & ~had[asked.get_indexer(pairs["customer"]), item]
            # Each customer counts once, as in what is measured, however much it does.
            of = pairs["customer"].to_numpy()[is_new]
            times = 1 / pd.Series(1, index=of).groupby(level=0).transform("sum").to_numpy()
            mixed = likeliest(popular[item[is_new]], times)
            ranked = []
            for each in (mixed, *np.eye(len(mixed))[:-1]):
                score = np.where(had, -np.inf, popular @ each)
                ranked.append(ndcg(score, self.items_, asked, future))
            best = int(np.argmax([mean_of(found) for found in ranked]))
            alone = np.eye(len(mixed))[best - 1]
            shares = alone if is_better(ranked[best], ranked[0]) else mixed
            for penalty in PENALTIES:
                weights = item_weights(self.held_[:, self.known_], penalty)
                fit = self._fit_of(held, is_known, weights)
                for blend in BLENDS:
                    if blend == 0 and penalty != PENALTIES[0]:
                        continue
                    score = (popular @ shares) * fit**blend
                    score[had] = -np.inf
                    found = ndcg(score, self.items_, asked, future)
                    rows.append((penalty, blend, mean_of(found), found))
        tried = pd.DataFrame(rows, columns=["penalty", "blend", "ndcg_at_10", "each"])
        return tuple(shares.tolist()), tried

    def _asked(self, future: pd.DataFrame) -> pd.Index:
        """Return the customers to choose by: as many as fit into memory, in a drawn order."""
        found = np.unique(future["customer"])
        most = max(_CELLS // len(self.items_), 500)
        return pd.Index(np.sort(np.random.default_rng(0).permutation(found)[:most]))

    def _holdings_of(self, customers: pd.Index) -> tuple[sparse.csr_matrix, np.ndarray]:
        """Return what each customer had, and whether it was ever seen."""
        place = self.customers_.get_indexer(customers)
        is_known = place >= 0
        held = sparse.csr_matrix(self.held_[np.where(is_known, place, 0)])
        return sparse.diags(is_known.astype(float)) @ held, is_known

    def _fit_of(
        self, held: sparse.csr_matrix, is_known: np.ndarray, weights: np.ndarray
    ) -> np.ndarray:
        """Return how well each item goes with what was had, from nearly nothing to one."""
        fit = np.asarray(held[:, self.known_] @ weights)
        low, high = fit.min(axis=1, keepdims=True), fit.max(axis=1, keepdims=True)
        share = 0.01 + 0.99 * (fit - low) / np.where(high > low, high - low, 1.0)
        result = np.full((len(is_known), len(self.items_)), 0.01)
        result[:, self.known_] = share
        result[~is_known] = 1.0
        return result

    def scores(self, customers: object) -> np.ndarray:
        """Return each customer's score of each item; minus infinity for what it has had.

        Parameters
        ----------
        customers : array-like of shape (n_customers,)

        Returns
        -------
        ndarray of shape (n_customers, n_items)
        """
        check_is_fitted(self, "popularity_")
        return self.scores_by(*self._holdings_of(index_of(customers)))

    def scores_by(self, held: sparse.csr_matrix, is_known: np.ndarray) -> np.ndarray:
        """Return the scores of whoever had these items; minus infinity for what was had.

        Parameters
        ----------
        held : sparse matrix of shape (n_customers, n_items)
            1 for what each had, in the order of `items_`.
        is_known : ndarray of shape (n_customers,), bool
            Whether anything is known of it; else what is popular goes first.
        """
        check_is_fitted(self, "popularity_")
        result = np.tile(self.popularity_, (len(is_known), 1))
        if self.weights_ is not None:
            result *= self._fit_of(held, is_known, self.weights_) ** self.recipe_.blend
        result[held.toarray() > 0] = -np.inf
        return result

    def recommend(self, customers: object, k: int = TOP) -> pd.DataFrame:
        """Return the k best items each customer has not had.

        Returns
        -------
        DataFrame with columns customer, rank, item, score
        """
        check_is_fitted(self, "popularity_")
        names = index_of(customers)
        size = max(_CELLS // len(self.items_), 1)
        parts = []
        for start in range(0, max(len(names), 1), size):
            own = names[start : start + size]
            table = best_table(self.scores(own), k, self.items_)
            table.insert(0, "customer", own[table.pop("row")])
            parts.append(table)
        return pd.concat(parts, ignore_index=True)


def _chosen(tried: pd.DataFrame) -> tuple[float, float]:
    """Return penalty and blend: popularity alone, unless a blend is better beyond its error."""
    if tried.empty:
        return PENALTIES[0], 0.0
    plain = tried[tried["blend"] == 0].iloc[0]
    best = tried.loc[tried["ndcg_at_10"].idxmax()]
    best = best if is_better(best["each"], plain["each"]) else plain
    return float(best["penalty"]), float(best["blend"])


def _popularity(log: pd.DataFrame, items: np.ndarray, half_life: float) -> np.ndarray:
    """Return each item's share, each row worth half after `half_life` days."""
    age = np.maximum(last_day(log["day"]) - log["day"].to_numpy(), 0)
    worth = 0.5 ** (age / half_life)
    place = pd.Index(items).get_indexer(log["item"])
    total = np.bincount(place, weights=worth, minlength=len(items)) + 1e-9
    return total / total.sum()


def _held(log: pd.DataFrame, customers: pd.Index, items: np.ndarray) -> sparse.csr_matrix:
    pairs = log[["customer", "item"]].drop_duplicates()
    place = customers.get_indexer(pairs["customer"]), pd.Index(items).get_indexer(pairs["item"])
    return sparse.csr_matrix((np.ones(len(pairs)), place), shape=(len(customers), len(items)))
