-- One row per day, from the year before the first thing that happened to the year after the last.
with

clock as (

    select * from {{ ref('int_clock') }}

),

days as (

    select
        cast(unnest(generate_series(
            date_trunc('year', first_at - interval 1 year),
            date_trunc('year', as_of + interval 2 year) - interval 1 day,
            interval 1 day
        )) as date) as date_day
    from clock
    where as_of is not null

)

select
    cast(strftime(date_day, '%Y%m%d') as integer) as date_key,
    date_day,
    cast(date_trunc('week', date_day) as date) as week_start,
    cast(date_trunc('month', date_day) as date) as month_start,
    cast(date_trunc('quarter', date_day) as date) as quarter_start,
    cast(year(date_day) as integer) as year_number,
    cast(month(date_day) as integer) as month_number,
    cast(isodow(date_day) as integer) as iso_weekday,
    cast(day(last_day(date_day)) as integer) as days_in_month,
    isodow(date_day) >= 6 as is_weekend
from days
