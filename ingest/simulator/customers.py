"""Who the operator serves at the start: catalogue, customers, households, lines and add-ons."""

from __future__ import annotations

import duckdb

# code, name, family, is_addon, is_prepaid, monthly price, GB, months of term, on sale from month
CATALOGUE = """
create table offering as
select * from (values
    (1, 'MOB-MINI', 'Mini', 'mobile', false, false, 7.00, 2.0, 0, 0),
    (2, 'MOB-SMART', 'Smart', 'mobile', false, false, 13.00, 10.0, 12, 0),
    (3, 'MOB-MAX', 'Max', 'mobile', false, false, 21.00, 50.0, 24, 0),
    (4, 'MOB-UNL', 'Unlimited', 'mobile', false, false, 32.00, null, 24, 0),
    (5, 'PRE-START', 'Prepaid Start', 'mobile', false, true, 0.00, 1.0, 0, 0),
    (6, 'PRE-PLUS', 'Prepaid Plus', 'mobile', false, true, 9.00, 8.0, 0, 0),
    (7, 'DSL-50', 'Home 50', 'broadband', false, false, 19.00, null, 12, 0),
    (8, 'FIB-100', 'Fibre 100', 'broadband', false, false, 22.00, null, 24, 0),
    (9, 'FIB-300', 'Fibre 300', 'broadband', false, false, 27.00, null, 24, 0),
    (10, 'FIB-1000', 'Fibre 1000', 'broadband', false, false, 38.00, null, 24, 0),
    (21, 'ADD-TV', 'TV Start', 'tv', true, false, 8.00, null, 0, 0),
    (22, 'ADD-TVMAX', 'TV Max', 'tv', true, false, 16.00, null, 0, 0),
    (23, 'ADD-DATA', 'Extra data 10 GB', 'mobile', true, false, 6.00, 10.0, 0, 0),
    (24, 'ADD-SEC', 'Safe surfing', 'security', true, false, 3.00, null, 0, 0),
    (25, 'ADD-ROAM', 'Roaming pass', 'roaming', true, false, 9.00, 5.0, 0, 0),
    (11, 'MOB-5G', 'Smart 5G', 'mobile', false, false, 16.00, 25.0, 24, 5)
) as listed(
    offering_n, offering_id, name, family, is_addon, is_prepaid, price, gigabytes, term_months,
    sold_from_month
);
"""

# A household's lines are drawn whole, so that several products under one customer are usual.
CUSTOMERS = """
create table customer as
with
drawn as (
    select
        cast(range as bigint) as customer_n,
        u('business', range) < 0.06 as is_business,
        u('household', range) as household,
        u('wide', range) as wide,
    from range(1, getvariable('customers_from') + getvariable('customers_many'))
    where range >= getvariable('customers_from')
),
sized as (
    select
        *,
        cast(case
            when is_business then 1 + floor(6 * wide * wide)
            when household < 0.42 then 1
            when household < 0.54 then 2
            when household < 0.70 then 0
            when household < 0.86 then 1
            when household < 0.95 then 2
            else 3 end as bigint) as mobile_lines,
        cast(case
            when is_business then if(household < 0.6, 1, 0)
            when household < 0.54 then 0
            else 1 end as bigint) as broadband_lines,
    from drawn
),
placed as (
    select
        sized.*,
        area.area_n,
    from sized
    inner join area
        on u('area', sized.customer_n) >= area.share_from
        and u('area', sized.customer_n) < area.share_to
)
select
    customer_n,
    is_business,
    u('internal', customer_n) < 0.004 as is_internal,
    mobile_lines,
    broadband_lines,
    area_n,
    if(is_business, null, 18 + cast(floor(62 * u('age', customer_n)) as bigint)) as age,
    u('language', customer_n) < 0.6 as is_cyrillic,
    -- years with us: many young, a long tail of old customers
    least(25.0, waiting(1 / 5.0, u('since', customer_n))) as years_before,
    case
        when u('pay', customer_n) < 0.48 then 'direct_debit'
        when u('pay', customer_n) < 0.74 then 'card'
        when u('pay', customer_n) < 0.94 then 'transfer'
        else 'cash' end as payment_method,
    u('paperless', customer_n) < 0.71 as is_paperless,
    1 + cast(floor(28 * u('cycle', customer_n)) as bigint) as cycle_day,
    -- what the customer is like: never delivered, only in truth/
    exp(0.5 * gauss('sensitive', customer_n) - 0.125) as sensitivity,
    exp(0.6 * gauss('talkative', customer_n) - 0.18) as talkativeness,
    exp(0.9 * gauss('risk', customer_n) - 0.405) as payment_risk,
    u('tv taste', customer_n) as tv_affinity,
    u('data taste', customer_n) as data_affinity,
    u('safe taste', customer_n) as security_affinity,
    u('travel taste', customer_n) as roaming_affinity,
    gauss('mood', customer_n) as mood,
    case
        when u('persuadable', customer_n) < 0.25 then 'persuadable'
        when u('persuadable', customer_n) < 0.35 then 'sleeping_dog'
        else 'indifferent' end as retention_type,
from placed
order by customer_n
"""

