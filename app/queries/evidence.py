"""The delivered lines behind a thing that is shown, as `cx trace` finds them."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask

LISTED = 40

_LINES = """
select
    file_name,
    row_number,
    source_system,
    is_current,
    known_at
from marts.evidence_source
where record_type = $kind and record_id = $id
order by is_current desc, known_at desc, file_name, row_number
limit $limit
"""

# Bills and payments carry file and row themselves, and are kept by customer.
_BILL = """
select
    files.file_name,
    bills.row_number,
    bills.source_system,
    true as is_current,
    bills.known_at
from marts.fct_bill as bills
left join ops.file_ledger as files
    on bills.file_id = files.file_id
where bills.customer_id = $customer and bills.bill_id = $id
limit $limit
"""

_PAYMENT = """
select
    files.file_name,
    payments.row_number,
    payments.source_system,
    true as is_current,
    payments.known_at
from marts.fct_payment as payments
left join ops.file_ledger as files
    on payments.file_id = files.file_id
where payments.customer_id = $customer and payments.movement_id = $id
limit $limit
"""


@needs("persons")
def lines(customer: str, kind: str, identifier: str) -> pd.DataFrame:
    """Return which file and row say so, the newest first; none when the release cannot tell."""
    if kind == "bill":
        return ask(_BILL, customer=customer, id=identifier, limit=LISTED)
    if kind in ("payment", "credit", "refund", "dispute"):
        return ask(_PAYMENT, customer=customer, id=identifier, limit=LISTED)
    return ask(_LINES, kind=kind, id=identifier, limit=LISTED)
