-- One row per customer number that systems deliver: the customer it stands for by a rule that needs
-- no weighing, the number itself or a phone or e-mail that one number of each system carries.
-- Tokens link only systems with key spaces of their own (int_key_spaces).
with

tokens as (

    select * from {{ ref('int_customer_tokens') }}

),

numbers as (

    select * from {{ ref('int_customer_numbers') }}

),

shared_key_spaces as (

    select * from {{ ref('int_key_spaces') }} where is_shared

),

-- One row per token and home system; a token is proof only where one number there carries it.
token_homes as (

    select
        tokens.token_type,
        tokens.token,
        numbers.home_rank,
        min(tokens.source_key) as source_key,
        count(distinct tokens.source_key) as numbers_with_token
    from tokens
    inner join numbers
        on tokens.source_key = numbers.source_key
    group by tokens.token_type, tokens.token, numbers.home_rank

),

token_matches as (

    select
        other.token_type,
        other.source_key,
        better.source_key as customer_id,
        better.home_rank as better_rank,
        other.numbers_with_token = 1 and better.numbers_with_token = 1 as is_unique
    from token_homes as other
    inner join token_homes as better
        on
            other.token_type = better.token_type
            and other.token = better.token
            and other.home_rank > better.home_rank
    anti join shared_key_spaces
        on
            better.home_rank = shared_key_spaces.better_rank
            and other.home_rank = shared_key_spaces.other_rank

),

best_ranks as (

    select
        source_key,
        token_type,
        min(better_rank) as better_rank
    from token_matches
    group by source_key, token_type

),

-- Several tokens may agree on one customer; if they name two in the best system, they prove none.
token_rules as (

    select
        token_matches.source_key,
        token_matches.token_type,
        min(token_matches.customer_id) filter (where token_matches.is_unique) as customer_id,
        count(distinct token_matches.customer_id) filter (where token_matches.is_unique)
            as customers_named
    from token_matches
    inner join best_ranks
        on
            token_matches.source_key = best_ranks.source_key
            and token_matches.token_type = best_ranks.token_type
            and token_matches.better_rank = best_ranks.better_rank
    group by token_matches.source_key, token_matches.token_type

),

token_links as (

    select
        source_key,
        case
            when count(*) filter (where customers_named = 1) > 0
                then arg_min(customer_id, token_type = 'email') filter (where customers_named = 1)
        end as customer_id,
        case
            when bool_or(customers_named = 1 and token_type = 'phone') then 'phone_token'
            when bool_or(customers_named = 1) then 'email_token'
        end as rule
    from token_rules
    group by source_key

),

-- Two numbers of one system that claim the same customer prove neither.
claims as (

    select
        token_links.source_key,
        token_links.rule,
        token_links.customer_id,
        count(*) over (
            partition by token_links.customer_id, numbers.home_rank
        ) as claimants
    from token_links
    inner join numbers
        on token_links.source_key = numbers.source_key
    where token_links.customer_id is not null

),

links as (

    select
        source_key,
        customer_id,
        rule
    from claims
    where claimants = 1

),

resolved as (

    select
        numbers.source_key,
        numbers.home_rank,
        coalesce(second_links.customer_id, links.customer_id, numbers.source_key) as customer_id,
        coalesce(
            links.rule, case when numbers.source_systems > 1 then 'exact_id' else 'own_id' end
        ) as rule,
        links.source_key is null and token_links.source_key is not null as is_ambiguous
    from numbers
    left join links
        on numbers.source_key = links.source_key
    left join links as second_links
        on links.customer_id = second_links.source_key
    left join token_links
        on numbers.source_key = token_links.source_key

)

select
    source_key,
    home_rank,
    customer_id,
    rule,
    case rule
        when 'phone_token' then cast({{ var('phone_token_confidence') }} as double)
        when 'email_token' then cast({{ var('email_token_confidence') }} as double)
        else 1.0
    end as confidence,
    is_ambiguous
from resolved
