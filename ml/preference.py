"""What a customer is likely to want next: one model per product, on profile and holdings."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ml import offer_checks, offer_tables
from ml.columns import MANY, TableEncoder, as_frame
from ml.item_choice import best_table
from ml.item_odds import fitted_odds, odds, said_of
from ml.item_ranks import fitted_ranks, said_by
from ml.offer_tables import HAD, HOLDS, NEAR, flags_of, held_of, text_of, with_flags
from ml.product_models import chance_of, fitted_products
from ml.product_rates import levels_of, rates_of, rates_within

MODEL, SEGMENT, POPULARITY, REPEAT = "model", "segment_popularity", "popularity", "last_repeat"
ITEMS, ITEM_LOG = "items", "item_log"
METHODS = (MODEL, SEGMENT, POPULARITY, REPEAT, ITEMS, ITEM_LOG)


class NextProductRecommender(BaseEstimator):
    """Probability of each product, from a profile and from what is already held.

    One logistic regression on broken lines per product, fitted only on rows that could take it
    (not held, of a `kin` that ever had it), as restrained as rows left out say; where takers are
    many it shares the word with a boosting, which knows interactions, and what they say together is
    calibrated on such rows. Where negatives are thinned to save time, each one kept stands for
    those left out by its weight, so calibration stays. A product with few takers gets its rate
    within the segment, smoothed towards the overall rate.

    Parameters
    ----------
    segment : str or None, default=None
        Column whose levels are the segments of popularity.
    kin : str or None, default=None
        Column (product family) within which a product must have been held or taken by somebody
        to be eligible for anybody.
    min_takers : int, default=10
        Below this a product gets its popularity instead of a model.
    max_rows : int, default=12_000
        Rows per product used at most, takers first.
    method : {"model", "segment_popularity", "popularity", "last_repeat", "items", "item_log"}
        What answers, the model by default; the others are the baselines it has to beat.
        `item_log` is for many products: one ranking for all, by what is popular of late and what
        goes with what (ml.items), as a probability.
        `last_repeat` gives each product its rate among who had it before (`had_<product>` columns)
        and who had not; `items` goes by what goes with what is or was held (ml.item_odds).
    recency : float, default=0
        Weight of recent popularity (rows marked `is_recent` in fit) in every probability.
    segment_share : float, default=0
        Weight of segment popularity in every probability.
    random_state : int, default=20261123

    Attributes
    ----------
    items_ : list
        Products as `Y` names them, in order; `classes_` is the same as an array.
    twins_ : dict of item to list of str
        Columns that say of every row what `Y` says: they are held to be what it holds.
    methods_ : dict of item to str
        What answers for each product.
    """

    def __init__(  # noqa: D107
        self,
        segment: str | None = None,
        kin: str | None = None,
        min_takers: int = 10,
        max_rows: int = 12_000,
        method: str = MODEL,
        recency: float = 0.0,
        segment_share: float = 0.0,
        random_state: int = 20261123,
    ) -> None:
        self.segment = segment
        self.kin = kin
        self.min_takers = min_takers
        self.max_rows = max_rows
        self.method = method
        self.recency = recency
        self.segment_share = segment_share
        self.random_state = random_state

    def fit(
        self,
        X: object,
        Y: pd.DataFrame,
        sample_weight: np.ndarray | None = None,
        is_recent: np.ndarray | None = None,
        line: np.ndarray | None = None,
        day: np.ndarray | None = None,
    ) -> NextProductRecommender:
        """Fit one model per product.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns)
            Profile, and `holds_<product>` columns for what is held (1, True or "yes"; missing is
            no). A product's own column, one of its very name or one that says the very same, is
            never used for it.
        Y : DataFrame (array, sparse matrix) of shape (n_rows, n_products), or names taken
            1, True or "yes" taken, 0 not taken, missing where the row could not take it.
        sample_weight : ndarray of shape (n_rows,), optional
            How many rows each row stands for.
        is_recent : ndarray of shape (n_rows,), bool, optional
            Rows of the last period; all when left out.
        line : ndarray of shape (n_rows,), optional
            Whose row it is, for `item_log`; each row somebody else's when left out.
        day : ndarray of shape (n_rows,), optional
            The row's date in days, for `item_log`; two dates, by `is_recent`, when left out.

        Raises
        ------
        ValueError
            When `Y` names no product or does not fit `X`, or a column or weight is none.
        """
        offer_checks.shares(self.recency, self.segment_share)
        offer_checks.limits(self.min_takers, self.max_rows)
        if self.method not in METHODS:
            raise ValueError(f"method {self.method!r} is not known; it is one of {METHODS}")
        items, outcomes = offer_tables.outcomes_of(Y)
        frame = with_flags(X, items)
        if not items or len(outcomes) != len(frame) or not len(frame):
            raise ValueError(
                f"X has {len(frame)} rows, Y has {len(outcomes)} rows and {len(items)} products; "
                "give one row of outcomes per row, at least one row and at least one product"
            )
        offer_checks.columns(frame, self.segment, self.kin)
        self.items_ = items
        self.classes_ = np.empty(len(items), dtype=object)
        self.classes_[:] = items
        self.twins_ = offer_tables.twins_of(frame, items, outcomes, self.min_takers)
        self.n_features_in_ = frame.shape[1]
        self.feature_names_in_ = np.array(frame.columns, dtype=object)
        weight = offer_checks.weights(sample_weight, len(frame))
        self.rates_ = rates_of(outcomes, weight)
        self._fit_segments(frame, outcomes, weight)
        self._fit_kinship(frame, outcomes)
        recent = offer_checks.recent_rows(is_recent, len(frame))
        self.recent_rates_ = rates_of(outcomes[recent], weight[recent])
        self.methods_ = dict.fromkeys(self.items_, SEGMENT)
        self.models_ = {}
        if self.method == MODEL:
            self._fit_models(frame, outcomes, weight)
        elif self.method != SEGMENT:
            self.methods_ = dict.fromkeys(items, self.method)
        if self.method == REPEAT:
            had = self._had(frame)
            self.repeat_rates_ = rates_within([~had, had], outcomes, weight, self.rates_)
        if self.method == ITEMS:
            self.item_weights_, self.item_line_ = fitted_odds(
                self._history(frame), outcomes, weight, self.rates_
            )
        if self.method == ITEM_LOG:
            line = np.arange(len(frame)) if line is None else np.asarray(line)
            day = 30.0 * recent if day is None else np.asarray(day, dtype=float)
            self.ranker_, self.item_line_ = fitted_ranks(
                self._history(frame), outcomes, weight, self.rates_, line, day
            )
        return self

    def _fit_segments(self, frame: pd.DataFrame, outcomes: np.ndarray, weight: np.ndarray) -> None:
        self.segments_, own = np.empty(0, dtype=object), []
        if self.segment is not None:
            self.segments_, own = levels_of(frame[self.segment])
        self.segment_rates_ = rates_within(own, outcomes, weight, self.rates_)

    def _had(self, frame: pd.DataFrame) -> np.ndarray:
        return flags_of(frame, self.items_, HAD)

    def _holds(self, frame: pd.DataFrame) -> np.ndarray:
        return held_of(frame, self.items_, set(self.feature_names_in_), self.twins_)

    def _history(self, frame: pd.DataFrame) -> np.ndarray:
        return (self._had(frame) | self._holds(frame)).astype(float)

    def _fit_kinship(self, frame: pd.DataFrame, outcomes: np.ndarray) -> None:
        self.kinds_of_line_, own = np.empty(0, dtype=object), []
        seen = (np.nan_to_num(outcomes) > 0) | self._holds(frame)
        if self.kin is not None:
            self.kinds_of_line_, own = levels_of(frame[self.kin])
        self.fits_ = np.array([seen[o].any(axis=0) for o in own], bool).reshape(-1, seen.shape[1])

    def eligible(self, X: object, on_sale: set[str] | None = None) -> np.ndarray:
        """Say what each row may be offered: not held, on sale, and known to go with such a line.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns)
        on_sale : set of str, optional
            Products on sale; all when left out.

        Returns
        -------
        ndarray of shape (n_rows, n_products), bool
        """
        check_is_fitted(self, "items_")
        frame = with_flags(X, self.items_)
        allowed = self._fitting(frame)
        if on_sale is not None:
            allowed &= np.array([item in on_sale for item in self.items_])
        return allowed & ~self._holds(frame)

    def _fitting(self, frame: pd.DataFrame) -> np.ndarray:
        """Say which products go with each row's kin; all where that is not known."""
        allowed = np.ones((len(frame), len(self.items_)), dtype=bool)
        if len(self.kinds_of_line_):
            codes = pd.Index(self.kinds_of_line_).get_indexer(text_of(frame, self.kin))
            allowed[codes >= 0] = self.fits_[codes[codes >= 0]]
        return allowed

    def _fit_models(self, frame: pd.DataFrame, outcomes: np.ndarray, weight: np.ndarray) -> None:
        self.encoder_ = TableEncoder().fit(frame)
        tells = {item: {f"{HAD}{item}", f"{NEAR}{item}", self.segment} for item in self.items_}
        self.models_ = fitted_products(
            self.encoder_,
            self.encoder_.transform(frame),
            {item: self._columns_for(item) for item in self.items_},
            tells,
            np.where(self._fitting(frame), outcomes, np.nan),
            weight,
            (self.min_takers, self.max_rows),
            self.random_state,
        )
        self.methods_ |= dict.fromkeys(self.models_, MODEL)

    def _columns_for(self, item: object) -> list[int]:
        own = (f"{HOLDS}{item}", str(item), *self.twins_[item])
        known = enumerate(zip(self.encoder_.names_, self.encoder_.kinds_, strict=True))
        return [place for place, (name, kind) in known if name not in own and kind != MANY]

    def predict_proba(self, X: object) -> pd.DataFrame:
        """Return the probability of each product, whether it may be offered or not.

        Returns
        -------
        DataFrame of shape (n_rows, n_products), with the index of `X`
        """
        check_is_fitted(self, "items_")
        offer_checks.shares(self.recency, self.segment_share)
        frame = with_flags(X, self.items_)
        within = np.tile(self.rates_, (len(frame), 1))
        if len(self.segments_):
            codes = pd.Index(self.segments_).get_indexer(text_of(frame, self.segment))
            known = codes >= 0
            within[known] = self.segment_rates_[codes[known]]
        result = (
            np.tile(self.rates_, (len(frame), 1)) if self.method == POPULARITY else within.copy()
        )
        if self.method == REPEAT:
            result = np.where(self._had(frame), self.repeat_rates_[1], self.repeat_rates_[0])
        if self.method == ITEMS:
            said = said_of(self._history(frame), self.item_weights_, self.rates_)
            result = odds(said, self.item_line_)
        if self.method == ITEM_LOG:
            said = said_by(self.ranker_, self._history(frame), self.rates_)
            result = odds(said, self.item_line_)
        # Where the models have no share in what is said they need not be asked.
        if self.models_ and self.recency + self.segment_share < 1:
            matrix = self.encoder_.transform(frame)
            for item, model in self.models_.items():
                own, place = matrix[:, self._columns_for(item)], self.items_.index(item)
                result[:, place] = chance_of(model, own)
            # The models know only of lines that products go with.
            result = np.where(self._fitting(frame), result, within)
        result = (1 - self.recency - self.segment_share) * result
        result += self.recency * self.recent_rates_ + self.segment_share * within
        return pd.DataFrame(result, index=frame.index, columns=self.items_)

    def predict(self, X: object) -> np.ndarray:
        """Return the likeliest product each row may be offered, None where there is none."""
        best = self.recommend(X, k=1)
        found = np.full(len(as_frame(X)), None, dtype=object)
        found[best["row"].to_numpy()] = best["item"].to_numpy()
        return found

    def recommend(self, X: object, eligible: np.ndarray | None = None, k: int = 3) -> pd.DataFrame:
        """Return the k likeliest eligible products of each row.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns)
        eligible : ndarray or DataFrame of shape (n_rows, n_products), bool, optional
            A frame by its columns' names, else in the order of `items_`; what is held or not on
            sale must be False. `eligible(X)` when left out.
        k : int, default=3

        Returns
        -------
        DataFrame with columns row (its place), rank, item, score
            Fewer than k rows for a row with fewer eligible products.
        """
        probabilities = self.predict_proba(X).to_numpy()
        eligible = self.eligible(X) if eligible is None else eligible
        eligible = offer_checks.one_allowed(eligible, self.items_, probabilities.shape)
        score = np.where(eligible, probabilities, -np.inf)
        return best_table(score, k, self.items_)
