-- One row per outage or degradation as known now, with the period it lasted, cut at the clock.
-- Reported problems come first; an alarm makes a problem of its own only under the rule of
-- derive_problems_from_alarms (by default: only where the operator delivers no problems at all).
-- Easy to get wrong: a problem withdrawn or not taken in (work called off, a false alarm) keeps the
-- times it was announced with, and held nobody down; one told to be over, but not since when, was
-- over when we learned of it, or it would last to this day; and one opened again may keep the time it
-- was restored at before, which is no end (as of tickets, int_ticket_reopenings).
with

service_problems as (

    select *
    from {{ in_our_words(ref('stg_service_problems'), {
        'cause': 'cause', 'status': 'problem_status'
    }) }}

),

alarms as (

    select * from {{ in_our_words(ref('stg_alarms'), {'probable_cause': 'cause'}) }}

),

alarm_roots as (

    select * from {{ ref('int_alarm_roots') }}

),

problem_links as (

    select * from {{ ref('int_problem_links') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

versions as (

    select *
    from {{ scd2('service_problems', 'problem_id', [
        'category', 'cause', 'cause_code', 'is_planned', 'first_alert', 'status',
        'root_cause_resource_id', 'started_at', 'detected_at', 'acknowledged_at', 'restored_at',
        'closed_at'
    ]) }}

),

last_seen_over as (

    select
        problem_id,
        arg_max_null(restored_at, known_at) as restored_at,
        arg_max_null(closed_at, known_at) as closed_at
    from versions
    where status in ('resolved', 'closed')
    group by problem_id

),

opened_again as (

    select versions.problem_id
    from versions
    inner join last_seen_over
        on versions.problem_id = last_seen_over.problem_id
    where
        versions.is_current
        and versions.status not in ('resolved', 'closed')
        and not {{ is_withdrawn('versions.status') }}
        and coalesce(versions.restored_at = last_seen_over.restored_at, versions.restored_at is null)
        and coalesce(versions.closed_at = last_seen_over.closed_at, versions.closed_at is null)

),

reported as (

    select
        versions.* replace (
            case when opened_again.problem_id is null then versions.restored_at end as restored_at,
            case when opened_again.problem_id is null then versions.closed_at end as closed_at
        )
    from versions
    left join opened_again
        on versions.problem_id = opened_again.problem_id
    where versions.is_current

),

last_seen_open as (

    select
        problem_id,
        max(known_at) as open_at
    from versions
    where coalesce(status not in ('resolved', 'closed'), true)
    group by problem_id

),

ends_learned as (

    select
        versions.problem_id,
        min(versions.known_at) as end_learned_at
    from versions
    left join last_seen_open
        on versions.problem_id = last_seen_open.problem_id
    where
        versions.status in ('resolved', 'closed')
        and coalesce(versions.known_at > last_seen_open.open_at, true)
    group by versions.problem_id

),

claimed_alarms as (

    select related_id as alarm_id from problem_links
    where related_type = 'underlying_alarm'
    group by related_id

),

current_alarms as (

    select * from {{ preferred('alarms', 'alarm_id') }}

),

told_raisings as (

    select
        alarms.source_system,
        alarms.alarm_id,
        alarms.raised_at,
        max(alarms.known_at) as known_at,
        arg_max_null(alarms.cleared_at, alarms.known_at) as cleared_at
    from alarms
    semi join (
        select
            source_system,
            alarm_id
        from alarms
        group by source_system, alarm_id
        having min(raised_at) < max(raised_at)
    ) as raised_again
        on
            alarms.source_system = raised_again.source_system
            and alarms.alarm_id = raised_again.alarm_id
    group by alarms.source_system, alarms.alarm_id, alarms.raised_at

),

ended_raisings as (

    select
        *,
        lead(raised_at) over (
            partition by source_system, alarm_id order by raised_at
        ) as raised_again_at
    from told_raisings

),

-- An alarm raised again under its number after it was cleared (it flaps) took service down each time.
-- One raised at another time without a clear in between was told otherwise.
occurrences as (

    select
        current_alarms.*,
        true as is_last
    from current_alarms

    union all by name

    select
        current_alarms.* replace (
            ended_raisings.raised_at as raised_at,
            ended_raisings.cleared_at as cleared_at,
            cast(null as timestamp) as acknowledged_at,
            ended_raisings.known_at as known_at
        ),
        false as is_last
    from ended_raisings
    inner join current_alarms
        on
            ended_raisings.source_system = current_alarms.source_system
            and ended_raisings.alarm_id = current_alarms.alarm_id
            and ended_raisings.raised_at < current_alarms.raised_at
    where
        ended_raisings.cleared_at > ended_raisings.raised_at
        and ended_raisings.cleared_at <= ended_raisings.raised_again_at

),

unclaimed_root_alarms as (

    select alarms.*
    from occurrences as alarms
    anti join claimed_alarms
        on alarms.alarm_id = claimed_alarms.alarm_id
    anti join alarm_roots
        on alarms.alarm_id = alarm_roots.alarm_id
    where
        -- One that says it is not the cause, for another one is, is all we have where that one
        -- never came. Who tells no causes at all has nobody above it.
        (coalesce(alarms.is_root_cause, true) or alarms.parent_alarm_id <> alarms.alarm_id)
        and alarms.is_service_affecting
        and alarms.problem_id is null
        {% if var('derive_problems_from_alarms') == 'when_no_problems' -%}
        and not exists (select 1 as delivered from service_problems)
        {% elif var('derive_problems_from_alarms') == 'never' -%}
        and false
        {% endif %}
),

-- What stands beside its root, for their parent never came, is of one outage: over with the last.
sibling_ends as (

    select
        alarm_roots.root_alarm_id,
        min(alarms.acknowledged_at) as first_acknowledged_at,
        max(coalesce(alarms.cleared_at, timestamp 'infinity')) as last_cleared_at
    from alarm_roots
    inner join current_alarms as alarms
        on alarm_roots.alarm_id = alarms.alarm_id
    where alarm_roots.is_sibling
    group by alarm_roots.root_alarm_id

),

derived as (

    select
        unclaimed_root_alarms.* replace (
            least(
                unclaimed_root_alarms.acknowledged_at, sibling_ends.first_acknowledged_at
            ) as acknowledged_at,
            nullif(
                -- Of one that stands alone its own, though told to be before it was raised: an end
                -- before the start is the source's word, and M15 leaves it out.
                case
                    when sibling_ends.root_alarm_id is null then unclaimed_root_alarms.cleared_at
                    else greatest(
                        coalesce(unclaimed_root_alarms.cleared_at, timestamp 'infinity'),
                        sibling_ends.last_cleared_at
                    )
                end,
                timestamp 'infinity'
            ) as cleared_at
        )
    from unclaimed_root_alarms
    left join sibling_ends
        on
            unclaimed_root_alarms.is_last
            and unclaimed_root_alarms.alarm_id = sibling_ends.root_alarm_id

),

problems as (

    select
        problem_id,
        lower(category) as category,
        cause,
        cause_code,
        coalesce(is_planned, false) as is_planned,
        false as is_derived,
        cast(null as varchar) as alarm_id,
        first_alert,
        status,
        root_cause_resource_id,
        started_at,
        detected_at,
        acknowledged_at,
        restored_at,
        closed_at,
        source_system,
        known_at
    from reported

    union all

    select
        'alarm:' || alarm_id || case
            when is_last then '' else '@' || cast(epoch_ms(raised_at) as varchar)
        end as problem_id,
        '{{ var("outage_categories") | first }}' as category,
        probable_cause as cause,
        probable_cause_code as cause_code,
        coalesce(is_planned_outage, false) as is_planned,
        true as is_derived,
        alarm_id,
        'alarm' as first_alert,
        case when cleared_at is null then 'inProgress' else 'resolved' end as status,
        resource_id as root_cause_resource_id,
        raised_at as started_at,
        raised_at as detected_at,
        acknowledged_at,
        cleared_at as restored_at,
        cleared_at as closed_at,
        source_system,
        known_at
    from derived

),

judged as (

    select
        problems.*,
        {{ is_withdrawn('problems.status') }} as is_withdrawn,
        coalesce(problems.restored_at, problems.closed_at, ends_learned.end_learned_at) as over_at
    from problems
    left join ends_learned
        on problems.problem_id = ends_learned.problem_id

)

select
    judged.* exclude (over_at),
    not judged.is_withdrawn and coalesce(
        judged.category in (
            {%- for category in var('outage_categories') %}
            '{{ category | lower }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ),
        false
    ) as is_outage,
    not judged.is_withdrawn and judged.over_at is null as is_open,
    judged.started_at as lasted_from,
    case
        when judged.is_withdrawn then judged.started_at
        else least(coalesce(judged.over_at, clock.as_of), clock.as_of)
    end as lasted_to
from judged
cross join clock
