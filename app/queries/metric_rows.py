"""The rows of customers that a cell of a metric counts, looked up in the facts it is made of.

They are sliced here as the metrics are (macro `sliced`): by what line and customer were when a row
counted. As many are found as the metric's numerator says, of means and quantiles as its n:
`python -m benchmarks.metric_rows` looks at each.
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
        return asdict(self) | {"kind": KINDS[self.metric]}


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
            then
                coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0) + coalesce(wrap_up_seconds, 0)
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
    $kind = 'contact'
    and closed_at >= cast($since as timestamp)
    and closed_at < cast($until as timestamp)
    and case $metric
        when 'M05' then direction = 'inbound' and is_contact
        when 'M05b' then direction = 'inbound' and not is_human_handled
        when 'M07' then is_contact and is_resolved_first
        when 'M10'
            then is_contact and coalesce(talk_seconds, hold_seconds, wrap_up_seconds) is not null
        when 'M11' then is_contact and transfers is not null
        when 'M12' then direction = 'inbound' and not is_human_handled and is_contained_24h
        when 'M12b' then direction = 'inbound' and not is_human_handled and is_resolved_first
        else
            is_contact
            and customer_id is not null
            and reason is not null
            and next_contact_at < started_at + to_days(
                case $metric
                    when 'M06d1' then 1 when 'M06d14' then 14 when 'M06d30' then 30 else 7
                end
            )
    end
"""

_TICKETS = """
select
    ticket_id as record_id,
    customer_id,
    subscription_id,
    case when $metric in ('M13', 'M46') then coalesce(resolved_at, closed_at) else opened_at end
        as counted_at,
    reason as about,
    hours_to_resolve as amount,
    case $dimension
        when 'channel' then channel
        when 'reason' then reason
        when 'reason_area' then reason_area
        when 'team' then team_id
        when 'ticket_type' then ticket_type
    end as own_slice
from marts.fct_ticket
where
    $kind = 'ticket'
    and case $metric
        when 'M46' then is_reopened and not coalesce(is_withdrawn, false)
        when 'M13r' then ticket_type = 'complaint' and is_regulatory
        else ticket_type = 'complaint'
    end
    and case when $metric in ('M13', 'M46') then coalesce(resolved_at, closed_at) else opened_at end
    >= cast($since as timestamp)
    and case when $metric in ('M13', 'M46') then coalesce(resolved_at, closed_at) else opened_at end
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
    $kind = 'exit'
    and event_type = 'exit'
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
    $kind = 'port'
    and direction = 'out'
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
    $kind = 'bill'
    and is_shock
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
    $kind = 'order'
    and state = 'completed'
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
    $kind = 'silent'
    and is_active_all_month
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
        when 'M47c' then effort when 'M11j' then hand_offs else cal_minutes / 60
    end as amount,
    case $dimension when 'journey' then journey_type end as own_slice
from marts.fct_journey
where
    $kind = 'journey'
    and outcome in ('reached', 'missed')
    and case
        when $metric = 'M47' then outcome = 'reached'
        when $metric in ('M47b', 'M47p90') then ended_at is not null
        else true
    end
    and coalesce(ended_at, started_at) >= cast($since as timestamp)
    and coalesce(ended_at, started_at) < cast($until as timestamp)
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
    $kind = 'visit'
    and status is distinct from 'cancelled'
    and is_missed_by_us
    and coalesce(window_to, window_from) >= cast($since as timestamp)
    and coalesce(window_to, window_from) < cast($until as timestamp)
"""

