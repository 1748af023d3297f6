"""What follows from sums: a cell stands still in every direction that keeps them."""

from __future__ import annotations

import numpy as np

from cx.inference import determined


def _follows(
    equations: list[dict[int, float]], asked: list[int] | None = None, silent: tuple[int, ...] = ()
) -> list[int]:
    """Return the unknowns that follow, of equations as {unknown: sign}, some with nothing known."""
    members = [(row, *each) for row, sums in enumerate(equations) for each in sums.items()]
    equation, unknown, sign = (np.array(part) for part in zip(*members, strict=True))
    where = np.ones(unknown.max() + 1, dtype=bool)
    if asked is not None:
        where[:] = np.isin(np.arange(len(where)), asked)
    tells = ~np.isin(np.arange(len(equations)), silent)
    return np.flatnonzero(determined(equation, unknown, sign.astype(float), tells, where)).tolist()


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


def test_of_what_hangs_together_with_nothing_known_nothing_follows():
    # That a whole and its only part are one figure tells neither.
    assert _follows([{0: 1, 1: 1}, {0: 1, 1: -1}]) == [0, 1]
    assert _follows([{0: 1, 1: 1}, {0: 1, 1: -1}], silent=(0, 1)) == []


def test_sums_that_say_the_same_twice_tell_no_more_than_once():
    rows, columns = 40, 50  # of a whole table of hidden figures only one row of two is told
    of_rows = [{row * columns + column: 1 for column in range(columns)} for row in range(rows)]
    of_columns = [{row * columns + column: 1 for row in range(rows)} for column in range(columns)]
    alone = [{rows * columns: 1, 0: 1, 1: 1}, {0: 1, 1: 1}]
    assert _follows(of_rows + of_columns + alone) == [rows * columns]
