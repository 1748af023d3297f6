-- One row per edge of the model: how many rows should be linked over it and how many are (M48).
-- eligible = linked + low_confidence + ambiguous + orphans + nameless.
with

link_days as (

    select * from {{ ref('int_link_days') }}

)

select
    edge,
    cast(sum(row_count) as bigint) as eligible,
    cast(coalesce(sum(row_count) filter (where outcome = 'linked'), 0) as bigint) as linked,
    cast(coalesce(sum(row_count) filter (where outcome = 'ambiguous'), 0) as bigint) as ambiguous,
    cast(coalesce(sum(row_count) filter (where outcome = 'orphan'), 0) as bigint) as orphans
from link_days
group by edge
