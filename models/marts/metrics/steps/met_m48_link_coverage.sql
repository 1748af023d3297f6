-- Share of rows of each edge that found their partner, over all we know now: no period, one total.
with

link_coverage as (

    select * from {{ ref('int_link_coverage') }}
    where eligible > 0

),

clock as (

    select * from {{ ref('int_clock') }}

)

select
    'M48' as metric_id,
    'total' as period_grain,
    cast(clock.first_at as date) as period_start,
    'edge' as dimension,
    link_coverage.edge as dimension_value,
    link_coverage.linked as numerator,
    link_coverage.eligible as denominator,
    link_coverage.eligible as n,
    cast(null as bigint) as customers
from link_coverage
cross join clock
