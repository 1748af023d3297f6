-- One row per two systems that number customers: whether they number them alike. Where many numbers
-- are the same, two numbers are two customers, even with one phone (a family), so that nothing but
-- the number may link there.
with

numbers as (

    select * from {{ ref('int_customer_numbers') }}

),

uses as (

    select
        source_key,
        home_rank,
        unnest(source_ranks) as source_rank
    from numbers

),

systems as (

    select
        source_rank,
        count(*) as numbers_used,
        count(*) filter (where home_rank = source_rank) as numbers_at_home
    from uses
    group by source_rank

),

shared as (

    select
        better.source_rank as better_rank,
        other.source_rank as other_rank,
        count(*) as numbers_shared
    from uses as better
    inner join uses as other
        on
            better.source_key = other.source_key
            and better.source_rank < other.source_rank
    group by better.source_rank, other.source_rank

)

select
    better.source_rank as better_rank,
    other.source_rank as other_rank,
    coalesce(shared.numbers_shared, 0) as numbers_shared,
    better.numbers_at_home as better_numbers,
    other.numbers_at_home as other_numbers,
    coalesce(shared.numbers_shared, 0)
    >= {{ var('same_key_space_share') }} * least(better.numbers_used, other.numbers_used)
        as is_shared
from systems as better
inner join systems as other
    on better.source_rank < other.source_rank
left join shared
    on
        better.source_rank = shared.better_rank
        and other.source_rank = shared.other_rank
