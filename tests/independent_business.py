"""M28–M42 and M46–M49 by SQL of METRICS.md alone.

A metric is one query of rows: p0 the month, c the customer, x of the numerator, y of the
denominator. The whole and each segment are sums of them (C2); `value` makes a percentile.
"""

# Over the average base: y of the base days of the month is divided by 30 (C9) or by their number.
BASE_DAYS = "select p0, c, 0 as x, 1 as y from base_day"
PER_30_DAYS = {
    "M28": "select date_trunc('month', z) as p0, c, 1 as x, 0 as y from subs where z is not null",
}
for metric, causes in {
    "M29i": "'non_pay', 'fraud', 'deceased', 'operator'",
    "M29v": "'port_out', 'cancel_other'",
    "M29w": "'port_out', 'cancel_other', 'move_out'",
}.items():
    PER_30_DAYS[metric] = f"{PER_30_DAYS['M28']} and exit_cause in ({causes})"
PORT = """
select date_trunc('month', {0}) as p0, subs.c, 1 as x, 0 as y from number_port
join whose as w on w.k = 'port' and w.id = port_id join subs on subs.s = w.s
where direction = 'out' and {0} is not null {1}
"""
COST = """
select date_trunc('month', happened) as p0, c, amount * coalesce(own.unit_cost, u.unit_cost) as x,
    0 as y, done.activity
from (
    select e as happened, c, 'contact' as activity, channel, (coalesce(talk_seconds, 0)
        + coalesce(hold_seconds, 0) + coalesce(wrap_up_seconds, 0)) / 60.0 as amount
    from contact where is_human_handled
    union all select coalesce(completed_at, arrived_at, window_to), w.c, 'visit', null, 1
    from appointment join whose as w on k = 'visit' and id = appointment_id
    where status in ('completed', 'missed_by_customer')
    union all select e, c, 'ticket', channel, date_diff('second', opened_at, e) / 3600.0 from ticket
    union all select sent_at, c, 'notice', channel, 1 from message
    union all select a.closed_at, h.customer_id, 'credit', null, coalesce(credited_amount, amount)
    from adjustment as a left join billing_account as h using (account_id)
        where adjustment_type = 'credit'
) as done join unit_costs as u on u.activity = done.activity and u.channel = 'any'
left join unit_costs as own on own.activity = done.activity and own.channel = done.channel
where happened is not null
"""
PER_MONTH = {
    "M31": PORT.format("completed_at", "and status = 'completed'"),
    "M31b": PORT.format("requested_at", ""),
    "M33": "select p0, c, amount_ex_tax as x, 0 as y from bill",
    "M41": f"select p0, c, x, y from ({COST})",
}

