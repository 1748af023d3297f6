-- For how many lines each action in force may be weighed: all purposes it needs are agreed to.
with

actions as (

    select * from {{ ref('dim_action') }}
    where is_current

),

lines as (

    select * from {{ ref('decision_lines') }}

)

select
    actions.action_order,
    actions.action_id,
    actions.consent_purposes,
    actions.most_a_month,
    count(*) filter (
        where
            (not list_contains(actions.consent_purposes, 'marketing') or lines.is_marketing_agreed)
            and (
                not list_contains(actions.consent_purposes, 'profiling')
                or lines.is_profiling_agreed
            )
    ) as lines_allowed,
    count(*) as lines
from actions
cross join lines
group by actions.action_order, actions.action_id, actions.consent_purposes, actions.most_a_month
order by actions.action_order
