"""What tests of contracts share: two mappings, and what was loaded, quarantined and dropped."""

from __future__ import annotations

CUSTOMER = {"customer_id": "id", "segment": "segment"}
USAGE = {
    "entity": "usage",
    "for_each": {"each": {"columns": r"(?P<kind>mou|mb)_(?P<month>\d+)"}},
    "columns": {
        "product_id": "id",
        "usage_type": {"value": "{each[kind]}"},
        "started_at": {"value": "2014-{each[month]}-01", "format": "%Y-%m-%d"},
        "quantity": "{each}",
    },
}


def accounts(bench) -> tuple:
    """Return rows read, loaded, quarantined and dropped of the only file."""
    return bench.rows(
        "select rows_read, rows_loaded, rows_quarantined, rows_dropped from ops.file_ledger"
    )[0]
