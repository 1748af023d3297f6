"""What METRICS.md counts, rebuilt from the delivered rows by SQL that shares no line with ours.

Plain DuckDB over `raw` (the rows as delivered, typed; that they are the files' is another test's
matter) and the seeds. The text is short on purpose: one can check it against METRICS.md by eye.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from cx.settings import REPO

KEYS = {
    "product": "product_id",
    "customer": "customer_id",
    "party": "party_id",
    "customer_bill": "bill_id",
    "applied_billing_rate": "rate_id",
    "billing_account": "account_id",
    "adjustment": "adjustment_id",
    "payment": "payment_id",
    "interaction": "interaction_id",
    "communication_message": "message_id",
    "trouble_ticket": "ticket_id",
    "trouble_ticket_status": "ticket_id, changed_at, status",
    "service_problem": "problem_id",
    "service_problem_link": "problem_id, related_type, related_id",
    "number_port": "port_id",
    "product_order": "order_item_id",
    "service_order": "service_order_item_id",
    "service_order_event": "service_order_event_id",
    "appointment": "appointment_id",
    "product_offering": "offering_id",
    "service": "service_id",
    "product_service": "product_id, service_id, valid_from",
    "service_resource": "service_id, resource_id, valid_from",
    "resource": "resource_id",
    "resource_relationship": "resource_id, related_resource_id, relationship_type, valid_from",
    "alarm": "alarm_id",
    "performance_measurement": "resource_id, kpi, measured_from",
    "survey_response": "survey_id",
    "campaign_contact": "contact_id",
    "usage": "product_id, usage_type, started_at",
}

# v_<entity>: every version; <entity>: what was learned last.
VERSIONS = """
create view v_{entity} as
from w.raw.{entity} join (select file_id, extracted_at, source_system from w.ops.file_ledger)
using (file_id);
create table {entity} as from v_{entity} qualify row_number() over (
    partition by {key} order by known_at desc, extracted_at desc, row_number desc) = 1
"""

# The base (C5, C6): s subscription, c customer, a from, z until. A prepaid line that no usage and
# no
# money received was seen of for 90 days is gone (M29); a completed port-out is the cause of an
# exit.
BASE = """
create table clock as
select date_trunc('day', max(k)) + interval 1 day as now, min(b) as began from ({known});
create table months as select m as p0, m + interval 1 month as p1,
    date_diff('day', m, m + interval 1 month) as days
from clock, range(began, now, interval 1 month) as t(m) where m + interval 1 month <= now;
create table internal as select customer_id as c from customer where is_internal;
create table subs as
select product_id as s, customer_id as c, p.started_at as a, p.ended_at as z, p.exit_cause,
    p.is_prepaid
from product as p left join product_offering using (offering_id)
where parent_product_id is null and not coalesce(is_addon, false) and p.started_at is not null
    and p.status in ('active', 'suspended', 'pendingTerminate', 'terminated')
    and coalesce(customer_id, '') not in (from internal);
create table silent as
select s, max(seen) + interval 90 day as gone from (
    select product_id as s, coalesce(ended_at, started_at) as seen from usage
        where coalesce(quantity, 1) > 0
    union all select product_id, paid_at from payment where status = 'settled'
    union all select s, greatest(a, (select min(started_at) from usage)) from subs
) join subs using (s) where is_prepaid
group by s having gone <= (select max(started_at) from usage);
update subs set z = gone, exit_cause = 'inactive' from silent
where silent.s = subs.s and coalesce(gone < z, true);
update subs set exit_cause = 'port_out' from number_port as n
where n.product_id = s and n.direction = 'out' and n.status = 'completed' and z is not null
    and (exit_cause is distinct from 'inactive' or n.completed_at <= z);
create table base_day as
select p0, days, s, c from months, range(p0, p1, interval 1 day) as t(d)
join subs on a <= d and coalesce(z > d, true);
create table bill as
select b.*, date_trunc('month', billed_at) as p0, coalesce(b.account_id, b.product_id) as k,
    coalesce(p.customer_id, h.customer_id) as c
from customer_bill as b left join product as p using (product_id)
left join billing_account as h on h.account_id = b.account_id;
"""

# Bills and the six on-cycle bills before (M34); r is the rise that the customer ordered (M34b).
BILLS = """
create table shock as
with pair as (
    select b.*, x.amount as xa, x.bill_id as xid, x.billed_at as xat,
        row_number() over (partition by b.bill_id order by x.billed_at desc) as nth
    from bill as b left join bill as x on x.k = b.k and x.is_on_cycle
        and x.billed_at < b.billed_at
        and (b.product_id is null or x.product_id = b.product_id)),
m as (
    select bill_id, p0, c, product_id, amount, billed_at, known_at, median(xa) as usual,
        arg_min(xid, xat) as oldest, min(xat) as since
    from pair where nth <= 6 group by all),