# Charges of a line and its add-ons at an instant, by the version known then. What starts or ends at
# the first midnight of a month starts or ends in it.
CHARGES = """
with v as (
    select *, lead(known_at) over w as next, row_number() over w as nth from v_product
    window w as (partition by product_id order by known_at, extracted_at, row_number)),
charge as (
    select h, coalesce(v.parent_product_id, v.product_id) as s, sum(v.monthly_charge) as m
    from (select p0 as h from months union select p1 from months)
    join v on (nth = 1 or known_at <= h) and coalesce(next > h, true)
    join product as l on l.product_id = v.product_id and l.started_at < h
        and coalesce(l.ended_at >= h, true)
    group by all),
pair as (
    select p0, c, o.m as opened, if(z < p1, 0, coalesce(n.m, 0)) as closed
    from months join subs on a < p0 and coalesce(z >= p0, true)
    left join charge as o on o.s = subs.s and o.h = p0 left join charge as n on n.s = subs.s
        and n.h = p1)
"""
SUFFERERS = """
with part as (
    select service_id, t, greatest(f, coalesce(max(t) over (partition by service_id order by f, t
        rows between unbounded preceding and 1 preceding), f)) as f
    from service_down where category = 'outage'),
lost as (
    select p0, p.customer_id as c, sum(date_diff('second', greatest(f, p0, coalesce(valid_from, f)),
        least(t, p1, coalesce(valid_to, t)))) as seconds
    from part join product_service using (service_id) join product as p using (product_id)
    join months on greatest(f, p0, coalesce(valid_from, f)) < least(t, p1, coalesce(valid_to, t))
        group by all),
month as (
    select p0, p1, c, coalesce(seconds, 0) as seconds,
        quantile_cont(coalesce(seconds, 0), 0.95) over (partition by p0) as bound
    from (select distinct p0, p1, c from months join subs on a < p1 and coalesce(z > p0, true))
    left join lost using (p0, c)),
who as (
    select p0, c, exists (from contact as k where k.c = month.c and direction = 'inbound'
        and e >= p0 and e < p1) as spoke
    from month where (seconds > 0 and seconds >= bound)
        or exists (from cxi_day as i where i.c = month.c and i.h = p1 and cxi < 60))
"""
SHARES = {
    "M30": CHARGES + "select p0, c, greatest(opened - closed, 0) as x, opened as y from pair",
    "M30n": CHARGES + "select p0, c, closed as x, opened as y from pair",
    "M32": """
        select date_trunc('month', r) as p0, c, 1 as y,
            z is null or z > least(r + interval 90 day, now) as x
        from (
            select w.s, requested_at as r from number_port
            join whose as w on w.k = 'port' and w.id = port_id where direction = 'out'
            union all select product_id, ordered_at from product_order where action = 'delete'
        ) join subs using (s), clock where coalesce(z > r, true)""",
    "M34": "select p0, c, coalesce(amount > bound, false) as x, 1 as y from shock",
    "M34b": "select p0, c, coalesce(amount - r > bound, false) as x, 1 as y from shock",
    "M35": """
        select p0, c, exists (from adjustment as d where d.bill_id = bill.bill_id
            and adjustment_type = 'dispute' and d.created_at >= billed_at
            and d.created_at < billed_at + interval 60 day) as x, 1 as y
        from bill""",
    "M35b": """
        select date_trunc('month', a.closed_at) as p0, customer_id as c, coalesce(credited_amount,
            0) as x,
            amount as y
        from adjustment as a join billing_account using (account_id)
        where adjustment_type = 'dispute' and a.closed_at is not null""",
    "M36": """
        with said as (select c, s, e as h from contact where direction = 'inbound'
            union all select c, s, opened_at from ticket)
        select p0, c, not exists (from said where h >= p0 and h < p1
            and (said.s = subs.s or (said.s is null and said.c = subs.c))) as x, 1 as y
        from months join subs on a <= p0 and coalesce(z >= p1, true)""",
    "M37": SUFFERERS + "select p0, c, not spoke as x, 1 as y from who",
    "M38": SUFFERERS + "select p0, c, spoke as x, 1 as y from who",
    "M39": """
        select date_trunc('month', e) as p0, hit.c, coalesce(told < coalesce(called,
            told + interval 1 day)
            and told < detected_at + interval 30 minute, false) as x, 1 as y
        from (select distinct problem_id, c from hit) as hit join prob using (problem_id)
        left join (select problem_id, c, min(sent_at) as told from message
            where purpose in ('outage', 'planned_work') group by all) as m
            on m.problem_id = hit.problem_id and m.c = hit.c
        left join (select a.problem_id, c, min(started_at) as called from contact
            join about as a using (interaction_id) where direction = 'inbound' group by all) as k
            on k.problem_id = hit.problem_id and k.c = hit.c, clock
        where detected_at is not null and e < now""",
    "M39p": """
        select date_trunc('month', sent_at) as p0, c, (problem_id, c) in (select problem_id, c
            from hit) as x,
            1 as y from message where purpose in ('outage', 'planned_work')""",
    "M40": """
        select date_trunc('month', e) as p0, null as c, first_alert <> 'ticket' as x, 1 as y
        from prob, clock where first_alert is not null and e < now""",
    "M42": """
        select h - interval 1 month as p0, c, cxi as x, 1 as y from cxi_day
        where cxi is not null""",
    "M46": """
        with again as (
            select distinct o.ticket_id from trouble_ticket_status as o
                join trouble_ticket_status as n
                on n.ticket_id = o.ticket_id and n.changed_at > o.changed_at
            where o.status in ('resolved', 'closed', 'cancelled', 'rejected')
                and n.status not in ('resolved', 'closed', 'cancelled', 'rejected'))
        select date_trunc('month', e) as p0, c, coalesce(is_reopened, false)
            or ticket_id in (from again) as x,
            1 as y from ticket where e is not null""",
    "M46c": """
        select date_trunc('month', due_at) as p0, c, coalesce(e <= due_at, false) as x, 1 as y
        from ticket, clock
        where due_at < now and coalesce(status, '') not in ('cancelled', 'rejected')""",
    "M47": "select p0, c, o = 'reached' as x, 1 as y from ended",
    "M47c": "select p0, c, effort as x, 1 as y from ended",
    "M11j": "select p0, c, hand_offs as x, 1 as y from ended",
}
PERCENTILES = {
    "M46b": (
        0.9,
        """select p0, c, date_diff('second', opened_at, p1) / 3600.0 as value from months
        join ticket on opened_at < p1 and coalesce(e >= p1, status not in
            ('resolved', 'closed', 'cancelled', 'rejected'))""",
    ),
    "M47b": (
        0.5,
        "select p0, c, date_diff('second', f, t) / 3600.0 as value from ended where t is not null",
    ),
    "M47p90": (
        0.9,
        "select p0, c, date_diff('second', f, t) / 3600.0 as value from ended where t is not null",
    ),
}
# M48: rows of an edge, and when one has found its partner. M49: the last event a system told of.
EDGES = {
    "alarm→resource": ("alarm", "resource_id in (select resource_id from resource)"),
    "problem→resource": ("prob", "root_cause_resource_id in (select resource_id from resource)"),
    "resource→service": ("service", "service_id in (select service_id from service_resource)"),
    "service→subscription": (
        "(select service_id from service union select service_id from product_service)",
        "service_id in (select service_id from product_service)",
    ),
    "port→subscription": ("whose", "k = 'port' and s is not null"),
    "contact→customer": ("contact", "c in (select customer_id from customer)"),
    "notice→customer": ("message", "c in (select customer_id from customer)"),
    "bill→customer": ("bill", "c is not null"),
    "ticket→subscription": ("ticket", "c is not null and s is not null"),
    "ticket→service": (
        "ticket",
        """c is not null and (service_id in (select service_id from service)
        or service_id is null and 1 = (select count(distinct v.service_id)
            from product_service as v join product as p using (product_id)
            where coalesce(p.parent_product_id, p.product_id) = ticket.s
                and coalesce(valid_from <= opened_at, true) and coalesce(valid_to > opened_at,
                    true)))""",
    ),
    "order→service": (
        "product_order left join product as p using (product_id)",
        """state not in ('rejected', 'cancelled')
        and (order_item_id in (select order_item_id from service_order where service_id in
                (select service_id from service))
            or coalesce(p.parent_product_id, p.product_id) in (select coalesce(parent_product_id,
                product_id)
                from product_service join product using (product_id)))""",
    ),
    "credit→problem": ("adjustment", "adjustment_type = 'credit' and problem_id is not null"),
}
EVENTS = {
    "customer_bill": "billed_at",
    "payment": "paid_at",
    "adjustment": "created_at",
    "trouble_ticket": "opened_at",
    "trouble_ticket_status": "changed_at",
    "appointment": "window_from",
    "usage": "started_at",
    "product_order": "ordered_at",
    "service_order": "ordered_at",
    "service_order_event": "occurred_at",
    "number_port": "requested_at",
    "interaction": "started_at",
    "communication_message": "sent_at",
    "service_problem": "started_at",
    "alarm": "raised_at",
    "performance_measurement": "measured_from",
    "survey_response": "invited_at",
    "campaign_contact": "contacted_at",
}
# By another slice: period (none of a total), slice, number; the column it is in.
CUTS = {
    ("M29", "exit_cause", "numerator"): """
        select p0::date, coalesce(exit_cause, 'unknown'), count(*)
        from months join subs on z >= p0 and z < p1 group by all""",
    ("M41", "activity", "numerator"): f"""
        select p0::date, activity, sum(x) from ({COST}) semi join months using (p0)
        where coalesce(c, '') not in (from internal) group by all""",
    ("M48", "edge", "numerator"): " union all ".join(
        f"select null, '{edge}', count(*) filter ({found}) from {rows}"
        for edge, (rows, found) in EDGES.items()
    ),
    (
        "M49",
        "source_system",
        "value",
    ): "select null, source_system, date_diff('second', max(h), now) / 60.0 from ("
    + " union all ".join(
        f"select source_system, {h} as h from {entity}" for entity, h in EVENTS.items()
    )
    + "), clock where h < now group by source_system, now",
    ("M49", "source_system", "n"): "select null, source_system, count(*) from ("
    + " union all ".join(
        f"select source_system, {h} as h from {entity}" for entity, h in EVENTS.items()
    )
    + "), clock where h < now group by source_system",
}
WINDOWS = {
    "M28": 30,
    "M29i": 30,
    "M29v": 30,
    "M29w": 30,
    "M30": 30,
    "M30n": 30,
    "M32": 120,
    "M35": 60,
    "M39p": 7,
}
WHOLE_ONLY = ["M40"]  # cut by whom a problem hit: one problem is in several segments
METRICS = sorted({*PER_30_DAYS, *PER_MONTH, *SHARES, *PERCENTILES})
WILSON = {*PER_30_DAYS, "M31", "M31b", *SHARES} - {"M30", "M30n", "M35b", "M42", "M47c", "M11j"}
