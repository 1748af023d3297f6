-- One row per period and slice: distinct customers with a subscription in the base at any time of
-- it. Each customer's stays are widened to whole periods and merged, so that counting changes is
-- exact and no customer counts twice, however many subscriptions or returns.
{% set grains = ['month', 'week', 'day'] %}
with

periods as (

    select * from {{ ref('int_sliced_periods') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

first_periods as (

    select
        period_grain,
        min(period_start) as period_start
    from metric_periods
    group by period_grain

),

stays as (

    select
        coalesce(customer_id, subscription_id) as customer_id,
        active_from,
        active_to,
        unnest([
            {'dimension': 'all', 'dimension_value': 'all'},
            {'dimension': 'segment', 'dimension_value': coalesce(segment, 'unknown')},
            {'dimension': 'family', 'dimension_value': coalesce(family, 'unknown')},
            {'dimension': 'region', 'dimension_value': coalesce(region, 'unknown')},
            {% for pair in pairs_of_slices() -%}
            {'dimension': '{{ pair }}', 'dimension_value': {{ pair_value(pair) }}}
            {{- ',' if not loop.last }}
            {% endfor -%}
        ], recursive := true)
    from periods

),

widened as (

    {% for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        customer_id,
        dimension,
        dimension_value,
        date_trunc('{{ grain }}', active_from) as period_from,
        date_trunc('{{ grain }}', active_to - interval 1 microsecond)
        + interval 1 {{ grain }} as period_to
    from stays
    {% if grain != 'month' -%}
    where not {{ is_pair('dimension') }}
    {% endif -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

merged as (

    select *
    from {{ merged_periods(
        'widened', ['period_grain', 'customer_id', 'dimension', 'dimension_value'],
        'period_from', 'period_to'
    ) }}

),

changes as (

    select
        period_grain,
        dimension,
        dimension_value,
        cast(period_from as date) as changed_on,
        1 as customers
    from merged

    union all

    select
        period_grain,
        dimension,
        dimension_value,
        cast(period_to as date) as changed_on,
        -1 as customers
    from merged
    where period_to is not null

),

period_changes as (

    select
        changes.period_grain,
        changes.dimension,
        changes.dimension_value,
        greatest(changes.changed_on, first_periods.period_start) as period_start,
        sum(changes.customers) as customers
    from changes
    inner join first_periods
        on changes.period_grain = first_periods.period_grain
    group by
        changes.period_grain,
        changes.dimension,
        changes.dimension_value,
        greatest(changes.changed_on, first_periods.period_start)

),

cells as (

    select
        period_grain,
        dimension,
        dimension_value
    from period_changes
    group by period_grain, dimension, dimension_value

)

select
    cells.period_grain,
    metric_periods.period_start,
    cells.dimension,
    cells.dimension_value,
    cast(sum(coalesce(period_changes.customers, 0)) over (
        partition by cells.period_grain, cells.dimension, cells.dimension_value
        order by metric_periods.period_start
        rows between unbounded preceding and current row
    ) as bigint) as customers
from cells
inner join metric_periods
    on cells.period_grain = metric_periods.period_grain
left join period_changes
    on
        cells.period_grain = period_changes.period_grain
        and cells.dimension = period_changes.dimension
        and cells.dimension_value = period_changes.dimension_value
        and metric_periods.period_start = period_changes.period_start
