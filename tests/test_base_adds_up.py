"""The data test on the base lets pass what is true and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

TEST = (
    Path(__file__).parent.parent
    / "dbt_project/tests/the_base_opens_plus_joins_less_exits_and_closes.sql"
)


@pytest.mark.parametrize(("is_exit", "failures"), [(False, 0), (True, 2)])
def test_a_line_numbered_anew_over_the_end_of_a_month_does_not_stop_the_build(is_exit, failures):
    """OLD ends in January, NEW goes on with it in February; counted as an exit, both are wrong."""
    sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", TEST.read_text())
    connection = duckdb.connect()
    connection.execute(
        """
        create table int_metric_periods as
        select 'month' as period_grain, d as period_start, d as counted_from,
            (d + interval 1 month)::date as counted_to
        from (values (date '2026-01-01'), (date '2026-02-01')) as m(d);
        create table int_subscription_periods as
        select * from (values
            ('OLD', timestamp '2025-01-01', timestamp '2026-01-25', 'NEW', false),
            ('NEW', timestamp '2026-02-04', null, null, true),
            ('STAY', timestamp '2025-01-01', null, null, false))
            as s(subscription_id, active_from, active_to, successor_id, is_continuation);
        create table fct_subscription_month as
        select * from (values
            (date '2026-01-01', 'OLD', true, false, ?, false),
            (date '2026-01-01', 'STAY', true, false, false, true),
            (date '2026-02-01', 'STAY', true, false, false, true),
            (date '2026-02-01', 'NEW', false, ?, false, true))
            as f(month_start, subscription_id, is_opening, is_join, is_exit, is_closing);
        """.replace("?", str(is_exit))
    )
    assert len(connection.execute(sql).fetchall()) == failures
