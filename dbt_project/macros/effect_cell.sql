{# Where an event's line is compared with others at a level: lines of one cell share all but the event. #}
{% macro effect_cell(relation, match_level) -%}
case
        -- Siblings share the moment itself; other events their week, then their month.
        when {{ relation }}.effect_kind = 'outage' then concat_ws(
            '|', {{ relation }}.event_id, {{ relation }}.product,
            case {{ match_level }}
                when 1 then {{ relation }}.area when 2 then {{ relation }}.region
            end
        )
        when {{ match_level }} = 1 then concat_ws(
            '|', {{ relation }}.product, {{ relation }}.area,
            cast(date_trunc('week', {{ relation }}.event_at) as date)
        )
        when {{ match_level }} = 2 then concat_ws(
            '|', {{ relation }}.product, {{ relation }}.region,
            cast(date_trunc('month', {{ relation }}.event_at) as date)
        )
        else {{ relation }}.product
    end
{%- endmacro %}
