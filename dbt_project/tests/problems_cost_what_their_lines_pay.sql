-- A problem's revenue is of the lines it hit: as many as it is said to have hit, and no more of them
-- charged.
select
    revenues.problem_id,
    revenues.affected_subscriptions,
    problems.affected_subscriptions as subscriptions_hit
from {{ ref('agg_problem_revenue') }} as revenues
full join (
    select
        problem_id,
        affected_subscriptions
    from {{ ref('fct_problem') }}
    where affected_subscriptions > 0
) as problems
    on revenues.problem_id = problems.problem_id
where
    revenues.affected_subscriptions is distinct from problems.affected_subscriptions
    or revenues.charged_subscriptions > revenues.affected_subscriptions
    or revenues.largest_nine_revenue > revenues.monthly_revenue
