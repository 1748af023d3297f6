"""sim_orders: product orders as TMF622, everything behind them as plain csv."""

from __future__ import annotations

from ingest.simulator.feed import Dirt, Feed

PRODUCT_ORDERS = """
    with
    moments as (
        select distinct
            order_n,
            unnest([ordered_at, promised_again_at, ends_at]) as moment,
        from order_item
    ),
    told as (
        select order_n, moment, reported(moment, order_n) as known_at
        from moments
        where moment is not null
    )
    select
        told.known_at,
        told.order_n,
        told.moment,
        any_value(order_item.customer_n) as customer_n,
        any_value(order_item.channel) as channel,
        any_value(order_item.ordered_at) as ordered_at,
        count(*) as many,
        min(case
            when told.moment < order_item.ends_at then 'inProgress'
            when order_item.is_cancelled then 'partial'
            else 'completed' end) as state,
        to_json(list({
            'id': 'OI' || order_item.item_n,
            'action': order_item.action,
            'quantity': 1,
            'state': case
                when told.moment >= order_item.ends_at and order_item.is_cancelled then 'cancelled'
                when told.moment >= order_item.ends_at then 'completed'
                when told.moment = order_item.ordered_at then 'acknowledged'
                when order_item.trouble = 'fallout'
                    and told.moment >= order_item.promised_again_at then 'held'
                else 'inProgress' end,
            'firstExpectedCompletionDate': iso(order_item.first_promised_at),
            'expectedCompletionDate': iso(if(
                told.moment >= order_item.promised_again_at,
                order_item.second_promise_at, order_item.first_promised_at)),
            'completionDate': if(
                told.moment >= order_item.ends_at and not order_item.is_cancelled,
                iso(order_item.ends_at), null),
            'product': {
                'id': coalesce(addon_id(order_item.addon_n),
                    subscription_id(order_item.subscription_n)),
                'productOffering': {'id': offering.offering_id}}
        } order by order_item.item_n)) as items,
    from told
    inner join order_item on told.order_n = order_item.order_n
    inner join offering on order_item.offering_n = offering.offering_n
    where told.known_at >= getvariable('deliver_from')
        and told.known_at < getvariable('deliver_to')
    group by told.known_at, told.order_n, told.moment
"""

# Add-ons without a technical part and notices of leaving need no provisioning of their own.
SERVICE_ORDERS = """
    with
    provisioned as (
        select *
        from order_item
        where kind in ('join', 'move') or (kind = 'addon' and offering_n in (21, 22))
    ),
    versions as (
        select *, unnest(['taken', 'done']) as version
        from provisioned
    )
    select
        *,
        reported(if(version = 'taken', ordered_at + interval 5 minute, ends_at), item_n)
            as known_at,
        trouble = 'fallout' or needs_visit or u('manual', item_n) < 0.08 as is_manual,
        if(kind = 'addon', addon_n * 10 + 1, subscription_n * 10) as service_n,
    from versions
"""

SERVICE_ORDER_EVENTS = """
    with
    provisioned as (
        select
            *,
            date_diff('minute', ordered_at, first_promised_at) as lead_minutes,
        from order_item
        where kind in ('join', 'move') or (kind = 'addon' and offering_n in (21, 22))
    ),
    events as (
        select item_n, 1 as step, 'milestone' as event_type, 'designed' as reason,
            cast(null as timestamp) as promised_at, ordered_at + interval 8 minute as occurred_at
        from provisioned
        union all
        select item_n, 2, 'error', pick(['no_free_port', 'wrong_address', 'activation_failed',
            'number_locked'], u('why', draw)), null, after_minutes(ordered_at, 0.5 * lead_minutes)
        from provisioned
        where trouble = 'fallout'
        union all
        select item_n, 3, 'jeopardy', 'late_risk', null,
            after_minutes(ordered_at, 0.8 * lead_minutes)
        from provisioned
        where trouble in ('capacity', 'fallout') and needs_visit
        union all
        select item_n, 4, 'hold',
            if(trouble = 'missed_by_customer', 'customer_absent', 'waits_for_repair'), null,
            first_promised_at
        from provisioned
        where trouble in ('fallout', 'missed_by_customer') and delay_days > 0.5
        union all
        select item_n, 5, 'repromise', trouble, second_promise_at, promised_again_at
        from provisioned
        where promised_again_at is not null
        union all
        select item_n, 6, 'release', null, null, after_days(first_promised_at, 0.7 * delay_days)
        from provisioned
        where trouble in ('fallout', 'missed_by_customer') and delay_days > 0.5 and not is_cancelled
        union all
        select item_n, 7, 'milestone', 'activated', null, ends_at
        from provisioned
        where not is_cancelled
    )
    select *, reported(occurred_at, item_n) as known_at
    from events
"""

