"""Promise 38: no published figure is about fewer than k customers, alone or by a difference."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from cx import suppression
from cx.cells import COUNTING_PEOPLE
from cx.errors import CxError
from cx.hiding import Hiding
from cx.suppression import suppress
from tests.differencing import DIFFERENCES, KEYS, recovered

K = 10
AREA_OF = {"slow": "fault", "dead": "fault", "late bill": "bill", "wrong bill": "bill"}
TREES = {("reason", "reason_area"): AREA_OF}
# People with a few contacts each; those who left, and why. Sizes are such that cells of every
# kind are small: segments, reasons, days, causes.
PEOPLE = """
create temp table people as
select
    i as customer,
    case when i % 41 = 0 then 'wholesale' when i % 5 = 0 then 'business' else 'consumer' end
    as segment,
    case when i % 13 = 0 then 'east' when i % 3 = 0 then 'north' else 'south' end as region,
    ['broadband', 'mobile', 'tv', 'voice'][1 + (hash(i, 'family') % 100)::int // 30] as family
from range($people) as those(i)
"""
CONTACTS = """
create temp table contacts as
select
    people.*,
    ['slow', 'dead', 'late bill', 'wrong bill'][1 + (hash(customer, i, $seed) % 23 // 6)::int]
    as reason,
    date '2026-08-17' + (hash(i, customer, $seed) % 35)::int as day,
    (hash(customer, i, 'settled') % 3 = 0)::int as settled
from people
cross join range(4) as those(i)
where hash(customer, i, $seed, 'calls') % 3 = 0
"""
EXITS = """
create temp table exits as
select
    people.*,
    case hash(customer, $seed) % 10
        when 0 then 'fraud' when 1 then 'deceased' when 2 then 'move_out' when 3 then 'non_pay'
        when 4 then 'unknown' when 5 then 'cancel_other' else 'port_out'
    end as cause,
    date '2026-08-17' + (hash(customer, $seed, 'day') % 35)::int as day
from people
where hash(customer, $seed, 'leaves') % 4 = 0
"""
GRAINS = ("month", "week", "day")
BASE = ("all", "segment", "region", "family")
PAIRS = ("segment+family", "segment+region", "family+region")
KINDS = {
    "M28": "true",
    "M29v": "cause in ('port_out', 'cancel_other')",
    "M29w": "cause in ('port_out', 'cancel_other', 'move_out')",
    "M29i": "cause in ('non_pay', 'fraud', 'deceased', 'operator')",
    "M31": "cause = 'port_out'",
}


def value_of(dimension: str) -> str:
    """Return the SQL of what a cell of a dimension, or of a pair of them, is called."""
    return "'all'" if dimension == "all" else " || ' + ' || ".join(dimension.split("+"))


def metric_values(people: int, seed: int) -> duckdb.DuckDBPyConnection:
    """Return a connection with the true cells in table `cells`, as marts.metric_value has them."""
    connection = duckdb.connect(config={"threads": "1"})
    connection.execute(PEOPLE, {"people": people})
    connection.execute(CONTACTS, {"seed": seed})
    connection.execute(EXITS, {"seed": seed})
    connection.execute("create schema marts")
    connection.execute("create table marts.dim_reason (reason varchar, reason_area varchar)")
    connection.executemany("insert into marts.dim_reason values (?, ?)", list(AREA_OF.items()))
    connection.execute(
        "alter table contacts add column reason_area varchar; update contacts set "
        "reason_area = (select reason_area from marts.dim_reason as tree "
        "where tree.reason = contacts.reason)"
    )
    queries = []
    for grain in GRAINS:
        starts = f"(select distinct date_trunc('{grain}', day)::date as start from contacts)"
        for dimension in (*BASE, "reason", "reason_area", *PAIRS * (grain == "month")):
            value = value_of(dimension)
            queries.append(
                f"select 'M07', '{grain}', date_trunc('{grain}', day)::date, '{dimension}', "
                f"{value}, sum(settled), count(*), count(distinct customer) "
                "from contacts group by all"
            )
        # Over every cell of the base: a cell without an exit is 0, not missing.
        for metric, those in KINDS.items():
            for dimension in (*BASE, *PAIRS * (grain == "month")):
                value = value_of(dimension)
                queries.append(
                    f"select '{metric}', '{grain}', start, '{dimension}', {value}, "
                    f"count(*) filter ({those} and date_trunc('{grain}', day) = start), "
                    "count(distinct customer), count(distinct customer) "
                    f"from {starts} cross join people "
                    "left join exits using (customer, segment, region, family) group by all"
                )
        queries.append(
            f"select 'M29', '{grain}', start, 'exit_cause', cause, "
            f"count(*) filter (date_trunc('{grain}', day) = start), any_value(size), "
            f"any_value(size) from {starts} cross join exits "
            "cross join (select count(*) as size from people) group by all"
        )
    connection.execute(
        "create table cells as select metric_id, period_grain, period_start, dimension, "
        "dimension_value, numerator::double as numerator, denominator::double as denominator, "
        "numerator / denominator as value, denominator::bigint as n, 0.1 as ci_low, "
        f"0.9 as ci_high, customers, false as is_low_n from ({' union all '.join(queries)}) "
        "as told (metric_id, period_grain, period_start, dimension, dimension_value, numerator, "
        "denominator, customers)"
    )
    return connection


def attacked(
    connection: duckdb.DuckDBPyConnection, published: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells as published, and those of the hidden ones that were recovered."""
    private = connection.execute("select * from cells").df()
    shown = connection.execute(published).df()
    found = recovered(private, shown, TREES)
    # That nobody of many left is no small cell; nor is what is hidden for another's sake.
    people = found["customers"].where(~found["metric_id"].isin(COUNTING_PEOPLE), found["numerator"])
    return shown, found[people.between(1, K - 1)]


@pytest.mark.parametrize(("people", "seed"), [(60, 1), (400, 3), (900, 4)])
def test_promise_38_no_hidden_cell_follows_from_shown_ones(people, seed):
    connection = metric_values(people, seed)
    shown, found = attacked(connection, suppress(connection, "select * from cells", K))
    assert shown["is_suppressed"].any()
    assert found[[*KEYS, "numerator"]].to_dict("records") == []


def test_promise_38_the_attack_finds_what_a_threshold_alone_gives_away():
    connection = metric_values(400, 3)
    alone = (
        "select *, (customers between 1 and 9) or (numerator between 1 and 9 and "
        f"metric_id in {COUNTING_PEOPLE}) as is_suppressed from cells"
    )
    shown, found = attacked(connection, alone)
    assert len(found) > 0.05 * shown["is_suppressed"].sum()


@pytest.mark.parametrize(("people", "seed"), [(900, 4), (3000, 5)])
def test_promise_38_no_difference_of_two_metrics_counts_fewer_than_k(people, seed):
    connection = metric_values(people, seed)
    shown = connection.execute(suppress(connection, "select * from cells", K)).df()
    wide = shown.pivot_table(index=KEYS[1:], columns="metric_id", values="numerator", dropna=False)
    assert wide["M28"].notna().any()
    for whole, part in DIFFERENCES:
        left_over = (wide[whole] - wide[part]).dropna()
        assert left_over[(left_over > 0) & (left_over < K)].empty, (whole, part)


@pytest.mark.parametrize(("people", "seed"), [(150, 2), (900, 4)])
def test_promise_38_no_shown_cell_and_no_rest_is_about_fewer_than_k(people, seed):
    connection = metric_values(people, seed)
    connection.execute(f"create table shown as {suppress(connection, 'select * from cells', K)}")
    bare = connection.execute(
        "select * from shown where not is_suppressed and (customers between 1 and 9 or "
        f"(metric_id in {COUNTING_PEOPLE} and numerator between 1 and 9))"
    ).fetchall()
    assert bare == []
    # whoever is in the hidden parts of a shown whole: the true people, not the sum of the counts
    for dimension in ("segment", "region", "reason", "reason_area"):
        for grain in GRAINS:
            few = connection.execute(
                f"""
                select whole.period_start, count(distinct customer) as people
                from shown as whole
                inner join contacts
                    on date_trunc('{grain}', contacts.day) = whole.period_start
                inner join shown as part
                    on
                        part.metric_id = 'M07' and part.period_grain = '{grain}'
                        and part.dimension = '{dimension}'
                        and part.dimension_value = contacts.{dimension}
                        and part.period_start = whole.period_start
                where
                    whole.metric_id = 'M07' and whole.period_grain = '{grain}'
                    and whole.dimension = 'all' and not whole.is_suppressed
                    and part.is_suppressed
                group by all
                having people < {K}
                """
            ).fetchall()
            assert few == [], (dimension, grain)


def test_promise_38_a_hidden_cell_keeps_its_keys_and_loses_every_figure():
    connection = metric_values(150, 2)
    hidden = connection.execute(
        f"select * from ({suppress(connection, 'select * from cells', K)}) where is_suppressed"
    ).df()
    assert len(hidden)
    figures = [name for name in hidden.columns if name not in (*KEYS, "is_suppressed")]
    assert hidden[figures].isna().all().all()
    assert hidden[KEYS].notna().all().all()


def test_promise_38_who_left_from_no_known_region_does_not_follow_from_the_regions():
    connection = duckdb.connect()
    cells = [("all", "all", 30, 400), ("region", "north", 14, 200), ("region", "south", 15, 200),
             ("region", "unknown", 1, 0)]  # fmt: skip
    connection.execute(
        "create table cells as select 'M31' as metric_id, 'month' as period_grain, "
        "date '2026-01-01' as period_start, dimension, dimension_value, "
        "numerator::double as numerator, customers::double as denominator, 0.5 as value, "
        "customers as n, 0.1 as ci_low, 0.9 as ci_high, customers, false as is_low_n "
        f"from (values {', '.join(map(str, cells))}) "
        "as told (dimension, dimension_value, numerator, customers)"
    )
    shown, found = attacked(connection, suppress(connection, "select * from cells", K))
    assert found.empty
    hidden = set(shown["dimension_value"][shown["is_suppressed"]])
    assert "unknown" in hidden and "all" not in hidden


def test_promise_38_figures_about_no_customers_are_never_hidden():
    connection = duckdb.connect()
    connection.execute(
        "create table cells as select 'M48' as metric_id, 'total' as period_grain, "
        "date '2026-01-01' as period_start, 'edge' as dimension, 'a' as dimension_value, "
        "1.0 as numerator, 2.0 as denominator, 0.5 as value, 2 as n, 0.1 as ci_low, "
        "0.9 as ci_high, cast(null as bigint) as customers, true as is_low_n"
    )
    rows = connection.execute(suppress(connection, "select * from cells", K)).df()
    assert rows["is_suppressed"].tolist() == [False]
    assert rows["value"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("small_day", "hidden_days", "hidden_weeks"),
    [
        # within a week of its month: a day beside it, lest the week less its others tell
        ("2026-09-10", ["2026-09-09", "2026-09-10"], []),
        # a Monday, the last of its month: what August has beyond its whole weeks is this day, so a
        # week of August goes with it, and the week it lies in
        ("2026-08-31", ["2026-08-03", "2026-08-31"], ["2026-08-03", "2026-08-31"]),
    ],
)
def test_promise_38_one_small_day_hides_a_day_beside_it_and_weeks_where_they_tell_it(
    small_day, hidden_days, hidden_weeks
):
    connection = duckdb.connect()
    connection.execute(
        """
        create table cells as
        with days as (
            select unnest(range(date '2026-08-03', date '2026-09-28', interval 1 day))::date as day
        ),
        told as (
            select day, part, if(part = 'a' and day = $small::date, 5, 50) as people
            from days cross join (values ('a'), ('b'), ('c')) as parts(part)
        ),
        summed as (
            select grain, date_trunc(grain, day)::date as period_start, part, sum(people) as people
            from told cross join (values ('day'), ('week'), ('month')) as grains(grain)
            group by grouping sets ((grain, period_start, part), (grain, period_start))
        )
        select
            'M05' as metric_id, grain as period_grain, period_start,
            if(part is null, 'all', 'segment') as dimension,
            coalesce(part, 'all') as dimension_value,
            people::double as numerator, 1.0 as denominator, people::double as value,
            people::bigint as n, 0.1 as ci_low, 0.9 as ci_high, people::bigint as customers,
            false as is_low_n
        from summed
        """,
        {"small": small_day},
    )
    connection.execute(f"create table shown as {suppress(connection, 'select * from cells', K)}")

    def hidden(grain: str, part: str) -> set[str]:
        return {
            str(start)
            for (start,) in connection.execute(
                "select period_start from shown where period_grain = ? and dimension_value = ? "
                "and is_suppressed",
                [grain, part],
            ).fetchall()
        }

    assert hidden("day", "a") == set(hidden_days)
    assert hidden("week", "a") == set(hidden_weeks)
    assert hidden("month", "a") == hidden("month", "b") == hidden("day", "all") == set()
    # the days and weeks of another segment, lest they follow from the whole
    for grain in ("day", "week"):
        assert hidden(grain, "b") | hidden(grain, "c") == hidden(grain, "a")


def test_promise_38_a_week_hidden_for_anothers_sake_does_not_follow_from_its_days():
    # Of few is a's Wednesday of 9 September, and so its week. For the day c goes with it, which is
    # the smaller then, for the week b: were b's days told, its week would be, and a's with it.
    connection = duckdb.connect()
    connection.execute(
        """
        create table cells as
        with days as (
            select unnest(range(date '2026-09-07', date '2026-09-28', interval 1 day))::date as day
        ),
        told as (
            select
                day,
                part,
                case part
                    when 'a' then if(isodow(day) = 3, if(day = date '2026-09-09', 5, 50), 0)
                    when 'b' then if(isodow(day) = 3, 60, 0)
                    else 45
                end as people
            from days cross join (values ('a'), ('b'), ('c')) as parts(part)
        )
        select
            'M05' as metric_id, grain as period_grain, date_trunc(grain, day)::date as period_start,
            if(part is null, 'all', 'segment') as dimension,
            coalesce(part, 'all') as dimension_value,
            sum(people)::double as numerator, 1.0 as denominator, 1.0 as value, 1::bigint as n,
            0.1 as ci_low, 0.9 as ci_high, sum(people)::bigint as customers, false as is_low_n
        from told cross join (values ('day'), ('week'), ('month')) as grains(grain)
        group by grouping sets ((grain, period_start, part), (grain, period_start))
        """
    )
    shown, found = attacked(connection, suppress(connection, "select * from cells", K))
    assert shown[shown["is_suppressed"]]["period_grain"].isin(["week"]).any()
    assert found.empty


def test_promise_38_a_figure_over_all_time_is_hidden_like_one_of_a_month():
    connection = duckdb.connect()
    connection.execute(
        """
        create table cells as
        select
            'M43' as metric_id, 'total' as period_grain, date '2026-11-01' as period_start,
            dimension, dimension_value, 1.0 as numerator, 1.0 as denominator, 1.0 as value,
            people as n, 0.1 as ci_low, 0.9 as ci_high, people as customers, false as is_low_n
        from (
            values
                ('all', 'all', 355), ('family', 'a', 5), ('family', 'b', 50), ('family', 'c', 300)
        ) as told(dimension, dimension_value, people)
        """
    )
    rows = connection.execute(suppress(connection, "select * from cells", K)).fetchdf()
    hidden = rows.loc[rows["is_suppressed"], "dimension_value"]
    assert sorted(hidden) == ["a", "b"]


def test_promise_38_hiding_that_gets_nowhere_stops_the_release(monkeypatch):
    connection = metric_values(900, 4)
    monkeypatch.setattr(Hiding, "_mark_months", lambda hiding: 0)
    with pytest.raises(CxError, match="cannot be hidden, so nothing is released"):
        suppression.suppress(connection, "select * from cells", K)


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (Hiding, "hide_beside", lambda hiding: False),
        (suppression, "_MOST_QUESTIONS", 0),
    ],
    ids=["with nothing left beside it", "asked too often"],
)
def test_promise_38_what_follows_in_spite_of_what_is_hidden_beside_it_takes_its_metric_along(
    monkeypatch, place, name, value
):
    connection = metric_values(900, 4)
    monkeypatch.setattr(place, name, value)
    shown, found = attacked(connection, suppress(connection, "select * from cells", K))
    assert found.empty
    gone = shown.groupby("metric_id")["is_suppressed"].all()
    assert gone.any() and not gone.all()


def hidden_of(rows: list[tuple]) -> set[tuple]:
    """Suppress rows of grain, start, slice of a segment, numerator and denominator (customers)."""
    connection = duckdb.connect()
    connection.execute(
        "create table told (grain varchar, start date, part varchar, made double, people double)"
    )
    connection.executemany("insert into told values (?, ?, ?, ?, ?)", rows)
    published = suppress(
        connection,
        "select 'M27b' as metric_id, grain as period_grain, start as period_start, "
        "if(part = 'all', 'all', 'segment') as dimension, part as dimension_value, "
        "made as numerator, people as denominator, made / people as value, people::bigint as n, "
        "0.1 as ci_low, 0.9 as ci_high, people::bigint as customers, false as is_low_n from told",
        K,
    )
    return set(
        connection.execute(
            f"select period_grain, period_start::varchar, dimension_value from ({published}) "
            "where is_suppressed"
        ).fetchall()
    )


def test_promise_38_noughts_that_add_up_do_not_say_that_people_do():
    # A week of 14 whose days tell of 12, the two of b on no day: nothing but noughts adds up. Were
    # that taken for a sum, b would follow from the days, and c would go for its sake.
    week, other, days = "2026-08-03", "2026-08-10", ["2026-08-04", "2026-08-05"]
    rows = [
        ("week", week, part, 0, people) for part, people in zip("abc", (30, 2, 31), strict=True)
    ]
    rows += [
        ("week", week, "all", 0, 63),
        ("week", other, "all", 0, 60),
        ("week", other, "a", 0, 60),
    ]
    rows += [
        ("day", day, part, 0, people) for day in days for part, people in (("all", 30), ("a", 30))
    ]
    hidden = hidden_of(rows)
    assert {("week", week, "b"), ("week", week, "a")} <= hidden
    assert not {("week", week, "all"), ("week", week, "c"), ("week", other, "a")} & hidden


def test_promise_38_nothing_follows_where_nothing_is_shown():
    # All are few. By numerators the week is its days, by people its slices: together they say that
    # b is none, which no figure tells, for none is shown.
    week, day = "2026-08-03", "2026-08-04"
    rows = [("week", week, "all", 3, 7), ("week", week, "a", 3, 5), ("week", week, "b", 4, 2)]
    rows += [("day", day, "all", 3, 6), ("day", day, "a", 3, 6)]
    assert hidden_of(rows) == {(grain, start, part) for grain, start, part, *_ in rows}


def test_promise_38_few_frauds_do_not_hide_those_who_left_of_their_own_will():
    # 2026-10: of involuntary causes three are of few; the fourth goes with them, and no other.
    exits = {"port_out": 119, "inactive": 79, "cancel_other": 77, "non_pay": 36, "move_out": 19,
             "operator": 6, "deceased": 2, "fraud": 1}  # fmt: skip
    involuntary = ("non_pay", "operator", "deceased", "fraud")
    own_will = exits["port_out"] + exits["cancel_other"]
    counted = [("M29", "exit_cause", cause, count) for cause, count in exits.items()] + [
        ("M28", "all", "all", sum(exits.values())),
        ("M29i", "all", "all", sum(exits[cause] for cause in involuntary)),
        ("M29v", "all", "all", own_will),
        ("M29w", "all", "all", own_will + exits["move_out"]),
        ("M31", "all", "all", exits["port_out"]),
    ]
    connection = duckdb.connect()
    connection.execute(
        "create table cells (metric_id varchar, dimension varchar, dimension_value varchar, "
        "numerator double)"
    )
    connection.executemany("insert into cells values (?, ?, ?, ?)", counted)
    told = connection.execute(
        suppress(
            connection,
            "select *, 'month' as period_grain, date '2026-10-01' as period_start, "
            "20000.0 as denominator, numerator / 20000 as value, 20000::bigint as n, "
            "0.1 as ci_low, 0.9 as ci_high, 12000::bigint as customers, false as is_low_n "
            "from cells",
            K,
        )
    ).df()
    hidden = set(told[told["is_suppressed"]]["dimension_value"])
    assert hidden == set(involuntary)
