-- One row per slice of the base, kind of journey, stage and month, or all months (total): how many
-- journeys came through the stage, how long they stood there, and whose customers asked soon after
-- coming into it (int_journey_stages).
{% set customers_by_bit = {
    'customers': 1, 'due_customers': 2, 'followed_customers': 4, 'asked_customers': 8,
    'asked_again_customers': 16,
} %}
with

stood as (

    select * from {{ ref('int_journey_stages') }}

),

stages as (

    select * from {{ ref('dim_stage') }}

),

people as (

    select
        customer_id,
        cast(row_number() over (order by customer_id) as integer) as customer_number
    from stood
    where customer_id is not null
    group by customer_id

),

-- What a journey in the stage tells of its customer, a bit each, as each is counted once.
told as (

    select
        stood.*,
        people.customer_number,
        cast(
            1
            + if(stood.due_minutes is not null, 2, 0)
            + if(stood.contacts_after is not null, 4, 0)
            + if(coalesce(stood.contacts_after > 0, false), 8, 0)
            + if(coalesce(stood.contacts_after > 1, false), 16, 0)
            as integer
        ) as bits
    from stood
    left join people
        on stood.customer_id = people.customer_id

),

with_channel as (

    select distinct journey_type
    from stood
    where channel <> 'unknown'

),

sliced as (

    {% for slice in ['all', 'region', 'segment', 'channel'] -%}
    select
        journey_type,
        stage,
        '{{ slice }}' as dimension,
        {{ "'all'" if slice == 'all' else slice }} as dimension_value,
        month_start,
        customer_number,
        bits,
        -- Seconds are whole; values are kept until the quantiles are told: four bytes each.
        cast(least(round(minutes * 60), 2147483647) as integer) as seconds,
        case
            when due_minutes is not null
                then cast(least(round(due_minutes * 60), 2147483647) as integer)
        end as due_seconds,
        contacts_after
    from told
    {% if slice == 'channel' -%}
    where journey_type in (select with_channel.journey_type from with_channel)
    {% endif -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

sums as (

    select
        journey_type,
        stage,
        dimension,
        dimension_value,
        month_start,
        count(*) as journeys,
        quantile_cont(seconds, [0.5, 0.9]) as seconds,
        sum(seconds) as total_seconds,
        median(due_seconds) as due_seconds,
        count(contacts_after) as followed_journeys,
        count(*) filter (where contacts_after > 0) as asked_journeys,
        count(*) filter (where contacts_after > 1) as asked_again_journeys
    from sliced
    group by grouping sets (
        (journey_type, stage, dimension, dimension_value, month_start),
        (journey_type, stage, dimension, dimension_value)
    )

),

cells as (

    select
        journey_type,
        stage,
        dimension,
        dimension_value,
        cast(
            row_number() over (order by journey_type, stage, dimension, dimension_value) as integer
        ) as cell_number
    from sums
    where month_start is null

),

-- A count(distinct) of every slice and month holds everybody in memory; rows in an order do not.
met as (

    select
        cells.cell_number,
        sliced.month_start,
        sliced.bits,
        coalesce(bit_or(sliced.bits) over (
            partition by cells.cell_number, sliced.customer_number
            order by sliced.month_start
            rows between unbounded preceding and 1 preceding
        ), 0) as bits_before,
        coalesce(bit_or(sliced.bits) over (
            partition by cells.cell_number, sliced.customer_number, sliced.month_start
            order by sliced.bits
            rows between unbounded preceding and 1 preceding
        ), 0) as bits_before_in_month
    from sliced
    inner join cells
        on
            sliced.journey_type = cells.journey_type
            and sliced.stage = cells.stage
            and sliced.dimension = cells.dimension
            and sliced.dimension_value = cells.dimension_value
    where sliced.customer_number is not null

),

people_by_month as (

    select
        cell_number,
        month_start,
        {% for name, bit in customers_by_bit.items() -%}
        count(*) filter (where (bits & {{ bit }}) > 0 and (bits_before_in_month & {{ bit }}) = 0)
            as {{ name }},
        count(*) filter (where (bits & {{ bit }}) > 0 and (bits_before & {{ bit }}) = 0)
            as new_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from met
    group by cell_number, month_start

),

people_by_period as (

    select
        cell_number,
        month_start,
        {{ customers_by_bit | join(', ') }}
    from people_by_month
    union all
    select
        cell_number,
        null as month_start,
        {% for name in customers_by_bit -%}
        cast(sum(new_{{ name }}) as bigint) as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from people_by_month
    group by cell_number

),

first_month as (

    select min(month_start) as month_start
    from stood

)

select
    ---------- keys
    sums.journey_type,
    sums.stage,
    sums.dimension,
    sums.dimension_value,
    if(sums.month_start is null, 'total', 'month') as period_grain,
    coalesce(sums.month_start, first_month.month_start) as period_start,

    ---------- properties
    stages.stage_order,
    stages.office,

    ---------- numbers
    sums.journeys,
    coalesce(people_by_period.customers, 0) as customers,
    {{ without_noise('sums.seconds[1] / 60') }} as median_minutes,
    {{ without_noise('sums.seconds[2] / 60') }} as p90_minutes,
    {{ without_noise('sums.total_seconds / 60') }} as total_minutes,
    coalesce(people_by_period.due_customers, 0) as due_customers,
    {{ without_noise('sums.due_seconds / 60') }} as median_due_minutes,
    sums.followed_journeys,
    coalesce(people_by_period.followed_customers, 0) as followed_customers,
    sums.asked_journeys,
    coalesce(people_by_period.asked_customers, 0) as asked_customers,
    sums.asked_again_journeys,
    coalesce(people_by_period.asked_again_customers, 0) as asked_again_customers
from sums
inner join cells
    on
        sums.journey_type = cells.journey_type
        and sums.stage = cells.stage
        and sums.dimension = cells.dimension
        and sums.dimension_value = cells.dimension_value
left join people_by_period
    on
        cells.cell_number = people_by_period.cell_number
        and sums.month_start is not distinct from people_by_period.month_start
left join stages
    on sums.journey_type = stages.journey_type and sums.stage = stages.stage
cross join first_month
