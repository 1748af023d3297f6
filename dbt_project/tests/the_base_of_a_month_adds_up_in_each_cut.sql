-- Of each whole month every cut holds the same lines, and these are all that left by churn's count
-- (M28, before anything is hidden).
with

base as (

    select * from {{ ref('agg_base_month') }}

),

cuts as (

    select
        dimension,
        month_start,
        sum(opening) as opening,
        sum(left_in + came_and_left) as exits
    from base
    group by dimension, month_start

),

months as (

    select
        month_start,
        count(*) filter (where is_opening) as opening,
        count(*) filter (where is_exit) as exits
    from {{ ref('fct_subscription_month') }}
    group by month_start

)

select cuts.dimension, cuts.month_start
from cuts
inner join months
    on cuts.month_start = months.month_start
where cuts.opening <> months.opening or cuts.exits <> months.exits
