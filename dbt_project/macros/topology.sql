{#
    Everything that goes down with what is down, over edges without redundancy, as a subquery
    (problem_id, resource_id, down_from, down_to). `start` names a CTE of the same columns; `edges`
    one of resource_id, depends_on_id, valid_from, valid_to (open end null).
    A problem reaches an element once per period, and not again inside a period in which it already
    did, so a ring ends by itself.
#}
{% macro walk_down(start, edges) -%}
(
    with recursive walk(problem_id, resource_id, down_from, down_to, steps)
    using key (problem_id, resource_id, down_from, down_to) as (

        select
            problem_id,
            resource_id,
            down_from,
            down_to,
            0 as steps
        from {{ start }}
        group by problem_id, resource_id, down_from, down_to

        union

        select
            reached.problem_id,
            reached.resource_id,
            reached.down_from,
            reached.down_to,
            reached.steps
        from (

            select
                walk.problem_id,
                edges.resource_id,
                greatest(walk.down_from, edges.valid_from) as down_from,
                least(walk.down_to, edges.valid_to) as down_to,
                min(walk.steps + 1) as steps
            from walk
            inner join {{ edges }} as edges
                on
                    walk.resource_id = edges.depends_on_id
                    and walk.down_from < coalesce(edges.valid_to, timestamp 'infinity')
                    and walk.down_to > edges.valid_from
            where walk.steps < {{ var('topology_depth') }}
            group by
                walk.problem_id,
                edges.resource_id,
                greatest(walk.down_from, edges.valid_from),
                least(walk.down_to, edges.valid_to)

        ) as reached
        anti join recurring.walk as known
            on
                reached.problem_id = known.problem_id
                and reached.resource_id = known.resource_id
                and reached.down_from >= known.down_from
                and reached.down_to <= known.down_to

    )

    select
        problem_id,
        resource_id,
        down_from,
        down_to
    from walk
)
{%- endmacro %}

{#
    When every valid member of a redundancy group is down, and through which problems, as a subquery
    (problem_id, <dependent>, down_from, down_to). `down` names a CTE of problem_id, resource_id,
    down_from, down_to; `members` one of <dependent>, redundancy_group, member_id, valid_from,
    valid_to (open end null). Only groups with a member down are looked at.
    A problem is held to account for the part of the time in which it kept a member down.
#}
{% macro all_members_down(down, members, dependent) -%}
(
    with

    member_downtimes as (

        select
            down.problem_id,
            members.{{ dependent }},
            members.redundancy_group,
            members.member_id,
            greatest(down.down_from, members.valid_from) as down_from,
            least(down.down_to, members.valid_to) as down_to
        from {{ down }} as down
        inner join {{ members }} as members
            on
                down.resource_id = members.member_id
                and down.down_from < coalesce(members.valid_to, timestamp 'infinity')
                and down.down_to > members.valid_from

    ),

    touched_groups as (

        select
            {{ dependent }},
            redundancy_group,
            min(down_from) as first_down_from,
            max(down_to) as last_down_to
        from member_downtimes
        group by {{ dependent }}, redundancy_group

    ),

    member_unions as (

        select *
        from {{ merged_periods(
            'member_downtimes', [dependent, 'redundancy_group', 'member_id'],
            'down_from', 'down_to'
        ) }}

    ),

    member_periods as (

        select
            members.{{ dependent }},
            members.redundancy_group,
            greatest(members.valid_from, touched_groups.first_down_from) as valid_from,
            least(members.valid_to, touched_groups.last_down_to) as valid_to
        from {{ members }} as members
        inner join touched_groups
            on
                members.{{ dependent }} = touched_groups.{{ dependent }}
                and members.redundancy_group = touched_groups.redundancy_group
        where
            members.valid_from < touched_groups.last_down_to
            and coalesce(members.valid_to, timestamp 'infinity') > touched_groups.first_down_from

    ),

    changes as (

        select {{ dependent }}, redundancy_group, valid_from as changed_at, 1 as valid, 0 as failed
        from member_periods
        union all
        select {{ dependent }}, redundancy_group, valid_to as changed_at, -1 as valid, 0 as failed
        from member_periods
        union all
        select {{ dependent }}, redundancy_group, down_from as changed_at, 0 as valid, 1 as failed
        from member_unions
        union all
        select {{ dependent }}, redundancy_group, down_to as changed_at, 0 as valid, -1 as failed
        from member_unions

    ),

    moments as (

        select
            {{ dependent }},
            redundancy_group,
            changed_at,
            sum(valid) as valid,
            sum(failed) as failed
        from changes
        group by {{ dependent }}, redundancy_group, changed_at

    ),

    stretches as (

        select
            {{ dependent }},
            redundancy_group,
            changed_at as down_from,
            lead(changed_at) over group_time as down_to,
            sum(valid) over group_time as members_valid,
            sum(failed) over group_time as members_down
        from moments
        window group_time as (partition by {{ dependent }}, redundancy_group order by changed_at)

    ),

    group_downtimes as (

        select *
        from stretches
        where members_valid > 0 and members_down = members_valid and down_to is not null

    )

    select
        member_downtimes.problem_id,
        group_downtimes.{{ dependent }},
        greatest(group_downtimes.down_from, member_downtimes.down_from) as down_from,
        least(group_downtimes.down_to, member_downtimes.down_to) as down_to
    from group_downtimes
    inner join member_downtimes
        on
            group_downtimes.{{ dependent }} = member_downtimes.{{ dependent }}
            and group_downtimes.redundancy_group = member_downtimes.redundancy_group
            and group_downtimes.down_from < member_downtimes.down_to
            and group_downtimes.down_to > member_downtimes.down_from
)
{%- endmacro %}
