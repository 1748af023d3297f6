"""Cohorts by quarter beside those by month: nothing that few did follows from both together."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from app.parts import cohort_cards
from app.queries.cohort_quarters import in_quarters
from app.queries.cohorts import without_few_in_any, without_few_leavers
from app.queries.privacy import FEWEST

STARTS = pd.date_range("2026-01-01", periods=3, freq="MS")


def cohorts_of(left: dict[str, list[list[int]]], joined: int = 100) -> pd.DataFrame:
    """Make the cohorts of three months of each part, every line a customer's of its own."""
    return pd.DataFrame(
        [
            {
                "dimension_value": part,
                "cohort_month": month,
                "month_number": number,
                "joined": joined,
                "customers": joined,
                "left_by": gone,
                "left_customers": gone,
                "here_customers": joined - gone,
                "is_final": True,
            }
            for part, months in left.items()
            for month, lost in zip(STARTS, months, strict=True)
            for number, gone in enumerate(lost)
        ]
    )


def told_of(left: list[list[int]], joined: int = 100) -> list[float]:
    """Return how many of a quarter are told to have left, by age; -1 where that is hidden."""
    rows = cohorts_of({"all": left}, joined)
    return in_quarters(rows, without_few_leavers(rows))["left_by"].fillna(-1).tolist()


def test_a_quarter_is_told_where_its_months_are_of_few():
    # 4 + 5 + 6 follow from nothing. The youngest has no third month.
    assert told_of([[0, 4, 8], [0, 5, 9], [0, 6]]) == [0, 15]
    # 12 and 15 of two months are told; the third's four would follow.
    assert told_of([[0, 12], [0, 15], [0, 4]]) == [0, -1]
    # All that is told of one month in its second, in the first nothing: ten of two more.
    assert told_of([[0, 4, 12], [0, 5, 5], [0, 5, 5]]) == [0, 14, -1]


def test_what_left_between_an_age_of_the_quarter_and_one_of_a_month_is_of_no_few():
    """A month later each has lost 12: of 27 that left before, nine are between."""
    assert told_of([[0, 9, 12]] * 3) == [0, -1, 36]
    assert told_of([[0, 8, 12]] * 3) == [0, 24, 36]


def test_who_joined_in_a_month_of_few_is_what_the_others_leave_of_the_quarter():
    rows = cohorts_of({"all": [[0, 4], [0, 5], [0, 6]]})
    rows.loc[rows["cohort_month"] == STARTS[2], ["customers", "joined"]] = FEWEST - 1
    small = in_quarters(rows, without_few_leavers(rows))
    assert small["is_hidden"].all() and small["joined"].isna().all()


def atoms(lost: np.ndarray, joined: int) -> np.ndarray:
    """Return who left at each age of each month, and who is still here."""
    return np.concatenate([np.diff(lost, axis=1, prepend=0), joined - lost[:, -1:]], axis=1)


def told_sums(lost: np.ndarray, month_told: np.ndarray, quarter_told: np.ndarray) -> np.ndarray:
    """Return what is told of months and the quarter as sums of atoms, one a row."""
    months, ages = lost.shape
    sums = []

    def told(which: list[int], until: int) -> None:
        row = np.zeros((months, ages + 1))
        row[which, : until + 1] = 1
        sums.append(row.ravel())

    for month in range(months):
        told([month], ages)
        last = -1
        for age in np.flatnonzero(month_told[month]):
            told([month], age)
            # Where nobody left since the last told, nobody did at any age between.
            if last >= 0 and lost[month, age] == lost[month, last]:
                for between in range(last + 1, age):
                    told([month], between)
            last = age
    for age in np.flatnonzero(quarter_told):
        told(list(range(months)), age)
    return np.array(sums)


SETS = np.array(list(product((0, 1), repeat=15)), dtype=float)


