{# True for the version of a row that we held at `moment`: learned before it, not yet replaced.
   `until` is superseded_at on staging rows and valid_to on dimension versions. #}
{% macro known_as_of(relation, moment, until='superseded_at') -%}
{{ relation }}.known_at < {{ moment }}
            and ({{ relation }}.{{ until }} is null or {{ relation }}.{{ until }} >= {{ moment }})
{%- endmacro %}
