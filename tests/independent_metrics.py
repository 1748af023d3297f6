"""M01 to M27 from METRICS.md, written without reading the models.

Each query gives a row for each thing counted: the moment that says which period it belongs to, the
customer, and what it adds to numerator and denominator. Nothing here is imported by the product.
"""

from __future__ import annotations

import duckdb

GROUND = """
create table subscription as
select product.*, coalesce(customer.is_internal, false) as is_internal
from product
left join customer using (customer_id)
where parent_id is null;

create table used as
select subscription as product_id, day::timestamp as used_at, day + interval 1 day as used_to
from usage_daily
union all
select subscription, month::timestamp, month + interval 1 month from voice_monthly;

create table revenue as  -- when a prepaid line last brought any
select product_id, max(at_) as last_at
from (select product_id, used_to as at_ from used
    union all select subscription_no, try_cast(paid_at as timestamp) from payments where state = 'settled')
group by product_id;

create table base as  -- who is in the base, from and until
select product_id, customer_id, started_at as valid_from,
    coalesce(ended_at, case when is_prepaid and greatest(last_at, started_at) + interval 90 day
        <= (select as_of from ends) then greatest(last_at, started_at) + interval 90 day end) as valid_to,
    exit_cause, phone
from subscription
left join revenue using (product_id)
where not is_internal and started_at is not null
    and status in ('active', 'suspended', 'pendingTerminate', 'terminated');

create table base_day as  -- counted as each day opens
select day::timestamp as day, customer_id, count(*) as lines
from base, range((select since from ends)::timestamp, (select as_of from ends)::timestamp,
    interval 1 day) as days (day)
where valid_from <= day and day < coalesce(valid_to, 'infinity')
group by all;

create table only_lines as
select customer_id, min(product_id) as only_line from subscription
group by customer_id having count(*) = 1;

create table ticket_line as
select ticket.*, coalesce(parent_id, product_id, only_line) as line_id
from ticket
left join (select product_id, parent_id from product) using (product_id)
left join only_lines on ticket.customer_id = only_lines.customer_id;

create table contact as
with callers as (
    select phone, min(customer_id) as customer_id, min(product_id) as product_id
    from (
        select phone, customer_id, product_id from product
        union all select digits(telefon), kunde, null from customers
        union all select digits(contact_phone), customer_no, null from accounts
    )
    where phone <> ''
    group by phone having count(distinct customer_id) = 1
)

select interaction.* exclude (customer_id, product_id, ticket_id),
    coalesce(interaction.customer_id, callers.customer_id) as customer_id,
    coalesce(interaction.product_id, callers.product_id, only_line) as product_id, ticket_id as named_ticket_id,
    coalesce(ended_at, started_at) as counted_at
from interaction
left join callers using (phone)
left join only_lines on coalesce(interaction.customer_id, callers.customer_id) = only_lines.customer_id
where is_inbound;

create table led_to as  -- the ticket a contact names, else the next one on its line within a day
select interaction_id, min_by(ticket_id, opened_at) as ticket_id
from (select ticket_id, line_id as product_id, opened_at from ticket_line
    where ticket_id not in (select ticket_id from interaction where ticket_id is not null)) as unnamed
asof join (select interaction_id, product_id, started_at from contact
    where is_human and named_ticket_id is null) as silent
    on unnamed.product_id = silent.product_id and opened_at >= started_at
where opened_at < started_at + interval 24 hour
group by interaction_id;
"""

# metric: (scale, rows of counted_at, customer_id, numerator, denominator)
NPS = """select answered_at, customer_id, (score >= 9)::int - (score <= 6)::int, 1 from survey
    where survey_type = '{}' and score between 0 and 10"""
ANSWERS = "select answered_at, customer_id, {}, 1 from survey where survey_type = '{}' and score between 1 and {}"
REPEATS = """select first.counted_at, first.customer_id, exists (
        select 1 from contact as next where next.is_human and next.customer_id = first.customer_id
            and next.reason = first.reason and next.interaction_id <> first.interaction_id
            and next.started_at >= first.started_at
            and next.started_at < first.started_at + interval {} day)::int, 1
    from contact as first where is_human and customer_id is not null and reason <> ''"""
