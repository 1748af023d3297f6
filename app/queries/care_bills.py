"""Why is the bill different: each bill of a customer beside the one before, part by part."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask

_BILLS = """
with

bills as (

    select *
    from marts.fct_bill
    where customer_id = $customer
    order by billed_at desc, bill_id desc
    limit 60

),

differences as (

    select * from marts.bill_difference
    where customer_id = $customer

)

select
    bills.bill_id,
    bills.previous_bill_id,
    bills.account_id,
    bills.subscription_id as billed_subscription_id,
    bills.currency,
    cast(bills.amount as double) as bill_amount,
    cast(bills.previous_amount as double) as previous_bill_amount,
    bills.is_shock,
    cast(bills.previous_median_amount as double) as usual_amount,
    bills.compared_from,
    bills.billed_at,
    bills.previous_billed_at,
    bills.period_from,
    bills.period_to,
    bills.due_at,
    differences.product_id,
    differences.part,
    differences.charge_type,
    differences.cause,
    differences.is_part_period,
    cast(differences.amount as double) as amount,
    cast(differences.previous_amount as double) as previous_amount,
    cast(differences.difference as double) as difference,
    coalesce(offerings.offering_name, differences.offering_id) as offering_name,
    coalesce(earlier.offering_name, differences.previous_offering_id) as previous_offering_name
from bills
left join differences
    on
        bills.bill_id = differences.bill_id
        and bills.source_system = differences.source_system
left join marts.dim_product_offering as offerings
    on differences.offering_id = offerings.offering_id and offerings.is_current
left join marts.dim_product_offering as earlier
    on differences.previous_offering_id = earlier.offering_id and earlier.is_current
order by
    bills.billed_at desc, bills.bill_id desc, differences.part, abs(differences.difference) desc,
    differences.product_id, differences.charge_type
"""

_LINES = """
select
    case when lines.bill_id = $bill then 'this' else 'previous' end as side,
    lines.rate_id,
    lines.product_id,
    lines.charge_type,
    cast(lines.amount_ex_tax as double) as amount_ex_tax,
    cast(lines.amount_tax as double) as amount_tax,
    lines.source_system,
    files.file_name,
    lines.row_number,
    lines.known_at
from marts.fct_bill_line as lines
left join ops.file_ledger as files
    on lines.file_id = files.file_id
where lines.customer_id = $customer and lines.bill_id in ($bill, $previous)
order by side desc, lines.product_id, lines.charge_type, lines.rate_id
limit 200
"""


@needs("persons")
def bills(customer: str) -> pd.DataFrame:
    """Return bills, newest first: a row per part of the difference to the bill before.

    A bill with none before it, or in another currency, has one row without a part.
    """
    return ask(_BILLS, customer=customer)


@needs("persons")
def bill_lines(customer: str, bill: str, previous: str | None) -> pd.DataFrame:
    """Return the delivered lines of two bills, each with its file and row."""
    return ask(_LINES, customer=customer, bill=bill, previous=previous or "")
