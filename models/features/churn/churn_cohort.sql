-- One row per subscription in the base at the start of each month, as we knew it then.
-- Easy to get wrong: an exit we learned of later must not take anybody out of an earlier cohort.
with

clock as (

    select * from {{ ref('int_clock') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

),

customers as (

    select * from {{ ref('dim_customer') }}

),

first_delivery as (

    select min(known_at) as first_known_at from product_versions

),

month_starts as (

    select
        cast(unnest(generate_series(
            date_trunc('month', first_delivery.first_known_at) + interval 1 month,
            clock.as_of,
            interval 1 month
        )) as date) as as_of_date
    from clock
    cross join first_delivery

),

cutoffs as (

    select as_of_date from month_starts

    union

    select cast(as_of as date) as as_of_date from clock

),

latest_cutoffs as (

    select as_of_date
    from cutoffs
    where as_of_date is not null
    order by as_of_date desc
    limit {{ var('churn_cutoffs') }}

)

select
    product_versions.product_id as subscription_id,
    latest_cutoffs.as_of_date,
    product_versions.customer_id,
    coalesce(
        product_versions.status = 'pendingTerminate' or product_versions.ended_at is not null, false
    ) as is_exit_announced
from latest_cutoffs
inner join product_versions
    on {{ known_as_of('product_versions', 'latest_cutoffs.as_of_date', 'valid_to') }}
left join customers
    on
        product_versions.customer_id = customers.customer_id
        and {{ known_as_of('customers', 'latest_cutoffs.as_of_date', 'valid_to') }}
where
    not coalesce(customers.is_internal, false)
    and case
        when product_versions.status is null then product_versions.started_at is not null
        else product_versions.status in ('active', 'suspended', 'pendingTerminate')
    end
    and coalesce(product_versions.started_at < latest_cutoffs.as_of_date, true)
    and coalesce(product_versions.ended_at >= latest_cutoffs.as_of_date, true)