PROMISED = """select completed_at, customer_id, (completed_at <= {0})::int, 1 from order_item
    where state = 'completed' and completed_at is not null and {0} is not null"""

SHARES = {
    "M01": (100, NPS.format("NPS-R")),
    "M01b": (100, NPS.format("NPS-T")),
    "M02": (100, ANSWERS.format("(score >= 4)::int", "CSAT", 5)),
    "M02b": (1, ANSWERS.format("score", "CSAT", 5)),
    "M03": (1, ANSWERS.format("score", "CES", 7)),
    "M03b": (100, ANSWERS.format("(score >= 5)::int", "CES", 7)),
    "M04": (100, "select invited_at, customer_id, (answered_at is not null)::int, 1 from survey"),
    "M06": (100, REPEATS.format(7)),
    "M06d1": (100, REPEATS.format(1)),
    "M06d14": (100, REPEATS.format(14)),
    "M06d30": (100, REPEATS.format(30)),
    "M07": (100, "select counted_at, customer_id, (is_coded and is_first)::int, 1 from contact where is_human"),
    "M10": (1, """select counted_at, customer_id,
            coalesce(talk, 0) + coalesce(hold, 0) + coalesce(acw, 0), 1
        from contact where is_human and coalesce(talk, hold, acw) is not null"""),
    "M11": (1, """select counted_at, customer_id, transfers, 1 from contact
        where is_human and transfers is not null"""),
    "M12": (100, """select counted_at, customer_id, (is_coded and is_first and customer_id is not null
            and reason <> '' and not exists (
            select 1 from contact as call where call.is_human and call.customer_id = session.customer_id
                and call.reason = session.reason and call.started_at >= session.started_at
                and call.started_at < session.started_at + interval 24 hour))::int, 1
        from contact as session where not is_human"""),
    "M12b": (100, "select counted_at, customer_id, (is_coded and is_first)::int, 1 from contact where not is_human"),
    "M23": (100, PROMISED.format("first_promised_at")),
    "M23b": (100, PROMISED.format("promised_at")),
    "M23c": (100, PROMISED.format("requested_at")),
    "M27": (100, """select completed_at, order_item.customer_id, (manual = 'N')::int, 1
        from provisioning left join order_item using (order_item_id)
        where provisioning.state = 'completed' and manual <> ''""".replace(
        "select completed_at", "select provisioning.completed_at")),
    "M27b": (100, """select valid_from, customer_id, exists (
            select 1 from ticket_line where line_id = base.product_id and ticket_type = 'fault'
                and opened_at >= valid_from and opened_at < valid_from + interval 30 day)::int, 1
        from base"""),
    "M27c": (100, """select window_to, customer_id, (outcome = 'missed_by_us')::int, 1 from visit
        where outcome <> 'cancelled'"""),
}

# metric: rows of counted_at, customer_id; per 1,000 of the average base and 30 days
RATES = {
    "M05": "select counted_at, customer_id from contact where is_human",
    "M05b": "select counted_at, customer_id from contact where not is_human",
    "M13": """select coalesce(resolved_at, closed_at), customer_id from ticket
        where ticket_type = 'complaint'""",
    "M13b": "select opened_at, customer_id from ticket where ticket_type = 'complaint'",
}

# metric: (quantile, rows of counted_at, customer_id, quantity)
DETECTED = "select detected_at, null, epoch(detected_at - started_at) / 60 from problem"
TAKEN = "select acknowledged_at, null, epoch(acknowledged_at - detected_at) / 60 from problem"
COMPLETED = """select completed_at, customer_id, epoch(completed_at - ordered_at) / 3600
    from order_item where state = 'completed'"""
USED = """select min(used_at), any_value(customer_id), epoch(min(used_at) - min(ordered_at)) / 3600
    from (select order_item.product_id, order_item.customer_id, ordered_at, used_at
        from order_item join base using (product_id) join used using (product_id)
        where action = 'add' and used_at > ordered_at)
    group by product_id"""
QUANTILES = {
    "M14": (0.5, DETECTED),
    "M14p90": (0.9, DETECTED),
    "M14a": (0.5, TAKEN),
    "M14ap90": (0.9, TAKEN),
    "M22": (0.5, COMPLETED),
    "M22p90": (0.9, COMPLETED),
    "M22b": (0.5, USED),
    "M22bp90": (0.9, USED),
}

