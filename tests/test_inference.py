"""What follows from sums: a cell stands still in every direction that keeps them."""

from __future__ import annotations

import numpy as np

from cx.inference import determined


def _follows(equations: list[dict[int, float]], asked: list[int] | None = None) -> list[int]:
    """Return the unknowns that follow, of equations as {unknown: sign}."""
    members = [(row, *each) for row, sums in enumerate(equations) for each in sums.items()]
    equation, unknown, sign = (np.array(part) for part in zip(*members, strict=True))
    where = np.ones(unknown.max() + 1, dtype=bool)
    if asked is not None:
        where[:] = np.isin(np.arange(len(where)), asked)
    return np.flatnonzero(determined(equation, unknown, sign.astype(float), where)).tolist()


def test_of_two_hidden_parts_of_one_sum_neither_follows():
    assert _follows([{0: 1, 1: 1}]) == []


def test_a_cell_that_no_sum_gives_away_follows_from_all_of_them_together():
    # Two lines (B, V) of a month and of its week: both sums, and each line's month less what is
    # shown of it. V's other week (4) is one of two hidden parts everywhere, and yet it follows.
    month_b, month_v, week_b, week_v, other_v = range(5)
    sums = [
        {month_b: 1, month_v: 1},
        {week_b: 1, week_v: 1},
        {month_b: -1, week_b: 1},
        {month_v: -1, week_v: 1, other_v: 1},
    ]
    assert _follows(sums) == [other_v]


def test_only_what_hangs_together_with_what_is_asked_is_looked_at():
    assert _follows([{0: 1}, {1: 1}, {2: 1, 3: 1}], asked=[1, 2]) == [1]
