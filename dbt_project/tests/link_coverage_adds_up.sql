-- Linked, ambiguous and orphaned rows are different rows of those eligible.
select *
from {{ ref('int_link_coverage') }}
where linked + ambiguous + orphans > eligible
