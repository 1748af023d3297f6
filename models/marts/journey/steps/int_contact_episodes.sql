-- One row per matter a customer turned to us about: contacts of one customer and reason, each within
-- the repeat window (M06) of the one before.
with

contacts as (

    select * from {{ ref('int_journey_contacts') }}
    where customer_id is not null and reason is not null

)

select
    first_interaction_id,
    arg_min(source_system, (started_at, interaction_id)) as source_system,
    customer_id,
    reason,
    arg_min(subscription_id, (started_at, interaction_id)) as subscription_id,
    max(ticket_id) as ticket_id,
    arg_max(is_resolved_first, (started_at, interaction_id)) as is_resolved_first,
    count(*) as contacts,
    sum(transfers) as transfers,
    min(started_at) as started_at,
    max(closed_at) as ended_at
from contacts
group by customer_id, reason, first_interaction_id
