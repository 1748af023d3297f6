-- One row per slice of the base, kind of journey, stage and month, or all months (total): how many
-- journeys came through the stage, how long they stood there, and whose customers asked soon after
-- coming into it (int_journey_stages).
with

stood as (

    select * from {{ ref('int_journey_stages') }}

),

stages as (

    select * from {{ ref('dim_stage') }}

),

counted as (

    select
        journey_type,
        stage,
        month_start,
        region,
        segment,
        channel,
        count(*) as journeys,
        count(distinct customer_id) as customers,
        {{ without_noise('median(minutes)') }} as median_minutes,
        {{ without_noise('quantile_cont(minutes, 0.9)') }} as p90_minutes,
        cast(sum(cast(minutes as decimal(18, 6))) as double) as total_minutes,
        count(distinct customer_id) filter (where due_minutes is not null) as due_customers,
        {{ without_noise('median(due_minutes)') }} as median_due_minutes,
        count(contacts_after) as followed_journeys,
        count(distinct customer_id) filter (where contacts_after is not null)
            as followed_customers,
        count(*) filter (where contacts_after > 0) as asked_journeys,
        count(distinct customer_id) filter (where contacts_after > 0) as asked_customers,
        count(*) filter (where contacts_after > 1) as asked_again_journeys,
        count(distinct customer_id) filter (where contacts_after > 1) as asked_again_customers
    from stood
    group by grouping sets (
        (journey_type, stage, month_start),
        (journey_type, stage),
        (journey_type, stage, region, month_start),
        (journey_type, stage, region),
        (journey_type, stage, segment, month_start),
        (journey_type, stage, segment),
        (journey_type, stage, channel, month_start),
        (journey_type, stage, channel)
    )

),

with_channel as (

    select distinct journey_type
    from stood
    where channel <> 'unknown'

),

first_month as (

    select min(month_start) as month_start
    from stood

)

select
    ---------- keys
    counted.journey_type,
    counted.stage,
    case
        when counted.region is not null then 'region'
        when counted.segment is not null then 'segment'
        when counted.channel is not null then 'channel'
        else 'all'
    end as dimension,
    coalesce(counted.region, counted.segment, counted.channel, 'all') as dimension_value,
    if(counted.month_start is null, 'total', 'month') as period_grain,
    coalesce(counted.month_start, first_month.month_start) as period_start,

    ---------- properties
    stages.stage_order,
    stages.office,

    ---------- numbers
    counted.journeys,
    counted.customers,
    counted.median_minutes,
    counted.p90_minutes,
    counted.total_minutes,
    counted.due_customers,
    counted.median_due_minutes,
    counted.followed_journeys,
    counted.followed_customers,
    counted.asked_journeys,
    counted.asked_customers,
    counted.asked_again_journeys,
    counted.asked_again_customers
from counted
left join stages
    on counted.journey_type = stages.journey_type and counted.stage = stages.stage
cross join first_month
left join with_channel
    on counted.journey_type = with_channel.journey_type
where counted.channel is null or with_channel.journey_type is not null
