-- One row per contact, ticket, port request and message: whose it is, by which rule, how surely.
-- An id says so itself; else the number does, if it points at one line or one customer only. What
-- fits several stays unlinked and is counted as ambiguous: a wrong link is worse than none. Easy to
-- get wrong: a line may have been sold since; whose the record is is whose the line was then.
with

records as (

    select * from {{ ref('int_linkable_records') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

customer_tokens as (

    select * from {{ ref('int_customer_tokens') }}

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

products as (

    select * from product_versions where is_current

),

subscriptions as (

    select * from products where not is_addon_product

),

holders as (

    select * from product_versions where customer_id is not null

),

-- Each line with everybody who ever held it.
held_subscriptions as (

    select
        subscriptions.subscription_id,
        subscriptions.started_at,
        subscriptions.ended_at,
        holders.customer_id,
        holders.valid_from,
        holders.valid_to
    from subscriptions
    inner join holders
        on subscriptions.product_id = holders.product_id

),

named as (

    select
        records.*,
        coalesce(records.customer_id, records.product_id, records.service_id) is not null
            as has_told_id,
        products.subscription_id as named_subscription_id,
        coalesce(
            customer_links.customer_id, holders.customer_id, products.customer_id
        ) as named_customer_id,
        customer_links.confidence as customer_link_confidence,
        case
            when customer_links.customer_id is not null then 'customer_id'
            when products.customer_id is not null then 'product_id'
        end as named_rule
    from records
    left join products
        on records.product_id = products.product_id
    left join holders
        on
            records.product_id = holders.product_id
            and {{ holds_at('records.happened_at', 'holders.valid_from', 'holders.valid_to') }}
    left join customer_links
        on records.customer_id = customer_links.source_key

),

by_service as (

    select
        named.record_type,
        named.source_system,
        named.record_id,
        min(subscription_services.subscription_id) as subscription_id,
        count(distinct subscription_services.subscription_id) as subscriptions
    from named
    inner join subscription_services
        on
            named.service_id = subscription_services.service_id
            and {{ holds_at(
                'named.happened_at', 'subscription_services.valid_from',
                'subscription_services.valid_to'
            ) }}
    where named.named_subscription_id is null
    group by named.record_type, named.source_system, named.record_id

),

-- A number may have changed lines, and a line its number or its holder: each once, with the line's
-- life.
lines as (

    select
        product_versions.phone_number as phone_token,
        subscriptions.subscription_id,
        coalesce(product_versions.customer_id, subscriptions.customer_id) as customer_id,
        subscriptions.started_at,
        subscriptions.ended_at
    from product_versions
    inner join subscriptions
        on product_versions.subscription_id = subscriptions.subscription_id
    where product_versions.phone_number is not null
    group by
        product_versions.phone_number,
        subscriptions.subscription_id,
        coalesce(product_versions.customer_id, subscriptions.customer_id),
        subscriptions.started_at,
        subscriptions.ended_at

),

line_candidates as (

    select
        named.record_type,
        named.source_system,
        named.record_id,
        lines.subscription_id,
        lines.ended_at is null or named.happened_at < lines.ended_at as is_alive
    from named
    inner join lines
        on
            named.phone_token = lines.phone_token
            and (
                lines.started_at is null
                or named.happened_at
                >= lines.started_at - interval {{ var('line_grace_days') }} day
            )
            and (
                named.named_customer_id is null
                or named.named_customer_id = lines.customer_id
            )
    where named.named_subscription_id is null

),

by_line as (

    select
        record_type,
        source_system,
        record_id,
        count(distinct subscription_id) filter (where is_alive) as lines_alive,
        count(distinct subscription_id) as lines_ever,
        case
            when lines_alive = 1 then min(subscription_id) filter (where is_alive)
            when lines_alive = 0 and lines_ever = 1 then min(subscription_id)
        end as subscription_id
    from line_candidates
    group by record_type, source_system, record_id

),

-- How often the line that called is the line it was about: learned from records that name both.
calls_of_named_lines as (

    select
        named.record_type,
        named.source_system,
        named.record_id,
        bool_or(lines.subscription_id = named.named_subscription_id) as is_about_its_line
    from named
    inner join lines
        on
            named.phone_token = lines.phone_token
            and named.happened_at >= coalesce(lines.started_at, named.happened_at)
            and (lines.ended_at is null or named.happened_at < lines.ended_at)
    where named.named_subscription_id is not null
    group by named.record_type, named.source_system, named.record_id

),

line_trust as (

    select
        record_type,
        count(*) filter (where is_about_its_line) / count(*) as share_about_its_line
    from calls_of_named_lines
    group by record_type
    having count(*) >= {{ var('calls_to_learn_from') }}

),

contact_phones as (

    select
        customer_tokens.token as phone_token,
        min(customer_links.customer_id) as customer_id,
        count(distinct customer_links.customer_id) as customers
    from customer_tokens
    inner join customer_links
        on customer_tokens.source_key = customer_links.source_key
    where customer_tokens.token_type = 'phone'
    group by customer_tokens.token

),

told as (

    select
        named.*,
        case when by_service.subscriptions = 1 then by_service.subscription_id end
            as service_subscription_id,
        by_line.subscription_id as line_subscription_id,
        coalesce(by_line.lines_alive = 1, false) as is_line_alive,
        case when contact_phones.customers = 1 then contact_phones.customer_id end
            as phone_customer_id,
        coalesce(
            by_service.subscriptions > 1
            or (by_line.record_id is not null and by_line.subscription_id is null)
            or contact_phones.customers > 1,
            false
        ) as has_several_candidates
    from named
    left join by_service
        on
            named.record_type = by_service.record_type
            and named.source_system = by_service.source_system
            and named.record_id = by_service.record_id
    left join by_line
        on
            named.record_type = by_line.record_type
            and named.source_system = by_line.source_system
            and named.record_id = by_line.record_id
    left join contact_phones
        on named.phone_token = contact_phones.phone_token

),

resolved as (

    select
        told.record_type,
        told.source_system,
        told.record_id,
        told.ticket_id,
        told.happened_at,
        told.customer_id as told_customer_id,
        told.has_told_id,
        told.has_several_candidates,
        coalesce(
            told.named_subscription_id, told.service_subscription_id, told.line_subscription_id
        ) as subscription_id,
        case
            when told.named_subscription_id is not null then 'product_id'
            when told.service_subscription_id is not null then 'service_id'
            when told.line_subscription_id is null then null
            when told.is_line_alive then 'line_number'
            else 'former_line_number'
        end as subscription_rule,
        coalesce(
            told.named_customer_id, held_subscriptions.customer_id, subscriptions.customer_id,
            told.phone_customer_id
        ) as customer_id,
        case
            when told.named_customer_id is not null then told.named_rule
            when
                coalesce(held_subscriptions.customer_id, subscriptions.customer_id) is not null
                then subscription_rule
            when told.phone_customer_id is not null then 'contact_phone'
        end as link_rule,
        told.customer_link_confidence
    from told
    left join subscriptions
        on
            coalesce(told.service_subscription_id, told.line_subscription_id)
            = subscriptions.subscription_id
    left join held_subscriptions
        on
            coalesce(told.service_subscription_id, told.line_subscription_id)
            = held_subscriptions.subscription_id
            and {{ holds_at(
                'told.happened_at', 'held_subscriptions.valid_from', 'held_subscriptions.valid_to'
            ) }}

),

-- Two systems may use one ticket number: it says nothing unless both mean the same customer.
ticket_owners as (

    select
        record_id as ticket_id,
        min(customer_id) as customer_id,
        min(subscription_id) as subscription_id
    from resolved
    where record_type = 'trouble_ticket' and customer_id is not null
    group by record_id
    having count(distinct customer_id) = 1

),

owned as (

    select
        resolved.record_type,
        resolved.source_system,
        resolved.record_id,
        resolved.happened_at,
        resolved.told_customer_id,
        resolved.has_told_id,
        resolved.has_several_candidates,
        resolved.customer_link_confidence,
        coalesce(resolved.customer_id, ticket_owners.customer_id) as customer_id,
        coalesce(resolved.subscription_id, ticket_owners.subscription_id) as subscription_id,
        coalesce(
            resolved.subscription_rule,
            case when ticket_owners.subscription_id is not null then 'ticket_id' end
        ) as subscription_rule,
        coalesce(
            resolved.link_rule, case when ticket_owners.ticket_id is not null then 'ticket_id' end
        ) as link_rule
    from resolved
    left join ticket_owners
        on
            resolved.ticket_id = ticket_owners.ticket_id
            and (
                resolved.customer_id is null
                or resolved.customer_id = ticket_owners.customer_id
            )

),

only_subscriptions as (

    select
        owned.record_type,
        owned.source_system,
        owned.record_id,
        min(held_subscriptions.subscription_id) as subscription_id
    from owned
    inner join held_subscriptions
        on
            owned.customer_id = held_subscriptions.customer_id
            and {{ holds_at(
                'owned.happened_at', 'held_subscriptions.valid_from', 'held_subscriptions.valid_to'
            ) }}
            and (
                held_subscriptions.started_at is null
                or owned.happened_at >= held_subscriptions.started_at
            )
            and (
                held_subscriptions.ended_at is null
                or owned.happened_at < held_subscriptions.ended_at
            )
    where owned.subscription_id is null
    group by owned.record_type, owned.source_system, owned.record_id
    having count(*) = 1

)

select
    owned.record_type,
    owned.source_system,
    owned.record_id,
    coalesce(owned.customer_id, owned.told_customer_id) as customer_id,
    coalesce(owned.subscription_id, only_subscriptions.subscription_id) as subscription_id,
    coalesce(
        owned.link_rule,
        case when owned.told_customer_id is not null then 'unknown_id' end
    ) as link_rule,
    case
        when owned.link_rule = 'customer_id' then owned.customer_link_confidence
        when owned.link_rule in ('product_id', 'service_id') then 1.0
        when owned.link_rule in ('line_number', 'contact_phone', 'ticket_id')
            then cast({{ var('phone_token_confidence') }} as double)
        when owned.link_rule = 'former_line_number'
            then cast({{ var('former_line_confidence') }} as double)
        else 0.0
    end as link_confidence,
    coalesce(
        owned.subscription_rule,
        case when only_subscriptions.subscription_id is not null then 'only_subscription' end
    ) as subscription_rule,
    case
        when owned.subscription_rule in ('product_id', 'service_id') then 1.0
        when owned.subscription_rule = 'line_number'
            then least(
                cast({{ var('phone_token_confidence') }} as double),
                line_trust.share_about_its_line
            )
        when owned.subscription_rule = 'ticket_id'
            then cast({{ var('phone_token_confidence') }} as double)
        when owned.subscription_rule = 'former_line_number'
            then least(
                cast({{ var('former_line_confidence') }} as double),
                line_trust.share_about_its_line
            )
        when only_subscriptions.subscription_id is not null
            then cast({{ var('former_line_confidence') }} as double)
        else 0.0
    end as subscription_confidence,
    owned.link_rule is null and owned.has_told_id and not owned.has_several_candidates
        as is_orphan,
    owned.link_rule is null and owned.has_several_candidates as is_ambiguous,
    owned.happened_at
from owned
left join line_trust
    on owned.record_type = line_trust.record_type
left join only_subscriptions
    on
        owned.record_type = only_subscriptions.record_type
        and owned.source_system = only_subscriptions.source_system
        and owned.record_id = only_subscriptions.record_id
