-- One row per date a cohort is taken at: the latest month starts since we first heard of a
-- subscription, and the end of the data.
with

clock as (

    select * from {{ ref('int_clock') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

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

select as_of_date from latest_cutoffs
