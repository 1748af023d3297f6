"""Metrics that look at what followed, by dimension: more of independent_slices, by the same rules.

A third text says what a slice counts once, where several rows of one thing fall into it.
"""

from __future__ import annotations

ENDED = "('completed', 'failed', 'cancelled', 'rejected', 'partial')"
ITEM = """select {0} as t, o.customer_id as c, coalesce(p.parent_product_id, o.product_id) as s,
    {1} as x, 1 as y, action, channel, o.order_id
    from product_order as o left join product as p on p.product_id = o.product_id"""
PROMISED = "state = 'completed' and o.completed_at is not null and {0} is not null"
# An issue is a run of contacts, each less than 7 days after the one before; l is its last.
ISSUE = """with gap as (
        select *, coalesce(started_at >= lag(started_at) over w + interval 7 day, true) as fresh
        from contact where direction = 'inbound' and is_human_handled and c is not null
            and reason is not null
        window w as (partition by c, reason order by started_at, interaction_id)),
    run as (
        select *, sum(fresh::int) over (partition by c, reason
            order by started_at, interaction_id) as nth from gap),
    spoken as (
        select c, reason, count(*) as k, sum(coalesce(transfers, 0)) as passed,
            max_by(run, (started_at, interaction_id)) as l
        from run group by c, reason, nth),
    issue as (
        select spoken.*, coalesce(l.ticket_id, led.tk) as tk
        from spoken left join led on led.interaction_id = l.interaction_id),
    again as (
        select o.ticket_id from trouble_ticket_status as o
        join trouble_ticket_status as n on n.ticket_id = o.ticket_id and n.changed_at > o.changed_at
        where o.status in ('resolved', 'closed', 'cancelled', 'rejected')
            and n.status not in ('resolved', 'closed', 'cancelled', 'rejected')
        union select ticket_id from ticket where is_reopened)"""
SHARES = {
    "M04": (
        """select invited_at as t, v.customer_id as c,
            coalesce(p.parent_product_id, v.product_id) as s, answered_at is not null as x, 1 as y,
            survey_type
        from survey_response as v left join product as p on p.product_id = v.product_id""",
        ("survey_type",),
    ),
    "M08": (
        f"""{ISSUE} select l.e as t, c, l.s as s, k = 1 and passed = 0
            and not exists (from contact as n where n.direction = 'inbound' and n.c = i.c
                and n.reason = i.reason and n.interaction_id <> l.interaction_id
                and n.started_at >= l.started_at and n.started_at < l.started_at + interval 7 day)
            and not exists (from ticket as q where q.ticket_id = tk
                and (q.ticket_id in (from again) or q.opened_at < l.started_at + interval 30 day))
            and not exists (from adjustment as q join billing_account as h
                    on h.account_id = q.account_id
                where h.customer_id = i.c and q.adjustment_type = 'credit'
                and q.created_at >= l.started_at
                and q.created_at < l.started_at + interval 30 day)
            and not exists (from subs as q where q.c = i.c and coalesce(q.s = l.s, true)
                and q.exit_cause in ('port_out', 'cancel_other') and q.z >= l.started_at
                and q.z < l.started_at + interval 30 day) as x, 1 as y,
            l.channel as channel, reason, l.team_id as team
        from issue as i""",
        ("channel", "reason", "team"),
    ),
    "M23b": (
        f"{ITEM.format('completed_at', 'completed_at <= promised_at')} "
        f"where {PROMISED.format('promised_at')}",
        ("action", "channel"),
    ),
    "M23c": (
        f"{ITEM.format('completed_at', 'completed_at <= requested_at')} "
        f"where {PROMISED.format('requested_at')}",
        ("action", "channel"),
    ),
    "M24": (
        f"""with known as (select order_item_id, min(known_at) as kn from v_product_order
            where state in {ENDED} group by all),
        closed as (
            select order_id, max(coalesce(completed_at, kn)) as done, bool_and(state = 'completed'
                and completed_at <= first_promised_at) as good
            from product_order left join known using (order_item_id)
            group by order_id having bool_and(state in {ENDED}))
        {ITEM.format("done", "good")} join closed on closed.order_id = o.order_id""",
        ("action", "channel"),
        "order_id",
    ),
    "M27b": (
        """select a as t, c, s, exists (from ticket as k where k.s = subs.s
            and ticket_type = 'fault' and opened_at >= a and opened_at < a + interval 30 day) as x,
            1 as y
        from subs where a >= (select min(p0) from months)""",
        (),
    ),
    "M27c": (
        """select coalesce(window_to, window_from) as t, w.c, w.s, status = 'missed_by_us' as x,
            1 as y, team_id as team, if(order_item_id is null, 'repair', 'order') as reason
        from appointment join whose as w on w.k = 'visit' and w.id = appointment_id, clock
        where status <> 'cancelled' and coalesce(window_to, window_from) < now""",
        ("team", "reason"),
    ),
    "M39": (
        """with word as (
            select problem_id, c, min(sent_at) as told from message
            where coalesce(status, '') not in ('initial', 'cancelled') group by all),
        call as (
            select a.problem_id, c, min(started_at) as called from contact
            join about as a using (interaction_id) where direction = 'inbound' group by all)
        select e as t, h.c, s, h.problem_id, h.category, coalesce(code, cause) as cause, 1 as y,
            coalesce(told < coalesce(called, timestamp 'infinity')
                and told < detected_at + interval 30 minute, false) as x
        from hit as h join prob using (problem_id)
        left join word on word.problem_id = h.problem_id and word.c = h.c
        left join call on call.problem_id = h.problem_id and call.c = h.c
        left join codes on source_code = cause, clock
        where detected_at is not null and e < now""",
        ("category", "cause"),
        "problem_id, c",
    ),
}
RATES = {
    "M13b": (
        """select opened_at as t, c, s, 1 as x, channel, reason, coalesce((
            select parent_reason from reasons as r where r.reason = k.reason), reason)
                as reason_area
        from ticket as k where ticket_type = 'complaint'""",
        ("channel", "reason", "reason_area"),
    ),
    "M29i": (
        "select z as t, c, s, 1 as x from subs where z is not null "
        "and exit_cause in ('non_pay', 'fraud', 'deceased', 'operator')",
        (),
    ),
    "M29w": (
        "select z as t, c, s, 1 as x from subs where z is not null "
        "and exit_cause in ('port_out', 'cancel_other', 'move_out')",
        (),
    ),
}
