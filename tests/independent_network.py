"""M15 to M19 from METRICS.md, without reading the models: who was down, when and for what."""

from __future__ import annotations

# Outages by elementary spans of time: between two moments at which anything changes, an element is
# down or it is not. `fell` is repeated until nothing more falls.
NETWORK = """
create table outage as
select problem_id, root_id, named, coalesce(is_planned, false) as is_planned, started_at
    as down_from,
    least(coalesce(restored_at, closed_at, as_of), as_of) as down_to
from problem, ends
where category = 'outage' and down_from < down_to;

create table span as
with moments as (
    select down_from as span_from from outage
    union select down_to from outage
    union select valid_from from dependency where valid_from is not null
    union select valid_to from dependency where valid_to is not null
),

spans as (
    select span_from, lead(span_from) over (order by span_from) as span_to from moments
)

select * from spans semi join outage on span_from >= down_from and span_to <= down_to;

create table edge as  -- dependencies as they held in each span
select span_from, resource_id, parent_id, redundancy_group, count(*) over (
    partition by span_from, resource_id, coalesce(redundancy_group, parent_id)) as members
from span join dependency
    on span_from >= coalesce(valid_from, '-infinity') and span_from < coalesce(valid_to,
        'infinity');

create table fell as  -- elements down in a span, and the problems that hold them down
select distinct span_from, root_id as resource_id, problem_id
from span join outage on span_from >= down_from and span_to <= down_to
where root_id is not null;
"""
FALL = """
insert into fell
with struck as (
    select edge.*, problem_id from edge join fell on edge.span_from = fell.span_from
        and edge.parent_id = fell.resource_id
),

groups as (
    select span_from, resource_id, coalesce(redundancy_group, parent_id) as stands_on
    from struck
    group by all
    having count(distinct parent_id) = any_value(members)
)

select distinct struck.span_from, struck.resource_id, problem_id
from struck
join groups on struck.span_from = groups.span_from and struck.resource_id = groups.resource_id
    and coalesce(redundancy_group, parent_id) = stands_on
except
from fell
"""
SERVICES = """
create table serving as  -- a subscriber's service while it serves: life of edge, service and base
select realized.service_id, base.customer_id,
    greatest(realized.valid_from, service.started_at, base.valid_from) as serving_from,
    least(coalesce(realized.valid_to, as_of), coalesce(service.ended_at, as_of),
        coalesce(base.valid_to, as_of), as_of) as serving_to
from realized
join product using (product_id)
join base on coalesce(product.parent_id, product.product_id) = base.product_id
join service on realized.service_id = service.service_id
cross join ends
where serving_from < serving_to;

create table lost as  -- spans in which a service was down, and for what
with spans as (
    select service_id, problem_id, greatest(span.span_from, valid_from) as lost_from,
        least(span_to, coalesce(valid_to, 'infinity')) as lost_to
    from support join fell using (resource_id) join span on fell.span_from = span.span_from
    where lost_from < lost_to
    union
    select unnest(named), problem_id, down_from, down_to from outage
)

select service_id, customer_id, problem_id, not is_planned as is_unplanned,
    greatest(lost_from, serving_from) as lost_from, least(lost_to, serving_to) as lost_to
from spans join serving using (service_id) join outage using (problem_id)
where greatest(lost_from, serving_from) < least(lost_to, serving_to);

create table hit as select distinct problem_id, customer_id from lost;

create table interruption as  -- union of what was lost, all of it and all but announced work
with scoped as (
    select *, unnest(if(is_unplanned, ['all', 'unplanned'], ['all'])) as scope from lost
),

begun as (
    select *, coalesce(lost_from > max(lost_to) over (partition by scope,
        service_id order by lost_from, lost_to
        rows between unbounded preceding and 1 preceding), true) as is_new
    from scoped
),

numbered as (
    select *, sum(is_new::int) over (partition by scope, service_id order by lost_from, lost_to
        rows unbounded preceding) as island
    from begun
)

select scope, service_id, any_value(customer_id) as customer_id, min(lost_from) as lost_from,
    max(lost_to) as lost_to
from numbered group by scope, service_id, island;

create table known_period as
select *, least(period_end, as_of)::timestamp as known_to, greatest(period_start,
    since)::timestamp as known_from
from period, (select since from ends);
"""

