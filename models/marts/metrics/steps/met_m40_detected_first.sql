-- Share of service problems that something of ours raised before a customer's ticket did, counted
-- when service was back (C3). A problem whose source does not say what raised it is not judged, nor
-- is one that was withdrawn.
with

problems as (

    select
        *,
        coalesce(restored_at, closed_at) as back_at
    from {{ ref('fct_problem') }}
    where first_alert is not null and not is_withdrawn

),

clock as (

    select * from {{ ref('int_clock') }}

),

slices as (

    select * from {{ ref('int_problem_slices') }}
    where dimension <> 'first_alert'

),

{{ problem_cells('slices') }},

restored_cells as (

    select
        problem_cells.*,
        problems.back_at,
        lower(problems.first_alert) <> 'ticket' as is_detected_first
    from problems
    inner join problem_cells
        on problems.problem_id = problem_cells.problem_id
    cross join clock
    where problems.back_at < clock.as_of

),

shares as (

    {{ per_cell('restored_cells', 'back_at', '
        count(*) filter (where is_detected_first) as numerator,
        count(*) as denominator
    ') }}

)

select
    'M40' as metric_id,
    *,
    denominator as n
from shares
