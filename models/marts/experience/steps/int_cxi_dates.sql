-- The dates the index is computed for: month starts since we first knew of an experience of any
-- kind, good or bad (before that 100 would mean nothing), and the last day.
with

clock as (

    select * from {{ ref('int_clock') }}

),

first_experience as (

    select min(greatest(occurred_at, known_at)) as first_at
    from {{ ref('int_cx_measures') }}

),

dates as (

    select cast(unnest(generate_series(
        date_trunc('month', greatest(clock.first_at, first_experience.first_at))
        + interval 1 month,
        clock.as_of,
        interval 1 month
    )) as date) as as_of_date
    from clock
    cross join first_experience
    where first_experience.first_at is not null

    union

    select cast(as_of as date) as as_of_date
    from clock
    {% for extra_date in var('cxi_extra_dates') %}
    union

    select date '{{ extra_date }}' as as_of_date
    {% endfor %}
)

select as_of_date from dates
where as_of_date is not null
