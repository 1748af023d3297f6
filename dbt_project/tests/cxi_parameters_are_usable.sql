-- Every event type has two distinct ends of its scale and a domain; every domain a weight, which may
-- be 0 when surveys say so, a half-life and a halving mass. One domain at least weighs something.
with

parameters as (

    select * from {{ ref('cxi_parameters') }}

),

domains as (

    select
        *,
        sum(weight) over (partition by parameter_version) as weight_of_all
    from parameters
    where level = 'domain'

)

select parameters.*
from parameters
left join domains
    on
        parameters.domain = domains.domain
        and parameters.parameter_version = domains.parameter_version
where
    domains.domain is null
    or domains.weight_of_all = 0
    or parameters.level not in ('domain', 'event')
    or (
        parameters.level = 'domain'
        and not coalesce(
            parameters.weight >= 0 and parameters.half_life_days > 0 and parameters.halving_mass > 0,
            false
        )
    )
    or (
        parameters.level = 'event'
        and not coalesce(
            parameters.target <> parameters.floor and parameters.significance > 0, false
        )
    )
