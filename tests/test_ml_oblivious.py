"""Oblivious trees: what they find, what they leave alone, and that a row is a row."""

import numpy as np
from sklearn.metrics import roc_auc_score

from ml.columns import CATEGORY, MANY, NUMBER
from ml.oblivious import ObliviousBoosting
from ml.portfolio import contestants

KINDS = [NUMBER, NUMBER, CATEGORY, MANY, NUMBER]


def together(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers and a category that say something only together; gaps; a name of many levels."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, 5))
    matrix[:, 2] = random.integers(0, 3, rows)
    matrix[:, 3] = random.integers(0, 900, rows)
    logit = 2.5 * np.sign(matrix[:, 0] * matrix[:, 1]) * (matrix[:, 2] == 1) - 1
    y = random.random(rows) < 1 / (1 + np.exp(-logit))
    matrix[random.random(rows) < 0.1, 4] = np.nan
    return matrix, y.astype(float)


def test_columns_that_matter_only_together_are_found_and_names_of_many_levels_left_alone():
    matrix, y = together(3_000, 1)
    model = ObliviousBoosting(KINDS, n_trees=80, learning_rate=0.1, max_features=0.8).fit(matrix, y)
    new, truth = together(3_000, 2)
    assert roc_auc_score(truth, model.decision_function(new)) > 0.68
    renamed = new.copy()
    renamed[:, 3] = 0
    assert (model.decision_function(renamed) == model.decision_function(new)).all()


def test_a_row_scores_alone_as_among_others_and_a_level_never_seen_as_missing():
    matrix, y = together(600, 3)
    model = ObliviousBoosting(KINDS, n_trees=20).fit(matrix, y)
    scores = model.decision_function(matrix)
    assert [model.decision_function(matrix[[row]])[0] for row in range(20)] == list(scores[:20])
    unseen, missing = matrix.copy(), matrix.copy()
    unseen[:, 2], missing[:, 2] = 7, np.nan
    assert (model.decision_function(unseen) == model.decision_function(missing)).all()


def test_a_weight_of_two_is_a_row_that_stands_there_twice():
    matrix, y = together(400, 4)
    weight = 1.0 + (np.arange(400) < 200)
    weighted = ObliviousBoosting(KINDS[:2], n_trees=10).fit(matrix[:, :2].round(), y, weight)
    rows = np.repeat(np.arange(400), weight.astype(int))
    twice = ObliviousBoosting(KINDS[:2], n_trees=10).fit(matrix[rows][:, :2].round(), y[rows])
    found = weighted.decision_function(matrix[:, :2]) - twice.decision_function(matrix[:, :2])
    assert np.abs(found).max() < 1e-9


def test_they_are_tried_where_nothing_is_promised_and_few_rows_have_a_forest():
    assert "oblivious" in contestants(5_000, 900, False)
    assert "oblivious" not in contestants(5_000, 900, True)
    assert "forest" in contestants(900, 90, False)
    assert not {"forest", "oblivious"} & set(
        contestants(900, 90, True) + contestants(300, 90, False)
    )