charge as (
    select bill_id, product_id, sum(amount_ex_tax + coalesce(amount_tax, 0)) as a
    from applied_billing_rate where charge_type in ('recurring', 'one_off') group by all),
rise as (
    select m.bill_id, sum(greatest(n.a - coalesce(o.a, 0), 0)) as r
    from m join charge as n using (bill_id)
    left join charge as o on o.bill_id = m.oldest and o.product_id = n.product_id
    where exists (from product_order as q where q.product_id = n.product_id
        and q.action in ('add', 'modify', 'move') and q.state = 'completed'
        and q.completed_at >= m.since and q.completed_at < m.billed_at)
    group by all)
select m.*, coalesce(r, 0) as r, greatest(1.5 * usual, usual + 10) as bound
from m left join rise using (bill_id);
"""

# Topology: what fails with the root; of a redundant pair, only while both are down. Four steps.
STEP = """
insert into down
with hit as (
    select d.*, child, parent, g, k, greatest(f, vf) as hf, least(t, vt) as ht
    from down as d join dep on parent = r where greatest(f, vf) < least(t, vt)),
more as (
    select problem_id, category, is_planned, child as r, hf as f, ht as t from hit where k = 1
    union select x.problem_id, x.category, x.is_planned, x.child, greatest(x.hf, y.hf), least(x.ht,
        y.ht)
    from hit as x join hit as y using (child, g, category)
    where x.k = 2 and x.parent <> y.parent and greatest(x.hf, y.hf) < least(x.ht, y.ht))
from more where not exists (from down as d
    where d.problem_id = more.problem_id and d.r = more.r and d.f <= more.f and d.t >= more.t);
"""
IMPACT = f"""
create table prob as
select p.*, coalesce(restored_at, closed_at, now) as e from service_problem as p, clock;
create table down as
select problem_id, category, is_planned, root_cause_resource_id as r, started_at as f, e as t
    from prob
where root_cause_resource_id is not null;
create table dep as
select resource_id as child, related_resource_id as parent, redundancy_group as g,
    coalesce(valid_from, timestamp '1900-01-01') as vf, coalesce(valid_to,
        timestamp '2999-01-01') as vt,
    if(redundancy_group is null, 1, count(*) over (partition by resource_id, redundancy_group)) as k
from resource_relationship where relationship_type in ('dependsOn', 'containedIn');
{STEP * 4}
create table service_down as
select problem_id, category, is_planned, service_id, greatest(f, started_at) as f,
    least(t, coalesce(ended_at, t)) as t
from (
    select problem_id, category, is_planned, service_id, greatest(f, coalesce(valid_from, f)) as f,
        least(t, coalesce(valid_to, t)) as t
    from down join service_resource on resource_id = r
    union all select problem_id, category, is_planned, related_id, started_at, e
    from prob join service_problem_link using (problem_id) where related_type = 'affected_service'
) join service using (service_id) where greatest(f, started_at) < least(t, coalesce(ended_at, t));
create table hit as
select problem_id, category, coalesce(is_planned, false) as is_planned, service_id,
    coalesce(p.parent_product_id, p.product_id) as s, p.customer_id as c,
    greatest(d.f, coalesce(valid_from, d.f)) as f, least(d.t, coalesce(valid_to, d.t)) as t
from service_down as d join product_service using (service_id) join product as p using (product_id);
-- A line in no base is hit while it has the service; one of the base while it is in it.
update hit set f = greatest(f, a), t = least(t, coalesce(z, t)) from subs where subs.s = hit.s;
delete from hit where f >= t;
"""

# Whose a contact, ticket, message, port or visit is: an id says so, else the number called from,
# else the ticket, else the customer has one line only.
WHOSE = """
create table line as
select distinct v.phone_number as ph, l.product_id as s, l.customer_id as c, l.started_at as a,
    l.ended_at as z
from v_product as v join product as l on l.product_id = coalesce(v.parent_product_id, v.product_id)
where v.phone_number is not null;
create table phone as
select ph, min(c) as c from (
    select p.phone_number as ph, customer_id as c from party as p join customer using (party_id)
    union select contact_phone, customer_id from billing_account
) where ph is not null group by ph having count(distinct c) = 1;
create table told as
select 'contact' as k, interaction_id as id, customer_id as c, product_id as p, null as v,
    contact_number as ph, started_at as h, ticket_id as tk from interaction
union all select 'ticket', ticket_id, customer_id, product_id, service_id, null, opened_at, null
from trouble_ticket
union all select 'message', message_id, customer_id, product_id, null, recipient, sent_at, null
from communication_message
union all select 'port', port_id, customer_id, product_id, null, phone_number, requested_at, null
from number_port
union all select 'visit', appointment_id, a.customer_id, coalesce(a.product_id, o.product_id), null,
    null, window_from, ticket_id from appointment as a left join product_order as o
        using (order_item_id);
