"""The experience index (METRICS.md, CXI) and the journeys, from the tables of independent_facts."""

from __future__ import annotations

import duckdb

# When a state of a row was first told: an experience counts from then, never earlier.
FIRST = "(select {key} as id, min(known_at) as kn from v_{entity} where {told} group by all)"


def _first(entity: str, key: str, told: str = "true") -> str:
    return FIRST.format(entity=entity, key=key, told=told)


_restored = "(restored_at is not null or closed_at is not null)"
_done = "completed_at is not null"
_missed = "status = 'missed_by_us'"
_ended = "(resolved_at is not null or closed_at is not null)"
# et kind, s subscription, eid evidence, root, m measure, occ when it was over, kn when we knew.
EVENTS = {
    "use": f"""
        select case when category = 'degradation' then 'degradation' when is_planned
            then 'planned_outage' else 'outage' end as et, s, problem_id as eid,
            'problem:' || problem_id as root, max(seconds) / 60.0 as m, max(t) as occ,
            any_value(kn) as kn
        from (
            select problem_id, category, is_planned, s, max(t) as t, sum(greatest(0,
                date_diff('second', greatest(f, before), t))) as seconds
            from (
                select *, coalesce(max(t) over (
                    partition by problem_id, service_id, s order by f, t
                    rows between unbounded preceding and 1 preceding), f) as before
                from hit
            ) as part
            group by problem_id, category, is_planned, service_id, s
        ) join {_first("service_problem", "problem_id", _restored)} on id = problem_id
        group by all""",
    "late": f"""
        select 'late_order', coalesce(p.parent_product_id, o.product_id), order_item_id,
            'order:' || order_item_id, date_diff('second', first_promised_at,
                completed_at) / 86400.0,
            completed_at, kn
        from product_order as o left join product as p using (product_id)
        join {_first("product_order", "order_item_id", _done)} on id = order_item_id
        where completed_at > first_promised_at and state not in ('cancelled', 'rejected')""",
    "slow_order": f"""
        select 'slow_order', coalesce(p.parent_product_id, o.product_id), order_item_id,
            'order:' || order_item_id, date_diff('second', ordered_at, completed_at) / 86400.0,
            completed_at, kn
        from product_order as o left join product as p using (product_id)
        join {_first("product_order", "order_item_id", _done)} on id = order_item_id
        where coalesce(first_promised_at, promised_at) is null
            and state not in ('cancelled', 'rejected')""",
    "failed": f"""
        select 'failed_order', coalesce(p.parent_product_id, o.product_id), order_item_id,
            'order:' || order_item_id, 1, coalesce(completed_at, kn), kn
        from product_order as o left join product as p using (product_id)
        join {_first("product_order", "order_item_id", "state = 'failed'")} on id = order_item_id
        where o.state = 'failed'""",
    "visit": f"""
        select if(order_item_id is null, 'missed_repair_visit', 'missed_visit'), w.s,
            appointment_id,
            if(order_item_id is null, coalesce('problem:' || problem_id, 'ticket:' || a.ticket_id),
                'order:' || order_item_id), 1, coalesce(window_to, window_from), f.kn
        from appointment as a join whose as w on w.k = 'visit' and w.id = appointment_id
        left join ticket_problem using (ticket_id)
        join {_first("appointment", "appointment_id", _missed)} as f on f.id = appointment_id
        where status = 'missed_by_us'""",
    "pay": f"""
        select 'bill_shock', product_id, bill_id, 'bill:' || bill_id, if(usual > 0, amount / usual,
            (select floor from cxi_parameters where event_type = 'bill_shock')), billed_at, known_at
        from shock where amount > bound
        union all
        select 'dispute', b.product_id, adjustment_id, 'bill:' || bill_id, 1, a.created_at, f.kn
        from adjustment as a join bill as b using (bill_id)
        join {_first("adjustment", "adjustment_id")} as f on f.id = adjustment_id
        where adjustment_type = 'dispute'""",
    "tickets": f"""
        with t as (
            select k.*, coalesce('problem:' || p.problem_id, 'ticket:' || ticket_id) as root, f.kn,
                n.kn as made
            from ticket as k left join ticket_problem as p using (ticket_id)
            left join {_first("trouble_ticket", "ticket_id", _ended)} as f on f.id = ticket_id
            join {_first("trouble_ticket", "ticket_id")} as n on n.id = ticket_id)
        select 'slow_ticket', s, ticket_id, root, date_diff('second', opened_at, e) / 3600.0, e, kn
            from t
        union all select 'reopened_ticket', s, ticket_id, root, 1, e, r.kn from t
            join {_first("trouble_ticket", "ticket_id", "is_reopened")} as r on r.id = ticket_id
            where is_reopened
        union all select 'complaint', s, ticket_id, root, 1, opened_at, made from t
        where ticket_type = 'complaint'""",
    "contacts": f"""
        with k as (
            select x.*, f.kn, coalesce('problem:' || a.problem_id, 'ticket:' || a.tk,
                'contact:' || interaction_id) as root
            from contact as x
                join {_first("interaction", "interaction_id")} as f on f.id = interaction_id
            left join about as a using (interaction_id) where direction = 'inbound')
        select 'transferred_contact', s, interaction_id, root, transfers, e, kn from k
            where transfers > 0
        union all select 'repeat_contact', s, interaction_id, root, 1, e, kn from k
        where is_human_handled and exists (from k as x where x.c = k.c and x.reason = k.reason
            and x.is_human_handled
            and (x.started_at, x.interaction_id) < (k.started_at, k.interaction_id)
            and x.started_at > k.started_at - interval 7 day)""",
}
EXPERIENCE = f"""
create table event as
with told as ({" union all ".join(f"from ({sql})" for sql in EVENTS.values())})
select told.*, p.domain as d, significance as weight,
    greatest(0, least(1, (floor - m) / (floor - target))) as q
from told join cxi_parameters as p on level = 'event' and event_type = et
where s is not null and occ is not null and q < 1;
create table cxi_base as
select s, c, h, exists (from product_service as r join product as p using (product_id)
    where coalesce(p.parent_product_id, p.product_id) = subs.s and coalesce(valid_from <= h, true)
        and coalesce(valid_to > h, true)) as seen
from (select p1 as h from months) join subs on a <= h and coalesce(z > h, true);
-- One root once a domain, by the worst of it as faded; then damage, index and points.
create table worst as
select b.s, b.h, e.et, e.eid, e.d, p.weight as w, halving_mass,
    e.weight * pow(2, -date_diff('second', occ, h) / 86400.0 / half_life_days) * (1 - q) as lost
from cxi_base as b join event as e on e.s = b.s and occ < h and kn < h
join cxi_parameters as p on p.level = 'domain' and p.domain = e.d
qualify row_number() over (partition by b.s, h, e.d, root order by lost desc, et, eid) = 1;
create table damage as
select s, h, d, any_value(w) as w, sum(lost) as mass,
    mass / (mass + any_value(halving_mass)) as damage
from worst group by all;
create table cxi_day as
select b.s, b.c, b.h, if(seen, 100 * (1 - coalesce(sum(w * damage), 0)
    / (select sum(weight) from cxi_parameters where level = 'domain')), null) as cxi
from cxi_base as b left join damage using (s, h) group by b.s, b.c, b.h, seen;
create table points as
select s, h, et, eid, 100 * x.w * damage * lost / mass
    / (select sum(weight) from cxi_parameters where level = 'domain') as points
from worst as x join damage using (s, h, d) join cxi_day using (s, h) where cxi is not null;
"""

