-- Halving masses M_d for a new version of seeds/cxi_parameters.csv: p90 of the loss mass L_d over
-- subscriptions and dates whose last experience in the domain is at most one half-life old. Over
-- all subscriptions p90 is about 0 in domains that trouble few, and over all with any loss it
-- sinks as old losses fade, so that there one small loss would halve the domain. Run once (dbt
-- compile, then run the compiled file), write the result into the seed, then leave it.
with

domain_losses as (

    select
        losses.as_of_date,
        losses.subscription_id,
        losses.domain,
        cast(sum(losses.loss_mass) as double) as domain_loss,
        max(experiences.occurred_at) as last_experience_at
    from {{ ref('int_cx_losses') }} as losses
    inner join {{ ref('fct_cx_event') }} as experiences
        on losses.cx_event_id = experiences.cx_event_id
    group by losses.as_of_date, losses.subscription_id, losses.domain

),

domains as (

    select * from {{ ref('cxi_parameters') }}
    where level = 'domain' and parameter_version = {{ var('cxi_version') }}

)

select
    domain_losses.domain,
    count(*) as subscription_dates,
    quantile_cont(domain_losses.domain_loss, 0.5) as median_loss,
    quantile_cont(domain_losses.domain_loss, 0.9) as halving_mass
from domain_losses
inner join domains
    on domain_losses.domain = domains.domain
where
    domain_losses.last_experience_at
    >= domain_losses.as_of_date - to_seconds(domains.half_life_days * 86400)
group by domain_losses.domain
order by domain_losses.domain
