"""Priors and folds of one design are solved in turn, each from where the last one ended."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ml.newton import LogitSolver


@pytest.mark.parametrize("rate", [0.005, 0.4])
def test_each_prior_finds_what_a_fresh_regression_finds(rate):
    random = np.random.default_rng(5)
    design = np.column_stack([random.normal(size=(2_000, 6)), random.random((2_000, 4)) < 0.01])
    y = (random.random(2_000) < rate * np.exp(design[:, 0] / 2)).astype(float)
    weight = random.integers(1, 20, 2_000).astype(float)
    solver = LogitSolver(np.column_stack([design, np.ones(2_000)]), y, weight)
    theta = solver.start()
    # Each is a hundred times as wide as the one whose curvature it begins with.
    for C in (1e-3, 0.1, 10.0):
        theta = solver.solve(np.append(np.full(10, 1 / C), 0.0), theta)
        fresh = LogisticRegression(C=C, tol=1e-10, max_iter=1_000, solver="newton-cholesky")
        fresh.fit(design, y, sample_weight=weight)
        told = design @ theta[:-1] + theta[-1]
        assert told == pytest.approx(fresh.decision_function(design), abs=0.02)


def test_a_curvature_of_other_rows_only_costs_steps():
    random = np.random.default_rng(6)
    design = np.column_stack([random.normal(size=(800, 5)), np.ones(800)])
    y = (random.random(800) < 1 / (1 + np.exp(-3 * design[:, 0]))).astype(float)
    pull = np.append(np.ones(5), 0.0)
    plain = LogitSolver(design, y, np.ones(800))
    wrong = LogitSolver(design, y, np.ones(800), np.diag(np.full(6, 1e-3)))
    found = [solver.solve(pull, plain.start()) for solver in (plain, wrong)]
    assert found[0] == pytest.approx(found[1], abs=1e-3)
