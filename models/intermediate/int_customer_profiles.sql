-- One row per two key spaces, number of either, attribute and value: what is compared, and how often
-- it means nothing. An add-on not held speaks too, where both sell it. What one side alone knows (a
-- vocabulary of its own) can never agree and has no stranger_share.
with

key_spaces as (

    select * from {{ ref('int_key_spaces') }}
    where not is_shared and better_numbers > 0 and other_numbers > 0

),

rule_links as (

    select * from {{ ref('int_customer_rule_links') }}

),

attributes as (

    select * from {{ ref('int_customer_attributes') }}

),

-- Each number once for each key space it is compared with, on the better or the other side.
sides as (

    select
        key_spaces.better_rank,
        key_spaces.other_rank,
        rule_links.home_rank = key_spaces.better_rank as is_better,
        rule_links.source_key,
        rule_links.customer_id
    from key_spaces
    inner join rule_links
        on rule_links.home_rank in (key_spaces.better_rank, key_spaces.other_rank)

),

known_pairs as (

    select
        better.better_rank,
        better.other_rank,
        better.source_key as better_key,
        other.source_key as other_key
    from sides as better
    inner join sides as other
        on
            better.better_rank = other.better_rank
            and better.other_rank = other.other_rank
            and better.customer_id = other.customer_id
    where better.is_better and not other.is_better

),

addons_compared as (

    select
        sides.better_rank,
        sides.other_rank,
        attributes.told_value as addon
    from sides
    inner join attributes
        on sides.source_key = attributes.source_key
    where attributes.attribute = 'addon'
    group by sides.better_rank, sides.other_rank, attributes.told_value
    having count(distinct sides.is_better) = 2

),

with_lines as (

    select sides.*
    from sides
    semi join attributes
        on sides.source_key = attributes.source_key and attributes.attribute = 'line_started'

),

told as (

    select
        sides.*,
        attributes.attribute,
        attributes.told_value
    from sides
    inner join attributes
        on sides.source_key = attributes.source_key
    where attributes.attribute <> 'addon'

    union all

    select
        with_lines.*,
        'addon ' || addons_compared.addon as attribute,
        cast(attributes.source_key is not null as varchar) as told_value
    from with_lines
    inner join addons_compared
        on
            with_lines.better_rank = addons_compared.better_rank
            and with_lines.other_rank = addons_compared.other_rank
    left join attributes
        on
            with_lines.source_key = attributes.source_key
            and attributes.attribute = 'addon'
            and addons_compared.addon = attributes.told_value

),

tellers as (

    select
        better_rank,
        other_rank,
        attribute,
        is_better,
        count(distinct source_key) as numbers
    from told
    group by better_rank, other_rank, attribute, is_better

),

shares as (

    select
        told.better_rank,
        told.other_rank,
        told.attribute,
        told.told_value,
        told.is_better,
        count(*) / any_value(tellers.numbers) as share_of_numbers
    from told
    inner join tellers
        on
            told.better_rank = tellers.better_rank
            and told.other_rank = tellers.other_rank
            and told.attribute = tellers.attribute
            and told.is_better = tellers.is_better
    group by
        told.better_rank, told.other_rank, told.attribute, told.told_value, told.is_better

),

-- Only values both sides know can agree; the side where it is commoner makes us the more careful.
shared_values as (

    select
        better_rank,
        other_rank,
        attribute,
        told_value,
        max(share_of_numbers) as stranger_share,
        cast(product(share_of_numbers) as decimal(18, 12)) as meeting_share
    from shares
    group by better_rank, other_rank, attribute, told_value
    having count(*) = 2

),

stranger_agreements as (

    select
        better_rank,
        other_rank,
        attribute,
        least(cast(sum(meeting_share) as double), 0.999) as stranger_agreement
    from shared_values
    group by better_rank, other_rank, attribute

),

-- Whom a rule linked, here or to a better system than these, is not looked for again.
linked as (

    select
        better_rank,
        other_rank,
        better_key as source_key
    from known_pairs

    union

    select
        better_rank,
        other_rank,
        other_key as source_key
    from known_pairs

    union

    select
        better_rank,
        other_rank,
        source_key
    from sides
    where customer_id <> source_key and not is_better

)

select
    told.better_rank,
    told.other_rank,
    told.is_better,
    told.source_key,
    told.customer_id,
    linked.source_key is null as is_unlinked,
    told.attribute,
    told.told_value,
    count(*) over (
        partition by told.better_rank, told.other_rank, told.source_key, told.attribute
    ) as values_told,
    shared_values.stranger_share,
    coalesce(stranger_agreements.stranger_agreement, 0.0) as stranger_agreement
from told
left join shared_values
    on
        told.better_rank = shared_values.better_rank
        and told.other_rank = shared_values.other_rank
        and told.attribute = shared_values.attribute
        and told.told_value = shared_values.told_value
left join stranger_agreements
    on
        told.better_rank = stranger_agreements.better_rank
        and told.other_rank = stranger_agreements.other_rank
        and told.attribute = stranger_agreements.attribute
left join linked
    on
        told.better_rank = linked.better_rank
        and told.other_rank = linked.other_rank
        and told.source_key = linked.source_key
