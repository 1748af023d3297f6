-- One row per thing a subscription lived through, with the measure its quality is judged by.
-- Easy to get wrong: it is dated by when it closed (C3) and carries the root problem behind it, so
-- that an outage, its ticket and its calls are known to be one matter.
with

use_measures as (

    select * from {{ ref('int_cx_measures_use') }}

),

order_and_bill_measures as (

    select * from {{ ref('int_cx_measures_orders_bills') }}

),

help_measures as (

    select * from {{ ref('int_cx_measures_help') }}

),

first_known as (

    select * from {{ ref('int_first_known') }}

),

measures as (

    select * from use_measures
    union all by name
    select * from order_and_bill_measures
    union all by name
    select * from help_measures

)

select
    measures.event_type,
    measures.subscription_id,
    measures.occurred_at,
    cast(measures.measure as double) as measure,
    measures.root_id,
    measures.evidence_type,
    measures.evidence_id,
    measures.source_system,
    -- a reopening says itself since when it is known: the ticket was known before
    coalesce(
        if(measures.event_type = 'reopened_ticket', null, first_known.known_at),
        measures.known_at
    ) as known_at
from measures
left join first_known
    on
        measures.evidence_type = first_known.evidence_type
        and measures.evidence_id = first_known.evidence_id
        and measures.source_system = first_known.source_system
where measures.subscription_id is not null
