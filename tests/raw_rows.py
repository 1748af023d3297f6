"""Raw rows as a test asks for them."""

from __future__ import annotations


def delivered(entity: str) -> str:
    """Return the query of an entity's raw rows with the source system each came from."""
    return (
        f"(select delivered.*, source_system from raw.{entity} as delivered "
        "inner join ops.file_ledger using (file_id))"
    )
