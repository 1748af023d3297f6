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

That keeps every sum by itself from telling. What all of them tell together is then asked of linear
algebra (cx/inference.py), and more is hidden until no small cell follows.

The warehouse keeps every figure; only what is published is emptied.
"""

from __future__ import annotations

import duckdb

from cx.cells import BELOW_MONTHS, make_cells
from cx.errors import CxError
from cx.wholes import EDGES, make_members, make_spans, make_wholes

SUPPRESSED = "metric_value_published"
# What a hidden cell loses. Its keys, its period and its status say nothing of anybody.
FIGURES = ("numerator", "denominator", "value", "n", "ci_low", "ci_high", "customers", "is_low_n")
# After so many questions what still follows takes its whole metric along.
_MOST_QUESTIONS = 12


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
    hiding = _Hiding(connection, fewest)
    hiding.hide_small()
    hiding.hide_more()
    questions = 0
    while hiding.ask_what_follows():
        questions += 1
        hiding.hide_beside_told(is_patient=questions < _MOST_QUESTIONS)
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


# The hidden parts of a shown whole must be two, and about k customers together: as many as the
# largest of them has for sure, and as the whole has beyond the shown parts.
_GIVES_AWAY = """
    case
        when bool_and(not is_hidden) filter (is_whole)
            then hidden_parts > 0 and (hidden_parts < 2 or hidden_people < {fewest})
        else hidden_parts = 0 and any_value(customers) filter (is_whole) > 0
    end
"""
# The smallest part that counts somebody, for all weeks of a month that need one, if it can be a
# line that hides some week of it already; the whole where no part is left to hide.
_ONE_LINE = """
    line = first(line) over (
        partition by whole, by_what, first_month, grain
        order by is_whole, people = 0, not is_begun, people, customers, line
    )
"""
# Of a month the week nearest to a hidden one, so that lines which hide for each other go together;
# else an edge, else the month. A week across two months goes before its edges, which hide more.
_ONE_CELL = """
    cell = first(cell) over (
        partition by whole, by_what
        order by
            case when period_grain in ('day', 'week') then 0 when is_whole then 2 else 1 end,
            abs(period_start - hidden_on),
            not is_begun,
            people,
            cell
    )