# metric: (value, numerator, denominator, n), of the minutes and counts of a period
SERVED = {
    "M17": ("100 * (minutes - lost_all) / minutes", "minutes - lost_all", "minutes", "served"),
    "M17b": (
        "100 * (minutes - lost_unplanned) / minutes",
        "minutes - lost_unplanned",
        "minutes",
        "served",
    ),
    "M18": ("lost_all", "lost_all", "null", "down_all"),
    "M18b": ("lost_unplanned", "lost_unplanned", "null", "down_unplanned"),
    "M19": ("lost_all / nullif(served, 0)", "lost_all", "served", "served"),
    "M19b": ("lost_unplanned / nullif(served, 0)", "lost_unplanned", "served", "served"),
    "M19f": ("ended_all / nullif(served, 0)", "ended_all", "served", "served"),
    "M19fb": ("ended_unplanned / nullif(served, 0)", "ended_unplanned", "served", "served"),
    "M19c": ("lost_all / nullif(ended_all, 0)", "lost_all", "ended_all", "ended_all"),
    "M19cb": (
        "lost_unplanned / nullif(ended_unplanned, 0)",
        "lost_unplanned",
        "ended_unplanned",
        "ended_unplanned",
    ),
}
SERVED_SUMS = """
create table served as
with cells as (
    select serving.*, unnest([{'by': 'all', 'of': 'all'}, {'by': 'segment',
        'of': coalesce(segment, 'unknown')}],
        recursive := true)
    from serving left join customer using (customer_id)
),

in_service as (
    select period_start, "by", "of", sum(epoch(least(serving_to,
        known_to) - greatest(serving_from, known_from)))
        / 60 as minutes, any_value(epoch(known_to - known_from)) / 60 as length
    from cells join known_period on serving_from < known_to and serving_to > known_from
    group by all
),

gone as (
    select interruption.*, unnest([{'by': 'all', 'of': 'all'},
        {'by': 'segment', 'of': coalesce(segment, 'unknown')}], recursive := true)
    from interruption left join customer using (customer_id)
),

minutes_lost as (
    select period_start, "by", "of",
        sum(epoch(least(lost_to, known_to) - greatest(lost_from, known_from)) / 60)
            filter (where scope = 'all') as lost_all,
        sum(epoch(least(lost_to, known_to) - greatest(lost_from, known_from)) / 60)
            filter (where scope = 'unplanned') as lost_unplanned,
        count(distinct service_id) filter (where scope = 'all') as down_all,
        count(distinct service_id) filter (where scope = 'unplanned') as down_unplanned
    from gone join known_period on lost_from < known_to and lost_to > known_from
    group by all
),

ended as (
    select period_start, "by", "of", count(*) filter (where scope = 'all')::double as ended_all,
        count(*) filter (where scope = 'unplanned')::double as ended_unplanned
    from gone join known_period on lost_to >= known_from and lost_to < known_to
    where lost_to - lost_from >= interval 1 minute
    group by all
)

select period_start, "by", "of", minutes, minutes / length as served, coalesce(lost_all, 0)
    as lost_all,
    coalesce(lost_unplanned, 0) as lost_unplanned, coalesce(down_all, 0) as down_all,
    coalesce(down_unplanned, 0) as down_unplanned,
    coalesce(ended_all, 0) as ended_all, coalesce(ended_unplanned, 0) as ended_unplanned
from in_service
left join minutes_lost using (period_start, "by", "of")
left join ended using (period_start, "by", "of")
where period_start >= (from told);
"""
WEIGHED = """
create table weighed as
with outages as (
    select *, epoch(over_at - since) / 60 as minutes
    from (select problem_id, unnest([{'what': 'M15', 'over_at': coalesce(restored_at, closed_at),
            'since': started_at},
        {'what': 'M15r', 'over_at': coalesce(restored_at, closed_at), 'since': acknowledged_at},
        {'what': 'M15s', 'over_at': closed_at, 'since': detected_at}], recursive := true)
        from problem where category = 'outage')
),

cells as (
    select problem_id, null as segment, count(distinct hit.customer_id) as customers
    from problem left join hit using (problem_id) group by problem_id
    union all
    select problem_id, coalesce(segment, 'unknown'), count(distinct hit.customer_id)
    from hit left join customer using (customer_id) group by all
)

select what, period_start, if(segment is null, 'all', 'segment') as "by", coalesce(segment, 'all')
    as "of",
    count(*) as n, sum(minutes) as minutes, sum(minutes * customers) as weighed,
        sum(customers) as customers, sqrt(var_pop(minutes) / count(*)) as spread
from outages join cells using (problem_id) join period on period_start <= over_at
    and over_at < period_end
where over_at < (select as_of from ends) and minutes >= 0
group by all
"""
SPOILED = """
create table spoiled as  -- minutes in which any service of a customer was down
with begun as (
    select *, coalesce(lost_from > max(lost_to) over (partition by customer_id
        order by lost_from, lost_to rows between unbounded preceding and 1 preceding), true)
        as is_new
    from (select distinct customer_id, lost_from, lost_to from lost)
),

whole as (
    select customer_id, min(lost_from) as lost_from, max(lost_to) as lost_to
    from (select *, sum(is_new::int) over (partition by customer_id order by lost_from, lost_to
        rows unbounded preceding) as island from begun)
    group by customer_id, island
),

cut as (
    select whole.*, unnest([{'by': 'all', 'of': 'all'},
        {'by': 'segment', 'of': coalesce(segment, 'unknown')}], recursive := true)
    from whole left join customer using (customer_id)
)

select period_start, "by", "of", count(distinct customer_id) as people,
    sum(epoch(least(lost_to, known_to) - greatest(lost_from, known_from)) / 60) as gone
from cut join known_period on lost_from < known_to and lost_to > known_from
group by all
"""
FAILED = """
create table failed as
with observed as (
    select period_start, count(*) as elements,
        sum(epoch(known_to - greatest(started_at, known_from))) / 3600 as hours
    from resource join known_period on coalesce(started_at, '-infinity') < known_to
    group by period_start
),

own as (
    select distinct greatest(span_from, started_at) as span_from, span_to, root_id
    from span join outage on span_from >= down_from and span_to <= down_to
    join (select resource_id as root_id, started_at from resource) using (root_id)
    where span_to > coalesce(started_at, '-infinity')
),

down as (
    select period_start, sum(epoch(least(span_to, known_to) - greatest(span_from,
        known_from))) / 3600 as hours
    from own join known_period on span_from < known_to and span_to > known_from
    group by period_start
),

failures as (
    select period_start, count(*) as failures from outage join period on down_to >= period_start
        and down_to < period_end
    where not is_planned and down_to < (select as_of from ends)
        and root_id in (select resource_id from resource
            where down_to > coalesce(started_at, '-infinity'))
    group by period_start
)

select period_start, elements, observed.hours, observed.hours - coalesce(down.hours, 0) as up,
    coalesce(failures, 0) as failures, period_end = period_start + interval 1 month as is_month
from observed join period using (period_start) left join down using (period_start)
    left join failures using (period_start)
"""
LOOKED_BACK = """
create table looked_back as
with months as (
    select period_start, period_end - interval 12 month as from_at, known_to from known_period
    where from_at >= (select date_trunc('month', min(started_at)) from problem)
        and period_end = period_start + interval 1 month
),

served_then as (
    select period_start, service_id, arg_max(customer_id, serving_from) as customer_id
    from months join serving on serving_from < known_to and serving_to > from_at
    group by all
),

cut as (
    select *, unnest([
        {'by': 'all', 'of': 'all'}, {'by': 'segment', 'of': coalesce(segment, 'unknown')}
    ], recursive := true)
    from served_then left join customer using (customer_id)
),

times as (
    select period_start, service_id, scope, count(*) as interruptions,
        max(lost_to - lost_from) as longest
    from months join interruption on lost_to >= from_at and lost_to < known_to
    where lost_to - lost_from >= interval 1 minute
    group by all
)

select cut.period_start, "by", "of", count(distinct cut.service_id)::double as services,
    count(*) filter (where scope = 'all' and interruptions >= 3)::double as m20,
    count(*) filter (where scope = 'unplanned' and interruptions >= 3)::double as m20b,
    count(*) filter (where scope = 'all' and longest >= interval 7 hour)::double as m20h,
    count(*) filter (where scope = 'unplanned' and longest >= interval 7 hour)::double as m20hb
from cut
left join times
    on cut.period_start = times.period_start and cut.service_id = times.service_id
group by all
"""
OTHERS = (
    """select what, period_start, "by", "of", minutes, n, minutes / n, n,
        minutes / n - 1.959964 * spread, minutes / n + 1.959964 * spread from weighed""",
    """select 'M15b', period_start, "by", "of", weighed, customers, weighed / nullif(customers,
        0), n,
        null, null from weighed where what = 'M15'""",
    """select 'M18c', period_start, "by", "of", coalesce(gone, 0), null, coalesce(gone, 0),
        coalesce(people, 0), null, null
        from served left join spoiled using (period_start, "by", "of")""",
    """select 'M16', period_start, 'all', 'all', up, failures, up / nullif(failures, 0), failures,
        null, null from failed where is_month""",
    """select 'M16lb', period_start, 'all', 'all', hours, 3, hours / 3, elements, null, null
        from failed where is_month and failures = 0""",
)