ORDERS = """
create table fallen as  -- service orders that fell out (M26)
with held as (
    select item_id, type, is_customers, occurred_at,
        lead(occurred_at, 1, (select as_of from ends)) over (partition by item_id order by occurred_at) as until
    from provisioning_event
)

select distinct service_order_id
from provisioning
left join held using (item_id)
where state = 'failed' or type = 'error'
    or type = 'hold' and not is_customers and until - occurred_at > interval 24 hour;

create table closed_order as
select order_id, any_value(order_item.customer_id) as customer_id, max(coalesce(completed_at, order_item.known_at)) as done_at,
    bool_and(state = 'completed') as is_full, bool_and(completed_at <= first_promised_at) as is_on_time,
    list(order_item_id) as items, list(coalesce(parent_id, product_id)) as products, bool_or(first_requested_at is distinct from requested_at) as is_amended
from order_item
left join product using (product_id)
group by order_id
having bool_and(state in ('completed', 'failed', 'cancelled', 'rejected', 'partial'));
"""

SHARES |= {
    "M24": (100, """select done_at, customer_id, (is_full and is_on_time)::int, 1 from closed_order"""),
    "M25": (100, """select done_at, customer_id, (not is_amended
            and not exists (select 1 from provisioning join fallen using (service_order_id)
                where list_contains(items, order_item_id))
            and (select count(*) from visit where outcome <> 'cancelled'
                and list_contains(items, order_item_id)) < 2
            and not exists (select 1 from ticket_line where list_contains(products, line_id)
                and opened_at >= done_at and opened_at < done_at + interval 30 day))::int, 1
        from closed_order where is_full"""),
    "M26": (100, """select min(provisioning.ordered_at), any_value(order_item.customer_id),
            bool_or(service_order_id in (from fallen))::int, 1
        from provisioning left join order_item using (order_item_id) group by service_order_id"""),
    "M08": (100, """select counted_at, customer_id, (contacts = 1 and passed = 0
            and not exists (select 1 from contact as again where again.customer_id = issue.customer_id
                and again.reason = issue.reason and again.interaction_id <> issue.interaction_id
                and again.started_at >= issue.started_at
                and again.started_at < issue.started_at + interval 7 day)
            and not exists (select 1 from ticket where ticket_id = issue.ticket_id and (is_reopened
                or opened_at < issue.started_at + interval 30 day))
            and not exists (select 1 from credit where credit.customer_id = issue.customer_id
                and created_at >= issue.started_at and created_at < issue.started_at + interval 30 day)
            and not exists (select 1 from base where base.customer_id = issue.customer_id
                and exit_cause in ('port_out', 'cancel_other') and valid_to >= issue.started_at
                and coalesce(product_id = issue.product_id, true)
                and valid_to < issue.started_at + interval 30 day))::int, 1
        from issue"""),
}

ISSUES = """
create table credit as
select distinct adjustment_no, customer_no as customer_id, created_at
from adjustments
join accounts using (account_no)
where kind = 'credit';

create table issue as
with gaps as (
    select contact.*, ticket_id, coalesce(started_at - lag(started_at) over issues >= interval 7 day, true) as is_first_of
    from contact
    left join led_to using (interaction_id)
    where is_human and customer_id is not null and reason <> ''
    window issues as (partition by customer_id, reason order by started_at, interaction_id)
),

runs as (
    select *, sum(is_first_of::int) over (partition by customer_id, reason
        order by started_at, interaction_id) as run
    from gaps
)

select customer_id, reason, count(*) as contacts, sum(coalesce(transfers, 0)) as passed,
    max(counted_at) as counted_at, max(started_at) as started_at,
    arg_max(interaction_id, started_at) as interaction_id, arg_max(coalesce(named_ticket_id, ticket_id), started_at) as ticket_id,
    arg_max(product_id, started_at) as product_id
from runs
group by customer_id, reason, run;
"""

