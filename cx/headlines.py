"""The headline figures of the current release, told at the end of a run."""

from __future__ import annotations

import duckdb

from cx.release import current, duckdb_read_only
from cx.settings import Settings

# What a run tells at its end; docs/metrics.md has them all.
_HEADLINES = ("M01", "M05", "M08", "M17", "M22", "M23", "M28", "M33", "M36", "M42", "M47")


def headlines(settings: Settings) -> list[str]:
    """Return the headline figures of the current release, one line each.

    Raises
    ------
    NoRelease
        When nothing is published.
    """
    release = current(settings.releases)
    connection = duckdb_read_only(settings.releases / release.file)
    try:
        figures = connection.execute(
            """
            select
                catalogue.metric_name,
                newest.value,
                catalogue.unit,
                newest.period_start,
                newest.status,
                coalesce(newest.is_low_n, false)
            from (
                select *
                from marts.metric_value
                where
                    period_grain = 'month' and dimension = 'all' and value is not null
                    and list_contains(?, metric_id)
                qualify row_number() over (
                    partition by metric_id
                    order by status = 'final' desc, period_start desc
                ) = 1
            ) as newest
            inner join marts.dim_metric as catalogue on newest.metric_id = catalogue.metric_id
            order by newest.metric_id
            """,
            [list(_HEADLINES)],
        ).fetchall()
        missing = connection.execute(
            "select question, missing_columns from marts.answer_readiness where status = 'missing' "
            "order by question"
        ).fetchall()
        disagreements = _disagreements(connection)
    finally:
        connection.close()
    lines = [
        f"{name}: {value:,.2f}{'' if '..' in unit else f' {unit}'} ({period:%B %Y}"
        f"{', provisional' * (status != 'final')}{', few answers' * is_low_n})"
        for name, value, unit, period, status, is_low_n in figures
    ]
    lines += [
        f"No answer to: {question} – needs {', '.join(columns[:2])}{' …' * (len(columns) > 2)}"
        for question, columns in missing
    ]
    if disagreements:
        lines.append(
            "Systems disagree on "
            + ", ".join(f"{attribute} ({things:,})" for attribute, things in disagreements[:4])
            + " …" * (len(disagreements) > 4)
            + "; all in customer_conflict"
        )
    return lines


def _disagreements(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Return attribute and things that systems disagree on, most first."""
    # Releases made before there was this table are served until the next one.
    is_there = connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'customer_conflict'"
    ).fetchone()[0]
    if not is_there:
        return []
    return connection.execute(
        "select attribute, count(distinct (thing_type, thing_id)) as things "
        "from marts.customer_conflict group by attribute order by things desc, attribute"
    ).fetchall()
