-- Share of requests to leave after which the subscription is still in the base save_days later
-- (M32), by the day of the request. A request younger than that is judged by what we know now, and
-- is provisional. A return within reconnect_days is no exit, as in M28, nor is going on under
-- another identifier.
with

port_requests as (

    select * from {{ ref('fct_port_request') }}
    where direction = 'out'

),

cancel_orders as (

    select * from {{ ref('fct_product_order') }}
    where action = 'delete' and product_id = subscription_id

),

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

chains as (

    select * from {{ ref('int_subscription_chains') }}

),

stays as (

    select
        subscription_id,
        active_from,
        active_to
    from periods

    union all

    select
        subscription_id,
        greatest(active_to, later_from) as active_from,
        later_to as active_to
    from chains

),

clock as (

    select * from {{ ref('int_clock') }}

),

requests as (

    select
        'port' as request_type,
        subscription_id,
        customer_id,
        requested_at
    from port_requests

    union all

    select
        'cancel' as request_type,
        subscription_id,
        customer_id,
        ordered_at as requested_at
    from cancel_orders

),

-- Who is gone already cannot be saved.
open_requests as (

    select
        requests.*,
        least(requests.requested_at + to_days({{ var('save_days') }}), clock.as_of) as judged_at
    from requests
    semi join stays
        on
            requests.subscription_id = stays.subscription_id
            and requests.requested_at < coalesce(stays.active_to, timestamp 'infinity')
    cross join clock
    where requests.requested_at < clock.as_of

),

-- A line may be back and go on under another identifier at once: each request counts once.
saved_requests as (

    select
        open_requests.request_type,
        open_requests.subscription_id,
        open_requests.requested_at
    from open_requests
    inner join stays
        on
            open_requests.subscription_id = stays.subscription_id
            and {{ holds_at(
                'open_requests.judged_at', 'stays.active_from', 'stays.active_to'
            ) }}
    group by
        open_requests.request_type,
        open_requests.subscription_id,
        open_requests.requested_at

),

judged_requests as (

    select
        open_requests.*,
        saved_requests.subscription_id is not null as is_saved
    from open_requests
    left join saved_requests
        on
            open_requests.request_type = saved_requests.request_type
            and open_requests.subscription_id = saved_requests.subscription_id
            and open_requests.requested_at = saved_requests.requested_at

),

sliced_requests as (

    {{ sliced('judged_requests', 'requested_at') }}

),

shares as (

    {{ per_period('sliced_requests', 'requested_at', '
        count(*) filter (where is_saved) as numerator,
        count(*) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'request_type']) }}

)

select
    'M32' as metric_id,
    *,
    denominator as n
from shares
