"""Small cells: no published figure is about fewer than k customers, alone or by a difference (C8).

A release holds every metric by period and slice. A cell about 1 to k - 1 customers is emptied, and
so are others, until no sum of shown cells gives it away:

* parts of a whole (a segment of all, a reason of its area, a region's families of either, the days
  of a month): of the hidden parts there are two or more, and together they are about k customers
  or more;
* in time: days of a week; weeks of a month, together with its edges (the days before its first
  Monday, those after its last Sunday), which nobody publishes and months less weeks tell; a week
  across two months is the sum of two edges;
* metrics that are the difference of others (M09 of M07 and M08, M29w of M29v) are parts and whole.

That keeps every sum by itself from telling (cx/hiding.py). What all of them tell together is then
asked of linear algebra (cx/inference.py), and more is hidden until no small cell follows.

The warehouse keeps every figure; only what is published is emptied.
"""

from __future__ import annotations

import duckdb

from cx.cells import make_cells
from cx.hiding import Hiding, cannot_hide
from cx.wholes import EDGES, make_members, make_spans, make_wholes

SUPPRESSED = "metric_value_published"
# What a hidden cell loses. Its keys, its period and its status say nothing of anybody.
FIGURES = ("numerator", "denominator", "value", "n", "ci_low", "ci_high", "customers", "is_low_n")
# After so many questions what still follows takes its whole metric along.
_MOST_QUESTIONS = 12

# The metrics of which something follows, and all that sums tie to them.
_TOLD = "select metric_id from cells where is_told"
_KIN = f"""
    with recursive

    of_sums as (select distinct equation, metric_id from members inner join cells using (cell)),

    kin as (

        {_TOLD}
        union
        select others.metric_id
        from kin
        inner join of_sums on kin.metric_id = of_sums.metric_id
        inner join of_sums as others on of_sums.equation = others.equation

    )

    from kin
"""


def suppress(connection: duckdb.DuckDBPyConnection, values: str, fewest: int) -> str:
    """Make a temp table of the metric values as they may be published; return its query.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse; marts.dim_reason and its like are read where they are there.
    values : str
        Query of all metric values, with the columns of marts.metric_value.
    fewest : int
        k: customers that a figure must be about.

    Returns
    -------
    str
        Query with the same rows and one column more, is_suppressed; a suppressed row keeps its keys
        and loses its figures. Rows that are about no customers (`customers` is null) stay.

    Raises
    ------
    CxError
        If figures about few people cannot be hidden.
    """
    connection.execute(f"create or replace temp table all_values as {values}")
    make_cells(connection, fewest)
    make_wholes(connection)
    make_spans(connection)
    make_members(connection)
    hiding = Hiding(connection, fewest)
    hiding.hide_small()
    hiding.hide_more()
    questions = 0
    while _ask_what_follows(connection, fewest):
        questions += 1
        _hide_beside_told(hiding, is_patient=questions < _MOST_QUESTIONS)
        hiding.hide_more()
    emptied = ", ".join(f"case when not is_hidden then {name} end as {name}" for name in FIGURES)
    connection.execute(
        f"""
        create or replace temp table {SUPPRESSED} as
        select * exclude (is_hidden) replace ({emptied}), is_hidden as is_suppressed
        from (
            select all_values.*, coalesce(cells.is_hidden, false) as is_hidden
            from all_values
            left join cells
                using (metric_id, period_grain, period_start, dimension, dimension_value)
        )
        """
    )
    for table in (
        "all_values", "cells", "lines", "wholes", "spans", "members", "hidden_months", "known",
        "due", "chosen", "pending", "followed", "follows",
    ):  # fmt: skip
        connection.execute(f"drop table if exists {table}")
    return f"select * from {SUPPRESSED}"


def _ask_what_follows(connection: duckdb.DuckDBPyConnection, fewest: int) -> int:
    """Mark cells of few people that follow from all that is shown (`is_told`); return how many.

    After the first time only what hangs together with those found before is asked.
    """
    (is_again,) = connection.execute("select count(*) > 0 from followed").fetchone()
    members = connection.execute(
        f"""
        with

        known as (

            select
                members.equation,
                members.is_whole,
                cells.*,
                -- nobody publishes what is left over of a metric, or the edge of a month
                is_hidden or is_virtual or period_grain in {EDGES} as is_unknown
            from members
            inner join cells using (cell)

        ),

        equations as (

            select equation, bool_or(not is_unknown) as is_told_of from known
            group by equation
            having
                -- Of some metrics parts do not add up: medians, lines that changed their slice.
                (
                    max(abs(numerator)) > 0
                    and abs(sum(if(is_whole, -numerator, numerator)))
                    <= 1e-6 * max(abs(numerator))
                )
                or (
                    max(abs(denominator)) > 0
                    and abs(sum(if(is_whole, -denominator, denominator)))
                    <= 1e-6 * max(abs(denominator))
                )

        )

        select
            dense_rank() over (order by equation) - 1 as equation,
            dense_rank() over (order by cell) - 1 as unknown,
            if(is_whole, -1.0, 1.0) as sign,
            cell,
            is_told_of,
            people > 0 and people < $fewest as is_few,
            is_few and (not $again or cell in (from followed)) as is_asked
        from known
        inner join equations using (equation)
        where is_unknown
        """,
        {"fewest": fewest, "again": is_again},
    ).fetchnumpy()
    if not members["is_asked"].any():
        return 0
    # Here, for whoever releases nothing need not wait for scipy, nor have its threads.
    from cx.inference import cells_that_follow

    follows, told = cells_that_follow(members)
    connection.execute(
        "create or replace temp table follows as select unnest($cells::bigint[]) as cell",
        {"cells": follows},
    )
    connection.execute("insert into followed select unnest($told::bigint[])", {"told": told})
    connection.execute(
        "update cells set is_told = true where cell in (select unnest($told::bigint[]))",
        {"told": told},
    )
    return len(told)


def _hide_beside_told(hiding: Hiding, is_patient: bool) -> None:
    """Hide one more cell of every whole in which a cell of few follows from all that is shown.

    Where none is left there, it follows by way of others: then of every whole in which one
    does; then the metric, and at last those it is a sum of or adds up to. Of what is shown
    nowhere nothing follows.
    """
    is_hidden = is_patient and hiding.hide_beside()
    if is_patient and not is_hidden:
        hiding.connection.execute(
            """
            update cells set is_told = true
            where
                cell in (from follows)
                and metric_id in (select metric_id from cells where is_told)
            """
        )
        is_hidden = hiding.hide_beside()
    if not is_hidden and not hiding.hide_metrics(_TOLD) and not hiding.hide_metrics(_KIN):
        raise cannot_hide("some")
    hiding.connection.execute("update cells set is_told = false where is_told")
