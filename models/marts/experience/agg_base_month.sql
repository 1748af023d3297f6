-- One row per slice of the base and whole month: how many lines were in the base as it opened, and
-- how many of those left within it. Easy to get wrong: whoever joined and left within one month was
-- not there as it opened, and is counted apart: churn (M28) less these is those (C8).
with

months as (

    select * from {{ ref('fct_subscription_month') }}
    where is_opening or is_exit

),

clock as (

    select * from {{ ref('int_clock') }}

),

stays as (

    select * from {{ ref('cohort_line') }}

),

chains as (

    select * from {{ ref('int_subscription_chains') }}

),

-- A line that goes on under another identifier came by the channel of the first one.
channels as (

    select
        subscription_id,
        cohort_month,
        exit_month,
        channel
    from stays

    union all

    select
        chains.later_id as subscription_id,
        stays.cohort_month,
        stays.exit_month,
        stays.channel
    from chains
    inner join stays
        on chains.subscription_id = stays.subscription_id

),

channel_months as (

    select
        months.subscription_id,
        months.month_start,
        arg_min(channels.channel, channels.cohort_month) as channel
    from months
    inner join channels
        on
            months.subscription_id = channels.subscription_id
            -- Who leaves and joins anew within a month opened it by the stay before, if we know it.
            and case
                when months.is_opening then channels.cohort_month < months.month_start
                else channels.cohort_month = months.month_start
            end
            and coalesce(channels.exit_month >= months.month_start, true)
    group by
        months.subscription_id,
        months.month_start

),

lines as (

    select
        months.month_start,
        months.customer_id,
        months.is_opening,
        months.is_exit,
        coalesce(months.region, 'unknown') as region,
        coalesce(months.segment, 'unknown') as segment,
        coalesce(months.family, 'unknown') as family,
        coalesce(channel_months.channel, 'unknown') as channel
    from months
    left join channel_months
        on
            months.subscription_id = channel_months.subscription_id
            and months.month_start = channel_months.month_start
    cross join clock
    -- A month the data begin within, or end within, says nothing of a whole month.
    where
        months.month_start >= clock.first_at
        and months.month_start + interval 1 month <= clock.as_of

),

sliced as (

    select
        'all' as dimension,
        'all' as dimension_value,
        month_start,
        customer_id,
        is_opening,
        is_exit
    from lines

    {% for dimension in ['region', 'segment', 'family', 'channel'] -%}
    union all

    select
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        month_start,
        customer_id,
        is_opening,
        is_exit
    from lines
    {% endfor %}

)

select
    ---------- keys
    sliced.dimension,
    sliced.dimension_value,
    sliced.month_start,

    ---------- numbers
    count(*) filter (where sliced.is_opening) as opening,
    count(distinct sliced.customer_id) filter (where sliced.is_opening) as customers,
    count(*) filter (where sliced.is_opening and sliced.is_exit) as left_in,
    count(distinct sliced.customer_id) filter (
        where sliced.is_opening and sliced.is_exit
    ) as left_customers,
    count(*) filter (where not sliced.is_opening) as came_and_left,
    count(distinct sliced.customer_id) filter (
        where not sliced.is_opening
    ) as came_and_left_customers,

    ---------- flags
    -- As with churn (M28): whoever left may come back within the window after the month.
    sliced.month_start + interval 1 month
    + to_days(cast({{ var('reconnect_days') }} as integer)) <= any_value(clock.as_of) as is_final
from sliced
cross join clock
group by
    sliced.dimension,
    sliced.dimension_value,
    sliced.month_start
