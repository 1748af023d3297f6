-- What could be offered at the latest as_of_date: one row per offering on sale then.
with

clock as (

    select * from {{ ref('int_clock') }}

),

offerings as (

    select * from {{ ref('dim_product_offering') }}

)

select
    offerings.offering_id,
    offerings.offering_name,
    offerings.family,
    offerings.is_addon,
    offerings.monthly_price
from offerings
inner join clock
    on {{ known_as_of('offerings', 'clock.as_of', 'valid_to') }}
where
    coalesce(offerings.on_sale_from <= clock.as_of, true)
    and coalesce(offerings.on_sale_to > clock.as_of, true)
    and coalesce(offerings.status not in ('retired', 'obsolete', 'rejected'), true)
