"""Where is my order: where each order of a customer stands, and how its promise was moved."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask

_ORDERS = """
select
    orders.*,
    coalesce(offerings.offering_name, orders.offering_id) as offering_name
from marts.order_status as orders
left join marts.dim_product_offering as offerings
    on orders.offering_id = offerings.offering_id and offerings.is_current
where orders.customer_id = $customer
order by orders.is_open desc, orders.ordered_at desc, orders.order_item_id
limit 50
"""

_MOVES = """
select
    events.order_item_id,
    events.promised_at,
    events.reason
from marts.fct_order_event as events
inner join marts.order_status as orders
    on
        events.order_item_id = orders.order_item_id
        -- another shop may have given another customer's order the same number
        and events.order_source_system is not distinct from orders.source_system
where
    events.event_type = 'repromise'
    and orders.customer_id = $customer
    and events.order_item_id in (select unnest($items))
order by events.order_item_id, events.occurred_at
"""


@needs("persons")
def orders(customer: str) -> pd.DataFrame:
    """Return a customer's orders, open ones first, then the newest."""
    return ask(_ORDERS, customer=customer)


@needs("persons")
def moves(customer: str, items: list[str]) -> pd.DataFrame:
    """Return each new promise of some order items of a customer with its reason, in order."""
    return ask(_MOVES, customer=customer, items=items)
