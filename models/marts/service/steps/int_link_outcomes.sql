-- One row per edge, system of the row that should be linked, day and outcome, and of an orphan the
-- key it names: how many rows. A row is linked, linked by too weak a rule (low_confidence),
-- ambiguous (fits several and is left unlinked), an orphan (names what no system describes) or
-- nameless (names nothing). Services stand rather than happen: their rows have no day.
{% set floor = var('link_confidence_floor') %}
with

services as (

    select * from {{ ref('dim_service') }} where is_current

),

resources as (

    select * from {{ ref('dim_resource') }} where is_current

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

products as (

    select * from {{ ref('int_product_versions') }} where is_current

),

record_links as (

    select * from {{ ref('int_record_links') }}

),

alarm_resource as (

    select
        'alarm→resource' as edge,
        source_system,
        raised_at as happened_at,
        case
            when resource_key is not null then 'linked'
            when resource_id is not null then 'orphan'
            else 'nameless'
        end as outcome,
        resource_id as told_key
    from {{ ref('fct_alarm') }}

),

-- A problem that names the services it hit needs no element.
naming_problems as (

    select links.problem_id
    from {{ ref('int_problem_links') }} as links
    inner join services
        on links.related_id = services.service_id
    where links.related_type = 'affected_service'
    group by links.problem_id

),

problem_resource as (

    select
        'problem→resource' as edge,
        problems.source_system,
        problems.started_at as happened_at,
        case
            when resources.resource_id is not null or naming_problems.problem_id is not null
                then 'linked'
            when problems.root_cause_resource_id is not null then 'orphan'
            else 'nameless'
        end as outcome,
        problems.root_cause_resource_id as told_key
    from {{ ref('int_problems') }} as problems
    left join resources
        on problems.root_cause_resource_id = resources.resource_id
    left join naming_problems
        on problems.problem_id = naming_problems.problem_id

),

service_systems as (

    select
        service_id,
        min(source_system) as source_system
    from {{ ref('stg_services') }}
    where is_current
    group by service_id

),

service_support as (

    select
        service_resources.service_id,
        bool_or(resources.resource_id is not null) as is_supported,
        min(service_resources.resource_id) as told_key
    from {{ ref('stg_service_resources') }} as service_resources
    left join resources
        on service_resources.resource_id = resources.resource_id
    where service_resources.is_current
    group by service_resources.service_id

),

resource_service as (

    select
        'resource→service' as edge,
        service_systems.source_system,
        cast(null as timestamp) as happened_at,
        case
            when service_support.is_supported then 'linked'
            when service_support.service_id is not null then 'orphan'
            else 'nameless'
        end as outcome,
        service_support.told_key
    from services
    left join service_systems
        on services.service_id = service_systems.service_id
    left join service_support
        on services.service_id = service_support.service_id

),

realised_services as (

    select service_id from subscription_services group by service_id

),

services_with_product as (

    select
        service_id,
        min(product_id) as product_id
    from (
        select service_id, product_id from {{ ref('stg_product_services') }} where is_current
        union all
        select service_id, product_id from services where product_id is not null
    )
    group by service_id

),

service_subscription as (

    select
        'service→subscription' as edge,
        service_systems.source_system,
        cast(null as timestamp) as happened_at,
        case
            when realised_services.service_id is not null then 'linked'
            when services_with_product.service_id is not null then 'orphan'
            else 'nameless'
        end as outcome,
        services_with_product.product_id as told_key
    from services
    left join service_systems
        on services.service_id = service_systems.service_id
    left join realised_services
        on services.service_id = realised_services.service_id
    left join services_with_product
        on services.service_id = services_with_product.service_id

),

-- A ticket that names a problem and nobody is the network's own: it has no customer to find.
network_tickets as (

    select ticket_id
    from {{ ref('fct_ticket') }}
    where
        problem_rule in ('named', 'named_by_problem')
        and customer_id is null
        and subscription_id is null
        and service_id is null

),

ticket_service as (

    select
        'ticket→service' as edge,
        source_system,
        opened_at as happened_at,
        case
            when service_rule in ('service_id', 'only_service') then 'linked'
            when service_rule = 'unknown_id' then 'orphan'
            when service_candidates > 1 then 'ambiguous'
            else 'nameless'
        end as outcome,
        service_id as told_key
    from {{ ref('fct_ticket') }} as tickets
    anti join network_tickets
        on tickets.ticket_id = network_tickets.ticket_id

),

record_customer as (

    select
        case record_type
            when 'interaction' then 'contact→customer'
            else 'notice→customer'
        end as edge,
        source_system,
        happened_at,
        case
            when link_confidence >= {{ floor }} then 'linked'
            when is_ambiguous then 'ambiguous'
            when is_orphan then 'orphan'
            when link_confidence > 0 then 'low_confidence'
            else 'nameless'
        end as outcome,
        customer_id as told_key
    from record_links
    where record_type in ('interaction', 'communication_message')

),

record_subscription as (

    select
        case record_type
            when 'number_port' then 'port→subscription'
            else 'ticket→subscription'
        end as edge,
        source_system,
        happened_at,
        case
            when subscription_id is not null and subscription_confidence >= {{ floor }}
                then 'linked'
            when subscription_id is not null then 'low_confidence'
            when is_ambiguous then 'ambiguous'
            when is_orphan then 'orphan'
            else 'nameless'
        end as outcome,
        cast(null as varchar) as told_key
    from record_links
    anti join network_tickets
        on
            record_links.record_type = 'trouble_ticket'
            and record_links.record_id = network_tickets.ticket_id
    where record_type in ('number_port', 'trouble_ticket')

),

ordered_services as (

    select
        order_references.order_source_system,
        service_orders.order_item_id,
        bool_or(services.service_id is not null) as is_known,
        min(service_orders.service_id) as told_key
    from {{ ref('stg_service_orders') }} as service_orders
    inner join {{ ref('int_order_references') }} as order_references
        on
            service_orders.source_system = order_references.source_system
            and service_orders.order_item_id = order_references.order_item_id
    left join services
        on service_orders.service_id = services.service_id
    where
        service_orders.is_current
        and service_orders.service_id is not null
    group by order_references.order_source_system, service_orders.order_item_id

),

realised_subscriptions as (

    select subscription_id from subscription_services group by subscription_id

),

order_service as (

    select
        'order→service' as edge,
        product_orders.source_system,
        product_orders.ordered_at as happened_at,
        case
            when ordered_services.is_known or realised_subscriptions.subscription_id is not null
                then 'linked'
            when
                ordered_services.order_item_id is not null
                or (product_orders.product_id is not null and products.product_id is null)
                then 'orphan'
            else 'nameless'
        end as outcome,
        ordered_services.told_key
    from {{ ref('stg_product_orders') }} as product_orders
    left join ordered_services
        on
            product_orders.source_system = ordered_services.order_source_system
            and product_orders.order_item_id = ordered_services.order_item_id
    left join products
        on product_orders.product_id = products.product_id
    left join realised_subscriptions
        on products.subscription_id = realised_subscriptions.subscription_id
    where
        product_orders.is_current
        and coalesce(product_orders.state, '') not in ('rejected', 'cancelled')

),

bill_customer as (

    select
        'bill→customer' as edge,
        source_system,
        billed_at as happened_at,
        case
            when customer_id is not null then 'linked'
            when coalesce(account_id, subscription_id) is not null then 'orphan'
            else 'nameless'
        end as outcome,
        account_id as told_key
    from {{ ref('fct_bill') }}

),

credit_problem as (

    select
        'credit→problem' as edge,
        credit_links.source_system,
        credit_links.occurred_at as happened_at,
        case
            when credit_links.problem_confidence >= {{ floor }} then 'linked'
            when credit_links.problem_id is not null then 'low_confidence'
            when movements.problem_id is not null then 'orphan'
            else 'nameless'
        end as outcome,
        movements.problem_id as told_key
    from {{ ref('int_credit_links') }} as credit_links
    inner join {{ ref('fct_payment') }} as movements
        on
            credit_links.credit_id = movements.movement_id
            and credit_links.source_system = movements.source_system
            and movements.payment_type = 'adjustment'

),

rows_to_link as (

    {% for step in [
        'alarm_resource', 'problem_resource', 'resource_service', 'service_subscription',
        'ticket_service', 'record_customer', 'record_subscription', 'order_service',
        'bill_customer', 'credit_problem',
    ] %}
    select * from {{ step }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    edge,
    coalesce(source_system, 'unknown') as source_system,
    cast(happened_at as date) as happened_date,
    outcome,
    case when outcome = 'orphan' then told_key end as orphan_key,
    count(*) as row_count
from rows_to_link
group by
    edge,
    coalesce(source_system, 'unknown'),
    cast(happened_at as date),
    outcome,
    case when outcome = 'orphan' then told_key end
