-- Halving masses M_d for a new version of seeds/cxi_parameters.csv: p90 of the loss mass L_d over
-- subscriptions with any loss in the domain, over all dates scored. Over all subscriptions p90 would
-- be 0 wherever fewer than one in ten has a loss, and the first small loss would halve the domain.
-- Run once (dbt compile, then run the compiled file), write the result into the seed, then leave it.
with

domain_losses as (

    select
        as_of_date,
        subscription_id,
        domain,
        cast(sum(loss_mass) as double) as domain_loss
    from {{ ref('int_cx_losses') }}
    group by as_of_date, subscription_id, domain

)

select
    domain,
    count(*) as subscription_dates,
    quantile_cont(domain_loss, 0.5) as median_loss,
    quantile_cont(domain_loss, 0.9) as halving_mass
from domain_losses
group by domain
order by domain
