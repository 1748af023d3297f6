with

number_ports as (

    select * from {{ ref('stg_number_ports') }}
    where is_current

),

record_links as (

    select * from {{ ref('int_record_links') }}
    where record_type = 'number_port'

),

port_requests as (

    select
        ---------- keys
        number_ports.port_id,
        record_links.customer_id,
        record_links.subscription_id,

        ---------- attributes
        number_ports.direction,
        number_ports.status,
        number_ports.other_operator,
        record_links.subscription_rule as link_rule,
        record_links.subscription_confidence as link_confidence,

        ---------- flags
        coalesce(number_ports.status = 'completed', number_ports.completed_at is not null)
            as is_completed,

        ---------- times
        number_ports.requested_at,
        number_ports.validated_at,
        number_ports.completed_at,

        ---------- lineage
        number_ports.source_system,
        number_ports.known_at
    from number_ports
    left join record_links
        on
            number_ports.port_id = record_links.record_id
            and number_ports.source_system = record_links.source_system

)

{{ with_version_keys('port_requests', 'requested_at', ['customer', 'subscription']) }}
