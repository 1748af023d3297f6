-- One row per two customer numbers worth comparing and attribute that both tell: do they agree. Worth
-- comparing is who shares a value, or two values, that few carry. Decoys are two numbers of one
-- system, which are two customers: how well they agree tells what agreement is worth.
with

profiles as (

    select * from {{ ref('int_customer_profiles') }}

),

known_pairs as (

    select
        better.better_rank,
        better.other_rank,
        better.source_key as better_key,
        other.source_key as other_key
    from profiles as better
    inner join profiles as other
        on
            better.better_rank = other.better_rank
            and better.other_rank = other.other_rank
            and better.customer_id = other.customer_id
            and better.is_better
            and not other.is_better
    where not better.is_unlinked
    group by better.better_rank, better.other_rank, better.source_key, other.source_key

),

rare_values as (

    select
        better_rank,
        other_rank,
        is_better,
        source_key,
        hash(attribute, told_value) as block
    from profiles
    where is_unlinked and stranger_share <= {{ var('blocking_value_share') }}

),

block_members as (

    select * from rare_values

    union all

    select
        one.better_rank,
        one.other_rank,
        one.is_better,
        one.source_key,
        hash(one.block, another.block) as block
    from rare_values as one
    inner join rare_values as another
        on
            one.better_rank = another.better_rank
            and one.other_rank = another.other_rank
            and one.is_better = another.is_better
            and one.source_key = another.source_key
            and one.block < another.block

),

small_blocks as (

    select
        better_rank,
        other_rank,
        block
    from block_members
    group by better_rank, other_rank, block
    having
        count(*) filter (where is_better) * greatest(
            count(*) filter (where is_better), count(*) filter (where not is_better)
        ) between 1 and {{ var('blocking_pairs') }}

),

members as (

    select block_members.*
    from block_members
    semi join small_blocks
        on
            block_members.better_rank = small_blocks.better_rank
            and block_members.other_rank = small_blocks.other_rank
            and block_members.block = small_blocks.block

),

-- Two numbers may meet in several blocks. A decoy is there both ways round, as each competes.
pairs as (

    select
        better.better_rank,
        better.other_rank,
        better.source_key as better_key,
        other.source_key as other_key,
        case when other.is_better then 'decoy' else 'candidate' end as pair_type
    from members as better
    inner join members as other
        on
            better.better_rank = other.better_rank
            and better.other_rank = other.other_rank
            and better.block = other.block
            and better.source_key <> other.source_key
    where better.is_better
    group by
        better.better_rank,
        better.other_rank,
        better.source_key,
        other.source_key,
        other.is_better

    union all

    select
        *,
        'known' as pair_type
    from known_pairs

),

-- Joined twice rather than kept: most attributes have one value a side and need no grouping, and
-- grouping all would not fit in memory.
value_pairs as not materialized (

    select
        pairs.*,
        better.attribute,
        better.told_value = other.told_value and better.stranger_share is not null as is_agreed,
        case when better.told_value = other.told_value then better.stranger_share end
            as stranger_share,
        better.stranger_agreement,
        better.values_told = 1 and other.values_told = 1 as is_only
    from pairs
    inner join profiles as better
        on
            pairs.better_rank = better.better_rank
            and pairs.other_rank = better.other_rank
            and pairs.better_key = better.source_key
            and better.is_better
    inner join profiles as other
        on
            pairs.better_rank = other.better_rank
            and pairs.other_rank = other.other_rank
            and pairs.other_key = other.source_key
            and (pairs.pair_type = 'decoy') = other.is_better
            and better.attribute = other.attribute

)

select * exclude (is_only)
from value_pairs
where is_only

union all

-- Of several lines that agree, the rarest value speaks.
select
    better_rank,
    other_rank,
    better_key,
    other_key,
    pair_type,
    attribute,
    bool_or(is_agreed) as is_agreed,
    min(stranger_share) as stranger_share,
    any_value(stranger_agreement) as stranger_agreement
from value_pairs
where not is_only
group by better_rank, other_rank, better_key, other_key, pair_type, attribute
