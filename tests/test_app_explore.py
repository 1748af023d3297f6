"""Explore: the same cells as charts, as a table, as a pivot, and the SQL that answers them."""

from __future__ import annotations

import pandas as pd

from app import components, serving
from app.parts import explore_pivot
from app.queries import explore
from cx.release import current
from cx.warehouse import writing
from tests.release_fixture import published
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


def rows_behind(run) -> pd.DataFrame:
    """Return the rows behind a cell, as they are listed."""
    return next((frame.value for frame in run.dataframe if "to_do" in frame.value), pd.DataFrame())


def with_leavers(own):
    """Publish a release in which twelve left in October; S005 is of a region of few."""
    with writing(own) as connection:
        connection.execute(
            "update marts.dim_customer set valid_from = '1900-01-01'; "
            "update marts.dim_subscription set valid_from = '1900-01-01', location_id = 'L', "
            "region = if(subscription_id = 'S005', 'tiny', region); "
            "insert into marts.fct_subscription_event by name "
            "select 'X' || subscription_id as event_id, subscription_id, customer_id, "
            "'exit' as event_type, 'port_out' as exit_cause, "
            "timestamp '2026-10-09' + to_hours(cast(right(subscription_id, 2) as int)) "
            "as occurred_at from marts.dim_subscription where subscription_id <= 'S012'"
        )
    published(own)
    return own


def test_a_cell_leads_to_the_rows_it_counts_and_each_to_the_customer(own, opened, monkeypatch):
    files = {}
    monkeypatch.setattr(
        components, "download", lambda rows, name, key, **how: files.update({key: how})
    )
    home, told = with_leavers(own), {"metric": "M28", "rows": "2026-10-01"}
    run = opened(home, "explore", **told)
    assert "Whole base, Oct 2026: rows" in healthy(run)
    # The newest first.
    assert rows_behind(run)["subscription_id"].tolist() == [f"S{n:03}" for n in range(12, 0, -1)]
    assert files["explore.people.csv"]["of_persons"]
    north = opened(home, "explore", by="region", whose="north", **told)
    assert rows_behind(north)["subscription_id"].tolist() == [
        "S011",
        "S009",
        "S007",
        "S003",
        "S001",
    ]
    september = opened(home, "explore", metric="M28", rows="2026-09-01")
    assert rows_behind(september).empty and "No rows" in healthy(september)
    # What a hidden cell counts would tell it.
    tiny = opened(home, "explore", by="region", whose="tiny", **told)
    assert rows_behind(tiny).empty and "is not listed either" in healthy(tiny)
    files.clear()
    manager = opened(home, "explore", role="product_manager", **told)
    assert rows_behind(manager).empty and "explore.people.csv" not in files
    elsewhere = opened(home, "explore", role="analyst", regions=("nowhere",), **told)
    assert rows_behind(elsewhere).empty


def test_a_row_of_the_table_or_a_cell_of_the_pivot_chooses_whose(own, opened):
    home = with_leavers(own)
    run = opened(home, "explore", metric="M28", by="region")
    cells = next(frame.value for frame in run.dataframe if "interval" in frame.value)
    place = cells["slice"].tolist().index("North")
    run.session_state["explore.cells.table"] = {"selection": {"rows": [place]}}
    run.run()
    healthy(run)
    assert len(rows_behind(run)) == 5
    assert dict(run.query_params)["rows"] == "2026-10-01"
    pivot = opened(home, "explore", metric="M28", by="region", **{"as": "pivot"})
    place = pivot_of(pivot).index.tolist().index("North")
    pivot.session_state["explore.pivot.table"] = {"selection": {"cells": [[place, "2026-10-01"]]}}
    pivot.run()
    healthy(pivot)
    assert len(rows_behind(pivot)) == 5


def test_a_metric_of_no_customers_says_where_its_rows_are(full, opened):
    assert "Service impact lists them" in healthy(opened(full, "explore", metric="M17"))
    assert "not customers" in healthy(opened(full, "explore", metric="M48"))
