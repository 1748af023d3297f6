"""Metrics by dimension, by SQL of METRICS.md alone, over the facts of independent_facts.

A metric is one query of rows: t when it counts, c and s whose it is, x of the numerator, y of the
denominator, and the columns it is cut by. Segment, family and region are those that held at t.
"""

from __future__ import annotations

import math

import duckdb

from tests import independent_followed as followed

PEOPLE = ("segment", "family", "region")
BY_CONTRACT = ("M28", "M29v", "M29w", "M29i")
PAIRS = ("segment+family", "segment+region", "family+region")
HUMAN = "direction = 'inbound' and is_human_handled"
CONTACT = """channel, reason, team_id as team,
    coalesce((select parent_reason from reasons as r where r.reason = k.reason), reason)
        as reason_area,
    (select channel_kind from channels as h where h.channel = k.channel) as channel_kind"""
CUTS_OF_CONTACT = ("channel", "channel_kind", "reason", "reason_area", "team")
ITEM = """select completed_at as t, customer_id as c, s, completed_at <= first_promised_at as x,
    1 as y, action, channel
    from product_order left join (
        select product_id, coalesce(parent_product_id, product_id) as s from product
    ) using (product_id) where state = 'completed' and first_promised_at is not null"""
OVER = "('resolved', 'closed', 'cancelled', 'rejected')"
OF_TICKET = """channel, reason, team_id as team, ticket_type, coalesce((select parent_reason
        from reasons as r where r.reason = k.reason), reason) as reason_area"""
CUTS_OF_COMPLAINT = ("channel", "reason", "reason_area")
TICKET = """select due_at as t, c, s, coalesce(e <= due_at, false) as x, 1 as y, channel, reason,
    team_id as team, ticket_type from ticket, clock
    where due_at < now and coalesce(status, '') not in ('cancelled', 'rejected')"""
JOURNEY = """select coalesce(t, f) as t, c, s, {} as x, 1 as y, case
    when j in ('hit', 'bill') then if(j = 'hit', 'degrade', 'pay')
    when j in ('ticket', 'contact') then 'help' when j = 'port' then 'leave'
    else (select case when action = 'move' then 'move' when action = 'modify' then 'change'
        when s <> product_id and not exists (from product_order as l where l.order_id = o.order_id
            and l.product_id = ended.s and l.action = o.action) then 'change'
        when action = 'add' then 'join' else 'leave' end
        from product_order as o where order_item_id = id) end as journey
    from ended"""
