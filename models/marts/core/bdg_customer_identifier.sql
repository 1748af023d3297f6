-- One row per number that somebody may say or read out and customer it stands for. Numbers of two
-- systems may be the same: then there are two rows, and a person has to choose.
with

told as (

    select
        'customer' as identifier_type,
        customer_id as identifier,
        customer_id,
        cast(null as varchar) as subscription_id
    from {{ ref('dim_customer') }}
    where is_current

    union all

    -- The number a customer has in one of the systems.
    select
        'customer' as identifier_type,
        source_key as identifier,
        customer_id,
        cast(null as varchar) as subscription_id
    from {{ ref('int_customer_links') }}

    union all

    select
        'account' as identifier_type,
        account_id as identifier,
        customer_id,
        cast(null as varchar) as subscription_id
    from {{ ref('dim_account') }}
    where is_current

    union all

    select
        'subscription' as identifier_type,
        subscription_id as identifier,
        customer_id,
        subscription_id
    from {{ ref('dim_subscription') }}
    where is_current

    union all

    select
        'service' as identifier_type,
        services.service_id as identifier,
        subscriptions.customer_id,
        services.subscription_id
    from {{ ref('bdg_subscription_service') }} as services
    inner join {{ ref('dim_subscription') }} as subscriptions
        on services.subscription_id = subscriptions.subscription_id and subscriptions.is_current

    union all

    select
        'order' as identifier_type,
        order_id as identifier,
        customer_id,
        subscription_id
    from {{ ref('fct_product_order') }}

    union all

    select
        'order' as identifier_type,
        order_item_id as identifier,
        customer_id,
        subscription_id
    from {{ ref('fct_product_order') }}

    union all

    select
        'ticket' as identifier_type,
        ticket_id as identifier,
        customer_id,
        subscription_id
    from {{ ref('fct_ticket') }}

    union all

    select
        'bill' as identifier_type,
        bill_id as identifier,
        customer_id,
        subscription_id
    from {{ ref('fct_bill') }}

)

select
    ---------- keys
    identifier_type,
    identifier,
    customer_id,
    -- An order of several lines leads to the customer, not to one of them.
    case when min(subscription_id) = max(subscription_id) then min(subscription_id) end
        as subscription_id
from told
where identifier is not null and customer_id is not null
group by identifier_type, identifier, customer_id
