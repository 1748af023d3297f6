-- Analyst question (network planning): which elements carry the most services, directly or through
-- others, where no element of the service backs them up? They are where redundancy pays first.
with

closure as (

    select * from {{ ref('bdg_resource_closure') }}
    where valid_to is null

),

service_resources as (

    select * from {{ ref('bdg_service_resource') }}
    where valid_to is null and redundancy_group is null

),

resources as (

    select * from {{ ref('dim_resource') }}
    where is_current

)

select
    resources.resource_id,
    resources.resource_type,
    resources.region,
    count(distinct service_resources.service_id) as services_below
from closure
inner join service_resources
    on closure.resource_id = service_resources.resource_id
inner join resources
    on closure.ancestor_id = resources.resource_id
group by resources.resource_id, resources.resource_type, resources.region
order by services_below desc, resources.resource_id
limit 50
