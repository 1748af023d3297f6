-- One row per problem, service and period in which the problem held the service down (outage) or
-- disturbed it (degradation): because the problem names it, or through the elements under it.
-- Cut to the service's in-service time. Two problems may cover the same minutes: sum only merged.
with

problems as (

    select * from {{ ref('int_problems') }}

),

problem_links as (

    select * from {{ ref('int_problem_links') }}

),

resource_downtimes as (

    select * from {{ ref('int_resource_downtimes') }}

),

service_resources as (

    select * from {{ ref('bdg_service_resource') }}

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

redundant_resources as (

    select
        service_id,
        redundancy_group,
        resource_id as member_id,
        valid_from,
        valid_to
    from service_resources
    where redundancy_group is not null

),

resource_outages as (

    select resource_downtimes.*
    from resource_downtimes
    semi join problems
        on
            resource_downtimes.problem_id = problems.problem_id
            and problems.is_outage

),

named as (

    select
        problems.problem_id,
        problem_links.related_id as service_id,
        problems.lasted_from as disturbed_from,
        problems.lasted_to as disturbed_to,
        1 as rule_rank
    from problems
    inner join problem_links
        on problems.problem_id = problem_links.problem_id
    where problem_links.related_type = 'affected_service'

),

through_one_resource as (

    select
        resource_downtimes.problem_id,
        service_resources.service_id,
        greatest(resource_downtimes.down_from, service_resources.valid_from) as disturbed_from,
        least(resource_downtimes.down_to, service_resources.valid_to) as disturbed_to,
        case when resource_downtimes.is_failed_itself then 2 else 3 end as rule_rank
    from resource_downtimes
    inner join service_resources
        on
            resource_downtimes.resource_id = service_resources.resource_id
            and service_resources.redundancy_group is null
            and resource_downtimes.down_from
            < coalesce(service_resources.valid_to, timestamp 'infinity')
            and resource_downtimes.down_to > service_resources.valid_from

),

through_a_whole_group as (

    select
        problem_id,
        service_id,
        down_from as disturbed_from,
        down_to as disturbed_to,
        4 as rule_rank
    from {{ all_members_down('resource_outages', 'redundant_resources', 'service_id') }}

),

found as (

    select * from named
    union all
    select * from through_one_resource
    union all
    select * from through_a_whole_group

),

in_service as (

    select
        found.problem_id,
        found.service_id,
        greatest(found.disturbed_from, services.started_at) as disturbed_from,
        least(found.disturbed_to, services.ended_at) as disturbed_to,
        found.rule_rank
    from found
    inner join services
        on found.service_id = services.service_id

),

periods as (

    select * from in_service where disturbed_from < disturbed_to

),

merged as (

    select *
    from {{ merged_periods(
        'periods', ['problem_id', 'service_id'], 'disturbed_from', 'disturbed_to',
        {'rule_rank': 'min'}
    ) }}

)

select
    merged.problem_id,
    merged.service_id,
    merged.disturbed_from,
    merged.disturbed_to,
    problems.is_outage,
    problems.is_planned,
    case merged.rule_rank
        when 1 then 'affected_service'
        when 2 then 'failed_resource'
        when 3 then 'topology'
        when 4 then 'redundancy_group'
    end as rule,
    cast(
        case when merged.rule_rank <= 2 then 1.0 else {{ var("chain_confidence") }} end as double
    ) as confidence
from merged
inner join problems
    on merged.problem_id = problems.problem_id
