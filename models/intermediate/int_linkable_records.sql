-- One row per contact, ticket, port request and message, with everything on it that may say whose
-- it is. Which of it counts is decided in int_record_links.
with

interactions as (

    select * from {{ ref('stg_interactions') }} where is_current

),

trouble_tickets as (

    select * from {{ ref('stg_trouble_tickets') }} where is_current

),

number_ports as (

    select * from {{ ref('stg_number_ports') }} where is_current

),

messages as (

    select * from {{ ref('stg_communication_messages') }} where is_current

)

select
    'interaction' as record_type,
    source_system,
    interaction_id as record_id,
    customer_id,
    product_id,
    cast(null as varchar) as service_id,
    contact_number as phone_token,
    ticket_id,
    started_at as happened_at
from interactions

union all

select
    'trouble_ticket' as record_type,
    source_system,
    ticket_id as record_id,
    customer_id,
    product_id,
    service_id,
    cast(null as uuid) as phone_token,
    cast(null as varchar) as ticket_id,
    opened_at as happened_at
from trouble_tickets

union all

select
    'number_port' as record_type,
    source_system,
    port_id as record_id,
    customer_id,
    product_id,
    cast(null as varchar) as service_id,
    phone_number as phone_token,
    cast(null as varchar) as ticket_id,
    requested_at as happened_at
from number_ports

union all

select
    'communication_message' as record_type,
    source_system,
    message_id as record_id,
    customer_id,
    product_id,
    cast(null as varchar) as service_id,
    recipient as phone_token,
    cast(null as varchar) as ticket_id,
    sent_at as happened_at
from messages
