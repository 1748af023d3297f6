{#
    What we know now of each key, one row, as a subquery with staging's columns: where several
    source systems describe one key, the best-ranked one (int_source_systems) is believed.
    For events and links; things with versions take scd2, which also fills gaps across systems.
#}
{% macro preferred(relation, key) -%}
(
    with

    source_ranks as (

        select * from {{ ref('int_source_systems') }}

    ),

    -- Where one system delivers the entity, as is usual, nothing is grouped at all.
    delivered_twice as (

        select
            relation.{{ key }},
            relation.source_system
        from {{ relation }} as relation
        where
            relation.is_current
            and (
                select min(every.source_system) <> max(every.source_system)
                from {{ relation }} as every
            )

    ),

    contested as (

        select
            delivered_twice.{{ key }},
            arg_min(
                delivered_twice.source_system, source_ranks.source_rank
            ) as believed_system
        from delivered_twice
        inner join source_ranks
            on delivered_twice.source_system = source_ranks.source_system
        group by delivered_twice.{{ key }}
        having count(*) > 1

    )

    select relation.*
    from {{ relation }} as relation
    left join contested
        on relation.{{ key }} = contested.{{ key }}
    where
        relation.is_current
        and (
            contested.believed_system is null
            or relation.source_system = contested.believed_system
        )
)
{%- endmacro %}
