"""Where items are many: what goes with what, in closed form, beside what is popular of late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

HALF_LIVES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 1e9)
PENALTIES = (50.0, 200.0, 800.0)
# Weight of the item model beside recent popularity, as exponents of a product.
BLENDS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
TOP = 10
_ROUNDS = 200


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
    is popular.

    Parameters
    ----------
    held_back : float, default=0.2
        Share of the log's rows, the latest ones, to choose by.
    max_items : int, default=4000
        The item model knows so many at most, the most frequent ones.

    Attributes
    ----------
    items_ : ndarray of str
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
            `at` is a time or a number of days.

        Raises
        ------
        ValueError
            When the log has no row.
        """
        if not len(log):
            raise ValueError("the log is empty; give rows of customer, item and at")
        log = log.assign(day=_days(log["at"]))
        log = log.sort_values(["day", "customer", "item"], kind="stable")
        cut = log["day"].iloc[int(len(log) * (1 - self.held_back)) - 1]
        past, future = log[log["day"] <= cut], log[log["day"] > cut]
        shares, self.choices_ = self._tried(past, future)
        self.recipe_ = Recipe(shares, *_chosen(self.choices_))
        self._learn_holdings(log)
        self.popularity_ = self._popularities(log) @ np.array(shares)
        self.weights_ = None
        if self.recipe_.blend > 0:
            self.weights_ = item_weights(self.held_[:, self.known_], self.recipe_.penalty)
        return self

    def _learn_holdings(self, log: pd.DataFrame) -> None:
        self.items_ = np.array(sorted(log["item"].unique()), dtype=object)
        self.customers_ = pd.Index(sorted(log["customer"].unique()))
        self.held_ = _held(log, self.customers_, self.items_)
        often = np.asarray(self.held_.sum(axis=0)).ravel()
        self.known_ = np.sort(np.argsort(-often, kind="stable")[: self.max_items])

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
            asked = pd.Index(sorted(future["customer"].unique()))
            held, is_known = self._holdings_of(asked)
            had = held.toarray() > 0
            popular = self._popularities(past)
            pairs = future[["customer", "item"]].drop_duplicates()
            item = pd.Index(self.items_).get_indexer(pairs["item"])
            is_new = (item >= 0) & ~had[asked.get_indexer(pairs["customer"]), item]
            # Each customer counts once, as in what is measured, however much it does.
            of = pairs["customer"].to_numpy()[is_new]
            times = 1 / pd.Series(1, index=of).groupby(level=0).transform("sum").to_numpy()
            mixed = _likeliest(popular[item[is_new]], times)
            ranked = []
            for each in (mixed, *np.eye(len(mixed))[:-1]):
                score = np.where(had, -np.inf, popular @ each)
                ranked.append(ndcg(score, self.items_, asked, future))
            best = int(np.argmax([found.mean() for found in ranked]))
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
                    rows.append((penalty, blend, float(found.mean()), found))
        tried = pd.DataFrame(rows, columns=["penalty", "blend", "ndcg_at_10", "each"])
        return tuple(shares.tolist()), tried

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
        held, is_known = self._holdings_of(pd.Index(customers))
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
        names = pd.Index(customers)
        score = self.scores(names)
        k = min(k, score.shape[1])
        order = np.argsort(-score, axis=1, kind="stable")[:, :k]
        best = np.take_along_axis(score, order, axis=1).ravel()
        table = pd.DataFrame(
            {
                "customer": np.repeat(names.to_numpy(), k),
                "rank": np.tile(np.arange(1, k + 1), len(names)),
                "item": self.items_[order.ravel()],
                "score": best,
            }
        )
        return table[np.isfinite(best)].reset_index(drop=True)


def ndcg(
    score: np.ndarray, items: np.ndarray, customers: pd.Index, future: pd.DataFrame, k: int = TOP
) -> np.ndarray:
    """Return each customer's NDCG@k of what it did afterwards and had not had.

    Parameters
    ----------
    score : ndarray of shape (n_customers, n_items)
        Minus infinity for what it had.
    items : ndarray of shape (n_items,)
    customers : Index of length n_customers
    future : DataFrame with columns customer, item

    Returns
    -------
    ndarray of shape (n_customers_with_something_new,)
    """
    pairs = future[["customer", "item"]].drop_duplicates()
    row = customers.get_indexer(pairs["customer"])
    column = pd.Index(items).get_indexer(pairs["item"])
    # What nobody had done before could not have been named; it still counts as missed.
    wanted = np.bincount(row[row >= 0], minlength=len(customers)).astype(float)
    own = (row >= 0) & (column >= 0)
    relevant = np.zeros(score.shape, dtype=bool)
    relevant[row[own], column[own]] = True
    had = np.isneginf(score)
    wanted -= (relevant & had).sum(axis=1)
    k = min(k, score.shape[1])
    order = np.argsort(-score, axis=1, kind="stable")[:, :k]
    hits = np.take_along_axis(relevant & ~had, order, axis=1)
    gains = 1 / np.log2(np.arange(2, k + 2))
    asked = wanted > 0
    ideal = np.cumsum(gains)[np.minimum(wanted[asked], k).astype(int) - 1]
    return (hits[asked] * gains).sum(axis=1) / ideal


def _likeliest(said: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the shares of forecasts under which what came is likeliest (a mixture, by EM).

    Parameters
    ----------
    said : ndarray of shape (n_events, n_forecasts)
        The probability each forecast gave to each event; above 0.
    times : ndarray of shape (n_events,)
        How often each event counts.
    """
    shares = np.full(said.shape[1], 1 / said.shape[1])
    for _ in range(_ROUNDS if len(said) else 0):
        owed = said * shares
        shares = times @ (owed / owed.sum(axis=1, keepdims=True)) / times.sum()
    return shares


def is_better(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether one is above the other by more than the standard error of their difference."""
    gain = one - other
    return len(gain) > 1 and bool(gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)))


def _chosen(tried: pd.DataFrame) -> tuple[float, float]:
    """Return penalty and blend: popularity alone, unless a blend is better beyond its error."""
    if tried.empty:
        return PENALTIES[0], 0.0
    plain = tried[tried["blend"] == 0].iloc[0]
    best = tried.loc[tried["ndcg_at_10"].idxmax()]
    best = best if is_better(best["each"], plain["each"]) else plain
    return float(best["penalty"]), float(best["blend"])


def _days(at: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(at):
        return at.to_numpy(dtype=np.float64)
    moments = pd.to_datetime(at)
    return ((moments - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1)).to_numpy()


def _popularity(log: pd.DataFrame, items: np.ndarray, half_life: float) -> np.ndarray:
    """Return each item's share, each row worth half after `half_life` days."""
    worth = 0.5 ** ((log["day"].max() - log["day"].to_numpy()) / half_life)
    place = pd.Index(items).get_indexer(log["item"])
    total = np.bincount(place, weights=worth, minlength=len(items)) + 1e-9
    return total / total.sum()


def _held(log: pd.DataFrame, customers: pd.Index, items: np.ndarray) -> sparse.csr_matrix:
    pairs = log[["customer", "item"]].drop_duplicates()
    place = customers.get_indexer(pairs["customer"]), pd.Index(items).get_indexer(pairs["item"])
    return sparse.csr_matrix((np.ones(len(pairs)), place), shape=(len(customers), len(items)))
