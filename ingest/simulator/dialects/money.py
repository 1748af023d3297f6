"""sim_billing: what the billing system exports, all Parquet; sim_usage and sim_performance too."""

from __future__ import annotations

from ingest.simulator.feed import Dirt, Feed

# Who uses how much: the tariff, the day, the taste; it grows after joining, fades before leaving.
USAGE = """
    with
    days as (
        select cast(day as timestamp) as day
        from range(month_from() - interval 6 day, month_to(), interval 1 day) as listed(day)
    ),
    users as (
        select
            subscription.subscription_n,
            subscription.family,
            subscription.started_at,
            least(coalesce(subscription.silent_from, timestamp '2999-01-01'),
                coalesce(subscription.ended_at, timestamp '2999-01-01')) as until,
            case
                when subscription.family = 'broadband' then 5200.0
                else case offering.offering_id
                    when 'MOB-MINI' then 60.0 when 'MOB-SMART' then 260.0
                    when 'MOB-5G' then 600.0 when 'MOB-MAX' then 800.0 when 'MOB-UNL' then 1400.0
                    when 'PRE-START' then 30.0 else 180.0 end
                end * exp(0.7 * gauss('appetite', subscription.subscription_n))
                * (0.5 + customer.data_affinity) as daily_mb,
            -- some use it every day, some only now and then
            if(subscription.family = 'broadband', 0.93,
                0.35 + 0.6 * u('habit', subscription.subscription_n)) as habit,
        from subscription
        inner join customer on subscription.customer_n = customer.customer_n
        inner join offering on subscription.offering_n = offering.offering_n
        where subscription.started_at is not null
            and subscription.subscription_n >= getvariable('chunk_from')
            and subscription.subscription_n < getvariable('chunk_to')
    ),
    drawn as (
        select
            users.subscription_n,
            days.day,
            hash(hash(users.subscription_n, days.day, seed())) as draw,
            users.daily_mb
                * least(1.0, 0.4 + date_diff('day', users.started_at, days.day) / 50.0)
                * least(1.0, 0.15 + date_diff('day', days.day, users.until) / 25.0)
                * if(users.family = 'broadband' and dayofweek(days.day) in (0, 6), 1.25, 1.0)
                * (1 + 0.012 * date_diff('month', window_from(), days.day)) as expected,
            users.habit,
        from users
        inner join days
            on users.started_at < days.day + interval 1 day and users.until > days.day
    )
    select
        subscription_n,
        day,
        -- three uniform draws stand in for a bell curve, at a third of the price of one
        round(expected * exp(0.9 * (bits(draw, 0) + bits(draw, 1) + bits(draw, 2) - 1.5)), 1) as mb,
        day + interval 27 hour + to_minutes(cast(floor(120 * bits(draw, 0)) as bigint))
            + if(bits(draw, 3) < 0.004,
                to_days(1 + cast(floor(4 * bits(draw, 1)) as integer)), interval 0 day) as known_at,
    from drawn
    where bits(draw, 4) < habit
"""

VOICE = """
    select
        subscription.subscription_n,
        month_to() - interval 10 minute as known_at,
        round(90 * exp(0.8 * gauss('minutes',
            hash(subscription.subscription_n, month_n() // 1000))
            + 0.3 * gauss('this month', hash(subscription.subscription_n, month_n()))), 1)
            as minutes,
    from subscription
    where subscription.family = 'mobile'
        and subscription.started_at < month_from()
        and coalesce(subscription.silent_from, subscription.ended_at, month_to()) > month_from()
        and u('talks', hash(subscription.subscription_n, month_n())) < 0.93
        and month_n() > 0
        and subscription.subscription_n >= getvariable('chunk_from')
        and subscription.subscription_n < getvariable('chunk_to')
"""