create table whose as
with n as (
    select told.*, coalesce(p.parent_product_id, p.product_id) as ns,
        coalesce(told.c, p.customer_id) as nc
    from told left join product as p on p.product_id = told.p),
sv as (
    select k, id, min(product_id) as s from n
    join product_service on service_id = v and valid_from <= h and coalesce(valid_to > h, true)
    where ns is null group by all having count(distinct product_id) = 1),
ln as (
    select k, id, count(distinct s) filter (coalesce(h < z, true)) as alive,
        case when alive = 1 then min(s) filter (coalesce(h < z, true))
            when alive = 0 and count(distinct s) = 1 then min(s) end as s
    from n join line using (ph) where ns is null and coalesce(h >= a - interval 31 day, true)
        and coalesce(nc = line.c, true) group by k, id),
r as (
    select n.k, n.id, n.h, n.tk, coalesce(ns, sv.s, ln.s) as s,
        coalesce(nc, p.customer_id, phone.c) as c
    from n left join sv using (k, id) left join ln using (k, id) left join phone using (ph)
    left join product as p on p.product_id = coalesce(sv.s, ln.s)),
q as (
    select r.k, r.id, r.h, coalesce(r.c, t.c) as c, coalesce(r.s, t.s) as s
    from r left join r as t on t.k = 'ticket' and t.id = r.tk and coalesce(r.c = t.c,
        t.c is not null)),
only_one as (
    select k, id, min(product_id) as s from q join product on customer_id = c
    where s is null and parent_product_id is null and coalesce(h >= started_at, true)
        and coalesce(h < ended_at, true) group by all having count(*) = 1)
select q.k, q.id, q.c, coalesce(q.s, only_one.s) as s from q left join only_one using (k, id);
create table contact as
select i.*, w.c, w.s, coalesce(ended_at, started_at) as e
from interaction as i join whose as w on k = 'contact' and id = interaction_id;
create table ticket as
select t.*, w.c, w.s, coalesce(resolved_at, closed_at) as e
from trouble_ticket as t join whose as w on k = 'ticket' and id = ticket_id;
create table message as
select m.*, w.c, w.s from communication_message as m join whose as w on k = 'message'
    and id = message_id;
create table ticket_problem as
select ticket_id, coalesce(p.problem_id,
    (select min(problem_id) from service_problem_link as l
        where related_type = 'trouble_ticket' and related_id = ticket_id),
    (select arg_max(problem_id, (category = 'outage', f, problem_id)) from hit
        where ticket_type = 'fault'
        and hit.service_id = ticket.service_id and opened_at >= f
            and opened_at < t + interval 48 hour),
    (select arg_max(problem_id, (category = 'outage', f, problem_id)) from hit
        where ticket_type = 'fault'
        and hit.s = ticket.s and opened_at >= f and opened_at < t + interval 48 hour)) as problem_id
from ticket left join prob as p on p.problem_id = ticket.problem_id;
create table led as
select k.ticket_id as tk, arg_max(x.interaction_id, x.started_at) as interaction_id
from ticket as k join contact as x on x.s = k.s and x.ticket_id is null and x.is_human_handled
    and x.direction = 'inbound' and k.opened_at >= x.started_at
    and k.opened_at < x.started_at + interval 24 hour
where k.ticket_id not in (select ticket_id from interaction where ticket_id is not null)
    group by all;
create table about as
select x.interaction_id, coalesce(x.ticket_id, led.tk) as tk, coalesce(p.problem_id, tp.problem_id,
    (select arg_max(problem_id, (category = 'outage', f, problem_id)) from hit where hit.s = x.s
        and x.direction = 'inbound' and x.reason = 'fault' and x.started_at >= f
        and x.started_at < t + interval 48 hour)) as problem_id
from contact as x left join led using (interaction_id)
left join prob as p on p.problem_id = x.problem_id
left join ticket_problem as tp on tp.ticket_id = x.ticket_id;
"""


def facts(home: Path) -> duckdb.DuckDBPyConnection:
    """Open the rows a home was delivered as the tables above; the warehouse is `w`, read-only."""
    connection = duckdb.connect()
    connection.execute(f"attach '{home / 'warehouse.duckdb'}' as w (read_only)")
    for entity, key in KEYS.items():
        connection.execute(VERSIONS.format(entity=entity, key=key))
    seed = REPO / "dbt_project" / "seeds"
    for name in ("cxi_parameters", "unit_costs"):
        connection.execute(f"create table {name} as from read_csv('{seed / (name + '.csv')}')")
    # Now is the midnight after the last thing told; the first whole month begins with the
    # deliveries.
    known = " union all ".join(
        f"select max(known_at) as k, date_trunc('month', min(extracted_at)) as b from v_{entity}"
        for entity in KEYS
    )
    for statements in (BASE.replace("{known}", known), BILLS, IMPACT, WHOSE):
        connection.execute(statements)
    return connection
