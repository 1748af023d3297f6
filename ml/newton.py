"""Penalised logistic regressions of one design: several priors and folds, each begun near its end.

A prior is a pull on each coefficient and no scaling of its column, so all priors share the design
and what was learned of its curvature. The curvature is dear and changes little: it is worked out
anew only where a step with the old one brought too little.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from ml.curves import sigmoid

_STEPS, _HALVINGS = 200, 30
# Largest mean gradient of a solution, and how much of it an old curvature may leave a step.
_TOLERANCE, _SLOW = 1e-6, 0.3


class LogitSolver:
    """Solve for the coefficients of one set of rows, again and again.

    Parameters
    ----------
    design : ndarray of shape (n_rows, n_coefficients)
        Its last column is 1: the intercept, which no prior pulls.
    y : ndarray of shape (n_rows,)
        0 or 1.
    weight : ndarray of shape (n_rows,)
    curvature : ndarray of shape (n_coefficients, n_coefficients), optional
        Of such rows, where it is known about; its lower triangle is read.
    """

    def __init__(  # noqa: D107
        self,
        design: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray,
        curvature: np.ndarray | None = None,
    ) -> None:
        self.design, self.y, self.weight, self.curvature = design, y, weight, curvature

    def start(self) -> np.ndarray:
        """Return coefficients that say the rate of all to everybody."""
        rate = np.average(self.y, weights=self.weight)
        return np.append(np.zeros(self.design.shape[1] - 1), np.log(rate / (1 - rate)))

    def solve(self, pull: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Return the coefficients under a prior, ndarray of shape (n_coefficients,).

        Parameters
        ----------
        pull : ndarray of shape (n_coefficients,)
            One over the variance of each coefficient's prior, 0 for the intercept.
        start : ndarray of shape (n_coefficients,)
        """
        theta, factor, before, is_fresh = start, None, np.inf, False
        logit = self.design @ theta
        loss = self._loss(theta, logit, pull)
        enough = _TOLERANCE * self.weight.sum()
        for _ in range(_STEPS):
            chance = sigmoid(logit)
            gradient = self.design.T @ (self.weight * (chance - self.y)) + pull * theta
            steepest = np.abs(gradient).max()
            if steepest <= enough:
                break
            if self.curvature is None or steepest > _SLOW * before:
                self._bend(chance)
                factor, is_fresh = None, True
            if factor is None:
                # Of all but certain rows the intercept has no curvature left.
                diagonal = np.diag(pull + 1e-9 * self.weight.sum() * (pull == 0))
                factor = cho_factor(self.curvature + diagonal, lower=True)
            step, before = cho_solve(factor, gradient), steepest
            towards, wanted = self.design @ step, float(gradient @ step)
            for halving in range(_HALVINGS):
                size = 0.5**halving
                found = logit - size * towards
                reached = self._loss(theta - size * step, found, pull)
                if reached <= loss - 1e-4 * size * wanted:
                    break
            else:
                if is_fresh:
                    # No step is better within what floating point tells apart.
                    break
                before = 0.0
                continue
            theta, logit, loss, is_fresh = theta - size * step, found, reached, False
            before = 0.0 if halving else before
        return theta

    def _loss(self, theta: np.ndarray, logit: np.ndarray, pull: np.ndarray) -> float:
        told = self.weight @ (np.logaddexp(0.0, logit) - self.y * logit)
        return float(told + 0.5 * (pull * theta) @ theta)

    def _bend(self, chance: np.ndarray) -> None:
        scaled = self.design * np.sqrt(self.weight * chance * (1 - chance))[:, None]
        # Only the lower triangle is filled, and only it is read; half the work of a product.
        self.curvature = dsyrk(1.0, scaled.T, lower=1)
