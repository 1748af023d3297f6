-- One row per subscription of the newest cohort that is still there: what a month of it brings in
-- (its bills, or top-ups where it is prepaid; its charges where it has neither yet) and costs to
-- serve. Cost is its family's (M41): what one line cost last month is chance, and would be
-- multiplied by the months to come.
{% set revenue_months = var('clv_revenue_months') %}
with

lines as (

    select * from {{ ref('survival_months') }}
    where as_of_date = (select max(as_of_date) from {{ ref('churn_cutoffs') }})

),

features as (

    select * from {{ ref('churn_features') }}

),

terms as (

    select * from {{ ref('value_terms') }}

),

revenues as (

    select * from {{ ref('int_revenues') }}

),

payments as (

    select * from {{ ref('fct_payment') }}
    where payment_type = 'payment' and bill_id is null

),

costs as (

    select * from {{ ref('met_m41_cost_to_serve') }}
    where dimension in ('all', 'family')

),

money_in as (

    select
        subscription_id,
        'bills' as revenue_basis,
        billed_at as happened_at,
        cast(amount_ex_tax as decimal(18, 6)) as amount
    from revenues

    union all by name

    select
        payments.subscription_id,
        'top-ups' as revenue_basis,
        payments.occurred_at as happened_at,
        cast(
            cast(payments.amount as double) * terms.share_without_tax as decimal(18, 6)
        ) as amount
    from payments
    cross join terms
    where coalesce(payments.status not in ('failed', 'rejected', 'reversed'), true)

),

recent_money as (

    select
        lines.subscription_id,
        max(money_in.revenue_basis) as revenue_basis,
        cast(sum(money_in.amount) as double)
        / least(greatest(any_value(lines.tenure_months), 1), {{ revenue_months }}) as amount
    from lines
    inner join money_in
        on
            lines.subscription_id = money_in.subscription_id
            and money_in.happened_at < lines.as_of_date
            and money_in.happened_at >= lines.as_of_date - interval {{ revenue_months }} month
    where money_in.revenue_basis = if(lines.is_prepaid, 'top-ups', 'bills')
    group by lines.subscription_id

),

top_up_feed as (

    select count(*) > 0 as is_told from payments

),

-- A prepaid line that tops up no more brings in nothing, whatever its charge says.
priced_lines as (

    select
        lines.*,
        case
            when recent_money.amount is not null then recent_money.revenue_basis
            when
                lines.is_prepaid
                and lines.tenure_months >= {{ revenue_months }}
                and top_up_feed.is_told
                then 'top-ups'
        end as told_basis,
        case when told_basis is not null then coalesce(recent_money.amount, 0) end as told_amount
    from lines
    cross join top_up_feed
    left join recent_money
        on lines.subscription_id = recent_money.subscription_id

),

recent_costs as (

    select
        costs.dimension,
        costs.dimension_value,
        -- decimals: the order of adding doubles differs from build to build
        cast(sum(cast(costs.numerator as decimal(28, 12))) as double)
        / nullif(cast(sum(cast(costs.denominator as decimal(28, 12))) as double), 0) as amount
    from costs
    cross join (select max(as_of_date) as as_of_date from lines) as newest
    where
        costs.period_grain = 'month'
        -- whole months: a night in the middle of one looks back as far as one at its beginning
        and costs.period_start
        >= date_trunc('month', newest.as_of_date) - interval {{ var('clv_cost_months') }} month
        and costs.period_start + interval 1 month <= newest.as_of_date
    group by costs.dimension, costs.dimension_value

)

select
    ---------- keys
    lines.subscription_id,
    lines.as_of_date,
    lines.customer_id,

    ---------- slices
    coalesce(lines.segment, 'unknown') as segment,
    coalesce(lines.family, 'unknown') as family,
    coalesce(lines.region, 'unknown') as region,

    ---------- money of a month
    coalesce(
        lines.told_basis, case when features.monthly_charge is not null then 'charges' end
    ) as revenue_basis,
    coalesce(
        lines.told_amount,
        cast(features.monthly_charge + coalesce(features.addon_charge, 0) as double)
    ) as monthly_revenue,
    -- No record of serving anybody of a family is no proof that it costs nothing.
    coalesce(family_costs.amount, all_costs.amount) as monthly_cost
from priced_lines as lines
inner join features
    on
        lines.subscription_id = features.subscription_id
        and lines.as_of_date = features.as_of_date
left join recent_costs as family_costs
    on
        family_costs.dimension = 'family'
        and lines.family = family_costs.dimension_value
left join recent_costs as all_costs
    on all_costs.dimension = 'all'
where not lines.is_exit_announced
