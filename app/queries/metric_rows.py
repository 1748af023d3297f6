"""The rows of customers that a cell of a metric counts, looked up in the facts it is made of.

They are sliced here as the metrics are (macro `sliced`): by what line and customer were when the row
counted. A test holds that as many are found as the metric's numerator says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

import pandas as pd

from app.access import needs
from app.serving import ask, later

LISTED = 200


@dataclass(frozen=True)
class Cell:
    """A metric in one period and slice; the period ends before `until`."""

    metric: str
    dimension: str
    code: str
    since: date
    until: date

    def bound(self) -> dict[str, object]:
        """Return the values to bind."""
        return asdict(self)


# Each source says what a row is: its moment, what it was about, how much of it, and the slices that
# are its own.
_CONTACTS = """
select
    interaction_id as record_id,
    customer_id,
    subscription_id,
    closed_at as counted_at,
    reason as about,
    case $metric
        when 'M10'
            then coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0) + coalesce(wrap_up_seconds, 0)
        when 'M11' then transfers
    end as amount,
    case $dimension
        when 'channel' then channel
        when 'channel_kind' then channel_kind
        when 'reason' then reason
        when 'reason_area' then reason_area
        when 'team' then team_id
    end as own_slice
from marts.fct_interaction
where
    closed_at >= cast($since as timestamp)
    and closed_at < cast($until as timestamp)
    and case $metric
        when 'M05' then direction = 'inbound' and is_contact
        when 'M05b' then direction = 'inbound' and not is_human_handled
        when 'M07' then is_contact and is_resolved_first
        when 'M10' then is_contact and coalesce(talk_seconds, hold_seconds, wrap_up_seconds) > 0
        when 'M11' then is_contact and transfers > 0
        when 'M12' then direction = 'inbound' and not is_human_handled and is_contained_24h
        when 'M12b' then direction = 'inbound' and not is_human_handled and is_resolved_first
        else
            is_contact
            and customer_id is not null
            and reason is not null
            and next_contact_at < started_at + to_days(
                case $metric when 'M06d1' then 1 when 'M06d14' then 14 when 'M06d30' then 30 else 7 end
            )
    end
"""

_TICKETS = """
select
    ticket_id as record_id,
    customer_id,
    subscription_id,
    case $metric when 'M13' then coalesce(resolved_at, closed_at) else opened_at end as counted_at,
    reason as about,
    hours_to_resolve as amount,
    case $dimension
        when 'channel' then channel
        when 'reason' then reason
        when 'reason_area' then reason_area
    end as own_slice
from marts.fct_ticket
where
    ticket_type = 'complaint'
    and ($metric <> 'M13r' or is_regulatory)
    and case $metric when 'M13' then coalesce(resolved_at, closed_at) else opened_at end
    >= cast($since as timestamp)
    and case $metric when 'M13' then coalesce(resolved_at, closed_at) else opened_at end
    < cast($until as timestamp)
"""

_EXITS = """
select
    event_id as record_id,
    customer_id,
    subscription_id,
    occurred_at as counted_at,
    exit_cause as about,
    cast(null as double) as amount,
    case $dimension when 'exit_cause' then exit_cause end as own_slice
from marts.fct_subscription_event
where
    event_type = 'exit'
    and occurred_at >= cast($since as timestamp)
    and occurred_at < cast($until as timestamp)
    and case $metric
        when 'M29v' then exit_cause in ('port_out', 'cancel_other')
        when 'M29w' then exit_cause in ('port_out', 'cancel_other', 'move_out')
        when 'M29i' then exit_cause in ('non_pay', 'fraud', 'deceased', 'operator')
        else true
    end
"""

_PORTS = """
select
    port_id as record_id,
    customer_id,
    subscription_id,
    case $metric when 'M31' then completed_at else requested_at end as counted_at,
    other_operator as about,
    cast(null as double) as amount,
    case $dimension when 'other_operator' then other_operator end as own_slice
from marts.fct_port_request
where
    direction = 'out'
    and ($metric = 'M31b' or is_completed)
    and case $metric when 'M31' then completed_at else requested_at end >= cast($since as timestamp)
    and case $metric when 'M31' then completed_at else requested_at end < cast($until as timestamp)
"""

_BILLS = """
select
    bill_id as record_id,
    customer_id,
    subscription_id,
    billed_at as counted_at,
    cast(null as varchar) as about,
    cast(amount as double) as amount,
    cast(null as varchar) as own_slice
from marts.fct_bill
where
    is_shock
    and billed_at >= cast($since as timestamp)
    and billed_at < cast($until as timestamp)
"""

_ORDERS = """
select
    order_item_id as record_id,
    customer_id,
    subscription_id,
    completed_at as counted_at,
    action as about,
    lead_hours as amount,
    case $dimension when 'action' then action when 'channel' then channel end as own_slice
from marts.fct_product_order
where
    state = 'completed'
    and completed_at >= cast($since as timestamp)
    and completed_at < cast($until as timestamp)
    and case $metric
        when 'M23' then completed_at <= first_promised_at
        when 'M23b' then completed_at <= promised_at
        when 'M23c' then completed_at <= requested_at
        else true
    end
"""

_SILENT = """
select
    subscription_id as record_id,
    customer_id,
    subscription_id,
    cast(month_start as timestamp) as counted_at,
    cast(null as varchar) as about,
    cast(null as double) as amount,
    cast(null as varchar) as own_slice
