-- A mapping onto a word no vocabulary has would map to nothing.
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

select code_map.*
from {{ ref('code_map') }} as code_map
anti join words
    on
        code_map.vocabulary = words.vocabulary
        and code_map.code = words.code
