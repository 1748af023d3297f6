-- A pair of service and element told is in the bridge unless the service is unknown or never lived
-- while the pair held.
with

told as (

    select * from {{ ref('stg_service_resources') }}
    where is_current

),

services as (

    select * from {{ ref('dim_service') }}
    where is_current

)

select
    told.service_id,
    told.resource_id
from told
inner join services
    on told.service_id = services.service_id
anti join {{ ref('bdg_service_resource') }} as kept
    on
        told.service_id = kept.service_id
        and told.resource_id = kept.resource_id
where
    coalesce(greatest(told.valid_from, services.started_at), timestamp '-infinity')
    < coalesce(least(told.valid_to, services.ended_at), timestamp 'infinity')
