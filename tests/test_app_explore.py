"""Explore: the same cells as charts, as a table, as a pivot, and the SQL that answers them."""

from __future__ import annotations

import pandas as pd

from app import components, serving
from app.parts import explore_pivot
from app.queries import explore
from cx.release import current
from tests.test_app import healthy


def pivot_of(run):
    """Return the pivot's table: the one without intervals."""
    return next(
        frame.value.set_index("slice")
        for frame in run.dataframe
        if "slice" in frame.value and "interval" not in frame.value
    )


def test_explore_turns_cells_into_a_pivot_that_hides_what_is_hidden(full, opened, monkeypatch):
    taken = {}
    monkeypatch.setattr(
        components, "download", lambda rows, name, key, **_: taken.update({key: rows})
    )
    run = opened(full, "explore", metric="M28", by="region", **{"as": "pivot"})
    text = healthy(run)
    assert "Every cell" not in text and not run.get("vega_lite_chart")
    cells = explore_cells(full, opened, "region")
    table = pivot_of(run)
    assert list(table.columns) == sorted(cells["day"].unique(), reverse=True)
    for name, day, value in cells[["slice", "day", "value"]].itertuples(index=False):
        expected = explore_pivot.HIDDEN if pd.isna(value) else value
        assert table.loc[name, day] == expected
    assert explore_pivot.HIDDEN not in taken["explore.pivot"].to_numpy()
    assert explore_pivot.written(explore_pivot.HIDDEN, "%") == "hidden"
    pair = opened(full, "explore", metric="M28", by="family+region", **{"as": "pivot"})
    healthy(pair)
    crossed = pivot_of(pair)
    assert crossed.loc["Mobile", "north"] == 1.6 and crossed.loc["TV", "north"] == 2.6
    assert pd.isna(crossed.loc["TV", "south"])
    assert crossed.loc["TV", "tiny"] == explore_pivot.HIDDEN
    again = opened(full, "explore", **dict(pair.query_params))
    assert pivot_of(again).equals(crossed)


def explore_cells(full, opened, by: str) -> pd.DataFrame:
    """Return the cells of a metric as the table of Explore has them."""
    run = opened(full, "explore", metric="M28", by=by, **{"as": "table"})
    assert not run.get("vega_lite_chart") and "Every cell" in healthy(run)
    cells = next(frame.value for frame in run.dataframe if "hidden" in frame.value)
    return cells.assign(day=pd.to_datetime(cells["period"]).dt.strftime("%Y-%m-%d"))


def test_explore_shows_the_sql_that_answers_the_same(full, opened):
    run = opened(full, "explore", metric="M28", by="region")
    (sql,) = [code.value for code in run.code if "marts.metric_value" in code.value]
    rows = serving.shelf().ask(current(full.releases), sql)
    shown = next(frame.value for frame in run.dataframe if "hidden" in frame.value)
    assert len(rows) == len(shown) > 0 and "$" not in sql
    quoted = explore.sql_of_cells("M28", "month", "it's", 3)
    assert "dimension = 'it''s'" in quoted
