-- Analyst question (data steward): by which rule, and how surely, did each system's customer
-- numbers find their customer? A rule that matches few, or surprisingly many, is worth a look.
select
    source_system,
    rule,
    round(confidence, 2) as confidence,
    count(*) as customer_numbers,
    count(distinct customer_id) as customers
from {{ ref('bdg_customer_xref') }}
group by source_system, rule, confidence
order by source_system, customer_numbers desc
