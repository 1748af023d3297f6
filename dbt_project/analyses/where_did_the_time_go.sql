-- Analyst question: where did the time of a kind of journey go, at which step and with which team?
-- Hours by the customer's clock, over the journeys that ended in the last complete 90 days.
select
    steps.journey_type,
    steps.stage,
    steps.office,
    coalesce(steps.team_name, 'no team named') as team,
    count(distinct steps.journey_id) as journeys,
    sum(steps.cust_minutes) / 60 as customer_hours,
    sum(steps.cust_minutes)
    / sum(sum(steps.cust_minutes)) over (partition by steps.journey_type) as share_of_the_time
from {{ ref('fct_journey_step') }} as steps
inner join {{ ref('fct_journey') }} as journeys
    on steps.journey_id = journeys.journey_id
cross join {{ ref('int_clock') }} as clock
where journeys.ended_at >= clock.as_of - interval 90 day
group by steps.journey_type, steps.stage, steps.office, team
order by steps.journey_type, customer_hours desc
