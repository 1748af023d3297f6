-- A metric over the base or over downtime is the sum of its segments, families and regions.
with

parts as (

    select
        metric_id,
        period_grain,
        period_start,
        dimension,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('metric_value') }}
    where
        metric_id in ('M05', 'M17', 'M18', 'M19', 'M19f', 'M21', 'M28', 'M42')
        and period_grain = 'month'
        and dimension in ('all', 'segment', 'family', 'region')
    group by metric_id, period_grain, period_start, dimension

),

whole as (

    select * from parts
    where dimension = 'all'

)

select parts.*
from parts
inner join whole
    on
        parts.metric_id = whole.metric_id
        and parts.period_grain = whole.period_grain
        and parts.period_start = whole.period_start
where
    abs(parts.denominator - whole.denominator) > 1e-6 * greatest(1, whole.denominator)
    -- A contact of nobody we serve has no slice of the base to be counted in.
    or (
        parts.metric_id <> 'M05'
        and abs(parts.numerator - whole.numerator) > 1e-6 * greatest(1, abs(whole.numerator))
    )