# M47: j source, ty kind, f start, t end, o outcome. Effort: contacts, teams but one, moved
# promises.
JOURNEYS = """
create table episode as
select *, first_value(interaction_id) over (
    partition by c, reason, nth order by started_at, interaction_id) as id
from (
    select *, sum(fresh::int) over (partition by c, reason order by started_at,
        interaction_id) as nth
    from (select x.*, about.tk, coalesce(started_at >= lag(started_at) over (partition by c, reason
            order by started_at, interaction_id) + interval 7 day, true) as fresh
        from contact as x join about using (interaction_id)
        where direction = 'inbound' and is_human_handled and c is not null));
-- mt: the ticket a call is about, its own or the next or last one of its matter.
create table call as
select *, tk is not null as named, coalesce(tk,
    first_value(tk ignore nulls) over (partition by id order by started_at, interaction_id
        rows between current row and unbounded following),
    last_value(tk ignore nulls) over (partition by id order by started_at, interaction_id)) as mt
from episode
union all by name
select x.*, tk, tk as mt, true as named from contact as x join about using (interaction_id)
where direction = 'inbound' and is_human_handled and c is null and tk is not null;
create table journey as
with paid as (select bill_id, sum(amount) as a, max(paid_at) as last from payment
    where status = 'settled' group by all)
select 'order' as j, order_item_id as id, case when action = 'move' then 'move'
        when action = 'delete' and p.parent_product_id is null then 'cancel' else 'order'
        end as reason, customer_id as c,
    coalesce(p.parent_product_id, p.product_id) as s, ordered_at as f,
    if(state = 'completed', completed_at, null) as t, case when state = 'completed' then 'reached'
        when state in ('cancelled', 'rejected', 'failed', 'partial') then 'missed'
            else 'open' end as o
from product_order left join (select product_id, parent_product_id from product) as p
    using (product_id)
where action <> 'noChange'
union all select 'port', port_id, 'cancel', w.c, w.s, requested_at, if(status = 'completed',
    completed_at, null),
    case when status = 'completed' then 'reached'
        when status in ('cancelled', 'rejected', 'saved') then 'missed' else 'open' end
from number_port join whose as w on w.k = 'port' and w.id = port_id where direction = 'out'
union all select 'hit', problem_id || s, 'fault', any_value(c), s, min(f), if(max(t) < now, max(t),
    null),
    if(max(t) < now, 'reached', 'open') from hit, clock group by problem_id, s, now
union all select 'ticket', ticket_id, null, c, s,
    least(opened_at, (select min(started_at) from call where mt = ticket.ticket_id)), e,
    case when status in ('cancelled', 'rejected')
    then 'missed' when e is null then 'open' else 'reached' end from ticket
where c is not null or s is not null or service_id is not null or problem_id is null
union all select 'bill', bill_id, 'billing', c, product_id, billed_at,
    if(paid.a >= amount, greatest(last, billed_at), null), if(paid.a >= amount, 'reached', 'open')
from bill left join paid using (bill_id) where amount > 0
union all select 'contact', id, reason, c, arg_min(s, started_at), min(started_at), max(e),
    case arg_max_null(is_resolved_first, (started_at, interaction_id))
        when true then 'reached' when false then 'missed' else 'untold' end
from call where c is not null group by id, reason, c having count(mt) = 0;
create table team as
select 'order' as j, order_item_id as id, team_id from service_order
union select 'order', order_item_id, team_id from appointment
union select 'ticket', ticket_id, team_id from ticket
union select 'ticket', ticket_id, team_id from trouble_ticket_status
union select 'ticket', ticket_id, team_id from appointment
union select 'ticket', j.id, team_id from call join journey as j on j.j = 'ticket' and mt = j.id
    where started_at <= coalesce(t, (select now from clock))
union select 'contact', id, team_id from episode;
create table moved as
select order_item_id, count(*) - 1 as moves from (select order_item_id, promised,
    lag(promised) over (partition by order_item_id order by rank, known_at) as before
    from (select order_item_id, known_at, 1 as rank, promised_at as promised from v_product_order
        union all select order_item_id, known_at, 0, first_promised_at from product_order)
    where promised is not null) where promised is distinct from before group by all;
create table ended as
select *, effort_without + hand_offs as effort from (
select j.*, date_trunc('month', coalesce(t, f)) as p0,
    (select greatest(count(distinct team_id) - 1, 0) from team where team.j = j.j
        and team.id = j.id) as hand_offs,
    coalesce(greatest((select count(*) from service_order_event
        join service_order using (service_order_item_id)
        where event_type = 'repromise' and j.j = 'order' and order_item_id = j.id),
        (select moves from moved where j.j = 'order' and order_item_id = j.id)), 0)
    + case j.j when 'ticket' then (select count(*) from call where mt = j.id
            and (named or started_at <= coalesce(j.t, clock.now)))
        when 'contact' then (select count(*) from call where call.id = j.id and mt is null)
        else (select count(*) from contact as x where direction = 'inbound' and is_human_handled
            and x.c = j.c
            and x.reason = j.reason and started_at >= j.f and started_at <= coalesce(j.t, clock.now)
            and coalesce(x.s = j.s, true)) end as effort_without
from journey as j, clock where o in ('reached', 'missed'));
"""

