"""What is delivered late counts in the period it happened in, and in no other."""

from __future__ import annotations

import uuid

import pytest

from cx.repeat import repeat
from cx.settings import Settings
from cx.warehouse import connected
from ingest.load import prepare_raw
from tests.repeated import send_again, up_to
from tests.whole_runs import ask

NIGHTS = {
    uuid.UUID(int=1): "2026-01-31 20:00",
    uuid.UUID(int=2): "2026-02-28 20:00",
    uuid.UUID(int=3): "2026-03-31 20:00",
}
DELIVERED = [  # entity, night, row
    ("customer", 1, {"customer_id": "C"}),
    ("product", 1, {
        "product_id": "S", "customer_id": "C", "status": "active", "started_at": "2025-06-01",
    }),
    # Open when January ends; that it had been settled in January is told in February.
    ("trouble_ticket", 1, {"ticket_id": "T1", "opened_at": "2026-01-20"}),
    ("trouble_ticket", 2, {
        "ticket_id": "T1", "opened_at": "2026-01-20", "resolved_at": "2026-01-25",
    }),
    # Wholly unheard of before; settled at the midnight that is February already.
    ("trouble_ticket", 2, {
        "ticket_id": "T2", "opened_at": "2026-01-31 23:59:59", "resolved_at": "2026-02-01",
    }),
    # Says again what was known: that in March nothing happened.
    ("trouble_ticket", 3, {
        "ticket_id": "T2", "opened_at": "2026-01-31 23:59:59", "resolved_at": "2026-02-01",
    }),
]  # fmt: skip


def deliver(settings: Settings, *nights: int) -> None:
    with connected(settings) as connection:
        prepare_raw(connection)
        for night in nights:
            connection.execute(
                "insert into ops.file_ledger (source_system, feed, file_id, file_name, state) "
                "values ('crm', 'all', ?, ?, 'loaded')",
                [uuid.UUID(int=night), f"crm/night{night}.csv"],
            )
        for number, (entity, told_in, row) in enumerate(DELIVERED):
            if told_in in nights:
                file_id = uuid.UUID(int=told_in)
                kind = {"ticket_type": "complaint", "customer_id": "C", "product_id": "S"}
                row = row | (kind if entity == "trouble_ticket" else {})
                row |= {"file_id": file_id, "row_number": number, "known_at": NIGHTS[file_id]}
                connection.execute(
                    f"insert into raw.{entity} ({', '.join(row)}) "
                    f"values ({', '.join('?' * len(row))})",
                    list(row.values()),
                )


def complaints(settings: Settings) -> list[tuple]:
    """Return complaints by month: settled, opened."""
    return ask(
        settings.home,
        "select strftime(period_start, '%m'), max(numerator) filter (metric_id = 'M13'), "
        "max(numerator) filter (metric_id = 'M13b') from intermediate.met_m13_complaints "
        "where period_grain = 'month' and dimension = 'all' group by all order by all",
    )


@pytest.fixture(scope="module")
def nights(nothing, sent, tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("late"))
    deliver(settings, 1)
    models = up_to(sent, "met_m13_complaints")
    send_again(settings, models, built=nothing)
    first = complaints(settings)
    deliver(settings, 2, 3)
    repeat(settings, models)
    return [first, complaints(settings)]


def test_a_ticket_told_of_late_restates_the_month_it_belongs_to(nights):
    first, second = nights
    assert first == [("01", 0.0, 1.0)]
    assert second[:2] == [("01", 1.0, 2.0), ("02", 1.0, 0.0)]


def test_a_delivery_that_only_repeats_tells_that_nothing_happened(nights):
    assert nights[1][2:] == [("03", 0.0, 0.0)]
