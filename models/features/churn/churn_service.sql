-- How well we served the subscription before as_of_date: orders, outages and what they cost it in
-- experience. Which subscriptions a problem reached is read off the topology; whether it had
-- happened, and whether it was over, is what the problem's version of that date said.
{{ config(**increment_by_date('churn_cutoffs')) }}
{% set domains = ['use', 'join_change', 'pay', 'get_help'] %}
with

cohort as (

    select * from {{ ref('churn_cohort') }} as cohort
    where {{ is_touched('cohort') }}

),

product_orders as (

    select * from {{ ref('stg_product_orders') }}

),

service_problems as (

    select * from {{ ref('stg_service_problems') }}

),

service_impacts as (

    select * from {{ ref('fct_service_impact') }}

),

damages as (

    select * from {{ ref('int_cxi_damages') }}

),

cxi_dates as (

    select * from {{ ref('int_cxi_dates') }}

),

cutoffs as (

    select as_of_date from cohort
    group by as_of_date

),

order_feed as (

    select min(known_at) as first_known_at from product_orders

),

problem_feed as (

    select min(known_at) as first_known_at from service_problems

),

orders as (

    select
        product_orders.product_id,
        cutoffs.as_of_date,
        count(*) as orders,
        count(*) filter (
            where
                coalesce(product_orders.state, '') not in ('cancelled', 'rejected')
                and coalesce(product_orders.completed_at, cast(cutoffs.as_of_date as timestamp))
                > coalesce(product_orders.first_promised_at, product_orders.promised_at)
        ) as late_orders
    from product_orders
    inner join cutoffs
        on
            product_orders.ordered_at < cutoffs.as_of_date
            and product_orders.ordered_at >= cutoffs.as_of_date - interval 180 day
            and {{ known_as_of('product_orders', 'cutoffs.as_of_date') }}
    where product_orders.action <> 'delete'
    group by product_orders.product_id, cutoffs.as_of_date

),

-- A problem may reach a subscription through several services: it is down once, for the longest.
outages as (

    select
        service_impacts.subscription_id,
        service_impacts.problem_id,
        cutoffs.as_of_date,
        min(service_impacts.impact_from) as down_from,
        max(least(
            case
                when service_problems.restored_at is null then cutoffs.as_of_date
                else service_impacts.impact_to
            end,
            cutoffs.as_of_date
        )) as down_to
    from service_problems
    inner join cutoffs
        on
            service_problems.started_at < cutoffs.as_of_date
            and service_problems.started_at >= cutoffs.as_of_date - interval 120 day
            and {{ known_as_of('service_problems', 'cutoffs.as_of_date') }}
    inner join service_impacts
        on
            service_problems.problem_id = service_impacts.problem_id
            and service_impacts.impact_from < cutoffs.as_of_date
    where service_impacts.is_outage and service_impacts.subscription_id is not null
    group by
        service_impacts.subscription_id,
        service_impacts.problem_id,
        cutoffs.as_of_date

),

downtime as (

    select
        subscription_id,
        as_of_date,
        cast(sum(cast(greatest(
            epoch(down_to) - epoch(greatest(down_from, as_of_date - interval 30 day)), 0
        ) as decimal(18, 6))) as double) / 60 as outage_minutes_30d,
        cast(sum(cast(greatest(
            epoch(down_to) - epoch(greatest(down_from, as_of_date - interval 90 day)), 0
        ) as decimal(18, 6))) as double) / 60 as outage_minutes_90d,
        count(*) filter (where down_to >= as_of_date - interval 90 day) as outages_90d
    from outages
    group by subscription_id, as_of_date

),

-- Not from fct_cxi_day: that one knows by now who had left, this must not.
damage_columns as (

    select
        subscription_id,
        as_of_date,
        {% for domain in domains %}
        max(damage) filter (where domain = '{{ domain }}') as damage_{{ domain }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from damages
    group by subscription_id, as_of_date

)

select
    cohort.subscription_id,
    cohort.as_of_date,
    {% for name in ['orders', 'late_orders'] %}
    case
        when order_feed.first_known_at < cohort.as_of_date then coalesce(orders.{{ name }}, 0)
    end as {{ name }}_180d,
    {% endfor %}
    {% for name in ['outage_minutes_30d', 'outage_minutes_90d', 'outages_90d'] %}
    case
        when problem_feed.first_known_at < cohort.as_of_date then coalesce(downtime.{{ name }}, 0)
    end as {{ name }},
    {% endfor %}
    {% for domain in domains %}
    case
        when cxi_dates.as_of_date is not null
            then coalesce(damage_columns.damage_{{ domain }}, 0.0)
    end as damage_{{ domain }}{{ ',' if not loop.last }}
    {% endfor %}
from cohort
cross join order_feed
cross join problem_feed
left join orders
    on
        cohort.subscription_id = orders.product_id
        and cohort.as_of_date = orders.as_of_date
left join downtime
    on
        cohort.subscription_id = downtime.subscription_id
        and cohort.as_of_date = downtime.as_of_date
left join cxi_dates
    on cohort.as_of_date = cxi_dates.as_of_date
left join damage_columns
    on
        cohort.subscription_id = damage_columns.subscription_id
        and cohort.as_of_date = damage_columns.as_of_date
