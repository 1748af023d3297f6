"""The models' SQL says the same on DuckDB and on a Spark cluster, though one worker is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

pytest.importorskip("sqlglot", reason="sqlglot is not installed (the extra `spark`)")

from benchmarks.cluster import SMALL, compared
from benchmarks.spark_cluster import cluster, why_not
from cx.cli import main
from cx.settings import REPO, Settings
from cx.spark_build import Compiled, Model, run, session
from cx.spark_sql import Recursion, Translator
from cx.spark_words import Untranslatable

EVENTS = """
create table main.events as
from (values
    (1, 'ada', timestamp '2026-01-01 10:00:00.25', date '2026-01-31', 10.5000, 2.675, true, 'x'),
    (2, 'ada', timestamp '2026-01-03 09:30:00', date '2026-02-28', 0.3333, 0.285, false, null),
    (3, 'bob', timestamp '2026-01-03 09:30:00', date '2025-12-29', null, 1e-7, null, 'x'),
    (4, null, timestamp '2026-03-01 00:00:00', date '2026-03-01', 7.0000, -2.5, true, 'y'),
    (5, 'bob', null, null, 2.0001, 87.65432109876543, false, 'z'),
    (6, 'ada', timestamp '2026-02-01 23:59:59.999999', date '2026-01-01', 1.0000, 9.5, true, 'x')
) as told(id, who, happened_at, day, amount, score, is_good, code);
alter table main.events alter amount type decimal(18, 4);
alter table main.events alter score type double;
"""
EDGES = """
create table main.edges as
from (values ('a', 'b'), ('b', 'c'), ('c', 'a'), ('c', 'd'), ('x', 'x')) as told(low, high)
"""
CASES = {
    "a star leaves out, says otherwise and adds": """
        select * exclude (code) replace (id + 1 as id), id * 2 as twice from main.events""",
    "a union by name fills what one side lacks": """
        select id, who from main.events union all by name
        select 'w' as who, 1.5 as price union all by name select id, code from main.events""",
    "a plain union matches by place, one by name does not": """
        select id as a, -id as b from main.events union all select id as b, 100 * id as a
        from main.events
        union all by name select -id as b, id as a from main.events
        union all select 1000 as b, unnest([1, 2]) as a""",
    "an alias is used beside, in the condition and in the groups": """
        select coalesce(who, 'nobody') as name, name || '!' as shout
        from main.events where name <> 'ada' and shout <> 'x'
        union all
        select coalesce(code, 'none') as kind, cast(count(*) as varchar)
        from main.events group by kind""",
    "a named window is built on another and a window filters": """
        select id, max(score) over earlier as before_it,
            count(*) filter (where is_good) over told as good,
            count(*) filter (where is_good) over earlier as good_before
        from main.events
        window told as (partition by who order by id),
            earlier as (told rows between unbounded preceding and 1 preceding)""",
    "rows are kept by a window": """
        select * from main.events
        qualify row_number() over (partition by who order by id desc) = 1""",
    "groups are kept by a window": """
        select who, greatest(code, 'x') as most, max(score) as top from main.events
        group by who, greatest(code, 'x')
        qualify row_number() over (partition by who order by greatest(code, 'x')) = 1""",
    "the latest row before a moment": """
        with moments as (select unnest([date '2026-01-02', date '2026-02-15']) as day)
        select moments.day, events.id from moments
        asof inner join main.events
            on moments.day + interval 1 day > events.happened_at and 'ada' = events.who""",
    "lists become rows, other columns speak of them": """
        select id, unnest(range(id)) as step, step * 2 as twice, each_part.part
        from main.events
        cross join lateral (select unnest([who, code]) as part) as each_part""",
    "a list of structs becomes rows and columns": """
        select unnest([{'a': id, 'b': who}, {'a': -id, 'b': code}], recursive := true), score
        from main.events""",
    "a struct found by an order becomes columns": """
        select who, unnest(arg_max({'a': id, 'b': code}, id)) from main.events group by who""",
    "a series that ends before it starts has no members": """
        select id, cast(unnest(generate_series(
            date_trunc('month', happened_at), cast(day as timestamp), interval 1 day
        )) as date) as each_day from main.events""",
    "the least and the most pass over what is not known": """
        select who, arg_min(code, score) as least, arg_max(code, score) as most,
            arg_max_null(code, score) as most_or_null,
            arg_min(id, (score, id)) filter (where is_good) as good
        from main.events group by who""",
    "rows are told apart by what is null where": """
        select count(distinct hash(one, other)) as n from (
            select who as one, cast(null as varchar) as other from main.events
            union all select null, who from main.events
        )""",
    "a quotient is a double, by nought infinite": """
        select id, id / 4 as a, amount / 3 as b, score / (id - 2) as c, id // 4 as d, id % 4 as e,
            id / nullif(id - 3, 0) as f from main.events""",
    "rounding goes away from nought": """
        select id, round(score, 2) as a, round(score) as b, round(amount, 1) as c,
            cast(score as integer) as d, cast(amount as integer) as e,
            cast(score as decimal(18, 12)) as f, cast(score * score as decimal(20, 12)) as g,
            round(score, greatest(6, id)) as h, round(-score, 2) as i,
            round(score * 1e300, 2) as j, round(score / nullif(id - id, 1), 2) as k,
            round(score + 123456789012345, 1) as l from main.events""",
    "days and moments are counted alike": """
        select id, day + 3 as a, day - date '2026-01-01' as b, day + interval 1 day as c,
            date_diff('day', happened_at, timestamp '2026-02-01') as d,
            date_diff('second', happened_at, timestamp '2026-02-01') as e,
            date_diff('month', happened_at, timestamp '2026-12-01') as o,
            date_diff('month', day, date '2025-03-31') as p,
            epoch(happened_at) as f, epoch_ms(happened_at) as g, happened_at + to_days(7) as h,
            happened_at - to_months(1) as i, isodow(day) as j, strftime(day, '%Y%m%d') as k,
            cast(date_trunc(unit, happened_at) as date) as l,
            happened_at < coalesce(null, timestamp 'infinity') as m,
            happened_at - lag(happened_at) over (order by id) < to_days(7) as n
        from (select *, if(id = 1, 'week', 'month') as unit from main.events)""",
    "a list keeps its order": """
        select who, list(code order by is_good desc, id) as a, list(distinct code order by code)
            filter (where code is not null) as b, len(list(id)) as c,
            string_agg(distinct code, ',' order by code) as d
        from main.events where code is not null and is_good is not null group by who""",
    "quantiles, the most frequent and the product": """
        select quantile_disc(day, 0.7) as a, quantile_disc(score, 0.5) as b,
            mode(code order by code) as c, cast(product(id) as bigint) as d,
            median(id) as e, any_value(code) as f
        from main.events where code = 'x'""",
    "several quantiles at once": """
        select who, told[1] as a, round(told[2] / 60, 6) as b from (
            select who, quantile_cont(cast(id as integer), [0.5, 0.9])
                filter (where code is not null) as told
            from main.events group by who
        )""",
    "sets of groups": """
        select case when grouping(who) = 0 then 'who' else 'all' end as cut, who, code,
            count(*) as n from main.events group by grouping sets ((), (who), (who, code))""",
    "a whole row is a value": """
        select who, arg_max(events, id).code as last_code from main.events group by who""",
    "who is not among others": """
        select * from main.events as one
        anti join (select who from main.events where code = 'y' or who = 'bob') as other
            on one.who = other.who
        where exists (select 1 from main.events as e where e.id = one.id + 1)""",
    "a way is followed to its end, round a ring": """
        with ways as (
            select * from (
                with recursive walk(low, high, steps) using key (low, high) as (
                    select low, high, 1 as steps from main.edges
                    union
                    select new.low, new.high, new.steps from (
                        select walk.low, edges.high, min(walk.steps + 1) as steps
                        from walk inner join main.edges as edges on walk.high = edges.low
                        group by walk.low, edges.high
                    ) as new
                    anti join recurring.walk as known
                        on new.low = known.low and new.high = known.high
                )
                select * from walk
            )
        )
        select * from ways""",
}


@pytest.fixture(scope="module")
def compiled_cases(tmp_path_factory) -> tuple[Path, list[Model]]:
    """A DuckDB file with what it makes of each case, and the cases in Spark's words."""
    path = tmp_path_factory.mktemp("cases") / "duck.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(EVENTS)
        connection.execute(EDGES)
        for number, sql in enumerate(CASES.values()):
            connection.execute(f"create table main.case_{number} as {sql}")
    with duckdb.connect(str(path), read_only=True) as connection:
        translator = Translator(connection)
        return path, [
            Model(
                told,
                f"main.case_{number}",
                translator.translated(sql, translator.columns(f"main.case_{number}")),
                [],
            )
            for number, (told, sql) in enumerate(CASES.items())
        ]


