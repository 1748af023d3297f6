-- One row per subscription, date and experience that costs points then: an exact explanation, the
-- points of one subscription and date add up to 100 - CXI.
{{ config(**increment_by_date('int_cxi_dates')) }}
with

losses as (

    select * from {{ ref('int_cx_losses') }}

),

damages as (

    select * from {{ ref('int_cxi_damages') }}

),

scores as (

    select * from {{ ref('fct_cxi_day') }} as scores
    where is_monitored and {{ is_touched('scores') }}

)

select
    ---------- keys
    scores.subscription_id,
    scores.as_of_date,
    losses.cx_event_id,

    ---------- attributes
    losses.domain,

    ---------- numbers
    cast(losses.loss_mass as double) * damages.points_per_loss as points_lost
from scores
inner join losses
    on
        scores.subscription_id = losses.subscription_id
        and scores.as_of_date = losses.as_of_date
inner join damages
    on
        losses.subscription_id = damages.subscription_id
        and losses.as_of_date = damages.as_of_date
        and losses.domain = damages.domain
