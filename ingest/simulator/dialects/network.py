"""sim_inventory (TMF638, TMF639), sim_fault (alarms in csv, TMF656), sim_ticketing (TMF621)."""

from __future__ import annotations

from ingest.simulator.write import Dirt, Feed

LOCATIONS = """
    select
        window_from() as known_at,
        location_id(area_n) as location_id,
        name,
        name as area,
        region,
        latitude,
        longitude,
    from area
    union all
    select
        window_from(),
        'SITE-' || padded(access.access_n, 6),
        area.name || ' ' || if(access.kind = 'site', 'mast ', 'exchange ') || access.access_n,
        area.name,
        area.region,
        round(area.latitude + 0.1 * (u('site lat', access.access_n) - 0.5), 4),
        round(area.longitude + 0.1 * (u('site long', access.access_n) - 0.5), 4),
    from access
    inner join area on access.area_n = area.area_n
"""

# Elements of the network; a port is told of when its line is.
RESOURCES = """
    with
    elements as (
        select distinct window_from() as known_at, 'core' as kind, parent_n as element_n
        from relation
        where parent_kind = 'core'
        union all
        select distinct window_from(), 'aggregation', parent_n
        from relation
        where parent_kind = 'aggregation'
        union all
        select window_from(), 'access', access_n from access
        union all
        select window_from(), 'cell', child_n from relation where kind = 'cell'
        union all
        select known_at, kind, element_n from relation_change where kind <> 'port'
    ),
    ports as (
        select
            known_at,
            'port' as kind,
            element_n,
        from relation_change
        where kind = 'port'
    ),
    wired as (
        select
            kind,
            child_n,
            list({
                'relationshipType': 'dependsOn',
                'redundancyGroup': redundancy_group,
                'resource': {'id': resource_id(parent_kind, parent_n)},
                'validFor': {'startDateTime': iso(valid_from), 'endDateTime': iso(valid_to)}
            } order by valid_from, parent_n) as parents,
        from relation
        group by kind, child_n
    ),
    homes as (
        select
            leaf_n,
            min(access_n) as access_n,
            min(valid_from) as valid_from,
        from support
        where leaf_kind = 'port'
        group by leaf_n
    )
    select
        elements.known_at,
        elements.kind,
        elements.element_n,
        case elements.kind
            when 'cell' then if(elements.element_n % 3 = 0, '5G', '4G')
            when 'access' then if(access.kind = 'olt', 'FTTH', 'microwave')
            else 'IP' end as technology,
        pick(['Norden', 'Kestrel', 'Auriga'], u('vendor' || elements.kind, elements.element_n))
            as vendor,
        if(
            elements.kind in ('access', 'cell'),
            'SITE-' || padded(access.access_n, 6),
            location_id((elements.element_n + 1) // 2)
        ) as location_id,
        timestamp '2019-01-01' as started_at,
        coalesce(wired.parents, []) as parents,
    from elements
    left join wired
        on elements.kind = wired.kind and elements.element_n = wired.child_n
    left join access
        on access.access_n = case elements.kind
            when 'access' then elements.element_n
            when 'cell' then (elements.element_n + 2) // 3 end
    union all
    select
        ports.known_at,
        ports.kind,
        ports.element_n,
        'FTTH',
        'Kestrel',
        'SITE-' || padded(homes.access_n, 6),
        homes.valid_from,
        [{
            'relationshipType': 'dependsOn',
            'redundancyGroup': null,
            'resource': {'id': resource_id('access', homes.access_n)},
            'validFor': {'startDateTime': iso(homes.valid_from), 'endDateTime': null}
        }],
    from ports
    inner join homes on ports.element_n = homes.leaf_n
"""

SERVICES = """
    with
    supports as (
        select
            service_n,
            list({
                'id': resource_id(leaf_kind, leaf_n),
                'role': 'access',
                '@referredType': 'Resource',
                'validFor': {'startDateTime': iso(valid_from), 'endDateTime': iso(valid_to)}
            } order by valid_from) as resources,
        from support
        where service_n in (
            select service_n from service_change where known_at < getvariable('deliver_to')
        )
        group by service_n
    )
    select
        service_change.known_at,
        service.*,
        subscription.customer_n,
        supports.resources,
    from service_change
    inner join service on service_change.service_n = service.service_n
    inner join subscription on service.subscription_n = subscription.subscription_n
    inner join supports on service.service_n = supports.service_n
"""

