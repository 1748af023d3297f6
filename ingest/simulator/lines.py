"""What is on sale, and the lines and add-ons that people take."""

from __future__ import annotations

CATALOGUE = """
create table offering as
select * from (values
    (1, 'MOB-MINI', 'Mini', 'mobile', false, false, 7.00, 2.0, 0, 0),
    (2, 'MOB-SMART', 'Smart', 'mobile', false, false, 13.00, 10.0, 12, 0),
    (3, 'MOB-MAX', 'Max', 'mobile', false, false, 21.00, 50.0, 24, 0),
    (4, 'MOB-UNL', 'Unlimited', 'mobile', false, false, 32.00, null, 24, 0),
    (5, 'PRE-START', 'Prepaid Start', 'mobile', false, true, 4.00, 1.0, 0, 0),
    (6, 'PRE-PLUS', 'Prepaid Plus', 'mobile', false, true, 9.00, 8.0, 0, 0),
    (7, 'DSL-50', 'Home 50', 'broadband', false, false, 19.00, null, 12, 0),
    (8, 'FIB-100', 'Fibre 100', 'broadband', false, false, 22.00, null, 24, 0),
    (9, 'FIB-300', 'Fibre 300', 'broadband', false, false, 27.00, null, 24, 0),
    (10, 'FIB-1000', 'Fibre 1000', 'broadband', false, false, 38.00, null, 24, 0),
    (11, 'MOB-5G', 'Smart 5G', 'mobile', false, false, 16.00, 25.0, 24, 5),
    (21, 'ADD-TV', 'TV Start', 'tv', true, false, 8.00, null, 0, 0),
    (22, 'ADD-TVMAX', 'TV Max', 'tv', true, false, 16.00, null, 0, 0),
    (23, 'ADD-DATA', 'Extra data 10 GB', 'extra_data', true, false, 6.00, 10.0, 0, 0),
    (24, 'ADD-SEC', 'Safe surfing', 'security', true, false, 3.00, null, 0, 0),
    (25, 'ADD-ROAM', 'Roaming pass', 'roaming', true, false, 9.00, 5.0, 0, 0)
) as listed(
    offering_n, offering_id, name, family, is_addon, is_prepaid, price, gigabytes, term_months,
    sold_from_month
)
"""

WISHES_OF_NEW_CUSTOMERS = """
insert into wish
with
listed as (
    select
        customer_n,
        unnest(
            list_resize(cast([] as varchar[]), mobile_lines, 'mobile')
            || list_resize(cast([] as varchar[]), broadband_lines, 'broadband')
        ) as family,
        since,
    from customer
    where customer_n >= getvariable('customer_from') and customer_n < getvariable('customer_to')
),
numbered as (
    select
        getvariable('subscription_from') - 1
            + row_number() over (order by customer_n, family desc) as subscription_n,
        customer_n,
        family,
        -- two lines of one family are alike, so their order does not matter
        since as ordered_at,
    from listed
)
select *
from numbered
order by subscription_n
"""

# Customers who take one more line: a mobile one, or the first broadband line of the household.
WISHES_OF_CUSTOMERS = """
insert into wish
with
asking as (
    select
        subscription.customer_n,
        bool_or(subscription.family = 'broadband') as has_broadband,
        hash(subscription.customer_n, month_n(), 'one more') as draw,
    from subscription
    where subscription.status = 'active'
    group by subscription.customer_n
    having u('one more', draw) < getvariable('extra_chance')
)
select
    getvariable('subscription_from') - 1 + row_number() over (order by customer_n),
    customer_n,
    if(has_broadband or u('which', draw) < 0.5, 'mobile', 'broadband'),
    date_trunc('minute', after_minutes(month_from(), month_minutes() * u('more at', draw))),
from asking
order by 1
"""

