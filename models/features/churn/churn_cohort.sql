-- One row per subscription in the base at the start of each month, as we knew it then.
-- Easy to get wrong: an exit we learned of later must not take anybody out of an earlier cohort.
{{ config(**increment_by_date('churn_cutoffs')) }}
with

cutoffs as (

    select * from {{ ref('churn_cutoffs') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

),

customers as (

    select * from {{ ref('dim_customer') }}

)

select
    product_versions.product_id as subscription_id,
    cutoffs.as_of_date,
    product_versions.customer_id,
    coalesce(
        product_versions.status = 'pendingTerminate' or product_versions.ended_at is not null, false
    ) as is_exit_announced
from cutoffs
inner join product_versions
    on {{ known_as_of('product_versions', 'cutoffs.as_of_date', 'valid_to') }}
left join customers
    on
        product_versions.customer_id = customers.customer_id
        and {{ known_as_of('customers', 'cutoffs.as_of_date', 'valid_to') }}
where
    {{ is_touched('cutoffs', 'product_versions.product_id') }}
    and not coalesce(customers.is_internal, false)
    and case
        when product_versions.status is null then product_versions.started_at is not null
        else product_versions.status in ('active', 'suspended', 'pendingTerminate')
    end
    and coalesce(product_versions.started_at < cutoffs.as_of_date, true)
    and coalesce(product_versions.ended_at >= cutoffs.as_of_date, true)
