-- Service revenue billed in the month, ex tax and equipment, per subscription in the base (M33).
-- A bill counts when it is issued. A bill over several subscriptions is split by its lines.
with

revenues as (

    select * from {{ ref('int_revenues') }}

),

base as (

    select * from {{ ref('int_base_periods') }}
    where period_grain = 'month'

),

sliced_revenues as (

    {{ sliced('revenues', 'billed_at') }}

),

sums as (

    {{ per_period(
        'sliced_revenues', 'billed_at', 'sum(amount_ex_tax) as amount', grains=['month']
    ) }}

)

select
    'M33' as metric_id,
    base.period_grain,
    base.period_start,
    base.dimension,
    base.dimension_value,
    cast(coalesce(sums.amount, 0) as double) as numerator,
    base.average_base as denominator,
    cast(round(base.average_base) as bigint) as n,
    base.customers
from base
left join sums
    on
        base.period_start = sums.period_start
        and base.dimension = sums.dimension
        and base.dimension_value = sums.dimension_value
where base.period_end > (select min(billed_at) from revenues)
