"""What an order puts into service once it is done."""

from __future__ import annotations

import duckdb

from ingest.simulator import versions

# What is done this month takes effect at its minute.
SETTLE = """
create or replace temp table done as
select *
from order_item
where ends_at >= month_from() and ends_at < month_to() and kind <> 'exit';

update subscription
set status = 'cancelled', ended_at = done.ends_at
from done
where subscription.subscription_n = done.subscription_n
    and done.kind = 'join' and done.is_cancelled;

update subscription
set status = 'active',
    started_at = done.ends_at,
    contract_ends_at = case subscription.contract_type
        when 'one_year' then date_trunc('day', done.ends_at) + interval 12 month
        when 'two_year' then date_trunc('day', done.ends_at) + interval 24 month end
from done
where subscription.subscription_n = done.subscription_n
    and done.kind = 'join' and not done.is_cancelled;

update subscription
set offering_n = done.offering_n,
    monthly_charge = offering.price,
    contract_type = case offering.term_months
        when 0 then 'monthly' when 12 then 'one_year' else 'two_year' end,
    contract_ends_at = if(offering.term_months = 0, null,
        date_trunc('day', done.ends_at) + to_months(cast(offering.term_months as integer)))
from done
inner join offering on done.offering_n = offering.offering_n
where subscription.subscription_n = done.subscription_n and done.kind = 'plan';

insert into addon
select
    done.addon_n,
    done.subscription_n,
    done.customer_n,
    done.offering_n,
    offering.price,
    done.ends_at,
    null,
    'active',
from done
inner join offering on done.offering_n = offering.offering_n
where done.kind = 'addon'
order by done.addon_n;

update addon set ended_at = done.ends_at, status = 'terminated'
from done
where addon.addon_n = done.addon_n and done.kind = 'drop';

update service set ended_at = done.ends_at, state = 'terminated'
from done
where service.addon_n = done.addon_n and done.kind = 'drop';

update support set valid_to = done.ends_at
from done
inner join service on service.addon_n = done.addon_n
where support.service_n = service.service_n and done.kind = 'drop' and support.valid_to is null;

-- a move: another area, exchange and port, the same line
update support set valid_to = done.ends_at
from done
inner join service on service.subscription_n = done.subscription_n
where support.service_n = service.service_n and done.kind = 'move' and support.valid_to is null;

update subscription set area_n = moved.area_n, access_n = moved.access_n, leaf_n = moved.leaf_n
from (
    select
        done.subscription_n,
        area.area_n,
        access.access_n,
        subscription.leaf_n + 1 as leaf_n,
    from done
    inner join subscription on done.subscription_n = subscription.subscription_n
    inner join area
        on u('new area', done.draw) >= area.share_from and u('new area', done.draw) < area.share_to
    inner join access
        on area.area_n = access.area_n
        and access.kind = 'olt'
        and access.position = cast(floor(access.many * u('new home', done.draw)) as bigint)
    where done.kind = 'move'
) as moved
where subscription.subscription_n = moved.subscription_n;

insert into service
select
    subscription_n * 10,
    family,
    subscription_n,
    null,
    ends_at,
    null,
    'active',
from done
where kind = 'join' and not is_cancelled
union all
select
    addon_n * 10 + 1,
    'tv',
    subscription_n,
    addon_n,
    ends_at,
    null,
    'active',
from done
where kind = 'addon' and offering_n in (21, 22)
order by 1;

create or replace temp table rewired_service as
select
    service.service_n,
    if(subscription.family = 'mobile', 'cell', 'port') as leaf_kind,
    subscription.leaf_n,
    subscription.access_n,
    done.ends_at,
    done.kind,
from done
inner join subscription on done.subscription_n = subscription.subscription_n
inner join service
    on done.subscription_n = service.subscription_n and service.ended_at is null
where (done.kind in ('join', 'move') and not done.is_cancelled)
    or (done.kind = 'addon' and service.addon_n = done.addon_n);

insert into support
select service_n, leaf_kind, leaf_n, access_n, ends_at, null from rewired_service order by 1;

insert into service_change
select reported(ends_at, service_n), service_n from rewired_service
union all
select reported(done.ends_at, service.service_n), service.service_n
from done
inner join service on done.addon_n = service.addon_n
where done.kind = 'drop';

insert into relation_change
select distinct reported(ends_at, leaf_n), 'port', leaf_n
from rewired_service
where leaf_kind = 'port' and kind <> 'addon';
"""


def settle(connection: duckdb.DuckDBPyConnection) -> None:
    """Put into effect what is done this month, and note what the systems then deliver."""
    connection.execute(SETTLE)
    versions.snapshot_products(
        connection,
        "reported((select max(ends_at) from done "
        "where done.subscription_n = subscription.subscription_n), subscription_n)",
        "subscription_n in (select subscription_n from done "
        "where kind in ('join', 'plan', 'move'))",
    )
    versions.snapshot_products(
        connection,
        "reported(coalesce(addon.ended_at, addon.started_at), addon.addon_n)",
        "addon.addon_n in (select addon_n from done where kind in ('addon', 'drop'))",
        addons=True,
    )
