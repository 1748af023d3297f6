"""What one unit of an event causes: the exposed beside controls that shared everything else."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted


class EventEffect(BaseEstimator):
    """Effect of an event per unit of dose, on the exposed, from controls of the same cell.

    What an exposed row would have done without the event is the mean of its cell's controls,
    moved by what else differs between them (a regression learned from the controls alone). The
    effect is the sum of what the exposed did beyond that over the sum of their doses, so it
    assumes no shape of the answer to the dose: it is the mean effect of the doses that were lived
    through.

    The interval is that of a linear estimator whose errors may be correlated within clusters, of
    one kind or of two crossed ones (events and customers). Each cluster's share is blown up by
    what it pulled the estimate towards itself, and the quantile is Student's with the effective
    number of clusters, which a few big ones make small. It is longer upwards, because outcomes are
    counts, and has room for one outcome more: where nobody left, somebody might have.

    Parameters
    ----------
    level : float, default=0.95
        Coverage of the intervals.

    Attributes
    ----------
    effect_, low_, high_ : float
        Effect per unit of dose and its interval.
    error_ : float
        Standard error of the effect.
    clusters_ : float
        Effective number of clusters that hold exposed rows; the fewer of two kinds.
    n_exposed_, n_controls_ : int
        Rows used; those of cells without a row of the other side are not.
    baseline_ : float
        Mean outcome the exposed would have had without the event.
    dose_ : float
        Mean dose of the exposed rows used.
    outcomes_ : float
        Outcomes of all rows used.

    References
    ----------
    Regression on the untreated: Borusyak, Jaravel and Spiess, Review of Economic Studies 2024.
    Variance at the effect asked about: Wilson, J. of the American Statistical Association 1927.
    Two-way clusters: Cameron, Gelbach and Miller, Journal of Business & Economic Statistics 2011.
    Effective clusters: Carter, Schnepel and Steigerwald, Review of Economics and Statistics 2017.
    """

    def __init__(self, level: float = 0.95) -> None:  # noqa: D107
        self.level = level

    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        *,
        is_exposed: np.ndarray,
        dose: np.ndarray,
        cells: np.ndarray,
        clusters: list[np.ndarray],
    ) -> Self:
        """Estimate.

        Parameters
        ----------
        X : DataFrame of shape (rows, columns)
            Numbers known before the event; may have no columns.
        y : array of float
            Outcome.
        is_exposed : array of bool
        dose : array of float
            Units of the event; of exposed rows only.
        cells : array
            Label of the cell; rows are compared within it.
        clusters : list of one or two arrays
            Labels of what may be correlated.

        Raises
        ------
        ValueError
            When no cell holds rows of both sides.
        """
        X = np.asarray(X, dtype=np.float64).reshape(len(y), -1)
        y, dose = np.asarray(y, dtype=np.float64), np.asarray(dose, dtype=np.float64)
        is_exposed = np.asarray(is_exposed, dtype=bool)
        _, cell = np.unique(np.asarray(cells), return_inverse=True)
        exposed, controls = (np.bincount(cell, weights=side) for side in (is_exposed, ~is_exposed))
        used = (exposed[cell] > 0) & (controls[cell] > 0)
        if not used.any():
            raise ValueError("no cell holds both exposed rows and controls; widen the cells")
        y, dose, is_exposed, cell = (each[used] for each in (y, dose, is_exposed, cell))
        outcome = y - _control_means(y, is_exposed, cell, controls)
        # In place: of half a million rows each copy is tens of megabytes.
        centred = np.ascontiguousarray(X[used])
        del X
        for column in centred.T:
            column -= _control_means(column, is_exposed, cell, controls)
        of_controls = centred[~is_exposed]
        inverse = np.linalg.pinv(of_controls.T @ of_controls, rcond=1e-10, hermitian=True)
        beyond = outcome - centred @ (inverse @ (of_controls.T @ outcome[~is_exposed]))
        total = dose[is_exposed].sum()
        effect = beyond[is_exposed].sum() / total
        weights = exposed[cell] / controls[cell]
        weights = weights + centred @ (inverse @ centred[is_exposed].sum(axis=0))
        # A mean of few controls lies too close to them.
        stretched = beyond * np.sqrt(controls[cell] / np.maximum(controls[cell] - 1, 1))
        scores = np.where(is_exposed, beyond - effect * dose, -weights * stretched) / total
        variance, effective = _clustered(
            scores, np.where(is_exposed, dose, 0.0), [np.asarray(each)[used] for each in clusters]
        )
        self.effect_ = float(effect)
        # Outcomes are counts: their variance grows with their mean, so an effect above the estimate
        # would have shown more spread than was seen, and one below it less (Wilson's interval).
        dispersion = y[is_exposed].var() / max(y[is_exposed].mean(), 1e-12)
        growth = max(dispersion, 1) / total
        # One outcome more than was seen: without it, two where half a one was due would be proof.
        variance += 1 / total**2
        self.error_ = float(np.sqrt(variance))
        self.clusters_ = effective
        quantile = student.ppf(0.5 + self.level / 2, max(effective - 1, 1))
        up = quantile**2 * growth / 2
        up += np.sqrt(up**2 + quantile**2 * variance)
        # The other root of the same equation, without the difference of two equal numbers.
        self.low_ = float(effect - quantile**2 * variance / up)
        self.high_ = float(effect + up)
        self.n_exposed_, self.n_controls_ = int(is_exposed.sum()), int((~is_exposed).sum())
        self.outcomes_ = float(y.sum())
        self.dose_ = float(dose[is_exposed].mean())
        self.baseline_ = float((y - beyond)[is_exposed].mean())
        return self

    def predict(self, dose: np.ndarray) -> np.ndarray:
        """Return the effect of doses, of the mix that was lived through."""
        check_is_fitted(self)
        return self.effect_ * np.asarray(dose, dtype=np.float64)


def naive_contrast(
    y: np.ndarray, dose: np.ndarray, level: float = 0.95
) -> tuple[float, float, float]:
    """Set rows with a dose against rows without, as if nothing else differed.

    Returns
    -------
    tuple of (effect per unit of dose, low, high)
    """
    y, dose = np.asarray(y, dtype=np.float64), np.asarray(dose, dtype=np.float64)
    has = dose > 0
    if has.sum() < 2 or (~has).sum() < 2:
        return (np.nan, np.nan, np.nan)
    mean_dose = dose[has].mean()
    effect = (y[has].mean() - y[~has].mean()) / mean_dose
    spread = np.var(y[has] - effect * dose[has], ddof=1) / has.sum()
    spread += np.var(y[~has], ddof=1) / (~has).sum()
    reach = student.ppf(0.5 + level / 2, len(y) - 2) * np.sqrt(spread) / mean_dose
    return (float(effect), float(effect - reach), float(effect + reach))


def _control_means(
    values: np.ndarray, is_exposed: np.ndarray, cell: np.ndarray, controls: np.ndarray
) -> np.ndarray:
    """Return for each row the mean of its cell's controls."""
    sums = np.bincount(cell, weights=np.where(is_exposed, 0.0, values), minlength=len(controls))
    return (sums / np.maximum(controls, 1))[cell]


def _clustered(
    scores: np.ndarray, dose: np.ndarray, clusters: list[np.ndarray]
) -> tuple[float, float]:
    """Return the variance of the sum of scores and the effective number of clusters."""
    parts = [_by_cluster(scores, dose, labels) for labels in clusters]
    if len(clusters) == 1:
        return parts[0]
    # Numbered in the order they are met, as pairs of names would be.
    one, two = (pd.factorize(each)[0].astype(np.int64) for each in clusters)
    both = one * (two.max(initial=0) + 1) + two
    shared, _ = _by_cluster(scores, dose, both)
    crossed = sum(part for part, _ in parts) - shared
    # The difference may turn out smaller than one kind alone would give, even negative.
    return max(crossed, *(part for part, _ in parts)), min(number for _, number in parts)


def _by_cluster(scores: np.ndarray, dose: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the variance with one kind of cluster, each left out in turn, and their number."""
    codes = pd.factorize(labels)[0]
    shares = np.bincount(codes, weights=dose) / dose.sum()
    sums = np.bincount(codes, weights=scores) / np.maximum(1 - shares, 0.5)
    return float((sums**2).sum()), float(1 / (shares**2).sum())
