-- One row per ended stay that another one goes on with: a migration, or a return, numbered anew or
-- not. Where a source names what a line replaces, that decides (told); else it is its own next stay
-- within reconnect_days (returned), else the line of the same customer, family and phone number that
-- began within reconnect_days of the end, on either side of it (number). Easy to get wrong: a line
-- that was there long before is a second line, not the successor, unless it is told; one that began
-- later than reconnect_days after the end is no successor even then, for its customer had left (M28).
with

stays as (

    select
        *,
        least(told_to, silent_at) as left_at
    from {{ ref('int_subscription_spells') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where is_current

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

),

-- A name of a line we know nothing of tells nothing.
told as (

    select
        product_versions.product_id as subscription_id,
        arg_max(product_versions.replaces_product_id, product_versions.known_at) as replaced_id
    from product_versions
    semi join stays
        on product_versions.replaces_product_id = stays.subscription_id
    where product_versions.replaces_product_id <> product_versions.product_id
    group by product_versions.product_id

),

told_candidates as (

    select
        ended.subscription_id,
        ended.period_number,
        following.subscription_id as successor_id,
        following.period_number as successor_period_number,
        row_number() over (
            partition by ended.subscription_id, ended.period_number
            order by following.active_from, following.subscription_id
        ) as choice
    from told
    inner join stays as ended
        on told.replaced_id = ended.subscription_id
    inner join stays as following
        on
            told.subscription_id = following.subscription_id
            and following.active_from <= ended.told_to + to_days({{ var('reconnect_days') }})
            and coalesce(ended.told_to < following.told_to, true)
    where ended.told_to is not null

),

next_stays as (

    select
        subscription_id,
        period_number,
        left_at,
        lead(period_number) over stay_order as next_number,
        lead(active_from) over stay_order as next_from
    from stays
    window stay_order as (partition by subscription_id order by active_from)

),

returned as (

    select
        next_stays.subscription_id,
        next_stays.period_number,
        next_stays.next_number
    from next_stays
    anti join told_candidates
        on
            next_stays.subscription_id = told_candidates.subscription_id
            and next_stays.period_number = told_candidates.period_number
    where next_stays.next_from <= next_stays.left_at + to_days({{ var('reconnect_days') }})

),

-- The number may be taken off the line when it ends: the last one it had counts.
numbers as (

    select
        product_id as subscription_id,
        arg_max(phone_number, known_at) as phone_number
    from product_versions
    where phone_number is not null
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

-- Whose successor or predecessor is told, or who is back itself, is nobody else's.
open_ends as (

    select lines.*
    from lines
    anti join told_candidates
        on
            lines.subscription_id = told_candidates.subscription_id
            and lines.period_number = told_candidates.period_number
    anti join returned
        on
            lines.subscription_id = returned.subscription_id
            and lines.period_number = returned.period_number
    where lines.told_to is not null

),

open_starts as (

    select lines.*
    from lines
    anti join told
        on lines.subscription_id = told.subscription_id
    anti join returned
        on
            lines.subscription_id = returned.subscription_id
            and lines.period_number = returned.next_number

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
    from open_ends as ended
    inner join open_starts as following
        on
            ended.customer_id = following.customer_id
            and ended.phone_number = following.phone_number
            and ended.family = following.family
            and ended.subscription_id <> following.subscription_id
            and ended.active_from < following.active_from
            and following.active_from >= ended.told_to - to_days({{ var('reconnect_days') }})
            and following.active_from <= ended.told_to + to_days({{ var('reconnect_days') }})
            and coalesce(ended.told_to < following.told_to, true)

)

select
    subscription_id,
    period_number,
    successor_id,
    successor_period_number,
    'told' as successor_rule
from told_candidates
where choice = 1

union all

select
    subscription_id,
    period_number,
    subscription_id as successor_id,
    next_number as successor_period_number,
    'returned' as successor_rule
from returned

union all

select
    subscription_id,
    period_number,
    successor_id,
    successor_period_number,
    'number' as successor_rule
from candidates
where choice = 1