@pytest.fixture(scope="module")
def differing(compiled_cases, tmp_path_factory) -> Iterator[dict[str, tuple]]:
    """What two workers, of which one is killed half-way, make of each case beside DuckDB."""
    lacking = why_not()
    if lacking:
        pytest.skip(lacking)
    path, models = compiled_cases
    folder = tmp_path_factory.mktemp("spark")
    settings = Settings(home=folder / "home")
    inputs = folder / "home" / "spark" / "inputs" / "main"
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in ("events", "edges"):
            (inputs / table).mkdir(parents=True)
            connection.sql(f"from main.{table}").write_parquet(str(inputs / table / "0.parquet"))
    built: list[str] = []
    with cluster(folder / "cluster") as running:
        spark = session(settings, running.master, SMALL)

        def told(name: str) -> None:
            built.append(name)
            if len(built) == len(models) // 2:
                running.kill_worker()

        try:
            run(spark, settings, Compiled(["main.edges", "main.events"], models), told=told)
        finally:
            spark.stop()
        assert running.workers[0].poll() is not None and running.workers[1].poll() is None
    tables = str(folder / "home" / "spark" / "tables")
    found = compared(path, tables, models)
    by_table = {table: rest for table, *rest in found}
    yield {model.name: tuple(by_table[model.table]) for model in models}


