-- One row per journey and stage that is listed for people: of each kind, stage, month, region, segment
-- and channel those that stood there longest, and those that stand there now, so many of each. Any part
-- of the base finds its longest ones among them, and a list is as long as a page needs at any size.
with

stages as (

    select * from {{ ref('int_journey_stages') }}

),

placed as (

    select
        *,
        row_number() over (
            partition by journey_type, stage, month_start, region, segment, channel
            order by minutes desc, journey_id
        ) as place,
        -- among those that stand there now, in the same order: one sort for both
        count(*) filter (where is_here_now) over (
            partition by journey_type, stage, month_start, region, segment, channel
            order by minutes desc, journey_id
            rows between unbounded preceding and current row
        ) as place_now
    from stages

)

select
    ---------- keys
    journey_id,
    customer_id,
    subscription_id,

    ---------- attributes
    journey_type,
    stage,
    region,
    segment,
    channel,
    outcome,
    team_name,

    ---------- numbers
    minutes,
    contacts,
    contacts_after,

    ---------- flags
    is_here_now,

    ---------- times
    month_start,
    entered_at,
    left_at,
    due_at
from placed
where
    place <= {{ var('moment_list_most') }}
    or (is_here_now and place_now <= {{ var('moment_list_most') }})
