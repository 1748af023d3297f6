-- One row per customer, purpose and spell of one answer. A newer answer ends the one before it,
-- whatever the older row says; of two answers given at once the refusal holds.
with

consents as (

    select * from {{ ref('stg_consents') }}
    where is_current

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

linked as (

    select
        consents.*,
        coalesce(customer_links.customer_id, consents.customer_id) as linked_customer_id
    from consents
    left join customer_links
        on consents.customer_id = customer_links.source_key

),

-- A customer known under two numbers may have answered under both.
answers as (

    select
        linked_customer_id as customer_id,
        lower(purpose) as purpose,
        valid_from,
        bool_and(is_granted) as is_granted,
        arg_min(valid_to, (is_granted, source_system)) as told_valid_to,
        min(source_system) as source_system,
        max(known_at) as known_at
    from linked
    group by linked_customer_id, lower(purpose), valid_from

),

in_order as (

    select
        *,
        lead(valid_from) over (partition by customer_id, purpose order by valid_from) as next_from
    from answers

),

answered as (

    select
        ---------- keys
        {{ surrogate_key(['in_order.customer_id', 'in_order.purpose', 'in_order.valid_from']) }}
            as consent_key,
        in_order.customer_id,

        ---------- attributes
        in_order.purpose,

        ---------- flags
        in_order.is_granted,

        ---------- times
        in_order.valid_from,
        least(in_order.told_valid_to, in_order.next_from) as valid_to,
        coalesce({{ holds_at('clock.as_of', 'in_order.valid_from', 'valid_to') }}, false)
            as is_current,

        ---------- lineage
        in_order.source_system,
        in_order.known_at
    from in_order
    cross join clock

)

{{ with_version_keys('answered', 'valid_from', ['customer']) }}
