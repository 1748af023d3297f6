-- One row per alarm, as known now. A child alarm shares its root's problem; it never adds downtime.
with

alarms as (

    select *
    from {{ in_our_words(ref('stg_alarms'), {
        'probable_cause': 'cause', 'perceived_severity': 'alarm_severity'
    }) }}

),

alarm_roots as (

    select * from {{ ref('int_alarm_roots') }}

),

problems as (

    select * from {{ ref('int_problems') }}

),

problem_links as (

    select * from {{ ref('int_problem_links') }}

),

resources as (

    select * from {{ ref('dim_resource') }}

),

current_alarms as (

    select * from {{ preferred('alarms', 'alarm_id') }}

),

-- Two problems may name one alarm: the first by number keeps it, so that an alarm has one problem.
named_alarms as (

    select
        related_id as alarm_id,
        min(problem_id) as problem_id
    from problem_links
    where related_type = 'underlying_alarm'
    group by related_id

),

told_problems as (

    select
        current_alarms.alarm_id,
        coalesce(
            current_alarms.problem_id, named_alarms.problem_id, derived_problems.problem_id
        ) as problem_id,
        case
            when current_alarms.problem_id is not null then 'named_by_alarm'
            when named_alarms.problem_id is not null then 'named_by_problem'
            when derived_problems.problem_id is not null then 'derived_from_alarm'
        end as problem_rule
    from current_alarms
    left join named_alarms
        on current_alarms.alarm_id = named_alarms.alarm_id
    left join problems as derived_problems
        on
            derived_problems.is_derived
            and 'alarm:' || current_alarms.alarm_id = derived_problems.problem_id

),

told_alarms as (

    select
        ---------- keys
        current_alarms.alarm_id,
        resources.resource_key,
        current_alarms.resource_id,
        current_alarms.parent_alarm_id,
        coalesce(alarm_roots.root_alarm_id, current_alarms.alarm_id) as root_alarm_id,
        coalesce(told_problems.problem_id, root_problems.problem_id) as problem_id,

        ---------- attributes
        current_alarms.alarm_type,
        current_alarms.probable_cause as cause,
        current_alarms.probable_cause_code as cause_code,
        current_alarms.probable_cause_code as probable_cause,
        current_alarms.perceived_severity,
        case
            when told_problems.problem_id is not null then told_problems.problem_rule
            when root_problems.problem_id is not null then 'root_alarm'
        end as problem_rule,

        ---------- numbers
        {{ minutes_between('current_alarms.raised_at', 'current_alarms.cleared_at') }}
            as minutes_to_clear,

        ---------- flags
        coalesce(current_alarms.is_root_cause, false) as is_root_cause,
        alarm_roots.alarm_id is not null as is_child,
        coalesce(current_alarms.is_service_affecting, false) as is_service_affecting,
        coalesce(current_alarms.is_planned_outage, false) as is_planned_outage,
        current_alarms.cleared_at is null as is_open,

        ---------- times
        current_alarms.raised_at,
        current_alarms.acknowledged_at,
        current_alarms.cleared_at,

        ---------- lineage
        current_alarms.source_system,
        current_alarms.known_at
    from current_alarms
    left join alarm_roots
        on current_alarms.alarm_id = alarm_roots.alarm_id
    left join told_problems
        on current_alarms.alarm_id = told_problems.alarm_id
    left join told_problems as root_problems
        on alarm_roots.root_alarm_id = root_problems.alarm_id
    left join resources
        on
            current_alarms.resource_id = resources.resource_id
            and {{ holds_at(
                'current_alarms.raised_at', 'resources.valid_from', 'resources.valid_to'
            ) }}

)

{{ with_version_keys('told_alarms', 'raised_at', ['cause']) }}
