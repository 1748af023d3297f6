-- Per month: opening + joins - exits = closing, and a month opens as the last one closed.
with

months as (

    select
        month_start,
        count(*) filter (where is_opening) as opening,
        count(*) filter (where is_join) as joins,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_closing) as closing
    from {{ ref('fct_subscription_month') }}
    group by month_start

),

with_previous as (

    select
        *,
        lag(closing) over (order by month_start) as previous_closing
    from months

)

select * from with_previous
where
    opening + joins - exits <> closing
    or opening <> coalesce(previous_closing, opening)
