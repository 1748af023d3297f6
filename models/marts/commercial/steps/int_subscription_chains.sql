-- One row per stay of a line and each later stay that goes on with it, over any number of
-- identifiers: A is B, then C. Easy to get wrong: of a line numbered anew twice the second
-- identifier ends too, and has not left either. Ends grow along a chain, so none bites its tail.
with recursive

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

links as (

    select
        subscription_id,
        period_number,
        successor_id,
        successor_period_number
    from periods
    where successor_id is not null

),

climbs(subscription_id, period_number, later_id, later_period_number)
using key (subscription_id, period_number, later_id, later_period_number) as (

    select
        subscription_id,
        period_number,
        successor_id as later_id,
        successor_period_number as later_period_number
    from links

    union

    select
        climbs.subscription_id,
        climbs.period_number,
        links.successor_id as later_id,
        links.successor_period_number as later_period_number
    from climbs
    inner join links
        on
            climbs.later_id = links.subscription_id
            and climbs.later_period_number = links.period_number

)

select
    climbs.subscription_id,
    own.active_from,
    own.active_to,
    climbs.later_id,
    later.active_from as later_from,
    later.active_to as later_to
from climbs
inner join periods as own
    on
        climbs.subscription_id = own.subscription_id
        and climbs.period_number = own.period_number
inner join periods as later
    on
        climbs.later_id = later.subscription_id
        and climbs.later_period_number = later.period_number
