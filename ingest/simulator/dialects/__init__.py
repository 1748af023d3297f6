"""How each system of the operator writes what it knows: one module per side."""

from __future__ import annotations

from ingest.simulator.dialects import contact, customers, faults, inventory, money, orders
from ingest.simulator.feed import Feed

FEEDS: tuple[Feed, ...] = (
    *customers.FEEDS,
    *inventory.FEEDS,
    *faults.FEEDS,
    *orders.FEEDS,
    *money.FEEDS,
    *contact.FEEDS,
)
