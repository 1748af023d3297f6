"""Accepted failures of expectations: who accepted what, why and until when (ops.dq_waiver)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

import duckdb

from cx.errors import UserError
from cx.ledger import create_tables, record_waiver
from cx.settings import Settings
from cx.warehouse import reading, writing

MAX_DAYS = 90


@dataclass(frozen=True)
class Waiver:
    """One accepted failure (a row of ops.dq_waiver).

    Parameters
    ----------
    suite : str
        The table, or system and feed, that the expectation is about.
    expectation : str
        The expectation in words, or how it begins.
    expires_on : date
        Last day on which it counts.
    """

    suite: str
    expectation: str
    reason: str
    waived_by: str
    waived_at: datetime
    expires_on: date


def waive(
    settings: Settings, suite: str, expectation: str, reason: str, by: str, until: date
) -> Waiver:
    """Record that a failure is accepted. Nothing is taken back: a waiver expires.

    Raises
    ------
    UserError
        When no expectation begins so, the reason is empty, or the day is past or too far off.
    """
    today = datetime.now(UTC).date()
    if not reason.strip():
        raise UserError("a waiver needs a reason that somebody can judge later: --reason TEXT")
    if not 0 <= (until - today).days <= MAX_DAYS:
        raise UserError(
            f"--until {until} is not within {MAX_DAYS} days from today: give a nearer day, and "
            "waive again then if it still holds"
        )
    with reading(settings) as connection:
        known = connection.execute(
            "select count(*) from ops.dq_result where suite = ? and starts_with(expectation, ?)",
            [suite, expectation],
        ).fetchone()[0]
    if not known:
        raise UserError(
            f"no expectation about {suite} begins with {expectation!r}; `cx status` and "
            f"{settings.reports / 'data_docs' / 'index.html'} name those that failed"
        )
    waiver = Waiver(
        suite, expectation, reason.strip(), by, datetime.now(UTC).replace(tzinfo=None), until
    )
    with writing(settings) as connection:
        create_tables(connection)
        record_waiver(connection, **asdict(waiver))
    return waiver


def waivers_in_force(connection: duckdb.DuckDBPyConnection, day: date) -> list[Waiver]:
    """Return the waivers that count on a day; a home made before there were any has none."""
    is_there = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'ops' "
        "and table_name = 'dq_waiver'"
    ).fetchone()[0]
    if not is_there:
        return []
    rows = connection.execute(
        "select suite, expectation, reason, waived_by, waived_at, expires_on from ops.dq_waiver "
        "where expires_on >= ? order by waived_at",
        [day],
    ).fetchall()
    return [Waiver(*row) for row in rows]
