{#
    Codes of sources in our words. A source may write a code of ours in any case and spelling
    (IN_PROGRESS, in progress, inProgress); other words are mapped in seeds/code_map.csv, for one
    system or for any. What neither holds stays as it is and is listed in unmapped_code.
#}
{% macro plain_code(code) -%}
    lower(regexp_replace({{ code }}, '[^\p{L}\p{N}]', '', 'g'))
{%- endmacro %}

{#
    A relation of staging with codes of its columns in our words; what the source wrote stays beside
    it as <column>_code. `vocabularies` says which vocabulary a column's codes belong to.
#}
{% macro in_our_words(relation, vocabularies) -%}
(
    select
        told.* replace (
            {% for column in vocabularies -%}
            coalesce({{ column }}_words.code, told.{{ column }}) as {{ column }}
            {{- ', ' if not loop.last }}
            {% endfor -%}
        ),
        {% for column in vocabularies -%}
        told.{{ column }} as {{ column }}_code{{ ',' if not loop.last }}
        {% endfor %}
    from {{ relation }} as told
    {% for column, vocabulary in vocabularies.items() -%}
    left join {{ ref('int_source_codes') }} as {{ column }}_words
        on
            {{ column }}_words.vocabulary = '{{ vocabulary }}'
            and told.source_system = {{ column }}_words.source_system
            and told.{{ column }} = {{ column }}_words.source_code
    {% endfor -%}
)
{%- endmacro %}

{#
    Current contacts and sessions with their reason and channel in our words. Where a source does not
    say who began one, the customer did; nor who answered, a person did, unless its channel is
    self-service: a list of calls holds calls.
#}
{% macro told_interactions() -%}
(
    select
        told.* replace (
            coalesce(told.direction, 'inbound') as direction,
            coalesce(told.is_human_handled, not channels.is_self_service, true) as is_human_handled
        )
    from {{ in_our_words(ref('stg_interactions'), {
        'reason': 'reason', 'channel': 'channel'
    }) }} as told
    left join {{ ref('channels') }} as channels
        on told.channel = channels.channel
    where told.is_current
)
{%- endmacro %}

{#
    A tree of codes as a subquery: the words of a seed, by version, and under each the codes sources
    use for it; a code no one mapped hangs under `other` and speaks for itself. Columns: code (what
    a source wrote, or the word itself), <word>, parent, is_mapped, valid_from, valid_to, is_current
    and the attributes.
#}
{% macro code_tree(seed, word, parent, attributes) -%}
(
    with

    words as (

        select
            *,
            coalesce(cast(valid_from as timestamp), timestamp '{{ var("history_start") }}')
                as holds_from
        from {{ ref(seed) }}

    ),

    versions as (

        select
            {{ word }},
            {{ parent }},
            {% for attribute in attributes -%}
            {{ attribute }},
            {% endfor -%}
            holds_from as valid_from,
            lead(holds_from) over (partition by {{ word }} order by holds_from) as valid_to
        from words

    ),

    -- One code may be written by several systems.
    seen as (

        select
            source_code,
            code
        from {{ ref('int_source_codes') }}
        where vocabulary = '{{ word }}'
        group by source_code, code

    ),

    own as (

        select
            {{ word }} as source_code,
            *
        from versions

    ),

    mapped as (

        select
            seen.source_code,
            versions.*
        from seen
        inner join versions
            on seen.code = versions.{{ word }}
        where seen.source_code <> seen.code

    ),

    -- Hangs where `other` hangs, and is told apart by its own code.
    unmapped as (

        select
            seen.source_code,
            versions.* replace (
                seen.source_code as {{ word }},
                {% for attribute in attributes if attribute.endswith('_name') -%}
                seen.source_code as {{ attribute }},
                {% endfor -%}
                '{{ var("other_code") }}' as {{ parent }}
            )
        from seen
        inner join versions
            on versions.{{ word }} = '{{ var("other_code") }}'
        where seen.code is null

    )

    select
        *,
        true as is_mapped
    from own
    union all
    select
        *,
        true as is_mapped
    from mapped
    union all
    select
        *,
        false as is_mapped
    from unmapped
)
{%- endmacro %}
