"""What breaks in the network and whom it hits."""

from __future__ import annotations

import duckdb

# Everything begins and ends inside its month, on whole minutes.
PROBLEMS = """
insert into problem
with
elements as (
    select 'core' as kind, 2 * region_n - other as element_n
    from (select distinct region_n from area) as regions
    cross join (values (0), (1)) as others(other)
    union all
    select 'aggregation', 2 * area_n - other
    from area
    cross join (values (0), (1)) as others(other)
    union all
    select 'access', access_n from access
    union all
    select 'cell', child_n from relation where kind = 'cell'
    union all
    select 'port', leaf_n
    from subscription
    where family = 'broadband' and status in ('active', 'suspended')
),
sorts as (
    select * from (values
        ('core', 'outage', false, rate().fault_core, 25.0),
        ('aggregation', 'outage', false, rate().fault_aggregation, 70.0),
        ('access', 'outage', false, rate().fault_access, 170.0),
        ('cell', 'outage', false, rate().fault_cell, 130.0),
        ('port', 'outage', false, rate().fault_port, 900.0),
        ('cell', 'degradation', false, rate().degraded_cell, 900.0),
        ('access', 'degradation', false, rate().degraded_access, 600.0),
        ('aggregation', 'outage', true, rate().planned_aggregation, 100.0),
        ('access', 'outage', true, rate().planned_access, 90.0)
    ) as listed(kind, category, is_planned, fault_rate, median_minutes)
),
drawn as (
    select
        elements.kind,
        elements.element_n,
        sorts.category,
        sorts.is_planned,
        sorts.median_minutes,
        unnest(range(how_many(sorts.fault_rate, u(
            sorts.category || sorts.is_planned || elements.kind,
            elements.element_n * 1000 + month_n()
        )))) as occurrence,
    from elements
    inner join sorts
        on elements.kind = sorts.kind
),
keyed as (
    select
        *,
        hash(kind, element_n, category, is_planned, occurrence, month_n()) as draw,
    from drawn
),
lasting as (
    select
        *,
        least(5760, greatest(3, floor(median_minutes * exp(
            if(is_planned, 0.35, 0.75) * gauss('lasting', draw)
        )))) as minutes,
    from keyed
),
begun as (
    select
        *,
        if(
            is_planned,
            -- planned work is done in the night between one and three
            date_trunc('day', after_minutes(
                month_from(), (month_minutes() - 8640) * u('begin', draw) + 4320
            )) + to_minutes(60 + cast(floor(120 * u('night', draw)) as bigint)),
            after_minutes(month_from(), (month_minutes() - minutes - 120) * u('begin', draw) + 60)
        ) as started_at,
    from lasting
),
-- a second failure in the pair while the first lasts: the only way a redundant pair goes down
doubled as (
    select * exclude (occurrence) from begun
    union all
    select
        kind,
        element_n + if(element_n % 2 = 0, -1, 1) as element_n,
        category,
        false as is_planned,
        median_minutes,
        hash(draw, 'double') as draw,
        least(greatest(20, floor(minutes * (0.3 + u('double long', draw)))), 1440) as minutes,
        after_minutes(started_at, minutes * u('double at', draw)) as started_at,
    from begun
    where kind in ('aggregation', 'core')
        and category = 'outage'
        and u('double', draw) < rate().double_failure
),
timed as (
    select
        *,
        least(
            after_minutes(started_at, minutes), month_to() - to_minutes(30)
        ) as restored_at,
        u('first', draw) < if(kind = 'port', 0.35, 0.93) as is_alarm_first,
    from doubled
    where started_at < month_to() - to_minutes(60)
)
select
    month_n() * 10000000 + row_number() over (order by started_at, kind, element_n, draw)
        as problem_n,
    kind,
    element_n,
    category,
    case
        when is_planned then 'planned_work'
        when category = 'degradation' then pick(
            ['congestion', 'congestion', 'interference', 'hardware'], u('cause', draw))
        when kind = 'port' then pick(
            ['line_fault', 'line_fault', 'equipment', 'third_party'], u('cause', draw))
        else pick(
            ['power', 'power', 'fibre_cut', 'hardware', 'software', 'third_party'],
            u('cause', draw))
        end as cause,
    is_planned,
    case
        when is_planned then 'monitoring'
        when is_alarm_first then 'alarm'
        else 'ticket' end as first_alert,
    started_at,
    least(restored_at, case
        when is_planned then started_at
        when is_alarm_first then after_minutes(started_at, 1 + 9 * u('detect', draw))
        else after_minutes(started_at, 20 + 220 * u('detect', draw)) end) as detected_at,
    least(restored_at, case
        when is_planned then started_at
        else after_minutes(started_at, if(is_alarm_first, 10, 240) + 40 * u('ack', draw))
        end) as acknowledged_at,
    restored_at,
    after_minutes(restored_at, 60 + 2880 * u('close', draw)) as closed_at,
from timed
order by problem_n
"""