TICKETS = """
    with
    versions as (
        select
            ticket.*,
            unnest(['acknowledged', 'resolved', 'closed']) as version,
        from ticket
    )
    select
        *,
        case version
            when 'acknowledged' then reported(opened_at, ticket_n)
            when 'resolved' then reported(resolved_at, ticket_n)
            else reported(closed_at, ticket_n) end as known_at,
    from versions
"""

FEEDS = (
    Feed(
        name="sites",
        system="sim_inventory",
        format="csv",
        source=LOCATIONS,
        order="location_id",
        columns={
            "site_id": "location_id",
            "name": "name",
            "area": "area",
            "region": "region",
            "country": "'DE'",
            "lat": "latitude",
            "lon": "longitude",
        },
        entities={"location": "1"},
    ),
    Feed(
        name="resources",
        system="sim_inventory",
        format="ndjson",
        source=RESOURCES,
        order="known_at, kind, element_n",
        columns={
            "line": """to_json({
                'id': resource_id(kind, element_n),
                '@type': if(kind = 'port', 'LogicalResource', 'PhysicalResource'),
                'category': kind,
                'name': 'NE ' || resource_id(kind, element_n),
                'resourceStatus': 'available',
                'operationalState': 'enable',
                'startOperatingDate': iso(started_at),
                'place': [{'id': location_id, 'role': 'site'}],
                'resourceCharacteristic': [
                    {'name': 'technology', 'value': technology},
                    {'name': 'vendor', 'value': vendor}],
                'resourceRelationship': parents,
                'lastUpdate': iso(known_at)
            })"""
        },
        entities={"resource": "1", "resource_relationship": "len(parents)"},
        dirt=(
            Dirt(
                "malformed_json", "quarantined", 0, 0.90, line="replace(line, '\"id\":', '\"id\"')"
            ),
            Dirt(
                "bad_date",
                "quarantined",
                0,
                0.50,
                line="json_merge_patch(line, '{\"startOperatingDate\":\"0000-00-00\"}')",
            ),
        ),
        buffer="relation_change",
    ),
    Feed(
        name="services",
        system="sim_inventory",
        format="ndjson",
        source=SERVICES,
        order="known_at, service_n, state",
        columns={
            "line": """to_json({
                'id': service_id(service_n),
                '@type': 'Service',
                'category': service_type,
                'state': state,
                'startDate': iso(started_at),
                'endDate': iso(ended_at),
                'relatedParty': if(u('known to inventory', service_n) < 0.3, [],
                    [{'id': customer_id(customer_n), 'role': 'user'}]),
                'relatedEntity': [{'@referredType': 'Product', 'id':
                    coalesce(addon_id(addon_n), subscription_id(subscription_n))}],
                'supportingResource': resources,
                'lastUpdate': iso(known_at)
            })"""
        },
        entities={"service": "1", "service_resource": "len(resources)"},
        buffer="service_change",
        dirt=(
            Dirt(
                "unknown_code",
                "quarantined",
                0,
                0.35,
                line="json_merge_patch(line, '{\"state\":\"wobbly\"}')",
            ),
            Dirt("exact_duplicate", "deduplicated", 1, 0.5),
        ),
    ),
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
                'lastUpdate': iso(known_at),
                'area': if(customer_n is null, location_id(area_n), null),
                'isReopened': version = 'closed' and is_reopened,
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
                line="json_merge_patch(line, '{\"creationDate\":\"yesterday\"}')",
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
        source="""
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
        """,
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
                line="json_merge_patch(line, '{\"timeRaised\":\"2025-09-31 10:00\"}')",
            ),
            Dirt("exact_duplicate", "deduplicated", 2, 0.3),
        ),
    ),
    Feed(
        name="alarms",
        system="sim_fault",
        format="csv",
        source="""
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
        """,
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