SUBSCRIPTIONS = """
insert into subscription
with
described as (
    select
        wish.*,
        customer.area_n,
        wish.family = 'mobile'
            and not customer.is_business
            and u('prepaid', wish.subscription_n) < 0.27 as is_prepaid,
        u('plan', wish.subscription_n) as plan,
        0.5 * u('plan', wish.subscription_n) + 0.5 * customer.data_affinity as appetite,
        customer.years_before,
        customer.payment_risk,
    from wish
    inner join customer
        on wish.customer_n = customer.customer_n
),
planned as (
    select
        *,
        cast(case
            when is_prepaid then if(plan < 0.55, 5, 6)
            when family = 'mobile' then case
                when appetite < 0.25 then 1
                when appetite < 0.55 then if(month_n() >= 5 and plan > 0.4, 11, 2)
                when appetite < 0.80 then 3
                else 4 end
            else case
                when plan < 0.30 then 7
                when plan < 0.62 then 8
                when plan < 0.88 then 9
                else 10 end
            end as bigint) as offering_n,
    from described
),
priced as (
    select
        planned.*,
        round(
            offering.price * if(u('old price', planned.subscription_n) < 0.2, 0.9, 1.0), 2
        ) as monthly_charge,
        case
            when offering.term_months = 0 or u('free', planned.subscription_n) < 0.3 then 0
            else offering.term_months end as term_months,
        if(
            planned.ordered_at is null,
            date_trunc('minute', window_from() - to_minutes(1440 + cast(floor(
                525600 * planned.years_before
                * (0.15 + 0.85 * u('line age', planned.subscription_n))
            ) as bigint))),
            null
        ) as started_at,
    from planned
    inner join offering
        on planned.offering_n = offering.offering_n
)
select
    subscription_n,
    customer_n,
    family,
    area_n,
    is_prepaid,
    offering_n,
    monthly_charge,
    case term_months when 0 then 'monthly' when 12 then 'one_year' else 'two_year' end
        as contract_type,
    -- a bijection of the number: two lines never share a phone
    2000000000 + (subscription_n * 48271 + 12345) % 999999937 as phone,
    null as leaf_n,
    null as access_n,
    coalesce(ordered_at, started_at) as ordered_at,
    started_at,
    -- old contracts were prolonged again and again: the term ends within its length from now
    if(
        term_months > 0 and started_at is not null,
        date_trunc('day', started_at + to_months(cast(
            term_months * (1 + date_diff('month', started_at, window_from()) // term_months)
            as integer
        ))),
        null
    ) as contract_ends_at,
    if(started_at is null, 'pendingActive', 'active') as status,
    null as exit_cause,
    null as ended_at,
    null as silent_from,
    case
        when is_prepaid then rate().exit_prepaid
        when family = 'mobile' then rate().exit_postpaid
        else rate().exit_broadband end as base_hazard,
    ordered_at is not null as is_new,
from priced
order by subscription_n
"""

# What the window starts with; later add-ons come from orders and campaigns.
ADDONS = """
insert into addon
with
wanted as (
    select
        subscription.subscription_n,
        subscription.customer_n,
        subscription.started_at,
        unnest(list_filter([
            if(subscription.family = 'broadband'
                and customer.tv_affinity > 0.62, if(customer.tv_affinity > 0.87, 22, 21), 0),
            if(subscription.family = 'mobile' and not subscription.is_prepaid
                and customer.data_affinity > 0.88, 23, 0),
            if(customer.security_affinity > 0.86 and not subscription.is_prepaid, 24, 0),
            if(subscription.family = 'mobile' and customer.roaming_affinity > 0.93, 25, 0)
        ], lambda wish: wish > 0)) as offering_n,
    from subscription
    inner join customer
        on subscription.customer_n = customer.customer_n
)
select
    row_number() over (order by wanted.subscription_n, wanted.offering_n) as addon_n,
    wanted.subscription_n,
    wanted.customer_n,
    wanted.offering_n,
    offering.price as monthly_charge,
    date_trunc('minute', wanted.started_at + (window_from() - wanted.started_at)
        * u('addon age', wanted.subscription_n * 100 + wanted.offering_n)) as started_at,
    null as ended_at,
    'active' as status,
from wanted
inner join offering
    on wanted.offering_n = offering.offering_n
order by addon_n
"""
