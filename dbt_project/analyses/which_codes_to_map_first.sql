-- Analyst question (data steward): which codes of which sources does no vocabulary hold, and how
-- many rows wait for them? Map the first ones in dbt_project/seeds/code_map.csv.
select
    vocabulary,
    source_system,
    source_code,
    row_count,
    row_count / sum(row_count) over (partition by vocabulary) as share_of_the_unmapped
from {{ ref('unmapped_code') }}
order by row_count desc, vocabulary, source_system, source_code