APPOINTMENTS = """
    with
    versions as (
        select *, unnest(['booked', 'over']) as version
        from appointment
    )
    select
        *,
        reported(
            if(version = 'booked', booked_at, window_from + interval 7 hour), appointment_n
        ) as known_at,
    from versions
"""

PORTS = """
    with
    requests as (
        select
            'out' as direction,
            exit.subscription_n,
            subscription.customer_n,
            subscription.phone,
            'completed' as status,
            after_days(exit.exits_at, -1 - 2 * u('asks', exit.draw)) as requested_at,
            exit.exits_at as completed_at,
            exit.draw,
        from exit
        inner join subscription on exit.subscription_n = subscription.subscription_n
        where exit.exit_cause = 'port_out'
        union all
        select
            'out',
            saved.subscription_n,
            subscription.customer_n,
            subscription.phone,
            if(u('saved how', saved.draw) < 0.7, 'saved', 'cancelled'),
            after_days(saved.saved_at, -1),
            null,
            hash(saved.draw, 'saved'),
        from saved
        inner join subscription on saved.subscription_n = subscription.subscription_n
        union all
        select
            'in',
            order_item.subscription_n,
            order_item.customer_n,
            subscription.phone,
            'completed',
            order_item.ordered_at,
            order_item.ends_at,
            order_item.draw,
        from order_item
        inner join subscription on order_item.subscription_n = subscription.subscription_n
        where order_item.kind = 'join'
            and order_item.family = 'mobile'
            and not order_item.is_cancelled
            and not subscription.is_prepaid
            and u('ports in', order_item.draw) < 0.35
    ),
    versions as (
        select
            *,
            unnest(['requested', 'final']) as version,
            1000000000 + draw % 8999999999 as port_n,
        from requests
        where requested_at < getvariable('deliver_to')
    )
    select
        *,
        -- who asks before the end of one month and goes in the next is told of with the end
        if(
            version = 'requested',
            reported(greatest(requested_at, date_trunc('month',
                coalesce(completed_at, requested_at + interval 1 day))), draw),
            reported(coalesce(completed_at, requested_at + interval 1 day), draw)
        ) as known_at,
    from versions
"""

