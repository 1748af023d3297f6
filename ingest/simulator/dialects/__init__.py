"""How each system of the operator writes what it knows: one module per side."""

from __future__ import annotations

from ingest.simulator.dialects import contact, customers, money, network, orders
from ingest.simulator.write import Feed

FEEDS: tuple[Feed, ...] = (
    *customers.FEEDS,
    *network.FEEDS,
    *orders.FEEDS,
    *money.FEEDS,
    *contact.FEEDS,
)
