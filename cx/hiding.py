"""Hiding cells of a release until no sum by itself gives a small one away."""

from __future__ import annotations

import duckdb

from cx.cells import BELOW_MONTHS
from cx.errors import CxError

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
# First of months and weeks, of which fewer are left to hide for the sake of days then.
_KINDS = {"slices": _ONE_LINE, "spans": _ONE_CELL, "slices of days": _ONE_LINE, "days": _ONE_CELL}


class Hiding:
    """The cells of a release, and how many times some have been hidden: `hidden_at` of a cell."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
        """Take the connection that holds temp tables `cells` and `members`, and k."""
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

    def hide_beside(self) -> bool:
        """Hide one more cell of every whole in which a cell is_told; return if any was left."""
        # Every kind, whatever the first one hides.
        return any([self._hide(kind, "bool_or(is_told)", "is_told") for kind in _KINDS])

    def hide_metrics(self, metrics: str) -> int:
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
            hidden += self._mark(
                f"cell in (select cell from chosen where period_grain in {BELOW_MONTHS})"
            )
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
            raise cannot_hide(count)
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
        """Make temp tables `due` (the wholes that give away) and `chosen` (cells to hide)."""
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


def cannot_hide(figures: int | str) -> CxError:
    """Return the error of a release that would tell of few people."""
    return CxError(
        f"publish: {figures} figures about few people cannot be hidden, so nothing is released; "
        "the last release is still served; report this with the ids of the newest metrics"
    )
