with

appointments as (

    select * from {{ ref('stg_appointments') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

-- Whose the line was then, which need not be whose it is now.
holders as (

    select * from {{ ref('int_product_versions') }}
    where customer_id is not null

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

order_references as (

    select * from {{ ref('int_order_references') }}

),

visits as (

    select
        ---------- keys
        appointments.appointment_id,
        appointments.order_item_id,
        order_references.order_source_system,
        appointments.ticket_id,
        coalesce(
            customer_links.customer_id, holders.customer_id, products.customer_id,
            appointments.customer_id
        ) as customer_id,
        coalesce(products.subscription_id, appointments.product_id) as subscription_id,
        appointments.team_id,

        ---------- attributes
        appointments.status,

        ---------- flags
        coalesce(appointments.status = 'missed_by_us', false) as is_missed_by_us,
        appointments.arrived_at >= appointments.window_from
        and appointments.arrived_at < appointments.window_to as is_arrived_in_window,

        ---------- times
        appointments.window_from,
        appointments.window_to,
        appointments.arrived_at,
        appointments.completed_at,

        ---------- lineage
        appointments.source_system,
        appointments.known_at
    from appointments
    left join products
        on appointments.product_id = products.product_id
    left join holders
        on
            appointments.product_id = holders.product_id
            and {{ holds_at('appointments.window_from', 'holders.valid_from', 'holders.valid_to') }}
    left join customer_links
        on appointments.customer_id = customer_links.source_key
    left join order_references
        on
            appointments.source_system = order_references.source_system
            and appointments.order_item_id = order_references.order_item_id

)

{{ with_version_keys('visits', 'window_from', ['customer', 'subscription', 'team']) }}