# Busy hour of each cell and day; a degraded cell is slow, a cell that is down gives no value.
PERFORMANCE = """
    with
    days as (
        select cast(day as timestamp) as day
        from range(month_from() - interval 1 day, month_to(), interval 1 day) as listed(day)
    ),
    cells as (
        select child_n as cell_n, (child_n + 2) // 3 as access_n
        from relation
        where kind = 'cell'
    ),
    troubled as (
        select
            cells.cell_n,
            days.day,
            bool_or(problem.category = 'outage') as is_down,
            bool_or(problem.category = 'degradation') as is_slow,
        from problem
        inner join cells
            on (problem.kind = 'cell' and problem.element_n = cells.cell_n)
            or (problem.kind = 'access' and problem.element_n = cells.access_n)
        inner join days
            on problem.started_at < days.day + interval 20 hour
            and problem.restored_at > days.day + interval 19 hour
        where problem.started_at >= month_from() - interval 31 day
        group by cells.cell_n, days.day
    ),
    measured as (
        select
            cells.cell_n,
            days.day,
            hash(cells.cell_n, days.day, 'busy hour') as draw,
            coalesce(troubled.is_slow, false) as is_slow,
            0.35 + 0.4 * u('load', cells.cell_n) as load,
            days.day + interval 1470 minute as known_at,
            unnest(['dl_throughput', 'prb_utilisation', 'rrc_setup_success']) as kpi,
        from cells
        cross join days
        left join troubled
            on cells.cell_n = troubled.cell_n and days.day = troubled.day
        where not coalesce(troubled.is_down, false)
    )
    select
        cell_n,
        day,
        known_at,
        kpi,
        round(case kpi
            when 'dl_throughput' then if(is_slow, 0.35, 1.0)
                * greatest(2, (60 - 45 * load) * (0.8 + 0.4 * u('speed', draw)))
            when 'prb_utilisation' then
                least(99, 100 * load * (0.85 + 0.3 * u('speed', draw)) + if(is_slow, 22, 0))
            else 99.6 - 1.5 * load * u('setup', draw) - if(is_slow, 4, 0) end, 2) as value,
        u('suspect', draw) < 0.004 as is_suspect,
    from measured
"""

