"""A log of many items as strangers write it: the same is learned of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.item_choice import best_of
from ml.item_logs import days_of, last_day, read_log
from ml.items import ItemRecommender

START = pd.Timestamp("2026-01-01")


def log(rows: int = 300) -> pd.DataFrame:
    """Thirty customers and twelve items over a hundred whole days, in no order."""
    random = np.random.default_rng(6)
    return pd.DataFrame(
        {
            "customer": random.integers(0, 30, rows),
            "item": random.integers(0, 12, rows) ** 2 // 12,
            "at": random.integers(0, 100, rows),
        }
    )


MOMENTS = {
    "us": lambda at: at.astype("datetime64[us]"),
    "zone": lambda at: at.dt.tz_localize("UTC").astype("datetime64[ns, UTC]"),
    "date": lambda at: at.dt.date,
    "month": lambda at: at.dt.to_period("D"),
    "text": lambda at: at.dt.strftime("%Y-%m-%dT%H:%M:%SZ").astype("category"),
    "seconds": lambda at: (at - pd.Timestamp(0)) // pd.Timedelta(seconds=1),
    "milliseconds": lambda at: (at - pd.Timestamp(0)) / pd.Timedelta(milliseconds=1),
    "number": lambda at: at.dt.strftime("%Y%m%d").astype(int),
    "text of a number": lambda at: ((at - START) / pd.Timedelta(days=1)).astype(str),
}


@pytest.mark.parametrize("kind", MOMENTS)
def test_a_time_is_the_same_day_however_it_is_written(kind):
    """Seconds taken for days would make all that is a week old count for nothing."""
    days = pd.Series([0, 3, 40])
    told = days_of(MOMENTS[kind](START + pd.to_timedelta(days, unit="D")))
    assert told - told[0] == pytest.approx(days)


def test_what_is_no_time_is_refused_and_what_is_missing_left_out():
    rows = log()
    with pytest.raises(ValueError, match="'soon', which is no time"):
        ItemRecommender().fit(rows.assign(at="soon"))
    with pytest.raises(ValueError, match="columns customer, item and at"):
        ItemRecommender().fit(rows.rename(columns={"item": "product"}))
    blank = rows.head(3).astype(object)
    blank.loc[0, "customer"] = blank.loc[1, "item"] = blank.loc[2, "at"] = None
    read, _, _ = read_log(pd.concat([rows, blank]))
    assert read.equals(read_log(rows)[0])


@pytest.mark.parametrize("kind", [str, "string", "category", "Int64"])
def test_names_of_any_type_and_doubles_change_nothing(kind):
    rows = log()
    one = ItemRecommender().fit(rows)
    names = rows.assign(item=rows["item"].astype(kind), customer=rows["customer"].astype(kind))
    two = ItemRecommender().fit(pd.concat([names, names.head(100)]))
    asked = pd.Series([3, 99]).astype(kind)
    told = two.recommend(asked), one.recommend([3, 99])
    # As words 10 stands before 2: equals may come in another order.
    assert told[0]["score"].to_numpy() == pytest.approx(told[1]["score"].to_numpy())


def test_names_of_several_types_one_customer_and_one_asked_are_no_trouble():
    rows = log(60)
    mixed = rows.assign(item=[n if n % 2 else f"i{n}" for n in rows["item"]], customer="only")
    model = ItemRecommender().fit(mixed)
    assert set(model.items_) == set(mixed["item"])
    assert model.recommend("only").empty
    assert len(model.recommend("new", k=3)) == 3


def test_a_last_moment_of_many_rows_is_foretold_by_what_was_before_it():
    """Months as times: the last holds a quarter of all rows, and fashion moves on each month."""
    parts = []
    for month in range(4):
        item = np.where(np.arange(90) < 60, month, max(month - 1, 0))
        parts.append(pd.DataFrame({"customer": np.arange(90) + 90 * month, "item": item}))
        parts[-1]["at"] = 30 * month
    model = ItemRecommender().fit(pd.concat(parts))
    assert len(model.choices_) > 0
    assert model.recommend(["new"], k=1)["item"].item() == 3


def test_the_best_of_many_are_those_of_a_stable_sort():
    random = np.random.default_rng(9)
    for k in (0, 1, 3, 7, 9):
        score = random.integers(0, 4, (50, 7)).astype(float)
        score[random.random(score.shape) < 0.3] = -np.inf
        assert (best_of(score, k) == np.argsort(-score, axis=1, kind="stable")[:, :k]).all()


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y %H:%M", "%d-%b-%Y"])
def test_days_and_months_stand_where_all_dates_together_say(form):
    """Alone, 05/03/2026 was the 3rd of May and 25/03/2026 the 25th of March."""
    at = pd.Series(pd.date_range("2026-01-01", periods=120, freq="D"))
    told = days_of(pd.Series([*at.dt.strftime(form), None]))
    assert told[:-1].tolist() == days_of(at).tolist()
    assert np.isnan(told[-1])


@pytest.mark.parametrize(
    "told", [["05/03/2026", "06/04/2026"], ["05.03.26"], ["31/01/2026", "01/31/2026"]]
)
def test_dates_that_may_be_read_two_ways_are_refused(told):
    with pytest.raises(ValueError, match="write 2026-01-31"):
        days_of(pd.Series(told))


def test_a_blank_names_nobody_and_nothing():
    rows = log().astype({"item": str, "customer": str})
    blank = pd.DataFrame({"customer": ["3", " "], "item": ["", "2"], "at": rows["at"].iloc[:2]})
    one, two = ItemRecommender().fit(rows), ItemRecommender().fit(pd.concat([rows, blank]))
    assert one.recommend(["3"]).equals(two.recommend(["3"]))


def test_one_row_of_the_far_future_does_not_make_all_others_old():
    """Nothing was popular of late but what that row held: who was new got that alone."""
    day = np.arange(1_200) % 120
    rows = pd.DataFrame({"customer": np.arange(1_200), "item": day // 20, "at": day})
    stray = pd.DataFrame({"customer": [0], "item": [2], "at": [30_000]})
    one = ItemRecommender().fit(rows).recommend(["new"], k=3)
    two = ItemRecommender().fit(pd.concat([rows, stray])).recommend(["new"], k=3)
    assert one["item"].iloc[0] == two["item"].iloc[0] == 5
    assert last_day(rows["at"]) == last_day(pd.concat([rows, stray])["at"]) == 119
