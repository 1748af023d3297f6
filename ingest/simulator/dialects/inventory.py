"""sim_inventory: elements and their dependencies (TMF639), services (TMF638), sites in csv."""

from __future__ import annotations

from ingest.simulator.feed import Dirt, Feed

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
                line='json_merge_patch(line, \'{"startOperatingDate":"0000-00-00"}\')',
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
                line='json_merge_patch(line, \'{"state":"wobbly"}\')',
            ),
            Dirt("exact_duplicate", "deduplicated", 1, 0.5),
        ),
    ),
)