# Which services a problem took down, and when. A redundant pair counts as down only while both of
# it are: the minutes then belong to both problems. Intervals of one problem are merged.
IMPACTS = """
insert into impact
with
month_outages as (
    select problem_n, kind, element_n, started_at as down_from, restored_at as down_to
    from problem
    where category = 'outage' and started_at >= month_from() and started_at < month_to()
),
wired as (
    select *
    from relation
    where valid_from < month_to() and (valid_to is null or valid_to >= month_to())
),
core_down as (
    select element_n, problem_n, down_from, down_to from month_outages where kind = 'core'
),
aggregation_down as (
    select element_n, problem_n, down_from, down_to from month_outages where kind = 'aggregation'
    union
    select
        one.child_n,
        unnest([first.problem_n, second.problem_n]),
        greatest(first.down_from, second.down_from),
        least(first.down_to, second.down_to),
    from wired as one
    inner join wired as two
        on one.kind = two.kind and one.child_n = two.child_n and one.parent_n < two.parent_n
        and one.redundancy_group = two.redundancy_group
    inner join core_down as first on one.parent_n = first.element_n
    inner join core_down as second
        on two.parent_n = second.element_n
        and first.down_from < second.down_to and second.down_from < first.down_to
    where one.kind = 'aggregation'
),
access_down_raw as (
    select element_n, problem_n, down_from, down_to from month_outages where kind = 'access'
    union
    select wired.child_n, down.problem_n, down.down_from, down.down_to
    from wired
    inner join aggregation_down as down on wired.parent_n = down.element_n
    where wired.kind = 'access' and wired.redundancy_group is null
    union
    select
        one.child_n,
        unnest([first.problem_n, second.problem_n]),
        greatest(first.down_from, second.down_from),
        least(first.down_to, second.down_to),
    from wired as one
    inner join wired as two
        on one.kind = two.kind and one.child_n = two.child_n and one.parent_n < two.parent_n
        and one.redundancy_group = two.redundancy_group
    inner join aggregation_down as first on one.parent_n = first.element_n
    inner join aggregation_down as second
        on two.parent_n = second.element_n
        and first.down_from < second.down_to and second.down_from < first.down_to
    where one.kind = 'access'
),
access_marked as (
    select
        *,
        down_from > coalesce(max(down_to) over (
            partition by element_n, problem_n order by down_from, down_to
            rows between unbounded preceding and 1 preceding
        ), timestamp '1970-01-01') as is_fresh,
    from access_down_raw
),
access_grouped as (
    select
        *,
        count_if(is_fresh) over (
            partition by element_n, problem_n order by down_from, down_to rows unbounded preceding
        ) as island,
    from access_marked
),
access_down as (
    select element_n, problem_n, min(down_from) as down_from, max(down_to) as down_to
    from access_grouped
    group by element_n, problem_n, island
),
service_down as (
    select support.service_n, down.problem_n, down.down_from, down.down_to,
        support.valid_from, support.valid_to,
    from access_down as down
    inner join support on down.element_n = support.access_n
    union all
    select support.service_n, down.problem_n, down.down_from, down.down_to,
        support.valid_from, support.valid_to,
    from month_outages as down
    inner join support
        on down.kind = support.leaf_kind and down.element_n = support.leaf_n
)
select
    down.problem_n,
    down.service_n,
    greatest(down.down_from, service.started_at, down.valid_from) as impact_from,
    least(
        down.down_to, coalesce(service.ended_at, down.down_to),
        coalesce(down.valid_to, down.down_to)
    ) as impact_to,
from service_down as down
inner join service
    on down.service_n = service.service_n
where impact_from < impact_to
order by down.problem_n, down.service_n
"""


def break_things(connection: duckdb.DuckDBPyConnection) -> None:
    """Draw the month's problems and find the services they take down."""
    connection.execute(PROBLEMS)
    connection.execute(IMPACTS)
