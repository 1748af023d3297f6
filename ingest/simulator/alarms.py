"""What the network shouts: one root alarm per fault, storms of children below it, and noise."""

from __future__ import annotations

import duckdb

TABLES = """
create table alarm (
    alarm_n bigint, kind varchar, element_n bigint, alarm_type varchar, probable_cause varchar,
    severity varchar, is_root_cause boolean, parent_n bigint, is_service_affecting boolean,
    is_planned_outage boolean, problem_n bigint, raised_at timestamp, acknowledged_at timestamp,
    cleared_at timestamp
)
"""

# A root alarm on the broken element, children on what hangs below it, noise anywhere.
ALARMS = """
insert into alarm
with
roots as (
    select
        *,
        after_minutes(started_at, 3 * u('raise', problem_n)) as raised_at,
        u('clear', problem_n) as clear,
    from problem
    where started_at >= month_from()
        and started_at < month_to()
        and (first_alert <> 'ticket' or u('later alarm', problem_n) < 0.5)
),
wired as (
    select kind, child_n, parent_kind, parent_n
    from relation
    where valid_from < month_to() and (valid_to is null or valid_to >= month_to())
    union all
    select distinct 'port', leaf_n, 'access', access_n
    from support
    -- only some line cards ring for each of their ports
    where leaf_kind = 'port' and valid_to is null and u('rings', leaf_n) < 0.12
),
one_below as (
    select roots.problem_n, wired.kind, wired.child_n as element_n, 1 as distance
    from roots
    inner join wired
        on roots.kind = wired.parent_kind and roots.element_n = wired.parent_n
    where roots.category = 'outage'
),
two_below as (
    select distinct one_below.problem_n, wired.kind, wired.child_n as element_n, 2 as distance
    from one_below
    inner join wired
        on one_below.kind = wired.parent_kind and one_below.element_n = wired.parent_n
),
three_below as (
    select distinct two_below.problem_n, wired.kind, wired.child_n as element_n, 3 as distance
    from two_below
    inner join wired
        on two_below.kind = wired.parent_kind and two_below.element_n = wired.parent_n
    where wired.kind <> 'port'
),
below as (
    select * from one_below
    union all
    select * from two_below
    union all
    select * from three_below
),
children as (
    select
        below.*,
        roots.raised_at as root_raised_at,
        roots.restored_at,
        roots.is_planned,
        hash(below.problem_n, below.kind, below.element_n) as draw,
        exists (
            select 1
            from impact
            inner join support on impact.service_n = support.service_n
            where impact.problem_n = below.problem_n
                and support.access_n = case below.kind
                    when 'access' then below.element_n
                    when 'cell' then (below.element_n + 2) // 3 end
        ) or below.kind = 'port' as is_down,
    from below
    inner join roots
        on below.problem_n = roots.problem_n
),
noise as (
    select
        child_n as element_n,
        unnest(range(how_many(rate().noise_alarm, u('noise', child_n * 1000 + month_n()))))
            as occurrence,
    from relation
    where kind = 'cell'
),
rung as (
    select
        problem_n,
        kind,
        element_n,
        0 as distance,
        if(category = 'degradation', 'qualityOfServiceAlarm', 'communicationsAlarm') as alarm_type,
        case cause
            when 'power' then 'powerProblem'
            when 'fibre_cut' then 'lossOfSignal'
            when 'software' then 'softwareError'
            when 'congestion' then 'congestion'
            else 'equipmentMalfunction' end as probable_cause,
        if(category = 'degradation', 'minor', 'critical') as severity,
        category = 'outage' as is_service_affecting,
        is_planned,
        raised_at,
        after_minutes(restored_at, 4 * clear) as cleared_at,
        hash(problem_n, 'root') as draw,
    from roots
    union all
    select
        problem_n,
        kind,
        element_n,
        distance,
        'communicationsAlarm',
        if(is_down, 'communicationsSubsystemFailure', 'lossOfRedundancy'),
        if(is_down, 'major', 'minor'),
        is_down,
        is_planned,
        after_minutes(root_raised_at, 1 + distance * 3 * u('child raise', draw)),
        if(
            u('outlasts', draw) < rate().outlasting_share,
            after_minutes(restored_at, 60 + 600 * u('how long', draw)),
            after_minutes(restored_at, 1 + 9 * u('child clear', draw))
        ),
        draw,
    from children
    union all
    select
        null,
        'cell',
        element_n,
        0,
        pick(['environmentalAlarm', 'equipmentAlarm', 'processingErrorAlarm'],
            u('noise type', hash(element_n, month_n(), occurrence))),
        pick(['highTemperature', 'fanFailure', 'clockSyncProblem', 'doorOpen'],
            u('noise cause', hash(element_n, month_n(), occurrence))),
        pick(['warning', 'warning', 'minor', 'indeterminate'],
            u('noise severity', hash(element_n, month_n(), occurrence))),
        false,
        false,
        after_minutes(month_from(), (month_minutes() - 10)
            * u('noise at', hash(element_n, month_n(), occurrence))),
        after_minutes(month_from(), (month_minutes() - 10)
            * u('noise at', hash(element_n, month_n(), occurrence))
            + 5 + 900 * u('noise long', hash(element_n, month_n(), occurrence))),
        hash(element_n, month_n(), occurrence),
    from noise
),
numbered as (
    select
        *,
        month_n() * 100000000 + row_number() over (order by raised_at, distance, draw) as alarm_n,
    from rung
)
select
    alarm_n,
    kind,
    element_n,
    alarm_type,
    probable_cause,
    severity,
    problem_n is not null and distance = 0 as is_root_cause,
    if(distance = 0, null, max(if(distance = 0, alarm_n, null)) over (partition by problem_n))
        as parent_n,
    is_service_affecting,
    is_planned,
    problem_n,
    raised_at,
    if(u('seen', draw) < 0.7, after_minutes(raised_at, 2 + 30 * u('seen at', draw)), null)
        as acknowledged_at,
    cleared_at,
from numbered
order by alarm_n
"""


def ring(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise the month's alarms."""
    connection.execute(ALARMS)
