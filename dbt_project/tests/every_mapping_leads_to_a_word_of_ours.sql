-- A mapping onto a word no vocabulary has would map to nothing, and one spelling onto two words to
-- either.
with

words as (

    select vocabulary, state as code from {{ ref('states') }}
    union
    select 'reason' as vocabulary, reason as code from {{ ref('reasons') }}
    union
    select 'cause' as vocabulary, cause as code from {{ ref('causes') }}
    union
    select 'channel' as vocabulary, channel as code from {{ ref('channels') }}
    union
    select 'exit_cause' as vocabulary, exit_cause as code from {{ ref('exit_causes') }}

)

select
    code_map.vocabulary,
    code_map.source_code
from {{ ref('code_map') }} as code_map
anti join words
    on
        code_map.vocabulary = words.vocabulary
        and code_map.code = words.code

union all

select
    vocabulary,
    {{ plain_code('source_code') }} as source_code
from {{ ref('code_map') }}
group by vocabulary, source_system, {{ plain_code('source_code') }}
having min(code) <> max(code)
