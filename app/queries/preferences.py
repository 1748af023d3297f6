"""What kinds of customers are like and prefer, who moves between them, unmet needs."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask, shown

LISTED = 200
NEEDS = "ml.ml_unmet_need"

_PROFILE = """
select
    segment_id, kind, subject, choice, customers, evidence, value, low, high, base_value,
    difference, difference_low, difference_high, as_of_date
from ml.ml_segment_profile
order by segment_id, kind, subject, value desc, choice
"""

_MOVES = """
select from_date, to_date, from_segment_id, to_segment_id, lines, share, customers
from ml.ml_segment_move
order by from_segment_id, to_segment_id
"""

_NEEDS = """
select
    need, subject, other_subject, lines, customers, base_lines, share, low, high, size, size_unit,
    lift, lift_low, lift_high
from ml.ml_unmet_need
order by need, share desc, subject, other_subject
"""

_PRODUCTS = """
select offering_id, any_value(offering_name) as offering_name
from marts.dim_product_offering
where offering_name is not null
group by offering_id
order by offering_id
"""

_CURRENCIES = """
select offering_id, any_value(currency) as currency
from marts.dim_product_offering
where currency is not null
group by offering_id
order by offering_id
"""

_MEMBERS = """
select members.subscription_id, subscriptions.family, subscriptions.offering_name,
    subscriptions.region, subscriptions.segment, subscriptions.monthly_charge
from (
    select subscription_id
    from ml.ml_segment_member
    where
        segment_id = $segment
        and as_of_date = (select max(as_of_date) from ml.ml_segment_member)
    order by subscription_id
    limit $limit
) as members
left join marts.dim_subscription as subscriptions
    on members.subscription_id = subscriptions.subscription_id and subscriptions.is_current
order by members.subscription_id
"""


def profile() -> pd.DataFrame:
    """Return what each segment is like and prefers; the nightly run leaves out what is of few."""
    return ask(_PROFILE)


def moves() -> pd.DataFrame:
    """Return who moved between segments in the newest month; cells of few customers are empty."""
    return ask(_MOVES) if shown().has("ml.ml_segment_move") else pd.DataFrame()


def unmet() -> pd.DataFrame:
    """Return the unmet needs; none is of few customers."""
    return ask(_NEEDS) if shown().has(NEEDS) else pd.DataFrame()


def products() -> dict[str, str]:
    """Return the name of each product by its id."""
    if not shown().has("marts.dim_product_offering"):
        return {}
    rows = ask(_PRODUCTS)
    return dict(zip(rows["offering_id"], rows["offering_name"], strict=True))


def currencies() -> dict[str, str]:
    """Return the currency each product is priced in, by the product's id."""
    if not shown().has("marts.dim_product_offering"):
        return {}
    rows = ask(_CURRENCIES)
    return dict(zip(rows["offering_id"], rows["currency"], strict=True))


@needs("persons")
def members(segment: str) -> pd.DataFrame:
    """Return lines of a segment, by pseudonym; all agreed to profiling."""
    if not shown().has("ml.ml_segment_member"):
        return pd.DataFrame()
    return ask(_MEMBERS, segment=segment, limit=LISTED)
