"""What the systems note when something changes, to be delivered when it becomes known."""

from __future__ import annotations

import duckdb

TABLES = """
create table customer_change (known_at timestamp, customer_n bigint, version_n bigint);
create table account_change (known_at timestamp, customer_n bigint, version_n bigint);
create table product_change as
select
    cast(null as timestamp) as known_at,
    cast(null as bigint) as addon_n,
    cast(null as bigint) as service_n,
    subscription.* exclude (leaf_n, access_n, base_hazard, is_new, silent_from),
from subscription
where false;
create table service_change (known_at timestamp, service_n bigint);
"""


def snapshot_products(
    connection: duckdb.DuckDBPyConnection, known_at: str, whose: str, *, addons: bool = False
) -> None:
    """Note the present state of some lines, or of some add-ons, as delivered versions.

    Parameters
    ----------
    known_at : str
        SQL for the moment the systems know.
    whose : str
        SQL condition over subscription (or over addon and its subscription).
    """
    if addons:
        connection.execute(f"""
            insert into product_change by name
            select
                {known_at} as known_at,
                addon.addon_n,
                if(addon.offering_n in (21, 22), addon.addon_n * 10 + 1, null) as service_n,
                addon.subscription_n,
                addon.customer_n,
                subscription.family,
                subscription.area_n,
                subscription.is_prepaid,
                addon.offering_n,
                addon.monthly_charge,
                'monthly' as contract_type,
                addon.started_at as ordered_at,
                addon.started_at,
                addon.status,
                if(addon.ended_at is not null, 'unknown', null) as exit_cause,
                addon.ended_at,
            from addon
            inner join subscription
                on addon.subscription_n = subscription.subscription_n
            where {whose}
        """)
        return
    connection.execute(f"""
        insert into product_change by name
        select
            {known_at} as known_at,
            if(started_at is not null, subscription_n * 10, null) as service_n,
            subscription.* exclude (leaf_n, access_n, base_hazard, is_new, silent_from),
        from subscription
        where {whose}
    """)


def forget_after_exits(connection: duckdb.DuckDBPyConnection) -> None:
    """Take back what was noted of lines for days after they left: nobody cuts off who is gone."""
    connection.execute("""
        delete from product_change
        using leaving
        where product_change.subscription_n = leaving.subscription_n
            and product_change.addon_n is null
            and product_change.known_at >= leaving.exits_at
    """)


def open_books(connection: duckdb.DuckDBPyConnection) -> None:
    """Note everything that is served when the window opens."""
    snapshot_products(connection, "window_from()", "true")
    snapshot_products(connection, "window_from()", "true", addons=True)
    connection.execute("""
        insert into customer_change select window_from(), customer_n, 0 from customer;
        insert into account_change select window_from(), customer_n, 0 from customer;
        insert into service_change select window_from(), service_n from service;
    """)