@pytest.mark.parametrize("sentence", CASES)
def test_both_engines_say(sentence: str, differing: dict[str, tuple]) -> None:
    duck, spark, rows, columns = differing[sentence]
    assert duck == spark > 0
    assert rows == 0, columns


def test_a_recursion_is_followed_step_by_step(compiled_cases) -> None:
    _, models = compiled_cases
    found = [part for part in models[-1].sql.parts if isinstance(part, Recursion)]
    assert [(part.keys, "walk" in part.step) for part in found] == [(["low", "high"], True)]


def test_without_spark_the_command_says_what_to_install(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("cx.spark_build.find_spec", lambda name: None)
    assert main(["--home", str(tmp_path), "build", "--target", "spark"]) == 2
    assert "pip install" in capsys.readouterr().err


def test_columns_come_in_the_order_of_the_table() -> None:
    with duckdb.connect() as connection:
        connection.execute(EVENTS)
        told = Translator(connection).translated(
            "select id, who as name from main.events", [("name", "VARCHAR"), ("id", "BIGINT")]
        )
    assert told.select == (
        "SELECT name, id FROM (SELECT CAST(id AS BIGINT) AS `id`, CAST(who AS STRING) AS `name` "
        "FROM main.events) AS side"
    )


def test_a_construct_without_a_rule_stops_the_translation() -> None:
    with duckdb.connect() as connection:
        connection.execute(EVENTS)
        with pytest.raises(Untranslatable, match="two lists"):
            Translator(connection).translated(
                "select unnest([1]) as a, unnest([2, 3]) as b from main.events"
            )


@pytest.mark.long
def test_every_model_is_equal_on_a_cluster_that_loses_a_worker(tmp_path) -> None:
    if lacking := why_not():
        pytest.skip(lacking)
    command = [sys.executable, "-m", "benchmarks.cluster", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=REPO, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "killed worker" in done.stdout