"""
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
# First of months and weeks, of which fewer are left to hide for the sake of days then.
_KINDS = {"slices": _ONE_LINE, "spans": _ONE_CELL, "slices of days": _ONE_LINE, "days": _ONE_CELL}


class _Hiding:
    """The cells of a release, and how many times some have been hidden: `hidden_at` of a cell."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
        self.connection = connection
        self.fewest = fewest
        self.times = 0
        # When days were hidden, and anything longer; which sums of a kind were judged since.
        self.hidden_at = {"days": 0, "longer": 0}
        self.judged_at = dict.fromkeys(_KINDS, 0)

    def hide_small(self) -> None:
        """Hide small cells, and begin temp tables `hidden_months` (of a line) and `followed`."""
        self.connection.execute(
            f"""
            create or replace temp table hidden_months as
            select line, first_month from cells
            where is_small and not is_virtual and period_grain not in {BELOW_MONTHS};

            create or replace temp table followed (cell bigint);

            create or replace temp table pending (kind varchar, equation bigint)
            """
        )
        self._mark(f"is_small and (is_virtual or period_grain in {BELOW_MONTHS})")
        self._mark_months()

    def hide_more(self) -> None:
        """Hide one more cell of every whole that gives a hidden part away, until none does."""
        gives_away = _GIVES_AWAY.format(fewest=self.fewest)
        while any(self._hide_new(kind, gives_away) for kind in _KINDS):
            pass

    def hide_beside_told(self, is_patient: bool) -> None:
        """Hide one more cell of every whole in which a cell of few follows from all that is shown.

        Where none is left there, it follows by way of others: then of every whole in which one
        does; then the metric, and at last those it is a sum of or adds up to. Of what is shown
        nowhere nothing follows.
        """
        is_hidden = is_patient and self._hide_beside()
        if is_patient and not is_hidden:
            self.connection.execute(
                """
                update cells set is_told = true
                where
                    cell in (from follows)
                    and metric_id in (select metric_id from cells where is_told)
                """
            )
            is_hidden = self._hide_beside()
        if not is_hidden and not self._hide_metrics(_TOLD) and not self._hide_metrics(_KIN):
            raise _cannot_hide("some")
        self.connection.execute("update cells set is_told = false where is_told")

    def ask_what_follows(self) -> int:
        """Mark cells of few people that follow from all that is shown (`is_told`); return how many.

        After the first time only what hangs together with those found before is asked.
        """
        (is_again,) = self.connection.execute("select count(*) > 0 from followed").fetchone()
        members = self.connection.execute(
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
            {"fewest": self.fewest, "again": is_again},
        ).fetchnumpy()
        if not members["is_asked"].any():
            return 0
        # Here, for whoever releases nothing need not wait for scipy, nor have its threads.
        from cx.inference import cells_that_follow

        follows, told = cells_that_follow(members)
        self.connection.execute(
            "create or replace temp table follows as select unnest($cells::bigint[]) as cell",
            {"cells": follows},
        )
        self.connection.execute(
            "insert into followed select unnest($told::bigint[])", {"told": told}
        )
        self.connection.execute(
            "update cells set is_told = true where cell in (select unnest($told::bigint[]))",
            {"told": told},
        )
        return len(told)

    def _hide_beside(self) -> bool:
        # Every kind, whatever the first one hides.
        return any([self._hide(kind, "bool_or(is_told)", "is_told") for kind in _KINDS])

    def _hide_metrics(self, metrics: str) -> int:
        """Hide all of some metrics; return how many cells were shown."""
        self.times += 1
        count = self._mark(f"not is_hidden and not is_virtual and metric_id in ({metrics})")
        if count:
            self.hidden_at = dict.fromkeys(self.hidden_at, self.times)
        return count

    def _hide_new(self, kind: str, gives_away: str) -> int:
        """Hide a cell of every whole that gives away: of those in which one was hidden since."""
        since = self.judged_at[kind]
        of_days = self.hidden_at["days"] if kind in ("slices of days", "days") else 0
        if since > max(self.hidden_at["longer"], of_days):
            return 0
        count = self._hide(kind, gives_away, f"hidden_at >= {since}")
        # Another time for those of which no cell was hidden, too: it was not theirs.
        self.connection.execute(f"delete from pending where kind = '{kind}'")
        self.connection.execute(f"insert into pending select '{kind}', equation from due")
        self.judged_at[kind] = self.times + (not count)
        return count

    def _hide(self, kind: str, gives_away: str, is_new: str) -> int:
        """Hide a cell of every whole of a kind that gives away; return how many."""
        self.times += 1
        self._choose(kind, gives_away, is_new)
        ((count, days, months),) = self.connection.execute(
            f"""
            select
                count(*),
                count(*) filter (period_grain = 'day'),
                count(*) filter (period_grain not in {BELOW_MONTHS})
            from chosen
            """
        ).fetchall()
        if days:
            self.hidden_at["days"] = self.times
        if count > days:
            self.hidden_at["longer"] = self.times
        hidden = 0
        if count > months:
            hidden += self._mark(f"cell in (select cell from chosen where period_grain in {BELOW_MONTHS})")
        if months:
            self.connection.execute(
                f"""
                insert into hidden_months
                select distinct line, first_month from chosen
                where period_grain not in {BELOW_MONTHS}
                """
            )
            hidden += self._mark_months()
        if count and not hidden:
            raise _cannot_hide(count)
        return count

    def _mark_months(self) -> int:
        """Hide months, and periods of any other length by the month they begin in."""
        return self._mark(
            f"""
            not is_hidden and not is_virtual and period_grain not in {BELOW_MONTHS}
            and (line, first_month) in (from hidden_months)
            """
        )

    def _mark(self, is_due: str) -> int:
        ((count,),) = self.connection.execute(
            f"update cells set is_hidden = true, hidden_at = {self.times} where {is_due}"
        ).fetchall()
        return count

    def _choose(self, kind: str, gives_away: str, is_new: str) -> None:
        """Make temp tables `due`, the wholes that give away, and `chosen`, cells to hide of them."""
        self.connection.execute(
            f"""
            create or replace temp table known as
            with

            new_here as (

                select members.equation
                from members
                semi join (from cells where {is_new}) as new_cells using (cell)
                where members.kind = '{kind}'
                union
                select equation from pending
                where kind = '{kind}'

            )

            select members.*, cells.* exclude (cell)
            from members
            semi join new_here using (equation)
            inner join cells using (cell);

            create or replace temp table due as
            with

            judged as (

                select
                    equation,
                    any_value(by_what) as what,
                    any_value(place) as place,
                    min(period_start) filter (is_hidden and not is_whole) as hidden_on,
                    count(*) filter (
                        is_hidden and not is_whole and (customers > 0 or people > 0)
                    ) as hidden_parts,
                    greatest(
                        max(strength) filter (is_hidden and not is_whole),
                        any_value(people) filter (is_whole)
                        - coalesce(sum(people) filter (not is_hidden and not is_whole), 0)
                    ) as hidden_people,
                    {gives_away} as gives_away
                from known
                group by equation

            )

            select equation, what, place, hidden_on
            from judged
            where gives_away;

            create or replace temp table chosen as
            with

            begun as (

                select distinct line, first_month from cells
                where is_hidden and not is_virtual and period_grain in {BELOW_MONTHS}

            ),

            -- Causes of all exits after those of a sum of some: what is hidden for the sum counts
            -- for all too. The other way round a second cause went, and the voluntary exits.
            first_due as (

                from due
                qualify
                    what <> 'causes of M28'
                    or not bool_or(starts_with(what, 'causes of') and what <> 'causes of M28')
                        over (partition by place)

            ),

            left_to_hide as (

                select
                    known.*,
                    first_due.hidden_on,
                    case
                        when period_grain in {BELOW_MONTHS[1:]} then 'week' else period_grain
                    end as grain,
                    (line, first_month) in (from begun) as is_begun
                from known
                inner join first_due using (equation)
                where not is_hidden and not is_virtual and customers > 0

            )

            select cell, line, first_month, period_grain
            from left_to_hide
            qualify {_KINDS[kind]}
            """
        )


def _cannot_hide(figures: int | str) -> CxError:
    return CxError(
        f"publish: {figures} figures about few people cannot be hidden, so nothing is released; "
        "the last release is still served; report this with the ids of the newest metrics"
    )