FEEDS = (
    Feed(
        name="bills",
        system="sim_billing",
        format="parquet",
        source="select * from bill",
        order="known_at, bill_n",
        columns={
            "bill_no": "'B' || bill_n",
            "account_no": "account_id(customer_n)",
            "subscription_no": "subscription_id(subscription_n)",
            "billed_at": "billed_at",
            "period_from": "cast(period_from as date)",
            "period_to": "cast(period_to as date)",
            "total_gross": "cast(amount as decimal(12, 2))",
            "total_net_service": "cast(amount_ex_tax as decimal(12, 2))",
            "currency": "'EUR'",
            "run": "if(is_on_cycle, 'CYCLE', 'EXTRA')",
            "due_at": "due_at",
            "recorded_at": "known_at",
        },
        entities={"customer_bill": "1"},
        dirt=(
            Dirt("missing_id", "quarantined", 1, 0.4, {"bill_no": "null"}),
            Dirt("exact_duplicate", "deduplicated", 2, 0.6),
            Dirt(
                "corrected",
                "superseded",
                1,
                0.8,
                {
                    "total_gross": "cast(total_gross + 1.00 as decimal(12, 2))",
                    "recorded_at": "recorded_at + interval 1 minute",
                },
            ),
        ),
    ),
    Feed(
        name="bill_lines",
        system="sim_billing",
        format="parquet",
        source="select * from bill_line",
        order="known_at, line_n",
        columns={
            "line_no": "'L' || line_n",
            "bill_no": "'B' || bill_n",
            "product_no": "product_id",
            "kind": "charge_type",
            "net": "cast(amount_ex_tax as decimal(12, 2))",
            "vat": "cast(round(amount_ex_tax * 0.2, 2) as decimal(12, 2))",
            "recorded_at": "known_at",
        },
        entities={"applied_billing_rate": "1"},
        buffer="bill_line",
        dirt=(Dirt("missing_id", "quarantined", 2, 0.5, {"bill_no": "null"}),),
    ),
    Feed(
        name="payments",
        system="sim_billing",
        format="parquet",
        source="select * from payment",
        order="known_at, payment_n",
        columns={
            "payment_no": "'Z' || payment_n",
            "account_no": "account_id(customer_n)",
            "subscription_no": "subscription_id(subscription_n)",
            "bill_no": "'B' || bill_n",
            "method": "method",
            "state": "status",
            "amount": "cast(amount as decimal(12, 2))",
            # the payment gateway writes its times as text
            "paid_at": "strftime(paid_at, '%Y-%m-%d %H:%M:%S')",
            "recorded_at": "known_at",
        },
        entities={"payment": "1"},
        buffer="payment",
        dirt=(
            Dirt("bad_date", "quarantined", 1, 0.5, {"paid_at": "'0000-00-00 00:00:00'"}),
            Dirt("bad_date", "quarantined", 2, 0.2, {"paid_at": "'pending'"}),
            Dirt("exact_duplicate", "deduplicated", 2, 0.7),
        ),
    ),
    Feed(
        name="adjustments",
        system="sim_billing",
        format="parquet",
        source="""
            with versions as (
                select
                    *,
                    unnest(if(closed_at > created_at + interval 1 day, [0, 1], [1])) as is_final,
                from adjustment
            )
            select *, reported(if(is_final = 1, closed_at, created_at), adjustment_n) as known_at
            from versions
        """,
        order="known_at, adjustment_n, is_final",
        columns={
            "adjustment_no": "'J' || adjustment_n",
            "kind": "adjustment_type",
            "account_no": "account_id(customer_n)",
            "bill_no": "'B' || bill_n",
            "problem_no": "'PRB' || problem_n",
            "reason": "reason",
            "amount": "cast(amount as decimal(12, 2))",
            "credited": "if(is_final = 1, cast(credited_amount as decimal(12, 2)), null)",
            "created_at": "created_at",
            "closed_at": "if(is_final = 1, closed_at, null)",
            "recorded_at": "known_at",
        },
        entities={"adjustment": "1"},
        dirt=(Dirt("unknown_code", "quarantined", 2, 0.5, {"kind": "'gift'"}),),
    ),
    Feed(
        name="usage_daily",
        system="sim_usage",
        format="parquet",
        source=USAGE,
        order="day, subscription_n",
        is_chunked=True,
        columns={
            "subscription": "subscription_id(subscription_n)",
            "type": "'data'",
            "day": "day",
            "mb": "mb",
            "recorded_at": "known_at",
        },
        entities={"usage": "1"},
        dirt=(
            Dirt("missing_id", "quarantined", 1, 0.3, {"subscription": "null"}),
            Dirt("missing_id", "quarantined", 2, 0.6, {"day": "null"}),
            Dirt("exact_duplicate", "deduplicated", 1, 0.5),
        ),
    ),
    Feed(
        name="voice_monthly",
        system="sim_usage",
        format="parquet",
        source=VOICE,
        order="subscription_n",
        is_chunked=True,
        columns={
            "subscription": "subscription_id(subscription_n)",
            "month": "month_from()",
            "minutes": "minutes",
            "recorded_at": "known_at",
        },
        entities={"usage": "1"},
    ),
    Feed(
        name="cells_busy_hour",
        system="sim_performance",
        format="parquet",
        source=PERFORMANCE,
        order="day, cell_n, kpi",
        columns={
            "cell": "resource_id('cell', cell_n)",
            "kpi": "kpi",
            "interval_start": "day + interval 19 hour",
            "value": "value",
            "suspect": "is_suspect",
            "recorded_at": "known_at",
        },
        entities={"performance_measurement": "1"},
        dirt=(Dirt("missing_id", "quarantined", 2, 0.5, {"cell": "null"}),),
    ),
)
