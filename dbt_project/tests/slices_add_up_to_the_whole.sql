-- A metric is the sum of its segments, families, regions and contracts, and of each pair of them: what is of none we know is in the slice
-- "unknown". Left out is what counts in every slice it touches (by whom a problem hit, by the lines of
-- a customer or the items of an order), and M16lb, which only groups without a failure have.
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
        metric_id not in (
            'M15', 'M15b', 'M15r', 'M15s', 'M16lb', 'M24', 'M25', 'M26', 'M37', 'M38', 'M39', 'M40'
        )
        and numerator is not null
        and period_grain = 'month'
        and (dimension in ('all', 'segment', 'family', 'region', 'contract') or {{ is_pair('dimension') }})
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
    or abs(parts.numerator - whole.numerator) > 1e-6 * greatest(1, abs(whole.numerator))
