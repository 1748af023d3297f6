"""What we knew on a day: every metric as it was to be published then, beside what it is now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from cx.build import models_at_once, run_dbt
from cx.errors import CheckFailed, UserError
from cx.settings import Settings
from cx.warehouse import connected, reading

_SHOWN = 12
_KEY = "metric_id, period_grain, period_start, dimension, dimension_value"
_RESTATED = f"""
    create or replace table marts.metric_restatement as
    with

    were as (

        select * from marts.metric_value
        where period_end <= $day

    ),

    compared as (

        select
            {_KEY},
            were.value as value_then,
            are.value as value_now,
            were.numerator as numerator_then,
            are.numerator as numerator_now,
            were.denominator as denominator_then,
            are.denominator as denominator_now,
            were.n as n_then,
            are.n as n_now,
            were.status as status_then,
            are.status as status_now
        from were
        full outer join (
            select * from warehouse_now.marts.metric_value
            where period_end <= $day
        ) as are using ({_KEY})

    )

    select
        *,
        (value_then, numerator_then, denominator_then, n_then)
        is distinct from (value_now, numerator_now, denominator_now, n_now) as is_restated
    from compared
"""


def restated(settings: Settings, day: date, *, keep: bool) -> Iterator[str]:
    """Build the metrics from what was known by the end of a day; yield what has changed since.

    Everything is derived from raw rows with known_at before the next midnight (UTC), by the same
    models. What a corrected delivery of the same name took back is not in raw any more, so that
    one kind of change cannot be seen; releases kept from that time show it.

    Parameters
    ----------
    keep : bool
        Keep the file in `as_was/`: every mart as it was, and marts.metric_restatement.

    Raises
    ------
    UserError
        When nothing was known by then, or the warehouse has no metrics.
    CheckFailed
        When dbt fails.
    """
    with reading(settings) as connection:
        first = connection.execute(
            "select min(extracted_at)::date from ops.file_ledger where state = 'loaded'"
        ).fetchall()[0][0]
        is_built = connection.execute(
            "select count(*) from duckdb_tables() where table_name = 'metric_value'"
        ).fetchall()[0][0]
    if not is_built:
        raise UserError(f"{settings.warehouse} holds no metrics to compare with; run `cx build`")
    if first is None or day < first:
        raise UserError(
            f"nothing was known on {day}; the first delivery is of {first or 'no day yet'}"
        )
    path = settings.as_was / f"as_was_{day:%Y_%m_%d}.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    outcome = run_dbt(
        settings,
        "build",
        *("--select", "+metric_value", "--threads", str(models_at_once(settings))),
        *("--exclude-resource-type", "unit_test", "test"),
        *("--vars", json.dumps({"as_was": str(day + timedelta(days=1))})),
        as_was=path,
    )
    if outcome.returncode != 0:
        raise CheckFailed(
            f"dbt failed on what was known on {day}; see {settings.logs / 'dbt.log'} and give the "
            "same command again; the warehouse was only read"
        )
    yield from _differences(settings, path, day)
    if not keep:
        path.unlink()


def _differences(settings: Settings, path: Path, day: date) -> Iterator[str]:
    with connected(settings, path) as connection:
        now = str(settings.warehouse).replace("'", "''")
        connection.execute(f"attach '{now}' as warehouse_now (read_only)")
        connection.execute(_RESTATED, {"day": day})
        figures, changed = connection.execute(
            "select count(*), count(*) filter (where is_restated) from marts.metric_restatement"
        ).fetchall()[0]
        yield (
            f"Known on {day}: {figures:,} figures of periods over by then; "
            f"{changed:,} have been restated since."
        )
        shown = connection.execute(
            "select metric_id, period_grain, period_start, value_then, status_then, value_now "
            "from marts.metric_restatement where is_restated and dimension = 'all' "
            "order by period_grain <> 'month', period_start desc, metric_id limit ?",
            [_SHOWN],
        ).fetchall()
    for metric, grain, start, then, status, now in shown:
        said = f"{_figure(then)} then" + (" (provisional)" if status == "provisional" else "")
        yield f"  {metric} {grain} of {start}: {said}, {_figure(now)} now"


def _figure(value: float | None) -> str:
    return "nothing" if value is None else f"{value:,.4g}"
