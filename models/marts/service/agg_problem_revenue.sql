-- One row per problem that hit a line: what the lines it hit pay a month, at risk and not lost.
-- Easy to get wrong: charges are those of the moment it hit them, their add-ons included.
with

impacts as (

    select * from {{ ref('fct_service_impact') }}
    where subscription_id is not null

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

addons as (

    select
        product_id,
        started_at,
        ended_at
    from product_versions
    where is_addon_product and is_current

),

-- What is charged a month is told in no currency of its own: of bills in two it has no sum.
currencies as (

    select count(distinct currency) as currencies from {{ ref('fct_bill') }}

),

hits as (

    select
        problem_id,
        subscription_id,
        min(customer_id) as customer_id,
        min(impact_from) as hit_at
    from impacts
    group by problem_id, subscription_id

),

charges as (

    select
        hits.problem_id,
        hits.subscription_id,
        sum(cast(product_versions.monthly_charge as decimal(18, 2))) as monthly_charge
    from hits
    inner join product_versions
        on
            hits.subscription_id = product_versions.subscription_id
            and {{ holds_at(
                'hits.hit_at', 'product_versions.valid_from', 'product_versions.valid_to'
            ) }}
    left join addons
        on product_versions.product_id = addons.product_id
    where
        addons.product_id is null
        or (
            addons.started_at <= hits.hit_at
            and (addons.ended_at is null or addons.ended_at > hits.hit_at)
        )
    group by hits.problem_id, hits.subscription_id

),

customer_charges as (

    select
        hits.problem_id,
        coalesce(hits.customer_id, hits.subscription_id) as customer_id,
        count(*) as subscriptions,
        count(charges.monthly_charge) as charged_subscriptions,
        sum(charges.monthly_charge) as monthly_charge
    from hits
    left join charges
        on
            hits.problem_id = charges.problem_id
            and hits.subscription_id = charges.subscription_id
    group by hits.problem_id, coalesce(hits.customer_id, hits.subscription_id)

),

ranked_customers as (

    select
        *,
        row_number() over (
            partition by problem_id
            order by monthly_charge desc nulls last, customer_id
        ) as place
    from customer_charges

),

revenues as (

    select
        problem_id,
        cast(sum(subscriptions) as bigint) as affected_subscriptions,
        cast(sum(charged_subscriptions) as bigint) as charged_subscriptions,
        cast(sum(monthly_charge) as double) as monthly_revenue,
        cast(sum(monthly_charge) filter (where place <= 9) as double) as largest_nine_revenue
    from ranked_customers
    group by problem_id

)

select
    ---------- keys
    revenues.problem_id,

    ---------- numbers
    revenues.affected_subscriptions,
    revenues.charged_subscriptions,
    case when currencies.currencies <= 1 then revenues.monthly_revenue end as monthly_revenue,
    case when currencies.currencies <= 1 then revenues.largest_nine_revenue end
        as largest_nine_revenue
from revenues
cross join currencies
