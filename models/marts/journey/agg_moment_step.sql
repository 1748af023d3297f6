-- One row per slice of the base, kind of journey, stage and month, or all months (total): how many
-- journeys came through the stage and how long they stood there, all visits to it of one journey
-- together. A journey counts where the line was when it began, and on the channel of the order,
-- contact or ticket that began it; an outage and a bill have none. What was promised or agreed is of
-- the whole order, bill or ticket: a stage is told how much of it was left on coming into it.
with

steps as (

    select * from {{ ref('fct_journey_step') }}

),

all_journeys as (

    select * from {{ ref('fct_journey') }}

),

journeys as (

    {{ sliced('all_journeys', 'started_at') }}

),

stages as (

    select * from {{ ref('dim_stage') }}

),

began as (

    select
        'fct_product_order' as source_model,
        order_item_id as source_id,
        source_system,
        channel,
        first_promised_at as due_at
    from {{ ref('fct_product_order') }}

    union all

    select
        'fct_interaction' as source_model,
        interaction_id as source_id,
        source_system,
        channel,
        null as due_at
    from {{ ref('fct_interaction') }}

    union all

    select
        'fct_ticket' as source_model,
        ticket_id as source_id,
        source_system,
        channel,
        due_at
    from {{ ref('fct_ticket') }}

    union all

    select
        'fct_bill' as source_model,
        bill_id as source_id,
        source_system,
        null as channel,
        due_at
    from {{ ref('fct_bill') }}

),

stood as (

    select
        steps.journey_id,
        journeys.customer_id,
        steps.journey_type,
        steps.stage,
        cast(date_trunc('month', journeys.started_at) as date) as month_start,
        coalesce(journeys.region, 'unknown') as region,
        coalesce(journeys.segment, 'unknown') as segment,
        coalesce(began.channel, 'unknown') as channel,
        -- Decimals add up to the same in any order; doubles do not.
        cast(sum(cast(steps.cal_minutes as decimal(18, 6))) as double) as minutes,
        case
            when any_value(began.due_at) is not null
                then greatest(
                    date_diff('second', min(steps.started_at), any_value(began.due_at)) / 60.0, 0
                )
        end as due_minutes
    from steps
    inner join journeys
        on steps.journey_id = journeys.journey_id
    left join began
        on
            journeys.source_model = began.source_model
            and journeys.source_id = began.source_id
            and journeys.source_system = began.source_system
    group by all

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
        {{ without_noise('median(due_minutes)') }} as median_due_minutes
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
    counted.median_due_minutes
from counted
left join stages
    on counted.journey_type = stages.journey_type and counted.stage = stages.stage
cross join first_month
left join with_channel
    on counted.journey_type = with_channel.journey_type
where counted.channel is null or with_channel.journey_type is not null
