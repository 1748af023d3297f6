-- Every event type has two distinct ends of its scale and a domain; every domain a weight, a
-- half-life and a halving mass.
with

parameters as (

    select * from {{ ref('cxi_parameters') }}

),

domains as (

    select * from parameters
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
    or parameters.level not in ('domain', 'event')
    or (
        parameters.level = 'domain'
        and not coalesce(
            parameters.weight > 0 and parameters.half_life_days > 0 and parameters.halving_mass > 0,
            false
        )
    )
    or (
        parameters.level = 'event'
        and not coalesce(
            parameters.target <> parameters.floor and parameters.significance > 0, false
        )
    )
