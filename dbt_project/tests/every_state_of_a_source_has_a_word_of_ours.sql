-- Map the code in seeds/code_map.csv, or in the source's contract: figures judge by these states.
select *
from {{ ref('unmapped_code') }}
where is_failing
