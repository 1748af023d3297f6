-- One row per date, subscription and domain with a loss: damage = L / (L + M), and what one unit of
-- loss costs in points, so that the parts add up to 100 - CXI by construction.
{{ config(**increment_by_date('int_cxi_dates')) }}
with

losses as (

    select * from {{ ref('int_cx_losses') }} as losses
    where {{ is_touched('losses') }}

),

domains as (

    select
        *,
        weight / sum(weight) over () as weight_share
    from {{ ref('cxi_parameters') }}
    where level = 'domain' and parameter_version = {{ var('cxi_version') }}

),

domain_losses as (

    select
        as_of_date,
        subscription_id,
        domain,
        cast(sum(loss_mass) as double) as domain_loss
    from losses
    group by as_of_date, subscription_id, domain

)

select
    domain_losses.as_of_date,
    domain_losses.subscription_id,
    domain_losses.domain,
    domain_losses.domain_loss,
    domain_losses.domain_loss / (domain_losses.domain_loss + domains.halving_mass) as damage,
    100 * domains.weight_share
    / (domain_losses.domain_loss + domains.halving_mass) as points_per_loss,
    points_per_loss * domain_losses.domain_loss as points_lost
from domain_losses
inner join domains
    on domain_losses.domain = domains.domain
