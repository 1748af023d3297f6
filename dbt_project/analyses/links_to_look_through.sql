-- Analyst question: which numbers of two systems may be one customer, but were not linked, and why?
-- Surest first. A person who knows better writes one customer's number into the other's contract
-- (a column both systems have), or raises what the systems tell; nothing is linked by hand here.
select
    decision,
    source_system,
    source_key,
    other_source_system,
    other_source_key,
    confidence,
    weight_bits,
    attributes_agreed,
    attributes_compared
from {{ ref('customer_link_candidate') }}
where decision <> 'linked'
order by confidence desc, weight_bits desc, source_key, other_source_key
