-- Share of due appointments we missed (M27c). Due: the agreed window is over and nobody cancelled
-- it; whatever came of it, known or not.
with

visits as (

    select
        subscription_id,
        customer_id,
        team_id as team,
        case
            when order_item_id is not null then 'order'
            when ticket_id is not null then 'repair'
        end as reason,
        is_missed_by_us,
        coalesce(window_to, window_from) as due_at
    from {{ ref('fct_visit') }}
    where status is distinct from 'cancelled'

),

clock as (

    select * from {{ ref('int_clock') }}

),

due_visits as (

    select visits.*
    from visits
    inner join clock
        on visits.due_at < clock.as_of

),

sliced_visits as (

    {{ sliced('due_visits', 'due_at') }}

),

shares as (

    {{ per_period('sliced_visits', 'due_at', '
        count(*) filter (where is_missed_by_us) as numerator,
        count(*) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'reason', 'team']) }}

)

select
    'M27c' as metric_id,
    *,
    denominator as n
from shares