LINES = """
create table new_line as
with
wanted as (
    select
        customer_n,
        unnest(
            list_resize(cast([] as varchar[]), mobile_lines, 'mobile')
            || list_resize(cast([] as varchar[]), broadband_lines, 'broadband')
        ) as family,
        generate_subscripts(
            list_resize(cast([] as varchar[]), mobile_lines, 'mobile')
            || list_resize(cast([] as varchar[]), broadband_lines, 'broadband'), 1
        ) as line_n,
    from customer
    where customer_n >= getvariable('customers_from')
),
numbered as (
    select
        getvariable('lines_from') - 1 + row_number() over (order by customer_n, line_n) as line_key,
        *,
    from wanted
)
select *
from numbered
where line_key < getvariable('lines_from') + getvariable('lines_many')
"""

# Lines of the first load began long before the window; contracts were prolonged since.
SUBSCRIPTIONS = """
create table subscription as
with
described as (
    select
        new_line.line_key as subscription_n,
        new_line.customer_n,
        new_line.family,
        new_line.line_n,
        customer.area_n,
        customer.is_business,
        new_line.family = 'mobile'
            and not customer.is_business
            and u('prepaid', new_line.line_key) < 0.27 as is_prepaid,
        window_from() - to_minutes(cast(floor(
            525600 * customer.years_before * (0.15 + 0.85 * u('line age', new_line.line_key))
        ) as bigint) + 1440) as started_at,
        u('plan', new_line.line_key) as plan,
        customer.data_affinity,
    from new_line
    inner join customer
        on new_line.customer_n = customer.customer_n
),
planned as (
    select
        * exclude (plan, data_affinity),
        cast(case
            when is_prepaid then if(plan < 0.55, 5, 6)
            when family = 'mobile' then case
                when 0.5 * plan + 0.5 * data_affinity < 0.25 then 1
                when 0.5 * plan + 0.5 * data_affinity < 0.55 then 2
                when 0.5 * plan + 0.5 * data_affinity < 0.80 then 3
                else 4 end
            else case
                when plan < 0.30 then 7
                when plan < 0.62 then 8
                when plan < 0.88 then 9
                else 10 end
            end as bigint) as offering_n,
    from described
)
select
    planned.*,
    offering.price * if(u('old price', planned.subscription_n) < 0.2, 0.9, 1.0) as monthly_charge,
    case
        when offering.term_months = 0 or u('free', planned.subscription_n) < 0.3 then 'monthly'
        when offering.term_months = 12 then 'one_year'
        else 'two_year' end as contract_type,
    cast(null as timestamp) as contract_ends_at,
    2000000000 + cast(floor(9000000 * u('number', planned.subscription_n)) as bigint)
        + 10000000 * (planned.subscription_n % 99) as phone,
    cast('active' as varchar) as status,
    cast(null as varchar) as exit_cause,
    planned.started_at as ordered_at,
    cast(null as timestamp) as ended_at,
    cast(null as timestamp) as silent_from,
    cast(null as timestamp) as suspended_at,
from planned
inner join offering
    on planned.offering_n = offering.offering_n
order by planned.subscription_n
"""


def make_catalogue(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tariffs and add-ons on sale."""
    connection.execute(CATALOGUE)
