-- Analyst question (care and marketing): of the customers whom outages cost the most minutes in the
-- last 90 days, whom may we write to with an offer, and who has said no or nothing?
with

impacts as (

    select * from {{ ref('fct_service_impact') }}
    where is_outage and customer_id is not null

),

consents as (

    select * from {{ ref('fct_consent') }}
    where purpose = 'marketing' and is_current

),

clock as (

    select * from {{ ref('int_clock') }}

),

sufferers as (

    select
        impacts.customer_id,
        count(distinct impacts.problem_id) as outages,
        sum(impacts.minutes) as minutes_lost
    from impacts
    cross join clock
    where impacts.impact_from >= clock.as_of - interval 90 day
    group by impacts.customer_id

)

select
    case
        when consents.is_granted then 'may be written to'
        when consents.is_granted is false then 'has said no'
        else 'has said nothing'
    end as answer,
    count(*) as customers,
    median(sufferers.outages) as median_outages,
    median(sufferers.minutes_lost) as median_minutes_lost
from sufferers
left join consents
    on sufferers.customer_id = consents.customer_id
group by answer
order by customers desc
