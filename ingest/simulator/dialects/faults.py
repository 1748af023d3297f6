"""sim_ticketing (TMF621) and sim_fault: problems as TMF656, alarms in csv."""

from __future__ import annotations

from ingest.simulator.feed import Dirt, Feed

TICKETS = """
    with
    versions as (
        select
            ticket.*,
            area.name as area_name,
            unnest(['acknowledged', 'resolved', 'closed']) as version,
        from ticket
        left join area
            on ticket.area_n = area.area_n
    )
    select
        *,
        case version
            when 'acknowledged' then reported(opened_at, ticket_n)
            when 'resolved' then reported(resolved_at, ticket_n)
            else reported(closed_at, ticket_n) end as known_at,
    from versions
"""

PROBLEMS = """
    with
    versions as (
        select problem.*, unnest(['inProgress', 'closed']) as version
        from problem
    ),
    timed as (
        select
            *,
            if(version = 'inProgress', acknowledged_at + interval 3 minute,
                closed_at + interval 3 minute) as known_at,
        from versions
    ),
    touched as (
        select problem_n, list_distinct(list(service_id(service_n) order by service_n))
            as services
        from impact
        group by problem_n
    ),
    rung as (
        select problem_n, list('ALM' || alarm_n order by alarm_n) as alarms
        from alarm
        where problem_n is not null
        group by problem_n
    ),
    helped as (
        select told_problem_n as problem_n, list('TT' || ticket_n order by ticket_n)
            as tickets
        from ticket
        where told_problem_n is not null
        group by told_problem_n
    )
    select
        timed.*,
        -- large problems name their root only: the topology must tell who hangs below it
        if(timed.version = 'closed' and timed.category = 'outage'
            and timed.kind in ('access', 'cell', 'port'), list_sort(coalesce(services, [])),
            []) as services,
        if(timed.version = 'closed', coalesce(alarms, []), []) as alarms,
        if(timed.version = 'closed', coalesce(tickets, []), []) as tickets,
    from timed
    left join touched on timed.problem_n = touched.problem_n
    left join rung on timed.problem_n = rung.problem_n
    left join helped on timed.problem_n = helped.problem_n
    where timed.known_at >= getvariable('deliver_from')
"""

ALARMS = """
    with
    versions as (
        select *, unnest(
            if(cleared_at > raised_at + interval 6 hour, ['raised', 'cleared'], ['cleared'])
        ) as version
        from alarm
    )
    select
        *,
        if(version = 'raised', raised_at, cleared_at) + interval 1 minute as known_at,
    from versions
"""

