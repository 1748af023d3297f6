-- Monthly charges lost to exits and reductions, per charges as the month opened (M30); what is left
-- of them with increases, new subscriptions left out (M30n). Easy to get wrong: charges are those
-- valid at the boundary, a subscription's add-ons included; whether it is still in the base is
-- judged as in M28, so what goes on under another identifier pays what that one does.
with

subscription_months as (

    select * from {{ ref('fct_subscription_month') }}
    where is_opening

),

months as (

    select
        period_start as month_start,
        cast(counted_from as timestamp) as month_from,
        cast(counted_to as timestamp) as month_to
    from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

addons as (

    select * from product_versions
    where is_addon_product and is_current

),

chains as (

    select * from {{ ref('int_subscription_chains') }}

),

-- The identifier it has as the month closes, however many it had in it. What it was merged into was
-- there long before and pays for itself.
continued as (

    select
        chains.subscription_id,
        months.month_start,
        arg_min(chains.later_id, (chains.later_from, chains.later_id)) as successor_id
    from chains
    inner join months
        on
            chains.active_to >= months.month_from
            and chains.active_to < months.month_to
            and coalesce(chains.later_to >= months.month_to, true)
            and chains.later_from >= chains.active_to - to_days({{ var('reconnect_days') }})
    group by chains.subscription_id, months.month_start

),

boundaries as (

    select month_from as charged_at from months
    union
    select month_to as charged_at from months

),

charges as (

    select
        product_versions.subscription_id,
        boundaries.charged_at,
        sum(product_versions.monthly_charge) as monthly_charge
    from product_versions
    inner join boundaries
        on {{ holds_at(
            'boundaries.charged_at', 'product_versions.valid_from', 'product_versions.valid_to'
        ) }}
    left join addons
        on product_versions.product_id = addons.product_id
    where
        addons.product_id is null
        or (
            addons.started_at < boundaries.charged_at
            and (addons.ended_at is null or addons.ended_at >= boundaries.charged_at)
        )
    group by product_versions.subscription_id, boundaries.charged_at

),

-- An end without a known charge is taken to be as it was.
changes as (

    select
        subscription_months.month_start,
        subscription_months.customer_id,
        subscription_months.segment,
        subscription_months.family,
        subscription_months.region,
        opening_charges.monthly_charge as opening_charge,
        case
            when subscription_months.is_closing
                then coalesce(closing_charges.monthly_charge, opening_charges.monthly_charge)
            when continued.successor_id is not null
                then coalesce(successor_charges.monthly_charge, opening_charges.monthly_charge)
            else 0
        end as closing_charge
    from subscription_months
    inner join months
        on subscription_months.month_start = months.month_start
    inner join charges as opening_charges
        on
            subscription_months.subscription_id = opening_charges.subscription_id
            and months.month_from = opening_charges.charged_at
    left join charges as closing_charges
        on
            subscription_months.subscription_id = closing_charges.subscription_id
            and months.month_to = closing_charges.charged_at
    left join continued
        on
            subscription_months.subscription_id = continued.subscription_id
            and subscription_months.month_start = continued.month_start
    left join charges as successor_charges
        on
            continued.successor_id = successor_charges.subscription_id
            and months.month_to = successor_charges.charged_at
    where
        opening_charges.monthly_charge is not null
        -- What a line cost before its first delivery nobody told us.
        and months.month_from >= (select min(known_at) from product_versions)

),

sums as (

    {{ per_period('changes', 'month_start', '
        cast(sum(greatest(opening_charge - closing_charge, 0)) as double) as lost_charges,
        cast(sum(closing_charge) as double) as kept_charges,
        cast(sum(opening_charge) as double) as opening_charges,
        count(*) as subscriptions,
        count(distinct customer_id) as customers
    ', grains=['month']) }}

)

{% for metric_id, numerator in [('M30', 'lost_charges'), ('M30n', 'kept_charges')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ numerator }} as numerator,
    opening_charges as denominator,
    subscriptions as n,
    customers
from sums
{{ 'union all' if not loop.last }}
{% endfor %}
