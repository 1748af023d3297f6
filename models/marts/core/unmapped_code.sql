-- One row per code of a source that no vocabulary holds. A state fails the build until it is mapped
-- (a figure would be wrong); any other code is listed here and counts as a word of its own.
with

source_codes as (

    select * from {{ ref('int_source_codes') }}
    where code is null

),

vocabularies as (

    select * from {{ ref('vocabularies') }}

)

select
    ---------- keys
    source_codes.vocabulary,
    source_codes.source_system,
    source_codes.source_code,

    ---------- numbers
    source_codes.row_count,

    ---------- flags
    vocabularies.is_state as is_failing
from source_codes
inner join vocabularies
    on source_codes.vocabulary = vocabularies.vocabulary