@pytest.mark.parametrize("seed", range(3))
def test_no_group_of_few_follows_from_quarters_beside_months(seed):
    """Of all 32,768 groups of three months and four ages no small one is a sum of what is told."""
    draw, told_quarters, hidden_months = np.random.default_rng(seed), 0, 0
    for _ in range(20):
        lost = np.cumsum(draw.poisson(draw.uniform(0, 9, (3, 4))), axis=1)
        rows = cohorts_of({"all": lost.tolist()})
        months = without_few_leavers(rows)
        month_told = ~months["is_hidden"].to_numpy(bool).reshape(3, 4)
        quarter_told = ~in_quarters(rows, months)["is_hidden"].to_numpy(bool)
        sums = told_sums(lost, month_told, quarter_told)
        people = SETS @ atoms(lost, 100).ravel()
        few = SETS[(people > 0) & (people < FEWEST)]
        spanned = few @ np.linalg.pinv(sums) @ sums
        follows = np.abs(spanned - few).max(axis=1) < 1e-6
        assert not follows.any(), (lost, month_told, quarter_told)
        told_quarters += quarter_told[1:].sum()
        hidden_months += (~month_told).sum()
    assert told_quarters > 10 and hidden_months > 50


def test_a_quarter_is_told_of_all_parts_or_of_none_and_only_where_the_whole_is():
    def told(south: list[int], hidden_age: int | None = None) -> list[list[float]]:
        north = [4, 4, 5]
        parts = cohorts_of(
            {
                name: [[0, few, 30] for few in left]
                for name, left in (("north", north), ("south", south))
            }
        )
        base = cohorts_of(
            {"all": [[0, a + b, 60] for a, b in zip(north, south, strict=True)]}, joined=200
        )
        whole = without_few_leavers(base)
        quarters = in_quarters(base, whole)
        quarters["is_hidden"] |= quarters["month_number"] == hidden_age
        each = in_quarters(parts, without_few_in_any(parts, whole), quarters)
        return each.fillna({"left_by": -1}).groupby("dimension_value")["left_by"].agg(list).tolist()

    assert told([4, 4, 4]) == [[0, 13, 90], [0, 12, 90]]
    assert told([4, 4, 4], hidden_age=1) == [[0, -1, 90], [0, -1, 90]]
    assert told([3, 3, 3]) == [[0, -1, 90], [0, -1, 90]]


def test_a_part_hidden_in_a_month_is_hidden_with_its_quarter():
    parts = cohorts_of({name: [[0, 20], [0, 20], [0, 20]] for name in ("a", "b", "tiny")})
    parts.loc[
        (parts["dimension_value"] == "tiny") & (parts["cohort_month"] == STARTS[0]),
        ["customers", "joined"],
    ] = 3
    whole = cohorts_of({"all": [[0, 60]] * 3}, joined=300)
    told = without_few_leavers(whole)
    quarters = in_quarters(parts, without_few_in_any(parts, told), in_quarters(whole, told))
    hidden = quarters.groupby("dimension_value")["is_hidden"].all()
    assert hidden.to_dict() == {"a": True, "b": False, "tiny": True}
    assert quarters["joined"].notna().equals(quarters["dimension_value"] == "b")


def test_a_hidden_cell_lies_between_those_told_before_and_after_it():
    rows = cohorts_of({"all": [[0, 4, 12, 14], [0, 2, 3, 5], [0, 20, 25, 31]]})
    told = cohort_cards.with_leavers(without_few_leavers(rows))
    between = cohort_cards.between_told(told)
    # Of the first at one month; behind what is told last nothing is known, of the second nothing.
    # Of the third at two months between 20 and 31: 69 to 80 of a hundred are still here.
    cells = between[["cohort_month", "month_number", "left_by", "most"]].to_numpy().tolist()
    assert cells == [[STARTS[0], 1, 0, 12], [STARTS[2], 2, 20, 31]]
    still = [100 - between["left_by"], 100 - between["most"]]
    assert cohort_cards.spans(*still, str) == ["88.0–100.0", "69.0–80.0"]
    assert cohort_cards.spans(*still[:1] * 2, str) == ["100.0", "80.0"]


def test_cohorts_are_compared_where_they_are_told_of():
    """A small base tells nothing after three months, and most after one."""

    def telling(*months: list[int]) -> int:
        rows = cohorts_of({"all": list(months)})
        return cohort_cards.telling_month(without_few_leavers(rows))

    assert telling([0, 12, 14, 30], [0, 12, 14, 30], [0, 12, 30, 32]) == 3
    assert telling([0, 12, 14, 15], [0, 12, 14, 15], [0, 4, 12, 13]) == 1
    assert telling([0, 4, 5, 6], [0, 4, 5, 6], [0, 4, 12, 13]) == 3