FEEDS = (
    Feed(
        name="tickets",
        system="sim_ticketing",
        format="ndjson",
        source=TICKETS,
        order="known_at, ticket_n, version",
        columns={
            "line": """to_json({
                'id': 'TT' || ticket_n,
                '@type': 'TroubleTicket',
                'ticketType': ticket_type,
                'severity': severity,
                'priority': if(severity in ('high', 'critical'), 'P1', 'P2'),
                'status': version,
                'statusReason': reason,
                'name': reason,
                'channel': {'name': channel},
                'creationDate': iso(opened_at),
                'resolutionDate': if(version = 'acknowledged', null, iso(resolved_at)),
                'closedDate': if(version = 'closed', iso(closed_at), null),
                'expectedResolutionDate': iso(due_at),
                'lastUpdate': iso(known_at),
                'area': if(customer_n is null, area_name, null),
                'isReopened': version = 'closed' and is_reopened,
                'isRegulatory': version = 'closed' and is_regulatory,
                'relatedParty': [
                    {'role': 'team', 'id': team_id},
                    {'role': 'customer', 'id': customer_id(customer_n)}],
                'relatedEntity': [
                    {'@referredType': 'Product', 'id': if(u('no product', ticket_n) < 0.08, null,
                        subscription_id(subscription_n))},
                    {'@referredType': 'Service', 'id': if(u('no service', ticket_n) < 0.25, null,
                        service_id(service_n))},
                    {'@referredType': 'ServiceProblem', 'id': if(version = 'acknowledged', null,
                        'PRB' || told_problem_n)}],
                'statusChange': list_slice([
                    {'status': 'acknowledged', 'changeDate': iso(opened_at)},
                    {'status': 'resolved', 'changeDate': iso(resolved_at)},
                    {'status': 'closed', 'changeDate': iso(closed_at)}
                ], 1, case version when 'acknowledged' then 1 when 'resolved' then 2 else 3 end)
            })"""
        },
        entities={
            "trouble_ticket": "1",
            "trouble_ticket_status": "case version when 'acknowledged' then 1 "
            "when 'resolved' then 2 else 3 end",
        },
        dirt=(
            Dirt("malformed_json", "quarantined", 1, 0.25, line="line || '}'"),
            Dirt(
                "missing_id", "quarantined", 2, 0.45, line="json_merge_patch(line, '{\"id\":null}')"
            ),
            Dirt(
                "bad_date",
                "quarantined",
                2,
                0.65,
                line='json_merge_patch(line, \'{"creationDate":"yesterday"}\')',
            ),
            Dirt("exact_duplicate", "deduplicated", 2, 0.15),
            Dirt(
                "corrected",
                "superseded",
                1,
                0.50,
                line="json_merge_patch(line, json_object('severity', 'corrected', 'lastUpdate', "
                "iso(cast(line->>'$.lastUpdate' as timestamp) + interval 1 minute)))",
            ),
        ),
    ),
    Feed(
        name="problems",
        system="sim_fault",
        format="json",
        source=PROBLEMS,
        order="known_at, problem_n",
        columns={
            "line": """to_json({
                'id': 'PRB' || problem_n,
                '@type': 'ServiceProblem',
                'category': category,
                'reason': cause,
                'isPlanned': is_planned,
                'status': version,
                'firstAlert': {'type': first_alert},
                'rootCauseResource': [{'id': resource_id(kind, element_n)}],
                'timeRaised': iso(started_at),
                'timeDetected': iso(detected_at),
                'timeAcknowledged': iso(acknowledged_at),
                'timeRestored': if(version = 'closed', iso(restored_at), null),
                'resolutionDate': if(version = 'closed', iso(closed_at), null),
                'timeChanged': iso(known_at),
                'affectedService': list_transform(services, lambda x: {'id': x}),
                'underlyingAlarm': list_transform(alarms, lambda x: {'id': x}),
                'associatedTroubleTicket': list_transform(tickets, lambda x: {'id': x})
            })"""
        },
        entities={
            "service_problem": "1",
            "service_problem_link": "len(services) + len(alarms) + len(tickets)",
        },
        dirt=(
            Dirt(
                "bad_date",
                "quarantined",
                1,
                0.4,
                line='json_merge_patch(line, \'{"timeRaised":"2025-09-31 10:00"}\')',
            ),
            Dirt("exact_duplicate", "deduplicated", 2, 0.3),
        ),
    ),
    Feed(
        name="alarms",
        system="sim_fault",
        format="csv",
        source=ALARMS,
        order="known_at, alarm_n",
        columns={
            "alarm_id": "'ALM' || alarm_n",
            "element": "resource_id(kind, element_n)",
            "type": "alarm_type",
            "cause": "probable_cause",
            "severity": "severity",
            "text": "if(kind = 'cell', 'Cell, sector ' || (element_n % 3), "
            "upper(kind) || ' \"' || resource_id(kind, element_n) || '\", check')",
            "root": "if(is_root_cause, 1, 0)",
            "parent": "'ALM' || parent_n",
            "service_affecting": "if(is_service_affecting, 1, 0)",
            "planned": "if(is_planned_outage, 1, 0)",
            "problem": "if(is_root_cause, 'PRB' || problem_n, null)",
            "raised_ms": "epoch_ms(raised_at)",
            "ack_ms": "epoch_ms(acknowledged_at)",
            "cleared_ms": "if(version = 'raised', null, epoch_ms(cleared_at))",
            "recorded_ms": "epoch_ms(known_at)",
        },
        entities={"alarm": "1"},
        dirt=(
            Dirt("missing_id", "quarantined", 1, 0.2, {"alarm_id": "''"}),
            Dirt("bad_number", "quarantined", 2, 0.5, {"raised_ms": "'16e1x'"}),
            Dirt("column_count", "quarantined", 1, 0.6, fields="fields[1:7]"),
            Dirt("exact_duplicate", "deduplicated", 2, 0.8),
        ),
    ),
)
