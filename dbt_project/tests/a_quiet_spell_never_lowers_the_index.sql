-- From one date to the next, with nothing new known in between, the index may only heal.
with

scores as (

    select
        subscription_id,
        as_of_date,
        cxi,
        lag(as_of_date) over subscription_time as previous_date,
        lag(cxi) over subscription_time as previous_cxi
    from {{ ref('fct_cxi_day') }}
    window subscription_time as (partition by subscription_id order by as_of_date)

)

select scores.*
from scores
where
    scores.cxi < scores.previous_cxi - 1e-9
    and not exists (
        select 1 as learned
        from {{ ref('fct_cx_event') }} as experiences
        where
            experiences.subscription_id = scores.subscription_id
            and greatest(experiences.occurred_at, experiences.known_at) >= scores.previous_date
            and greatest(experiences.occurred_at, experiences.known_at) < scores.as_of_date
    )
