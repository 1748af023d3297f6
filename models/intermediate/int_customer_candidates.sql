-- One row per two customer numbers of different key spaces that may be one customer: weight of the
-- evidence (Fellegi and Sunter, in bits), confidence, decision. The confidence is a posterior among
-- all who compete for either number, and against the customer being in one system only: a perfect
-- agreement that two numbers share is worth at most a half.
{% set prior_weight = var('attribute_prior_pairs') %}
with

comparisons as (

    select * from {{ ref('int_customer_comparisons') }}

),

key_spaces as (

    select * from {{ ref('int_key_spaces') }}

),

{% for round in range(var('link_rounds') + 1) %}

-- How often one customer's two numbers agree: from pairs known or, from round 1, believed so far.
reliabilities_{{ round }} as (

    select
        comparisons.better_rank,
        comparisons.other_rank,
        comparisons.attribute,
        (
            count(*) filter (where comparisons.is_agreed and teachers.better_key is not null)
            + {{ prior_weight }} * {{ var('attribute_agreement') }}
        )
        / (count(teachers.better_key) + {{ prior_weight }}) as customer_agreement
    from comparisons
    left join
        {% if round == 0 %}
        (
            select
                better_key,
                other_key
            from comparisons
            where pair_type = 'known'
            group by better_key, other_key
        )
        {% else %}
        believed_{{ round - 1 }}
        {% endif %} as teachers
        on
            comparisons.better_key = teachers.better_key
            and comparisons.other_key = teachers.other_key
            and comparisons.pair_type <> 'decoy'
    group by comparisons.better_rank, comparisons.other_rank, comparisons.attribute

),

weights_{{ round }} as (

    select
        comparisons.better_rank,
        comparisons.other_rank,
        comparisons.pair_type,
        comparisons.better_key,
        comparisons.other_key,
        count(*) as attributes_compared,
        count(*) filter (where comparisons.is_agreed) as attributes_agreed,
        sum(cast(
            case
                when comparisons.is_agreed
                    then log2(reliabilities.customer_agreement / comparisons.stranger_share)
                else log2(
                    (1 - reliabilities.customer_agreement)
                    / (1 - comparisons.stranger_agreement)
                )
            end as decimal(12, 4)
        )) as weight
    from comparisons
    inner join reliabilities_{{ round }} as reliabilities
        on
            comparisons.better_rank = reliabilities.better_rank
            and comparisons.other_rank = reliabilities.other_rank
            and comparisons.attribute = reliabilities.attribute
    -- decoys teach nothing, they only judge the last round
    where comparisons.pair_type {{ "<> 'known'" if loop.last else "= 'candidate'" }}
    group by
        comparisons.better_rank,
        comparisons.other_rank,
        comparisons.pair_type,
        comparisons.better_key,
        comparisons.other_key

),

-- What nobody fits weighs: one in as many as there are to choose from.
contested_{{ round }} as (

    select
        weights.*,
        log2(
            key_spaces.other_numbers * (1 - {{ var('key_space_overlap') }})
            / {{ var('key_space_overlap') }}
        ) as nobody_of_other,
        log2(
            key_spaces.better_numbers * (1 - {{ var('key_space_overlap') }})
            / {{ var('key_space_overlap') }}
        ) as nobody_of_better,
        greatest(max(weights.weight) over better_number, nobody_of_other) as better_top,
        greatest(max(weights.weight) over other_number, nobody_of_better) as other_top
    from weights_{{ round }} as weights
    inner join key_spaces
        on
            weights.better_rank = key_spaces.better_rank
            and weights.other_rank = key_spaces.other_rank
    window
        better_number as (
            partition by weights.better_rank, weights.other_rank, weights.pair_type, weights.better_key
        ),
        other_number as (
            partition by weights.better_rank, weights.other_rank, weights.pair_type, weights.other_key
        )

),

posteriors_{{ round }} as (

    select
        *,
        least(
            pow(2, weight - better_top) / (
                pow(2, nobody_of_other - better_top)
                + sum(cast(pow(2, weight - better_top) as decimal(18, 12))) over (
                    partition by better_rank, other_rank, pair_type, better_key
                )
            ),
            pow(2, weight - other_top) / (
                pow(2, nobody_of_better - other_top)
                + sum(cast(pow(2, weight - other_top) as decimal(18, 12))) over (
                    partition by better_rank, other_rank, pair_type, other_key
                )
            )
        ) as posterior
    from contested_{{ round }}

),

