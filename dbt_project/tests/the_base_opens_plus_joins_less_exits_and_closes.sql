-- Per month: opening + joins - exits = closing, but for lines that went on under another identifier
-- in another month than their old one ended in; and a month opens as the last one closed.
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

periods as (

    select
        period_start as month_start,
        cast(counted_from as timestamp) as month_from,
        cast(counted_to as timestamp) as month_to
    from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

-- The old identifier leaves the base, the new one comes: neither an exit nor a join.
renumbered as (

    select
        periods.month_start,
        count(*) filter (
            where stays.is_continuation
            and stays.active_from >= periods.month_from and stays.active_from < periods.month_to
        ) as came,
        count(*) filter (
            where stays.successor_id is not null
            and stays.active_to >= periods.month_from and stays.active_to < periods.month_to
        ) as went
    from {{ ref('int_subscription_periods') }} as stays
    cross join periods
    group by periods.month_start

),

with_previous as (

    select
        months.*,
        coalesce(renumbered.came, 0) as came,
        coalesce(renumbered.went, 0) as went,
        lag(months.closing) over (order by months.month_start) as previous_closing
    from months
    left join renumbered on months.month_start = renumbered.month_start

)

select * from with_previous
where
    opening + joins + came - exits - went <> closing
    or opening <> coalesce(previous_closing, opening)