# metric: (rows, dimensions). Shares first; of a rate y is 0 and the base is the denominator.
SHARES = {
    "M06": (
        f"""select e as t, c, s, exists (from contact as n where n.{HUMAN.replace("and ", "and n.")}
            and n.c = k.c and n.reason = k.reason
            and (n.started_at, n.interaction_id) > (k.started_at, k.interaction_id)
            and n.started_at < k.started_at + interval 7 day) as x,
            1 as y, {CONTACT}
        from contact as k where {HUMAN} and c is not null and reason is not null""",
        ("channel", "reason", "reason_area", "team"),
    ),
    "M11": (
        f"select e as t, c, s, transfers as x, 1 as y, {CONTACT} from contact as k where {HUMAN} "
        "and transfers is not null",
        CUTS_OF_CONTACT,
    ),
    "M23": (ITEM, ("action", "channel")),
    "M46c": (TICKET, ("channel", "reason", "team", "ticket_type")),
    "M47": (JOURNEY.format("o = 'reached'"), ("journey",)),
    "M47c": (JOURNEY.format("effort"), ("journey",)),
    "M11j": (JOURNEY.format("hand_offs"), ("journey",)),
    "M12": (
        f"""select e as t, c, s, coalesce(is_resolved_first, false) and c is not null
            and reason is not null and not exists (from contact as n where n.c = k.c
                and n.{HUMAN.replace("and ", "and n.")} and n.reason = k.reason
                and n.started_at >= k.started_at
                and n.started_at < k.started_at + interval 24 hour) as x, 1 as y, {CONTACT}
        from contact as k where direction = 'inbound' and not is_human_handled""",
        ("channel", "reason"),
    ),
    "M27": (
        """select so.completed_at as t, o.customer_id as c,
            coalesce(p.parent_product_id, o.product_id) as s, not is_manual as x, 1 as y,
            so.action, team_id as team
        from service_order as so left join product_order as o using (order_item_id)
        left join product as p on p.product_id = o.product_id
        where so.state = 'completed' and so.completed_at is not null and is_manual is not null""",
        ("action", "team"),
    ),
    "M34": (
        "select billed_at as t, c, product_id as s, coalesce(amount > bound, false) as x, 1 as y "
        "from shock",
        (),
    ),
    "M35": (
        """select billed_at as t, c, product_id as s, exists (from adjustment as d
            where d.bill_id = bill.bill_id and adjustment_type = 'dispute'
                and d.created_at >= billed_at and d.created_at < billed_at + interval 60 day) as x,
            1 as y from bill""",
        (),
    ),
    "M07": (
        f"select e as t, c, s, coalesce(is_resolved_first, false) as x, 1 as y, {CONTACT} "
        f"from contact as k where {HUMAN}",
        ("channel", "reason", "team"),
    ),
    "M10": (
        f"""select e as t, c, s, coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0)
            + coalesce(wrap_up_seconds, 0) as x, 1 as y, {CONTACT} from contact as k
        where {HUMAN} and coalesce(talk_seconds, hold_seconds, wrap_up_seconds) is not null""",
        CUTS_OF_CONTACT,
    ),
    "M12b": (
        f"select e as t, c, s, coalesce(is_resolved_first, false) as x, 1 as y, {CONTACT} "
        "from contact as k where direction = 'inbound' and not is_human_handled",
        ("channel", "reason"),
    ),
    "M32": (
        """select r as t, c, s, z is null or z > least(r + interval 90 day, now) as x, 1 as y,
            request_type from (
            select w.s, requested_at as r, 'port' as request_type from number_port
            join whose as w on w.k = 'port' and w.id = port_id where direction = 'out'
            union all select product_id, ordered_at, 'cancel' from product_order
            where action = 'delete'
        ) join subs using (s), clock where coalesce(z > r, true)""",
        ("request_type",),
    ),
    "M34b": (
        "select billed_at as t, c, product_id as s, coalesce(amount - r > bound, false) as x, "
        "1 as y from shock",
        (),
    ),
    "M35b": (
        """select a.closed_at as t, customer_id as c, b.product_id as s,
            coalesce(credited_amount, 0) as x, a.amount as y, a.reason
        from adjustment as a join billing_account as h on h.account_id = a.account_id
        left join customer_bill as b using (bill_id)
        where adjustment_type = 'dispute' and a.closed_at is not null""",
        ("reason",),
    ),
    "M39p": (
        """select sent_at as t, c, s, (problem_id, c) in (select problem_id, c from hit) as x,
            1 as y, channel from message where purpose in ('outage', 'planned_work')""",
        ("channel",),
    ),
    "M46": (
        f"""with again as (
            select distinct o.ticket_id from trouble_ticket_status as o
            join trouble_ticket_status as n
                on n.ticket_id = o.ticket_id and n.changed_at > o.changed_at
            where o.status in {OVER} and n.status not in {OVER})
        select e as t, c, s, coalesce(is_reopened, false) or ticket_id in (from again) as x, 1 as y,
            {OF_TICKET} from ticket as k where e is not null""",
        ("channel", "reason", "team", "ticket_type"),
    ),
}
RATES = {
    "M05b": (
        f"select e as t, c, s, 1 as x, {CONTACT} from contact as k "
        "where direction = 'inbound' and not is_human_handled",
        ("channel", "channel_kind", "reason", "reason_area"),
    ),
    "M13": (
        f"select e as t, c, s, 1 as x, {OF_TICKET} from ticket as k "
        "where ticket_type = 'complaint' and e is not null",
        CUTS_OF_COMPLAINT,
    ),
    "M28": ("select z as t, c, s, 1 as x from subs where z is not null", ()),
    "M29v": (
        "select z as t, c, s, 1 as x from subs where z is not null "
        "and exit_cause in ('port_out', 'cancel_other')",
        (),
    ),
    "M05": (
        f"select e as t, c, s, 1 as x, {CONTACT} from contact as k where {HUMAN}",
        CUTS_OF_CONTACT,
    ),
}
SHARES |= followed.SHARES
RATES |= followed.RATES
LABELS = """
create or replace temp table counted as
select r.*, coalesce(u.segment, 'unknown') as segment, coalesce(v.family, 'unknown') as family,
    coalesce(v.region, u.region, 'unknown') as region,
    coalesce(v.contract_type, 'unknown') as contract
from ({rows}) as r
left join line_then as v on v.product_id = r.s and kf <= t and t < kt
left join person as u on u.customer_id = r.c
where coalesce(c, '') not in (from internal)
"""
# As a line was while a version of it was known; the first one from the beginning.
GROUND = """
create temp table reasons as from read_csv('{seeds}/reasons.csv');
create temp table channels as from read_csv('{seeds}/channels.csv');
create temp table codes as select source_code, code
    from read_csv('{seeds}/code_map.csv') where vocabulary = 'cause';
create temp table place as select location_id, any_value(region) as region from w.raw.location
    group by all;
create temp table person as select customer_id, segment, region
    from customer left join place using (location_id);
create temp table line_then as
select product_id, family, region, contract_type, coalesce(lead(known_at) over w, 'infinity') as kt,
    if(row_number() over w = 1, '-infinity', known_at) as kf
from v_product left join (select offering_id, family from product_offering) using (offering_id)
    left join place using (location_id)
window w as (partition by product_id order by known_at, extracted_at, row_number);
create temp table per as
select distinct period_grain as grain, period_start::timestamp as p0, period_end::timestamp as p1,
    period_end - period_start as days
from w.marts.metric_value where period_grain <> 'total'
    and period_start >= (select min(p0) from months) and period_end <= (select max(p1) from months);
create temp table base_line as
select grain, p0, days, coalesce(segment, 'unknown') as segment,
    coalesce(family, 'unknown') as family, coalesce(v.region, 'unknown') as region,
    coalesce(contract_type, 'unknown') as contract
from per, range(p0, p1, interval 1 day) as days(d) join subs on a <= d and coalesce(z > d, true)
join line_then as v on v.product_id = s and kf <= d and d < kt
left join person on customer_id = subs.c;
"""