believed_{{ round }} as (

    select
        better_key,
        other_key
    from posteriors_{{ round }}
    where pair_type = 'candidate' and posterior >= {{ var('scored_link_floor') }}

    union

    select
        better_key,
        other_key
    from comparisons
    where pair_type = 'known'

),

{% endfor %}

unlinked as (

    select
        key_spaces.better_rank,
        key_spaces.other_rank,
        key_spaces.better_numbers - count(distinct comparisons.better_key) as better_numbers,
        key_spaces.other_numbers - count(distinct comparisons.other_key) as other_numbers
    from key_spaces
    left join comparisons
        on
            key_spaces.better_rank = comparisons.better_rank
            and key_spaces.other_rank = comparisons.other_rank
            and comparisons.pair_type = 'known'
    where not key_spaces.is_shared
    group by
        key_spaces.better_rank,
        key_spaces.other_rank,
        key_spaces.better_numbers,
        key_spaces.other_numbers

),

-- Whom the posterior alone would link, and how many decoys weigh as much.
passed as (

    select
        better_rank,
        other_rank,
        better_key,
        other_key,
        pair_type,
        weight,
        count(*) filter (where pair_type = 'candidate') over alike as candidates,
        count(*) filter (where pair_type = 'decoy') over alike as decoys,
        count(*) filter (where pair_type = 'candidate') over (
            partition by better_rank, other_rank
        ) as candidates_in_all
    from posteriors_{{ var('link_rounds') }}
    where posterior >= {{ var('scored_link_floor') }}
    window alike as (
        partition by better_rank, other_rank
        order by weight
        range between {{ var('like_weight_bits') }} preceding
        and {{ var('like_weight_bits') }} following
    )

),

-- A stranger can only be taken for somebody's customer where both have no number of their own
-- on the other side.
strangers as (

    select
        passed.better_rank,
        passed.other_rank,
        passed.better_key,
        passed.other_key,
        passed.weight,
        (passed.decoys + 1)
        * (unlinked.other_numbers / unlinked.better_numbers)
        * (1 - least(passed.candidates_in_all / unlinked.better_numbers, 1))
        * (1 - least(passed.candidates_in_all / unlinked.other_numbers, 1))
        / passed.candidates as stranger_share
    from passed
    inner join unlinked
        on
            passed.better_rank = unlinked.better_rank
            and passed.other_rank = unlinked.other_rank
    where passed.pair_type = 'candidate'

),

-- The share among all who weigh at least as much; less cannot be worth more.
certain as (

    select
        better_rank,
        other_rank,
        better_key,
        other_key,
        1 - min(stranger_share) over (
            partition by better_rank, other_rank order by weight
        ) as certainty
    from strangers

),

scored as (

    select
        posteriors.better_rank,
        posteriors.other_rank,
        posteriors.better_key,
        posteriors.other_key,
        posteriors.weight,
        posteriors.attributes_compared,
        posteriors.attributes_agreed,
        posteriors.posterior >= {{ var('scored_link_floor') }} as has_passed,
        1 / (1 + pow(2, greatest(posteriors.nobody_of_other, posteriors.nobody_of_better)
            - posteriors.weight)) >= {{ var('scored_link_floor') }} as would_pass_alone,
        round(
            cast(least(posteriors.posterior, coalesce(certain.certainty, 1)) as double), 4
        ) as confidence
    from posteriors_{{ var('link_rounds') }} as posteriors
    left join certain
        on
            posteriors.better_rank = certain.better_rank
            and posteriors.other_rank = certain.other_rank
            and posteriors.better_key = certain.better_key
            and posteriors.other_key = certain.other_key
    where posteriors.pair_type = 'candidate'

)

select
    better_rank,
    other_rank,
    better_key,
    other_key,
    weight,
    attributes_compared,
    attributes_agreed,
    confidence,
    case
        when confidence >= {{ var('scored_link_floor') }} then 'linked'
        when has_passed then 'strangers'
        when would_pass_alone then 'rivals'
        else 'weak'
    end as decision
from scored
where confidence >= {{ var('scored_review_floor') }}
