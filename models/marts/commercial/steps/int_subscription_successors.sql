-- One row per ended stay that another identifier goes on with: a migration or a return that the
-- source numbered anew. No source names the successor, so it is the line of the same customer,
-- family and phone number that began within reconnect_days of the end, on either side of it. Easy
-- to get wrong: a line that was there long before is a second line, not the successor.
with

stays as (

    select * from {{ ref('int_subscription_stays') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where is_current

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product and phone_number is not null

),

-- The number may be taken off the line when it ends: the last one it had counts.
numbers as (

    select
        product_id as subscription_id,
        arg_max(phone_number, known_at) as phone_number
    from product_versions
    group by product_id

),

lines as (

    select
        stays.subscription_id,
        stays.period_number,
        stays.active_from,
        stays.told_to,
        subscriptions.customer_id,
        coalesce(subscriptions.family, 'unknown') as family,
        numbers.phone_number
    from stays
    inner join subscriptions
        on stays.subscription_id = subscriptions.subscription_id
    inner join numbers
        on stays.subscription_id = numbers.subscription_id

),

candidates as (

    select
        ended.subscription_id,
        ended.period_number,
        following.subscription_id as successor_id,
        following.period_number as successor_period_number,
        row_number() over (
            partition by ended.subscription_id, ended.period_number
            order by following.active_from, following.subscription_id
        ) as choice
    from lines as ended
    inner join lines as following
        on
            ended.customer_id = following.customer_id
            and ended.phone_number = following.phone_number
            and ended.family = following.family
            and ended.subscription_id <> following.subscription_id
            and ended.active_from < following.active_from
            and following.active_from >= ended.told_to - to_days({{ var('reconnect_days') }})
            and following.active_from <= ended.told_to + to_days({{ var('reconnect_days') }})
            and coalesce(ended.told_to < following.told_to, true)
    where ended.told_to is not null

)

select
    subscription_id,
    period_number,
    successor_id,
    successor_period_number
from candidates
where choice = 1
