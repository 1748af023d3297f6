{#
    Nights on which only new files came (cx/build.py says so by the var `increment`) rebuild what
    those files touched. A model that can takes three steps: `forget` in a pre-hook deletes what may
    have changed, the model computes no more than that, dbt appends it. Without the var every model
    is a plain table. What was touched is read off three things:

    * ops.new_file: the files that came since the last build, and the earliest moment any of their
      rows was known. Rows that see only what was known before their as_of_date cannot change when
      that date is earlier (`known_from`).
    * new_keys, new_values: the keys of an intake entity, or values of a column, that those files
      speak of.
    * int_rewritten_subscriptions: whose past changed all the same, found by comparing today's rows
      of the tables that know no date with their hashes of the build before (`keep_hashes`).
#}
{% macro is_increment() -%}
    {{ return(var('increment') and is_incremental()) }}
{%- endmacro %}

{% macro forget(condition) -%}
    {{ return("{% if is_increment() %}delete from {{ this }} where " ~ condition ~ "{% endif %}") }}
{%- endmacro %}

{# Keys (their hash with the source system) of an intake entity that new files speak of. #}
{% macro new_keys(entity, key) -%}
(
    select distinct hash(new_file.source_system, {{ key }}) as key_hash
    from {{ source('raw', entity) }} as delivered
    inner join {{ source('ops', 'new_file') }} as new_file
        on delivered.file_id = new_file.file_id
)
{%- endmacro %}

{# Values of one column that new files speak of. #}
{% macro new_values(entity, column) -%}
(
    select distinct delivered.{{ column }}
    from {{ source('raw', entity) }} as delivered
    semi join {{ source('ops', 'new_file') }} as new_file
        on delivered.file_id = new_file.file_id
)
{%- endmacro %}

{% macro known_from() -%}
(select coalesce(min(known_from), timestamp 'infinity') from {{ source('ops', 'new_file') }})
{%- endmacro %}

{# Pre-hook of a table that is rebuilt whole: keep what its rows were, by key. #}
{% macro keep_hashes(key, apart_from=[]) -%}
    {{ return(
        "{% if var('increment') %}create or replace table intermediate.before_{{ this.name }} as "
        ~ "select " ~ key ~ ", {{ row_hash(" ~ apart_from ~ ") }} as row_hash from {{ this }}{% endif %}"
    ) }}
{%- endmacro %}

{% macro row_hash(apart_from=[]) -%}
hash(*columns(*{{ ' exclude (' ~ apart_from | join(', ') ~ ')' if apart_from }}))
{%- endmacro %}

{# How a model with a row per subscription and as_of_date is built: what it deletes … #}
{% macro increment_by_date(dates) -%}
    {% if not execute -%}
        {% do ref(dates) %}
        {% do ref('int_rewritten_subscriptions') %}
    {%- endif %}
    {% set touched -%}
        as_of_date > {% raw %}{{ known_from() }}{% endraw %}
        or as_of_date not in (select as_of_date from {% raw %}{{ ref('{% endraw %}{{ dates }}{% raw %}') }}{% endraw %})
        or subscription_id in (
            select subscription_id from {% raw %}{{ ref('int_rewritten_subscriptions') }}{% endraw %}
        )
    {%- endset %}
    {{ return({
        'materialized': 'incremental' if var('increment') else 'table',
        'pre_hook': forget(touched),
    }) }}
{%- endmacro %}

{# … and what the model computes again. #}
{% macro is_touched(relation, subscription_id=none) -%}
    {% if is_increment() -%}
    (
        {{ relation }}.as_of_date not in (select as_of_date from {{ this }})
        or {{ subscription_id or relation ~ '.subscription_id' }} in (
            select subscription_id from {{ ref('int_rewritten_subscriptions') }}
        )
    )
    {%- else -%}
    true
    {%- endif %}
{%- endmacro %}

{# For the inputs of such a model: rows that only untouched dates can see need not be read. #}
{% macro may_be_touched(subscription_id, happened_at, days, cohort='cohort') -%}
    {% if is_increment() -%}
    (
        {{ happened_at }} >= (
            select min(as_of_date) - interval {{ days }} day from {{ cohort }}
            where as_of_date not in (select as_of_date from {{ this }})
        )
        or {{ subscription_id }} in (
            select subscription_id from {{ ref('int_rewritten_subscriptions') }}
        )
    )
    {%- else -%}
    true
    {%- endif %}
{%- endmacro %}

{# Of usage per subscription and day: the days new files speak of, … #}
{% macro new_usage_dates() -%}
(
    select distinct cast(delivered.started_at as date) as usage_date
    from {{ source('raw', 'usage') }} as delivered
    semi join {{ source('ops', 'new_file') }} as new_file
        on delivered.file_id = new_file.file_id
)
{%- endmacro %}

{# … and the subscriptions a product may have gone to or come from since. #}
{% macro regrouped_products() -%}
(
    with

    regrouped as (

        select product_id
        from {{ ref('int_product_versions') }}
        group by product_id
        having max(known_at) >= {{ known_from() }} and bool_or(is_addon_product)

    )

    select product_id as subscription_id from regrouped

    union

    select versions.subscription_id
    from {{ ref('int_product_versions') }} as versions
    semi join regrouped
        on versions.product_id = regrouped.product_id
)
{%- endmacro %}