def ground(connection: duckdb.DuckDBPyConnection, seeds: str) -> None:
    """Make what rows are labelled by, beside the tables of independent_facts."""
    connection.execute(GROUND.format(seeds=seeds))


def slice_disagreements(connection: duckdb.DuckDBPyConnection, metric: str) -> list[tuple]:
    """Compare every period and slice: what SQL of its own makes, and what is published."""
    rows, dimensions, *once = SHARES.get(metric) or RATES[metric]
    connection.execute(LABELS.format(rows=rows))
    found = {}
    contract = ("contract",) * (metric in BY_CONTRACT)
    of_people = (*PEOPLE, *contract, *PAIRS * (metric in RATES))
    for dimension in (*of_people, *dimensions):
        by_month = "+" in dimension or dimension in contract
        grains = "grain = 'month'" if by_month else "true"
        named = " || ' + ' || ".join(
            f"coalesce(cast({each} as varchar), 'unknown')" for each in dimension.split("+")
        )
        if metric in SHARES:
            things = "counted"
            if once:
                things = f"""(select any_value(t) as t, any_value(x) as x, any_value(y) as y,
                    {named} as part from counted group by {once[0]}, {named})"""
                named = "part"
            query = f"""select grain, p0::date, '{dimension}', {named}, sum(x::double),
                sum(y::double), count(*) from {things} join per on t >= p0 and t < p1
                group by all"""
        else:
            cell = named if dimension in of_people else "'all'"
            query = f"""
                with bases as (select grain, p0, {cell} as part, count(*) as days_there,
                    any_value(days) as days from base_line where {grains} group by all),
                events as (select grain, p0, {named} as part, sum(x::double) as x from counted
                    join per on t >= p0 and t < p1 where {grains} group by all)
                select grain, p0::date, '{dimension}', part, coalesce(x, 0),
                    coalesce(days_there, 0) / 30, coalesce(round(days_there / days), 0)
                from {
                "events full join bases using (grain, p0, part)"
                if dimension in of_people
                else "events join (select * exclude (part) from bases) using (grain, p0)"
            }"""
        found |= {row[:4]: row[4:] for row in connection.execute(query).fetchall()}
    published = {
        row[:4]: row[4:]
        for row in connection.execute(
            "select period_grain, period_start, dimension, dimension_value, numerator, "
            "denominator, n from w.marts.metric_value semi join per on period_grain = grain "
            "and period_start = p0 where metric_id = ? and dimension <> 'all' "
            # A slice that the base has some other day stands over nothing: nobody misses it.
            "and not (numerator = 0 and denominator = 0)",
            [metric],
        ).fetchall()
    }
    assert published, f"{metric} has no slices"
    # Days before a feed's first row have no figure (int_feed_starts); months here have.
    found = {
        cell: row
        for cell, row in found.items()
        if cell in published or row[0] or cell[0] == "month"
    }
    return [
        (cell, found.get(cell), published.get(cell))
        for cell in sorted(found.keys() | published.keys())
        if cell not in found
        or cell not in published
        or not all(
            math.isclose(mine, theirs, rel_tol=1e-8, abs_tol=1e-8)
            for mine, theirs in zip(found[cell], published[cell], strict=True)
        )
    ]
