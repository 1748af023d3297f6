-- One row per two customer numbers of different key spaces that may be one customer, linked or not:
-- what a person looks through before trusting, or mending, what the score decided.
with

candidates as (

    select * from {{ ref('int_customer_candidates') }}

),

source_systems as (

    select * from {{ ref('int_source_systems') }}

)

select
    ---------- keys
    candidates.better_key as source_key,
    candidates.other_key as other_source_key,
    better.source_system,
    other.source_system as other_source_system,

    ---------- attributes
    candidates.decision,

    ---------- numbers
    cast(candidates.weight as double) as weight_bits,
    candidates.confidence,
    candidates.attributes_compared,
    candidates.attributes_agreed
from candidates
inner join source_systems as better
    on candidates.better_rank = better.source_rank
inner join source_systems as other
    on candidates.other_rank = other.source_rank
