-- One row per subscription in the base and date: its experience index as it could be known then.
-- 100 means untroubled; null means we could not have seen trouble, because no service is linked.
{{ config(**increment_by_date('int_cxi_dates')) }}
{% set domains = ['use', 'join_change', 'pay', 'get_help'] %}
with

cxi_dates as (

    select
        as_of_date,
        cast(as_of_date as timestamp) as as_of_at
    from {{ ref('int_cxi_dates') }}

),

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

damages as (

    select * from {{ ref('int_cxi_damages') }}

),

base as (

    select
        periods.subscription_id,
        cxi_dates.as_of_date,
        cxi_dates.as_of_at
    from cxi_dates
    inner join periods
        on
            {{ holds_at('cxi_dates.as_of_at', 'periods.active_from', 'periods.active_to') }}
    where {{ is_touched('cxi_dates', 'periods.subscription_id') }}

),

-- Several services may realise a subscription: group, one is enough to be monitored.
monitored as (

    select
        base.subscription_id,
        base.as_of_date
    from base
    inner join subscription_services
        on
            base.subscription_id = subscription_services.subscription_id
            and {{ holds_at(
                'base.as_of_at', 'subscription_services.valid_from',
                'subscription_services.valid_to'
            ) }}
    group by base.subscription_id, base.as_of_date

),

damage_columns as (

    select
        subscription_id,
        as_of_date,
        {% for domain in domains -%}
        max(damage) filter (where domain = '{{ domain }}') as damage_{{ domain }},
        coalesce(max(points_lost) filter (where domain = '{{ domain }}'), 0.0)
            as points_{{ domain }},
        {% endfor -%}
        {% for domain in domains -%}
        points_{{ domain }}{{ ' + ' if not loop.last }}
        {%- endfor %} as points_lost
    from damages
    group by subscription_id, as_of_date

)

select
    ---------- keys
    base.subscription_id,
    base.as_of_date,
    subscriptions.customer_id,

    ---------- numbers
    case
        when monitored.subscription_id is not null
            then 100.0 - coalesce(damage_columns.points_lost, 0.0)
    end as cxi,
    {% for domain in domains -%}
    coalesce(damage_columns.damage_{{ domain }}, 0.0) as damage_{{ domain }},
    {% endfor %}
    ---------- flags
    monitored.subscription_id is not null as is_monitored
from base
left join monitored
    on
        base.subscription_id = monitored.subscription_id
        and base.as_of_date = monitored.as_of_date
left join damage_columns
    on
        base.subscription_id = damage_columns.subscription_id
        and base.as_of_date = damage_columns.as_of_date
left join subscriptions
    on
        base.subscription_id = subscriptions.subscription_id
        and {{ holds_at('base.as_of_at', 'subscriptions.valid_from', 'subscriptions.valid_to') }}