from marts.fct_subscription_month
where
    is_active_all_month
    and is_silent
    and month_start >= $since
    and month_start < $until
"""

_JOURNEYS = """
select
    journey_id as record_id,
    customer_id,
    subscription_id,
    coalesce(ended_at, started_at) as counted_at,
    journey_type as about,
    case $metric
        when 'M47c' then effort when 'M11j' then hand_offs else cal_minutes / 1440
    end as amount,
    case $dimension when 'journey' then journey_type end as own_slice
from marts.fct_journey
where
    outcome in ('reached', 'missed')
    and ($metric <> 'M47' or outcome = 'reached')
    and coalesce(ended_at, started_at) >= cast($since as timestamp)
    and coalesce(ended_at, started_at) < cast($until as timestamp)
    and case $metric when 'M47c' then effort > 0 when 'M11j' then hand_offs > 0 else true end
"""

_VISITS = """
select
    appointment_id as record_id,
    customer_id,
    subscription_id,
    coalesce(window_to, window_from) as counted_at,
    case when order_item_id is not null then 'order' when ticket_id is not null then 'repair' end
        as about,
    cast(null as double) as amount,
    case $dimension
        when 'team' then team_id
        when 'reason'
            then case
                when order_item_id is not null then 'order' when ticket_id is not null then 'repair'
            end
    end as own_slice
from marts.fct_visit
where
    status is distinct from 'cancelled'
    and is_missed_by_us
    and coalesce(window_to, window_from) >= cast($since as timestamp)
    and coalesce(window_to, window_from) < cast($until as timestamp)
"""

_OF_CELL = """
, sliced as (

    select
        events.*,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(lines.family, 'unknown') as family,
        coalesce(
            case when lines.location_id is not null then lines.region else customers.region end,
            'unknown'
        ) as region
    from events
    left join marts.dim_subscription as lines
        on
            events.subscription_id = lines.subscription_id
            and events.counted_at >= lines.valid_from
            and (lines.valid_to is null or events.counted_at < lines.valid_to)
    left join marts.dim_customer as customers
        on
            coalesce(lines.customer_id, events.customer_id) = customers.customer_id
            and events.counted_at >= customers.valid_from
            and (customers.valid_to is null or events.counted_at < customers.valid_to)
    where not coalesce(lines.is_internal, customers.is_internal, false)

)

select
    record_id, customer_id, subscription_id, counted_at, about, amount, segment, family, region,
    count(*) over () as found
from sliced
where
    case $dimension
        when 'all' then true
        when 'segment' then segment = $code
        when 'family' then family = $code
        when 'region' then region = $code
        when 'segment+family' then segment || ' + ' || family = $code
        when 'segment+region' then segment || ' + ' || region = $code
        when 'family+region' then family || ' + ' || region = $code
        else coalesce(own_slice, 'unknown') = $code
    end
order by amount desc nulls last, counted_at desc, record_id
limit $limit
"""

_ROWS_OF_CONTACTS = f"with events as ({_CONTACTS}){_OF_CELL}"
_ROWS_OF_TICKETS = f"with events as ({_TICKETS}){_OF_CELL}"
_ROWS_OF_EXITS = f"with events as ({_EXITS}){_OF_CELL}"
_ROWS_OF_PORTS = f"with events as ({_PORTS}){_OF_CELL}"
_ROWS_OF_BILLS = f"with events as ({_BILLS}){_OF_CELL}"
_ROWS_OF_ORDERS = f"with events as ({_ORDERS}){_OF_CELL}"
_ROWS_OF_SILENT = f"with events as ({_SILENT}){_OF_CELL}"
_ROWS_OF_JOURNEYS = f"with events as ({_JOURNEYS}){_OF_CELL}"
_ROWS_OF_VISITS = f"with events as ({_VISITS}){_OF_CELL}"

# What a metric's rows are.
KINDS = {
    **dict.fromkeys(("M05", "M05b", "M06", "M06d1", "M06d14", "M06d30", "M07"), "contact"),
    **dict.fromkeys(("M10", "M11", "M12", "M12b"), "contact"),
    **dict.fromkeys(("M13", "M13b", "M13r"), "complaint"),
    **dict.fromkeys(("M22", "M22p90", "M23", "M23b", "M23c"), "order"),
    "M27c": "visit",
    **dict.fromkeys(("M28", "M29", "M29v", "M29w", "M29i"), "exit"),
    **dict.fromkeys(("M31", "M31b"), "port"),
    "M34": "bill",
    "M36": "silent",
    **dict.fromkeys(("M47", "M47b", "M47p90", "M47c", "M11j"), "journey"),
}
# Of these the numerator is not a count of rows: sums and quantiles are made of them.
NOT_COUNTED = {"M10", "M11", "M22", "M22p90", "M47b", "M47p90", "M47c", "M11j"}
_STATEMENTS = {
    "contact": _ROWS_OF_CONTACTS,
    "complaint": _ROWS_OF_TICKETS,
    "order": _ROWS_OF_ORDERS,
    "visit": _ROWS_OF_VISITS,
    "exit": _ROWS_OF_EXITS,
    "port": _ROWS_OF_PORTS,
    "bill": _ROWS_OF_BILLS,
    "silent": _ROWS_OF_SILENT,
    "journey": _ROWS_OF_JOURNEYS,
}