# The worst answers first, and the lowest index.
_SURVEYS = """
select
    surveys.survey_id as record_id,
    surveys.customer_id,
    surveys.subscription_id,
    coalesce(surveys.answered_at, surveys.invited_at) as counted_at,
    contacts.reason as about,
    surveys.score as amount,
    case $dimension
        when 'channel' then contacts.channel
        when 'reason' then contacts.reason
        when 'team' then contacts.team
    end as own_slice
from marts.fct_survey as surveys
left join (
    select
        interaction_id,
        min(channel) as channel,
        min(reason) as reason,
        min(team_id) as team
    from marts.fct_interaction
    where $kind = 'survey'
    group by interaction_id
    having count(*) = 1
) as contacts
    on surveys.interaction_id = contacts.interaction_id
where
    $kind = 'survey'
    and coalesce(surveys.answered_at, surveys.invited_at) >= cast($since as timestamp)
    and coalesce(surveys.answered_at, surveys.invited_at) < cast($until as timestamp)
    and case $metric
        when 'M01' then surveys.survey_type = 'nps_relational' and surveys.nps_group is not null
        when 'M01b' then surveys.survey_type <> 'nps_relational' and surveys.nps_group is not null
        when 'M02'
            then surveys.survey_type = 'csat' and surveys.is_valid_score and surveys.score >= 4
        when 'M02b' then surveys.survey_type = 'csat' and surveys.is_valid_score
        when 'M03' then surveys.survey_type = 'ces' and surveys.is_valid_score
        else surveys.survey_type = 'ces' and surveys.is_valid_score and surveys.score >= 5
    end
"""

_INDEX = """
select
    subscription_id as record_id,
    customer_id,
    subscription_id,
    cast(as_of_date as timestamp) as counted_at,
    cast(null as varchar) as about,
    cxi as amount,
    cast(null as varchar) as own_slice
from marts.fct_cxi_day
where
    $kind = 'index'
    and cxi is not null
    and as_of_date = cast($until as date)
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
order by
    case when $kind in ('survey', 'index') then -amount else amount end desc nulls last,
    counted_at desc, record_id
limit $limit
"""

_ROWS = f"""
with

events as (
{_CONTACTS}
union all
{_TICKETS}
union all
{_EXITS}
union all
{_PORTS}
union all
{_BILLS}
union all
{_ORDERS}
union all
{_SILENT}
union all
{_JOURNEYS}
union all
{_VISITS}
union all
{_SURVEYS}
union all
{_INDEX}
)
{_OF_CELL}
"""

# What a metric's rows are.
KINDS = {
    **dict.fromkeys(("M05", "M05b", "M06", "M06d1", "M06d14", "M06d30", "M07"), "contact"),
    **dict.fromkeys(("M10", "M11", "M12", "M12b"), "contact"),
    **dict.fromkeys(("M01", "M01b", "M02", "M02b", "M03", "M03b"), "survey"),
    **dict.fromkeys(("M13", "M13b", "M13r", "M46"), "ticket"),
    **dict.fromkeys(("M22", "M22p90", "M23", "M23b", "M23c"), "order"),
    "M27c": "visit",
    **dict.fromkeys(("M28", "M29", "M29v", "M29w", "M29i"), "exit"),
    **dict.fromkeys(("M31", "M31b"), "port"),
    "M34": "bill",
    "M36": "silent",
    "M42": "index",
    **dict.fromkeys(("M47", "M47b", "M47p90", "M47c", "M11j"), "journey"),
}
# Sums, means and quantiles: of these the numerator is no count of rows.
NOT_COUNTED = frozenset(
    {"M01", "M01b", "M02b", "M03", "M10", "M11", "M11j", "M22", "M22p90", "M42", "M47b", "M47c"}
    | {"M47p90"}
)


def kind(metric: str) -> str | None:
    """Return what the rows of a metric are, or None where they are not of customers."""
    return KINDS.get(metric)


@needs("persons")
def rows(cell: Cell) -> pd.DataFrame:
    """Return the rows a cell counts, at most LISTED, the largest first, else the newest.

    Returns
    -------
    DataFrame with columns record_id, customer_id, subscription_id, counted_at, about, amount,
    segment, family, region, found
        `amount` in the metric's unit, where rows have any; `found` is how many rows there are.
    """
    return ask(_ROWS, **cell.bound(), limit=LISTED)


@needs("persons")
def rows_later(cell: Cell) -> Callable[[], pd.DataFrame]:
    """Return what reads the rows of a cell for a download."""
    return later(_ROWS, **cell.bound(), limit=LISTED)
