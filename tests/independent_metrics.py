"""M01 to M27 from METRICS.md, written without reading the models.

Each query gives a row for each thing counted: the moment that says which period it belongs to, the
customer, and what it adds to numerator and denominator. Nothing here is imported by the product.
"""

from __future__ import annotations

# metric: (scale, rows of counted_at, customer_id, numerator, denominator)
NPS = """select answered_at, customer_id, (score >= 9)::int - (score <= 6)::int, 1 from survey
    where survey_type = '{}' and score between 0 and 10"""
ANSWERS = """select answered_at, customer_id, {}, 1 from survey
    where survey_type = '{}' and score between 1 and {}"""
DONE = "select counted_at, customer_id, (is_coded and is_first)::int, 1 from contact where "
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
    "M07": (
        100,
        DONE + "is_human",
    ),
    "M10": (
        1,
        """select counted_at, customer_id,
            coalesce(talk, 0) + coalesce(hold, 0) + coalesce(acw, 0), 1
        from contact where is_human and coalesce(talk, hold, acw) is not null""",
    ),
    "M11": (
        1,
        """select counted_at, customer_id, transfers, 1 from contact
        where is_human and transfers is not null""",
    ),
    "M12": (
        100,
        """select counted_at, customer_id, (is_coded and is_first and customer_id is not null
            and reason <> '' and not exists (
            select 1 from contact as call where call.is_human
                and call.customer_id = session.customer_id
                and call.reason = session.reason and call.started_at >= session.started_at
                and call.started_at < session.started_at + interval 24 hour))::int, 1
        from contact as session where not is_human""",
    ),
    "M12b": (
        100,
        DONE + "not is_human",
    ),
    "M23": (100, PROMISED.format("first_promised_at")),
    "M23b": (100, PROMISED.format("promised_at")),
    "M23c": (100, PROMISED.format("requested_at")),
    "M27": (
        100,
        """select completed_at, order_item.customer_id, (manual = 'N')::int, 1
        from provisioning left join order_item using (order_item_id)
        where provisioning.state = 'completed' and manual <> ''""".replace(
            "select completed_at", "select provisioning.completed_at"
        ),
    ),
    "M27b": (
        100,
        """select valid_from, customer_id, exists (
            select 1 from ticket_line where line_id = base.product_id and ticket_type = 'fault'
                and opened_at >= valid_from and opened_at < valid_from + interval 30 day)::int, 1
        from base where valid_from >= (from told)""",
    ),
    "M27c": (
        100,
        """select window_to, customer_id, (outcome = 'missed_by_us')::int, 1 from visit
        where outcome <> 'cancelled'""",
    ),
}

# metric: rows of counted_at, customer_id, 1; per 1,000 of the average base and 30 days
RATES = {
    "M05": "select counted_at, customer_id, 1 from contact where is_human",
    "M05b": "select counted_at, customer_id, 1 from contact where not is_human",
    "M13": """select coalesce(resolved_at, closed_at), customer_id, 1 from ticket
        where ticket_type = 'complaint'""",
    "M13b": """select opened_at, customer_id, 1 from ticket
        where ticket_type = 'complaint'""",
    "M13r": """select opened_at, customer_id, 1 from ticket
        where ticket_type = 'complaint' and is_regulatory""",
}

# metric: (quantile, rows of counted_at, customer_id, quantity)
DETECTED = "select detected_at, null, epoch(detected_at - started_at) / 60 from problem"
TAKEN = "select acknowledged_at, null, epoch(acknowledged_at - detected_at) / 60 from problem"
COMPLETED = """select completed_at, customer_id, epoch(completed_at - ordered_at) / 3600
    from order_item where state = 'completed'"""
WAITED = """select completed_at, customer_id, (epoch(completed_at - ordered_at) - coalesce((
        select sum(epoch(until - occurred_at)) from (select order_item_id, type, is_customers,
            occurred_at, lead(occurred_at) over (partition by item_id order by occurred_at) as until
            from provisioning_event join provisioning using (item_id)
            where type in ('hold', 'release')) as held
        where held.order_item_id = order_item.order_item_id and type = 'hold'
            and is_customers), 0)) / 3600
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
    "M22c": (0.5, WAITED),
    "M22cp90": (0.9, WAITED),
    "M22b": (0.5, USED),
    "M22bp90": (0.9, USED),
}


SHARES |= {
    "M24": (
        100,
        """select done_at, customer_id, (is_full and is_on_time)::int, 1 from closed_order""",
    ),
    "M25": (
        100,
        """select done_at, customer_id, (not is_troubled)::int, 1 from closed_order
            where is_full and done_at >= (from told)""",
    ),
    "M26": (
        100,
        """select min(provisioning.ordered_at), any_value(order_item.customer_id),
            bool_or(service_order_id in (from fallen))::int, 1
        from provisioning left join order_item using (order_item_id) group by service_order_id""",
    ),
    "M08": (
        100,
        """select counted_at, customer_id, (contacts = 1 and passed = 0
            and not exists (select 1 from contact as again
                where again.customer_id = issue.customer_id
                and again.reason = issue.reason and again.interaction_id <> issue.interaction_id
                and again.started_at >= issue.started_at
                and again.started_at < issue.started_at + interval 7 day)
            and not exists (select 1 from ticket where ticket_id = issue.ticket_id and (is_reopened
                or opened_at < issue.started_at + interval 30 day))
            and not exists (select 1 from credit where credit.customer_id = issue.customer_id
                and created_at >= issue.started_at
                    and created_at < issue.started_at + interval 30 day)
            and not exists (select 1 from base where base.customer_id = issue.customer_id
                and exit_cause in ('port_out', 'cancel_other') and valid_to >= issue.started_at
                and coalesce(product_id = issue.product_id, true)
                and valid_to < issue.started_at + interval 30 day))::int, 1
        from issue""",
    ),
}
