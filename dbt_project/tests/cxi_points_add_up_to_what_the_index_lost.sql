-- The exact explanation: points of a subscription and date add up to 100 - CXI, which stays in
-- range.
with

points as (

    select
        subscription_id,
        as_of_date,
        sum(points_lost) as points_lost
    from {{ ref('cxi_points') }}
    group by subscription_id, as_of_date

)

select
    scores.subscription_id,
    scores.as_of_date,
    scores.cxi,
    points.points_lost
from {{ ref('fct_cxi_day') }} as scores
left join points
    on
        scores.subscription_id = points.subscription_id
        and scores.as_of_date = points.as_of_date
where
    (scores.is_monitored and scores.cxi is null)
    or (not scores.is_monitored and scores.cxi is not null)
    or scores.cxi not between 0 and 100
    or abs(100 - scores.cxi - coalesce(points.points_lost, 0)) > 1e-9
