-- A problem's losses are of the lines it hit: as many as it is said to have hit, and no more of them
-- charged or compared.
select
    losses.problem_id,
    losses.affected_subscriptions,
    problems.affected_subscriptions as subscriptions_hit
from {{ ref('agg_problem_loss') }} as losses
full join (
    select
        problem_id,
        affected_subscriptions
    from {{ ref('fct_problem') }}
    where affected_subscriptions > 0
) as problems
    on losses.problem_id = problems.problem_id
where
    losses.affected_subscriptions is distinct from problems.affected_subscriptions
    or losses.charged_subscriptions > losses.affected_subscriptions
    or losses.compared_subscriptions > losses.affected_subscriptions
    or losses.compared_exits > losses.compared_subscriptions
    or losses.largest_nine_revenue > losses.monthly_revenue
