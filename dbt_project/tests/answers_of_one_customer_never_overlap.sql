-- Of one customer and purpose one answer holds at a time, and every answer told is there.
with

consents as (

    select * from {{ ref('fct_consent') }}

),

in_order as (

    select
        *,
        lead(valid_from) over (partition by customer_id, purpose order by valid_from) as next_from
    from consents

),

told as (

    select
        source_system,
        count(*) as answers
    from {{ ref('stg_consents') }}
    where is_current
    group by source_system

),

kept as (

    select count(*) as answers
    from consents

)

select
    'overlap' as failed_identity,
    consent_key
from in_order
where valid_to > next_from or (valid_to is null and next_from is not null)

union all

-- Answers given twice at one moment are one, so there may be fewer, never none.
select
    'lost answers' as failed_identity,
    cast(null as varchar) as consent_key
from kept
where
    answers > (select coalesce(sum(told.answers), 0) from told)
    or (answers = 0 and exists (select 1 as told_one from told))
