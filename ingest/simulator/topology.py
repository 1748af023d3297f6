"""The network: core → aggregation → access → cell or port, and the services that run on it."""

from __future__ import annotations

import duckdb

TOPOLOGY = """
create table access as
with
wanted as (
    select
        area.area_n,
        kind,
        case kind
            when 'site' then greatest(2, ceil(
                coalesce(count(subscription.subscription_n), 0) / 240.0))
            else greatest(1, ceil(coalesce(count(subscription.subscription_n), 0) / 150.0))
            end as many,
    from area
    cross join (values ('site', 'mobile'), ('olt', 'broadband')) as kinds(kind, family)
    left join subscription
        on area.area_n = subscription.area_n
        and kinds.family = subscription.family
    group by area.area_n, kind
),
spread as (
    select
        area_n,
        kind,
        many,
        unnest(range(cast(many as bigint))) as position,
    from wanted
)
select
    row_number() over (order by area_n, kind, position) as access_n,
    kind,
    area_n,
    position,
    cast(many as bigint) as many,
from spread
order by access_n;

create table relation as
with
links as (
    select
        'aggregation' as kind,
        2 * area_n - member as child_n,
        'core' as parent_kind,
        2 * region_n - other as parent_n,
        'RG-' || resource_id('core', 2 * region_n - 1) as redundancy_group,
    from area
    cross join (values (0), (1)) as members(member)
    cross join (values (0), (1)) as others(other)
    union all
    select
        'access' as kind,
        access_n as child_n,
        'aggregation' as parent_kind,
        2 * area_n - other as parent_n,
        if(u('single', access_n) < 0.3, null, 'RG-' || resource_id('aggregation', 2 * area_n - 1))
            as redundancy_group,
    from access
    cross join (values (0), (1)) as others(other)
    -- three of ten access nodes hang on one aggregation node only
    where u('single', access_n) >= 0.3 or other = access_n % 2
    union all
    select
        'cell' as kind,
        3 * access_n - sector as child_n,
        'access' as parent_kind,
        access_n as parent_n,
        null as redundancy_group,
    from access
    cross join (values (0), (1), (2)) as sectors(sector)
    where kind = 'site'
)
select
    kind,
    child_n,
    parent_kind,
    parent_n,
    redundancy_group,
    timestamp '2019-01-01' as valid_from,
    cast(null as timestamp) as valid_to,
from links
order by kind, child_n, parent_n;

create table relation_change (known_at timestamp, kind varchar, element_n bigint);
create table service (
    service_n bigint, service_type varchar, subscription_n bigint, addon_n bigint,
    started_at timestamp, ended_at timestamp, state varchar
);
create table support (
    service_n bigint, leaf_kind varchar, leaf_n bigint, access_n bigint,
    valid_from timestamp, valid_to timestamp
);
create table problem (
    problem_n bigint, kind varchar, element_n bigint, category varchar, cause varchar,
    is_planned boolean, first_alert varchar, started_at timestamp, detected_at timestamp,
    acknowledged_at timestamp, restored_at timestamp, closed_at timestamp
);
create table impact (
    problem_n bigint, service_n bigint, impact_from timestamp, impact_to timestamp
);
"""

# A line gets its home cell or its port when it is ordered.
CONNECT = """
update subscription set access_n = placed.access_n, leaf_n = placed.leaf_n
from (
    select
        subscription.subscription_n,
        access.access_n,
        if(
            subscription.family = 'mobile',
            3 * access.access_n - cast(floor(3 * u('cell', subscription.subscription_n)) as bigint),
            subscription.subscription_n * 100
        ) as leaf_n,
    from subscription
    inner join access
        on subscription.area_n = access.area_n
        and access.kind = if(subscription.family = 'mobile', 'site', 'olt')
        and access.position
            = cast(floor(access.many * u('home', subscription.subscription_n)) as bigint)
    where subscription.leaf_n is null
) as placed
where subscription.subscription_n = placed.subscription_n
"""

SERVICES_AT_START = """
insert into service
select
    subscription_n * 10,
    family,
    subscription_n,
    null,
    started_at,
    null,
    'active',
from subscription
union all
select
    addon.addon_n * 10 + 1,
    'tv',
    addon.subscription_n,
    addon.addon_n,
    addon.started_at,
    null,
    'active',
from addon
where offering_n in (21, 22)
order by 1;

insert into support
select
    service.service_n,
    if(subscription.family = 'mobile', 'cell', 'port'),
    subscription.leaf_n,
    subscription.access_n,
    service.started_at,
    null,
from service
inner join subscription
    on service.subscription_n = subscription.subscription_n
order by 1;
"""

# Half way through the window some access nodes get a second way up.
SECOND_WAY = """
create or replace temp table rewired as
select child_n, parent_n
from relation
where kind = 'access' and redundancy_group is null and u('rewire', child_n) < 0.35;

update relation set valid_to = month_from()
where kind = 'access' and redundancy_group is null
    and child_n in (select child_n from rewired);

insert into relation
select
    'access',
    rewired.child_n,
    'aggregation',
    2 * access.area_n - other,
    'RG-' || resource_id('aggregation', 2 * access.area_n - 1),
    month_from(),
    null,
from rewired
inner join access
    on rewired.child_n = access.access_n
cross join (values (0), (1)) as others(other)
order by 2, 4;
"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the topology for the lines served at the start and connect them."""
    connection.execute(TOPOLOGY)
    connection.execute(CONNECT)
    connection.execute(SERVICES_AT_START)
    connection.execute("""
        insert into relation_change
        select distinct window_from(), 'port', leaf_n from support where leaf_kind = 'port'
    """)


def rewire(connection: duckdb.DuckDBPyConnection) -> None:
    """Give some access nodes a second way up, and let the inventory tell of it."""
    connection.execute(SECOND_WAY)
    connection.execute("""
        insert into relation_change
        select month_from() + interval 3 hour, 'access', child_n from rewired
    """)
