-- One row per problem, element and period in which the problem kept the element down (or, for a
-- degradation, disturbed it). A failure travels to whatever depends on the failed element then, and
-- to elements whose own alarms name it as their root; an element with redundancy falls only while all
-- members of a group are down, by one problem or several. Redundancy groups that stand on one another
-- are resolved one layer a round.
{% set rounds = var('redundancy_rounds') %}
with

problems as (

    select * from {{ ref('int_problems') }}

),

problem_links as (

    select * from {{ ref('int_problem_links') }}

),

sibling_failures as (

    select * from {{ ref('int_sibling_failures') }}

),

symptom_failures as (

    select * from {{ ref('int_symptom_failures') }}

),

topology_edges as (

    select * from {{ ref('int_topology_edges') }}

),

plain_edges as (

    select * from topology_edges where redundancy_group is null

),

redundant_edges as (

    select
        resource_id,
        redundancy_group,
        depends_on_id as member_id,
        valid_from,
        valid_to
    from topology_edges
    where redundancy_group is not null

),

failed_elements as (

    select
        problem_id,
        root_cause_resource_id as resource_id
    from problems
    where root_cause_resource_id is not null

    union

    select
        problem_id,
        related_id as resource_id
    from problem_links
    where related_type = 'affected_resource'

),

failures as (

    select
        problems.problem_id,
        failed_elements.resource_id,
        problems.lasted_from as down_from,
        problems.lasted_to as down_to
    from problems
    inner join failed_elements
        on problems.problem_id = failed_elements.problem_id
    anti join sibling_failures
        on
            failed_elements.problem_id = sibling_failures.problem_id
            and failed_elements.resource_id = sibling_failures.resource_id
    where problems.lasted_from < problems.lasted_to

    union all

    select
        problem_id,
        resource_id,
        down_from,
        down_to
    from sibling_failures
    where down_from < down_to

),

reached as (

    select * from {{ walk_down('failures', 'plain_edges') }}

),

-- What a symptom tells of an element that hangs below the failed one is known already: in a storm
-- that is nearly all of it.
unreached_failures as (

    select symptom_failures.*
    from symptom_failures
    anti join reached
        on
            symptom_failures.problem_id = reached.problem_id
            and symptom_failures.resource_id = reached.resource_id

),

round_0 as (

    select * from reached
    union
    select * from {{ walk_down('unreached_failures', 'plain_edges') }}

),

down_after_0 as (

    select
        *,
        0 as redundancy_round
    from round_0

),

{% for round in range(1, rounds + 1) %}
outages_before_{{ round }} as (

    select down_after_{{ round - 1 }}.*
    from down_after_{{ round - 1 }}
    semi join problems
        on
            down_after_{{ round - 1 }}.problem_id = problems.problem_id
            and problems.is_outage

),

fallen_groups_{{ round }} as (

    select *
    from {{ all_members_down(
        'outages_before_' ~ round, 'redundant_edges', 'resource_id'
    ) }}

),

newly_fallen_{{ round }} as (

    select fallen_groups_{{ round }}.*
    from fallen_groups_{{ round }}
    anti join down_after_{{ round - 1 }} as known
        on
            fallen_groups_{{ round }}.problem_id = known.problem_id
            and fallen_groups_{{ round }}.resource_id = known.resource_id
            and fallen_groups_{{ round }}.down_from >= known.down_from
            and fallen_groups_{{ round }}.down_to <= known.down_to

),

round_{{ round }} as (

    select * from {{ walk_down('newly_fallen_' ~ round, 'plain_edges') }}

),

down_after_{{ round }} as (

    select * from down_after_{{ round - 1 }}
    union all
    select
        *,
        {{ round }} as redundancy_round
    from round_{{ round }}

),

{% endfor %}
merged as (

    select *
    from {{ merged_periods(
        'down_after_' ~ rounds, ['problem_id', 'resource_id'], 'down_from', 'down_to',
        {'redundancy_round': 'max'}
    ) }}

)

select
    merged.problem_id,
    merged.resource_id,
    merged.down_from,
    merged.down_to,
    merged.redundancy_round,
    failed_elements.resource_id is not null as is_failed_itself
from merged
left join failed_elements
    on
        merged.problem_id = failed_elements.problem_id
        and merged.resource_id = failed_elements.resource_id
