"""What to offer, or not: the action chosen for a line, what was weighed, what is allowed."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask, shown

CONTACT_DAYS = 365

_ACTION = """
with

habits as (

    select
        arg_max(channel, contacts) as usual_channel,
        arg_max(day_part, part_contacts) as usual_day_part,
        max(contacts) as channel_contacts,
        max(part_contacts) as day_part_contacts,
        max(all_contacts) as all_contacts
    from (
        select
            channel,
            day_part,
            count(*) over (partition by channel) as contacts,
            count(*) over (partition by day_part) as part_contacts,
            count(*) over () as all_contacts
        from (
            select
                channel,
                case
                    when hour(started_at) < 6 then 'night'
                    when hour(started_at) < 12 then 'morning'
                    when hour(started_at) < 18 then 'afternoon'
                    else 'evening'
                end as day_part
            from marts.fct_interaction
            where
                customer_id = $customer
                and direction = 'inbound'
                and started_at >= cast($as_of as timestamp) - to_days($days)
        )
    )

),

approaches as (

    select
        count(*) as approaches,
        max(started_at) as approached_at
    from marts.fct_interaction
    where
        customer_id = $customer
        and direction = 'outbound'
        and started_at >= cast($as_of as timestamp) - to_days(30)

),

consents as (

    select
        list(purpose order by purpose) as purposes,
        list(is_granted order by purpose) as are_granted,
        list(valid_from order by purpose) as agreed_at
    from marts.fct_consent
    where customer_id = $customer and is_current

)

select
    actions.*,
    named.action_name,
    named.action_name_ru,
    coalesce(named.is_contact, false) as is_contact,
    best.action_name as best_name,
    best.action_name_ru as best_name_ru,
    habits.*,
    approaches.*,
    consents.*
from habits
cross join approaches
cross join consents
left join (
    select *
    from ml.ml_action
    where subscription_id = $subscription
    qualify row_number() over (order by as_of_date desc) = 1
) as actions
    on true
left join marts.dim_action as named
    on actions.action_id = named.action_id and named.is_current
left join marts.dim_action as best
    on coalesce(actions.withheld_action_id, actions.best_action_id) = best.action_id
    and best.is_current
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
def action(customer: str, subscription: str) -> pd.Series | None:
    """Return what was chosen for a line, what the customer agreed to, and how they contact us."""
    if not shown().has("ml.ml_action"):
        return None
    rows = ask(
        _ACTION,
        customer=customer,
        subscription=subscription,
        as_of=shown().release.as_of,
        days=CONTACT_DAYS,
    )
    return rows.iloc[0]


@needs("persons")
def options(subscription: str) -> pd.DataFrame:
    """Return everything that was weighed for a line, the best first."""
    if not shown().has("ml.ml_action_option"):
        return pd.DataFrame()
    return ask(_OPTIONS, subscription=subscription)
