{#
    Rows of a fact with the keys of the versions that held when the thing happened. `dimensions`
    names what to key: customer, subscription, account, offering, service, team (by their ids),
    reason, cause, channel (by the source's code and our word for it) or exit (by exit_cause). A
    thing the warehouse does not know has no key; a code not told has that of `unknown`. A code
    brings along what stands above it: reason_area, cause_group, channel_kind.
#}
{% macro with_version_keys(relation, happened_at, dimensions) -%}
    {%- set things = {
        'customer': 'dim_customer', 'subscription': 'dim_subscription', 'account': 'dim_account',
        'offering': 'dim_product_offering', 'service': 'dim_service', 'team': 'dim_team',
    } -%}
    {%- set codes = {'reason': 'dim_reason', 'cause': 'dim_cause', 'channel': 'dim_channel'} -%}
    {%- set above = {
        'reason': 'reason_area', 'cause': 'cause_group', 'channel': 'channel_kind',
    } -%}
    select
        {{ relation }}.*,
        {% for dimension in dimensions -%}
        {% if dimension in above -%}
        {{ dimension }}_versions.{{ above[dimension] }},
        {% endif -%}
        {{ dimension }}_versions.{{ dimension }}_key{{ ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    {% for dimension in dimensions -%}
    {%- set version = dimension ~ '_versions' -%}
    {%- if dimension in things -%}
    left join {{ ref(things[dimension]) }} as {{ version }}
        on
            {{ relation }}.{{ dimension }}_id = {{ version }}.{{ dimension }}_id
            and {{ holds_at(
                relation ~ '.' ~ happened_at, version ~ '.valid_from', version ~ '.valid_to'
            ) }}
    {%- elif dimension in codes -%}
    left join {{ ref(codes[dimension]) }} as {{ version }}
        on
            coalesce({{ relation }}.{{ dimension }}_code, 'unknown')
            = {{ version }}.{{ dimension }}_code
            and coalesce({{ relation }}.{{ dimension }}, 'unknown')
            = {{ version }}.{{ dimension }}
            {%- if dimension != 'channel' %}
            and {{ holds_at(
                relation ~ '.' ~ happened_at, version ~ '.valid_from', version ~ '.valid_to'
            ) }}
            {%- endif -%}
    {%- else -%}
    left join {{ ref('dim_exit_cause') }} as {{ version }}
        on {{ relation }}.exit_cause = {{ version }}.exit_cause
    {%- endif %}
    {% endfor %}
{%- endmacro %}
