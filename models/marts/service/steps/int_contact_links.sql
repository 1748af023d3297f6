-- One row per contact: its customer and subscription with rule and confidence, and the problem and
-- ticket it belongs to. What fct_interaction takes over.
with

record_links as (

    select * from {{ ref('int_record_links') }} where record_type = 'interaction'

),

problem_contacts as (

    select * from {{ ref('int_problem_contacts') }}

),

contact_tickets as (

    select * from {{ ref('int_contact_tickets') }}

)

select
    record_links.record_id as interaction_id,
    record_links.source_system,
    record_links.customer_id,
    record_links.subscription_id,
    problem_contacts.problem_id,
    contact_tickets.ticket_id,
    record_links.link_rule,
    record_links.link_confidence,
    record_links.subscription_rule,
    record_links.subscription_confidence,
    problem_contacts.rule as problem_rule,
    problem_contacts.confidence as problem_confidence,
    record_links.is_ambiguous,
    record_links.is_orphan
from record_links
left join problem_contacts
    on
        record_links.record_id = problem_contacts.interaction_id
        and record_links.source_system = problem_contacts.source_system
left join contact_tickets
    on
        record_links.record_id = contact_tickets.interaction_id
        and record_links.source_system = contact_tickets.source_system