# Outages by elementary spans of time: between two moments at which anything changes, an element is
# down or it is not. `fell` is repeated until nothing more falls.
NETWORK = """
create table outage as
select problem_id, root_id, named, coalesce(is_planned, false) as is_planned, started_at as down_from,
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
    on span_from >= coalesce(valid_from, '-infinity') and span_from < coalesce(valid_to, 'infinity');

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
    select *, coalesce(lost_from > max(lost_to) over (partition by scope, service_id order by lost_from, lost_to
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
select *, least(period_end, as_of)::timestamp as known_to, greatest(period_start, since)::timestamp as known_from
from period, (select since from ends);
"""

# metric: (numerator, denominator, n), of the minutes and counts of a period
SERVED = {
    "M17": ("100 * (minutes - lost_all) / minutes", "minutes - lost_all", "minutes", "served"),
    "M17b": ("100 * (minutes - lost_unplanned) / minutes", "minutes - lost_unplanned", "minutes", "served"),
    "M18": ("lost_all", "lost_all", "null", "down_all"),
    "M18b": ("lost_unplanned", "lost_unplanned", "null", "down_all"),
    "M19": ("lost_all / served", "lost_all", "served", "served"),
    "M19b": ("lost_unplanned / served", "lost_unplanned", "served", "served"),
    "M19f": ("ended_all / served", "ended_all", "served", "served"),
    "M19fb": ("ended_unplanned / served", "ended_unplanned", "served", "served"),
    "M19c": ("lost_all / ended_all", "lost_all", "ended_all", "ended_all"),
    "M19cb": ("lost_unplanned / ended_unplanned", "lost_unplanned", "ended_unplanned", "ended_unplanned"),
}
SERVED_SUMS = """
with cells as (
    select serving.*, unnest([{'by': 'all', 'of': 'all'}, {'by': 'segment', 'of': coalesce(segment, 'unknown')}],
        recursive := true)
    from serving left join customer using (customer_id)
),

in_service as (
    select period_start, "by", "of", sum(epoch(least(serving_to, known_to) - greatest(serving_from, known_from)))
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
        count(distinct service_id) as down_all
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

select period_start, "by", "of", minutes, minutes / length as served, coalesce(lost_all, 0) as lost_all,
    coalesce(lost_unplanned, 0) as lost_unplanned, coalesce(down_all, 0) as down_all,
    coalesce(ended_all, 0) as ended_all, coalesce(ended_unplanned, 0) as ended_unplanned
from in_service
left join minutes_lost using (period_start, "by", "of")
left join ended using (period_start, "by", "of")
"""
WEIGHED = """
with outages as (
    select problem_id, coalesce(restored_at, closed_at) as back_at, epoch(back_at - started_at) / 60 as minutes
    from problem, ends where category = 'outage' and back_at < as_of
),

cells as (
    select problem_id, null as segment, count(distinct hit.customer_id) as customers
    from outages left join hit using (problem_id) group by problem_id
    union all
    select problem_id, coalesce(segment, 'unknown'), count(distinct hit.customer_id)
    from hit left join customer using (customer_id) group by all
)

select period_start, if(segment is null, 'all', 'segment') as "by", coalesce(segment, 'all') as "of",
    count(*) as n, sum(minutes) as minutes, sum(minutes * customers) as weighed, sum(customers) as customers
from outages join cells using (problem_id) join period on period_start <= back_at and back_at < period_end
group by all
"""
FAILED = """
with observed as (
    select period_start, sum(epoch(known_to - greatest(started_at, known_from))) / 3600 as hours
    from resource join known_period on coalesce(started_at, '-infinity') < known_to
    group by period_start
),

own as (
    select distinct span_from, span_to, root_id
    from span join outage on span_from >= down_from and span_to <= down_to
    where root_id in (select resource_id from resource)
),

down as (
    select period_start, sum(epoch(least(span_to, known_to) - greatest(span_from, known_from))) / 3600 as hours
    from own join known_period on span_from < known_to and span_to > known_from
    group by period_start
),

failures as (
    select period_start, count(*) as failures from outage join period on down_to >= period_start
        and down_to < period_end
    where not is_planned and down_to < (select as_of from ends) and root_id in (select resource_id from resource)
    group by period_start
)

select period_start, observed.hours - coalesce(down.hours, 0) as up, failures
from observed left join down using (period_start) left join failures using (period_start)
"""
