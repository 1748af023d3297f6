-- Elements that fell in the last round may have brought down more: raise redundancy_rounds.
{{ config(severity='warn') }}
select *
from {{ ref('int_resource_downtimes') }}
where redundancy_round >= {{ var('redundancy_rounds') }}
