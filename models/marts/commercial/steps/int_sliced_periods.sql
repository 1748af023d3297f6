-- One row per stay in the base and slice it was in: the stays of int_subscription_periods, cut where
-- segment, family, region or customer changed. Only the last piece of a stay can be its exit.
with

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

slices as (

    select * from {{ ref('int_subscription_slices') }}

)

select
    periods.subscription_id,
    slices.customer_id,
    slices.segment,
    slices.family,
    slices.region,
    greatest(periods.active_from, slices.valid_from) as active_from,
    least(periods.active_to, slices.valid_to) as active_to,
    case
        when periods.active_to <= coalesce(slices.valid_to, timestamp 'infinity')
            then periods.exit_cause
    end as exit_cause
from periods
inner join slices
    on
        periods.subscription_id = slices.subscription_id
        and periods.active_from < coalesce(slices.valid_to, timestamp 'infinity')
        and coalesce(periods.active_to, timestamp 'infinity') > slices.valid_from