FEEDS = (
    Feed(
        name="product_orders",
        system="sim_orders",
        format="ndjson",
        source=PRODUCT_ORDERS,
        order="known_at, order_n, moment",
        columns={
            "line": """json_object(
                'id', 'O' || order_n,
                '@type', 'ProductOrder',
                'category', 'consumer',
                'channel', json_array(json_object('id', channel)),
                'state', state,
                'orderDate', iso(ordered_at),
                'requestedCompletionDate', iso(ordered_at + interval 3 day),
                'relatedParty', json_array(json_object(
                    'role', 'customer', 'id', customer_id(customer_n))),
                'productOrderItem', items,
                'lastUpdate', iso(known_at)
            )"""
        },
        entities={"product_order": "many"},
        dirt=(
            Dirt("malformed_json", "quarantined", 1, 0.3, line="left(line, 60)"),
            Dirt(
                "bad_date",
                "quarantined",
                2,
                0.6,
                line='json_merge_patch(line, \'{"orderDate":"25/25/2025"}\')',
            ),
            Dirt(
                "unknown_code",
                "quarantined",
                2,
                0.2,
                line='replace(line, \'"action":"\', \'"action":"x\')',
            ),
            Dirt("exact_duplicate", "deduplicated", 1, 0.7),
        ),
    ),
    Feed(
        name="service_orders",
        system="sim_orders",
        format="csv",
        source=SERVICE_ORDERS,
        order="known_at, item_n, version desc",
        columns={
            "so_item": "'SOI' || item_n",
            "so": "'SO' || order_n",
            "order_item": "'OI' || item_n",
            "service": "service_id(service_n)",
            "action": "if(action = 'move', 'modify', action)",
            "state": "case when version = 'taken' then 'inProgress' "
            "when is_cancelled then 'cancelled' else 'completed' end",
            "team": "if(needs_visit, 'T-FIELD', 'T-PROV')",
            "manual": "if(is_manual, 'Y', 'N')",
            "ordered": "iso(ordered_at)",
            "started": "iso(ordered_at + interval 7 minute)",
            "promised": "iso(if(version = 'done' and second_promise_at is not null, "
            "second_promise_at, first_promised_at))",
            "completed": "if(version = 'done' and not is_cancelled, iso(ends_at), null)",
            "recorded": "iso(known_at)",
        },
        entities={"service_order": "1"},
        dirt=(
            Dirt("column_count", "quarantined", 1, 0.4, fields="list_append(fields, 'surplus')"),
            Dirt("unknown_code", "quarantined", 2, 0.5, {"state": "'lost'"}),
            Dirt(
                "corrected",
                "superseded",
                1,
                0.7,
                {
                    "team": "'T-NOC'",
                    "recorded": "iso(cast(fields[13] as timestamp) + interval 2 minute)",
                },
            ),
        ),
    ),
    Feed(
        name="service_order_events",
        system="sim_orders",
        format="csv",
        source=SERVICE_ORDER_EVENTS,
        order="known_at, item_n, step",
        columns={
            "event": "'SOE' || item_n || '-' || step",
            "so_item": "'SOI' || item_n",
            "type": "event_type",
            "reason": "reason",
            "customer_caused": "if(reason = 'customer_absent', 'Y', 'N')",
            "new_promise": "iso(promised_at)",
            "at": "iso(occurred_at)",
            "recorded": "iso(known_at)",
        },
        entities={"service_order_event": "1"},
        dirt=(
            Dirt("missing_id", "quarantined", 1, 0.5, {"so_item": "''"}),
            Dirt("exact_duplicate", "deduplicated", 2, 0.5),
        ),
    ),
    Feed(
        name="appointments",
        system="sim_orders",
        format="csv",
        source=APPOINTMENTS,
        order="known_at, appointment_n, version",
        columns={
            "appointment": "'AP' || appointment_n",
            "order_item": "'OI' || item_n",
            "ticket": "'TT' || ticket_n",
            "customer": "customer_id(customer_n)",
            "subscription": "subscription_id(subscription_n)",
            "team": "'T-FIELD'",
            "outcome": "if(version = 'booked', 'confirmed', status)",
            "from": "iso(window_from)",
            "to": "iso(window_from + interval 4 hour)",
            "arrived": "if(version = 'booked', null, iso(arrived_at))",
            "done": "if(version = 'booked', null, iso(completed_at))",
            "recorded": "iso(known_at)",
        },
        entities={"appointment": "1"},
        dirt=(Dirt("bad_date", "quarantined", 2, 0.5, {"from": "'2026-02-30T08:00:00Z'"}),),
    ),
    Feed(
        name="ports",
        system="sim_orders",
        format="csv",
        source=PORTS,
        order="known_at, port_n, version desc",
        columns={
            "port": "'NP' || port_n",
            "direction": "direction",
            "subscription": "subscription_id(subscription_n)",
            "customer": "customer_id(customer_n)",
            "number": "spelled(phone, port_n)",
            "other_operator": "pick(['Bluenet', 'Vox', 'Tele Ost'], u('rival', port_n))",
            "status": "if(version = 'requested', 'requested', status)",
            "requested": "iso(requested_at)",
            "validated": "if(version = 'requested', null, iso(requested_at + interval 4 hour))",
            "completed": "if(version = 'requested', null, iso(completed_at))",
            "recorded": "iso(known_at)",
        },
        entities={"number_port": "1"},
        identifiers={"phone": "spelled(phone, port_n)"},
        dirt=(
            Dirt("unknown_code", "quarantined", 2, 0.4, {"direction": "'sideways'"}),
            Dirt("exact_duplicate", "deduplicated", 1, 0.9),
        ),
    ),
)
