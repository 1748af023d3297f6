"""What stands on charts over time by itself: the outages that cost customers most."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

MOST = 4

_OUTAGES = """
select problem_id, cause, region, started_at, customer_minutes_lost
from marts.fct_problem
where
    not is_planned
    and affected_customers >= $fewest
    and customer_minutes_lost > 0
    and started_at >= cast($since as timestamp)
    and started_at < cast($until as timestamp)
order by customer_minutes_lost desc, problem_id
limit $most
"""


def outages(since: object, until: object) -> pd.DataFrame:
    """Return the unplanned problems of a span of time that cost most customer-minutes."""
    if not shown().has("marts.fct_problem"):
        return pd.DataFrame()
    return ask(_OUTAGES, since=str(since), until=str(until), fewest=FEWEST, most=MOST)