# The mart compared, and its rows that differ.
DIFFERING = {
    "events": (
        "fct_cx_event",
        """
        select et, eid, s, m, o.event_type, o.evidence_id, o.subscription_id, o.measure, root,
            root_id, occ,
            occurred_at, kn, o.known_at
        from event as e full join w.marts.fct_cx_event as o
            on et = event_type and eid = evidence_id and s = subscription_id
        where et is null or event_type is null or abs(m - measure) > 1e-9 or abs(q - quality) > 1e-9
            or root <> root_id or occ <> occurred_at or kn <> o.known_at""",
    ),
    "index": (
        "fct_cxi_day",
        """
        select s, h, i.cxi, o.subscription_id, as_of_date, o.cxi
        from cxi_day as i
        full join (from w.marts.fct_cxi_day semi join months on as_of_date = p1) as o
            on s = subscription_id and h = as_of_date
        where s is null or subscription_id is null or i.cxi is null <> (o.cxi is null)
            or abs(i.cxi - o.cxi) > 1e-9""",
    ),
    "points": (
        "cxi_points",
        """
        select s, h, et, eid, points, o.points_lost
        from points full join (
            select p.*, evidence_id, event_type from w.marts.cxi_points as p
            join w.marts.fct_cx_event as e using (cx_event_id)
            semi join months on as_of_date = p1
        ) as o on s = subscription_id and h = as_of_date and et = event_type and eid = evidence_id
        where s is null or subscription_id is null or abs(points - points_lost) > 1e-9""",
    ),
}


def differing(connection: duckdb.DuckDBPyConnection, what: str) -> list[tuple]:
    """Give the first rows of the ledger of experiences, the index or its points that differ."""
    return connection.execute(f"{DIFFERING[what][1]} limit 5").fetchall()
