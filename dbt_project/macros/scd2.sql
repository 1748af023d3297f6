{#
    Versions of a thing, from staging rows of one or several source systems, as a subquery with
    `key`, the attributes, source_system, known_at, valid_from, valid_to, is_current,
    source_systems (how many describe the thing) and conflicts (attributes they disagree on).

    * Where several systems describe one key, each attribute comes from the best-ranked system
      (int_source_systems) that has a value for it, at each moment one of them said something new.
    * A version starts only when an attribute changes. The first one reaches back to history_start,
      so that a fact that happened before we were told of the thing still finds it.

    `relation` is a CTE or table with staging's columns.
#}
{% macro scd2(relation, key, attributes) -%}
(
    with

    source_ranks as (

        select * from {{ ref('int_source_systems') }}

    ),

    contested_keys as (

        select {{ key }}
        from {{ relation }}
        where (
            select min(every.source_system) <> max(every.source_system)
            from {{ relation }} as every
        )
        group by {{ key }}
        having min(source_system) <> max(source_system)

    ),

    uncontested as (

        select
            versions.{{ key }},
            {% for attribute in attributes -%}
            versions.{{ attribute }},
            {% endfor -%}
            versions.source_system,
            versions.known_at,
            1 as source_systems,
            0 as conflicts
        from {{ relation }} as versions
        anti join contested_keys
            on versions.{{ key }} = contested_keys.{{ key }}

    ),

    contested as (

        select
            versions.*,
            source_ranks.source_rank
        from {{ relation }} as versions
        inner join contested_keys
            on versions.{{ key }} = contested_keys.{{ key }}
        inner join source_ranks
            on versions.source_system = source_ranks.source_system

    ),

    moments as (

        select
            {{ key }},
            known_at
        from contested
        group by {{ key }}, known_at

    ),

    reconciled as (

        select
            moments.{{ key }},
            {% for attribute in attributes -%}
            arg_min(contested.{{ attribute }}, contested.source_rank) as {{ attribute }},
            {% endfor -%}
            arg_min(contested.source_system, contested.source_rank) as source_system,
            moments.known_at,
            count(distinct contested.source_system) as source_systems,
            {% for attribute in attributes -%}
            cast(count(distinct contested.{{ attribute }}) > 1 as integer)
            {{- ' as conflicts' if loop.last else ' + ' }}
            {% endfor %}
        from moments
        inner join contested
            on
                moments.{{ key }} = contested.{{ key }}
                and moments.known_at >= contested.known_at
                and (
                    contested.superseded_at is null
                    or moments.known_at < contested.superseded_at
                )
        group by moments.{{ key }}, moments.known_at

    ),

    told as (

        select * from uncontested
        union all by name
        select * from reconciled

    ),

    compared as (

        select
            *,
            hash({{ attributes | join(', ') }}) as content_hash,
            lag(content_hash) over (
                partition by {{ key }} order by known_at
            ) as previous_content_hash
        from told

    ),

    changes as (

        select * exclude (content_hash, previous_content_hash)
        from compared
        where previous_content_hash is null or previous_content_hash <> content_hash

    )

    select
        *,
        case
            when lag(known_at) over version_order is null
                then timestamp '{{ var("history_start") }}'
            else known_at
        end as valid_from,
        lead(known_at) over version_order as valid_to,
        valid_to is null as is_current
    from changes
    window version_order as (partition by {{ key }} order by known_at)
)
{%- endmacro %}
