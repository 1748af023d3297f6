-- Mean customer experience index at the end of the month, over monitored subscriptions in the base.
-- In the running month, at the last day we know. A line has the slice it had then, at the midnight
-- that ends the month, as its index has. Sums are of decimals: the order of adding doubles
-- differs from run to run.
with

scores as (

    select
        *,
        as_of_date - 1 as last_date
    from {{ ref('fct_cxi_day') }}
    where cxi is not null

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

month_ends as (

    select scores.*
    from scores
    inner join metric_periods
        on scores.as_of_date = metric_periods.counted_to

),

sliced_scores as (

    {{ sliced('month_ends', 'as_of_date') }}

),

means as (

    {{ per_period('sliced_scores', 'last_date', '
        sum(cast(cxi as decimal(18, 12))) as numerator,
        count(*) as denominator,
        sum(cast(cxi * cxi as decimal(20, 12))) as sum_of_squares,
        count(distinct customer_id) as customers
    ', grains=['month'], pairs=pairs_of_slices()) }}

)

select
    'M42' as metric_id,
    *,
    denominator as n
from means
