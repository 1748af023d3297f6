"""What to offer, or not: the action chosen for a line, what was weighed, what is allowed."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask, shown

_ACTION = """
select
    actions.*,
    named.action_name,
    named.action_name_ru,
    coalesce(named.is_contact, false) as is_contact,
    best.action_name as best_name,
    best.action_name_ru as best_name_ru
from ml.ml_action as actions
left join marts.dim_action as named
    on actions.action_id = named.action_id and named.is_current
left join marts.dim_action as best
    on coalesce(actions.withheld_action_id, actions.best_action_id) = best.action_id
    and best.is_current
where actions.subscription_id = $subscription
order by actions.as_of_date desc
limit 1
"""

_CONSENTS = """
select
    purpose,
    is_granted,
    valid_from
from marts.fct_consent
where customer_id = $customer and is_current
order by purpose
"""

_OPTIONS = """
select
    options.action_id,
    named.action_name,
    named.action_name_ru,
    options.offering_name,
    options.value,
    options.value_low,
    options.value_high,
    options.effect_source,
    options.reason,
    options.reason_ru,
    options.is_chosen,
    options.currency,
    options.as_of_date
from ml.ml_action_option as options
left join marts.dim_action as named
    on options.action_id = named.action_id and named.is_current
where options.subscription_id = $subscription
qualify options.as_of_date = max(options.as_of_date) over ()
order by options.value desc, options.action_id, options.offering_name
limit 20
"""


@needs("persons")
def action(subscription: str) -> pd.Series | None:
    """Return what was chosen for a line, or None where nothing was weighed."""
    if not shown().has("ml.ml_action"):
        return None
    rows = ask(_ACTION, subscription=subscription)
    return None if rows.empty else rows.iloc[0]


@needs("persons")
def consents(customer: str) -> pd.DataFrame:
    """Return what a customer agreed to, or not, by purpose."""
    return ask(_CONSENTS, customer=customer)


@needs("persons")
def options(subscription: str) -> pd.DataFrame:
    """Return everything that was weighed for a line, the best first."""
    if not shown().has("ml.ml_action_option"):
        return pd.DataFrame()
    return ask(_OPTIONS, subscription=subscription)
