-- Analyst question: on what do our systems disagree, how often, and whom did we believe? Most
-- disagreements of one kind are two vocabularies for one thing: map them in the contract. What is
-- left is somebody's error: ask the owner, then say in seeds/source_preferences.csv whom to believe.
select
    thing_type,
    attribute,
    source_system,
    other_source_system,
    coalesce(kept_source_system, 'both') as kept,
    kept_because,
    told_value,
    other_value,
    count(*) as things,
    count(distinct customer_id) as customers,
    sum(count(*)) over (
        partition by thing_type, attribute, source_system, other_source_system
    ) as things_of_the_attribute
from {{ ref('customer_conflict') }}
group by
    thing_type,
    attribute,
    source_system,
    other_source_system,
    kept_source_system,
    kept_because,
    told_value,
    other_value
order by things_of_the_attribute desc, things desc, attribute, told_value, other_value
