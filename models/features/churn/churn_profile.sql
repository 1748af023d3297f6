-- What the subscription, its customer and its account were at as_of_date, as we knew it then.
{{ config(**increment_by_date('churn_cutoffs')) }}
with

cohort as (

    select * from {{ ref('churn_cohort') }}

),

touched as (

    select * from cohort
    where {{ is_touched('cohort') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

offerings as (

    select * from {{ ref('dim_product_offering') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

locations as (

    select * from {{ ref('stg_locations') }}

),

-- Not dim_location: that one knows by now where a region ends, this must not.
location_versions as (

    select * from {{ scd2('locations', 'location_id', ['area', 'region']) }}

),

number_ports as (

    select * from {{ ref('stg_number_ports') }}

),

-- The same offering may be delivered twice for one subscription: a holding is held once.
holdings as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        count(*) filter (where product_versions.is_addon_product) as addons,
        sum(product_versions.monthly_charge) filter (
            where product_versions.is_addon_product
        ) as addon_charge,
        list(distinct product_versions.offering_id order by product_versions.offering_id)
            filter (where product_versions.offering_id is not null) as held_offering_ids
    from touched as cohort
    inner join product_versions
        on
            cohort.subscription_id = product_versions.subscription_id
            and {{ known_as_of('product_versions', 'cohort.as_of_date', 'valid_to') }}
    where
        coalesce(product_versions.status in ('active', 'suspended', 'pendingTerminate'), true)
        and coalesce(product_versions.started_at < cohort.as_of_date, true)
        and coalesce(product_versions.ended_at >= cohort.as_of_date, true)
    group by cohort.subscription_id, cohort.as_of_date

),

addon_feed as (

    select min(known_at) as first_known_at
    from product_versions
    where is_addon_product

),

customer_lines as (

    select
        customer_id,
        as_of_date,
        count(*) as customer_subscriptions
    from cohort
    where customer_id is not null
    group by customer_id, as_of_date

),

-- A plan change shows as a new offering between two versions that we both held before as_of_date.
offering_changes as (

    select
        product_id,
        known_at,
        offering_id is distinct from lag(offering_id) over (
            partition by product_id order by known_at
        ) as is_change,
        row_number() over (partition by product_id order by known_at) as version_number
    from product_versions
    where not is_addon_product

),

plan_changes as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        count(*) as plan_changes
    from touched as cohort
    inner join offering_changes
        on
            cohort.subscription_id = offering_changes.product_id
            and offering_changes.known_at < cohort.as_of_date
            and offering_changes.known_at >= cohort.as_of_date - interval 180 day
    where offering_changes.is_change and offering_changes.version_number > 1
    group by cohort.subscription_id, cohort.as_of_date

),

ports as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        bool_or(number_ports.direction = 'in') as is_ported_in,
        arg_max(number_ports.other_operator, number_ports.requested_at)
            filter (where number_ports.direction = 'in') as ported_from,
        count(*) filter (
            where
                number_ports.direction = 'out'
                and number_ports.requested_at >= cohort.as_of_date - interval 180 day
        ) as port_out_requests_180d
    from touched as cohort
    inner join number_ports
        on
            cohort.subscription_id = number_ports.product_id
            and {{ known_as_of('number_ports', 'cohort.as_of_date') }}
    group by cohort.subscription_id, cohort.as_of_date

),

port_feed as (

    select min(known_at) as first_known_at from number_ports

)

select
    ---------- keys
    cohort.subscription_id,
    cohort.as_of_date,
    products.account_id,
    products.phone_number,
    products.offering_id,

    ---------- product
    offerings.family,
    products.contract_type,
    products.is_prepaid,
    products.status = 'suspended' as is_suspended,
    products.monthly_charge,
    offerings.monthly_price - products.monthly_charge as list_price_gap,
    offerings.included_data_gb,
    cast(date_diff('day', products.started_at, cohort.as_of_date) as integer) as tenure_days,
    cast(
        date_diff('day', cohort.as_of_date, products.contract_ends_at) as integer
    ) as days_to_contract_end,
    case
        when addon_feed.first_known_at < cohort.as_of_date then coalesce(holdings.addons, 0)
    end as addons,
    holdings.addon_charge,
    coalesce(holdings.held_offering_ids, cast([] as varchar[])) as held_offering_ids,
    coalesce(plan_changes.plan_changes, 0) as plan_changes_180d,
    case
        when port_feed.first_known_at < cohort.as_of_date then coalesce(ports.is_ported_in, false)
    end as is_ported_in,
    ports.ported_from,
    case
        when port_feed.first_known_at < cohort.as_of_date
            then coalesce(ports.port_out_requests_180d, 0)
    end as port_out_requests_180d,

    ---------- customer and account
    customers.segment,
    customers.age_band,
    customers.language,
    coalesce(line_locations.area, home_locations.area) as area,
    coalesce(line_locations.region, home_locations.region) as region,
    customer_lines.customer_subscriptions,
    cast(
        date_diff('day', customers.customer_since, cohort.as_of_date) as integer
    ) as customer_tenure_days,
    accounts.payment_method,
    accounts.is_paperless
from touched as cohort
inner join product_versions as products
    on
        cohort.subscription_id = products.product_id
        and {{ known_as_of('products', 'cohort.as_of_date', 'valid_to') }}
cross join addon_feed
cross join port_feed
left join offerings
    on
        products.offering_id = offerings.offering_id
        and {{ known_as_of('offerings', 'cohort.as_of_date', 'valid_to') }}
left join customers
    on
        cohort.customer_id = customers.customer_id
        and {{ known_as_of('customers', 'cohort.as_of_date', 'valid_to') }}
left join accounts
    on
        products.account_id = accounts.account_id
        and {{ known_as_of('accounts', 'cohort.as_of_date', 'valid_to') }}
left join location_versions as line_locations
    on
        products.location_id = line_locations.location_id
        and {{ known_as_of('line_locations', 'cohort.as_of_date', 'valid_to') }}
left join location_versions as home_locations
    on
        customers.location_id = home_locations.location_id
        and {{ known_as_of('home_locations', 'cohort.as_of_date', 'valid_to') }}
left join customer_lines
    on
        cohort.customer_id = customer_lines.customer_id
        and cohort.as_of_date = customer_lines.as_of_date
left join holdings
    on
        cohort.subscription_id = holdings.subscription_id
        and cohort.as_of_date = holdings.as_of_date
left join plan_changes
    on
        cohort.subscription_id = plan_changes.subscription_id
        and cohort.as_of_date = plan_changes.as_of_date
left join ports
    on
        cohort.subscription_id = ports.subscription_id
        and cohort.as_of_date = ports.as_of_date
