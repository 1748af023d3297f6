"""Where is my order: where each order of a customer stands, and how its promise was moved."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask

_ORDERS = """
with

orders as (

    select * from marts.order_status
    where customer_id = $customer

),

moves as (

    select
        events.order_item_id,
        list(events.previous_promised_at order by events.occurred_at) as promised_before,
        list(events.promised_at order by events.occurred_at) as promised_then,
        list(coalesce(events.reason, '') order by events.occurred_at) as move_reasons
    from orders
    inner join marts.fct_order_event as events
        on orders.order_item_id = events.order_item_id
    where events.event_type = 'repromise'
    group by events.order_item_id

)

select
    orders.*,
    coalesce(offerings.offering_name, orders.offering_id) as offering_name,
    moves.promised_before,
    moves.promised_then,
    moves.move_reasons
from orders
left join moves
    on orders.order_item_id = moves.order_item_id
left join marts.dim_product_offering as offerings
    on orders.offering_id = offerings.offering_id and offerings.is_current
order by orders.is_open desc, orders.ordered_at desc, orders.order_item_id
limit 50
"""


@needs("persons")
def orders(customer: str) -> pd.DataFrame:
    """Return a customer's orders, open ones first, then the newest."""
    return ask(_ORDERS, customer=customer)
