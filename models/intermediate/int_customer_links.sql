-- One row per customer number that systems deliver: the customer it stands for. Rules come first;
-- a scored candidate links only what no rule linked, and who was linked to it before comes along.
{{ config(pre_hook=keep_hashes('customer_id', ['rule', 'confidence', 'is_ambiguous'])) }}
with

rule_links as (

    select * from {{ ref('int_customer_rule_links') }}

),

candidates as (

    select * from {{ ref('int_customer_candidates') }} where decision = 'linked'

),

-- A number may be found in several key spaces: the best-ranked one is believed.
scored as (

    select
        candidates.other_key,
        arg_min(rule_links.customer_id, candidates.better_rank) as customer_id,
        arg_min(candidates.confidence, candidates.better_rank) as confidence
    from candidates
    inner join rule_links
        on candidates.better_key = rule_links.source_key
    group by candidates.other_key

),

followed as (

    select
        rule_links.home_rank,
        scored.other_key,
        coalesce(further.customer_id, scored.customer_id) as customer_id,
        scored.confidence * coalesce(further.confidence, 1.0) as confidence
    from scored
    inner join rule_links
        on scored.other_key = rule_links.source_key
    left join scored as further
        on scored.customer_id = further.other_key

),

-- Two numbers of one system that come to the same customer on different ways prove neither.
claimed as (

    select
        *,
        count(*) over (partition by customer_id, home_rank) as claimants
    from followed

)

select
    rule_links.source_key,
    coalesce(claimed.customer_id, rule_links.customer_id) as customer_id,
    case
        when claimed.customer_id is not null and rule_links.rule in ('own_id', 'exact_id')
            then 'scored'
        else rule_links.rule
    end as rule,
    rule_links.confidence * coalesce(claimed.confidence, 1.0) as confidence,
    rule_links.is_ambiguous and claimed.customer_id is null as is_ambiguous
from rule_links
left join claimed
    on
        rule_links.customer_id = claimed.other_key
        and claimed.claimants = 1
