-- One row per vocabulary, source system and code it uses, with our word for it; null where neither
-- the vocabulary nor seeds/code_map.csv knows it. A mapping for one system beats one for any.
{% set told = {
    'ticket_status': [('trouble_tickets', 'status'), ('trouble_ticket_statuses', 'status')],
    'problem_status': [('service_problems', 'status')],
    'message_status': [('communication_messages', 'status')],
    'payment_status': [('payments', 'status')],
    'offering_status': [('product_offerings', 'status')],
    'resource_status': [('resources', 'status')],
    'alarm_severity': [('alarms', 'perceived_severity')],
    'order_state': [('product_orders', 'state'), ('service_orders', 'state')],
    'product_status': [('products', 'status')],
    'service_state': [('services', 'state')],
    'port_status': [('number_ports', 'status')],
    'appointment_status': [('appointments', 'status')],
    'exit_cause': [('products', 'exit_cause')],
    'ticket_type': [('trouble_tickets', 'ticket_type')],
    'reason': [
        ('interactions', 'reason'), ('trouble_tickets', 'reason'), ('adjustments', 'reason'),
    ],
    'cause': [('service_problems', 'cause'), ('alarms', 'probable_cause')],
    'channel': [
        ('interactions', 'channel'), ('trouble_tickets', 'channel'), ('product_orders', 'channel'),
        ('communication_messages', 'channel'), ('campaign_contacts', 'channel'),
    ],
} %}
with

words as (

    select
        vocabulary,
        state as code
    from {{ ref('states') }}

    {% for seed, word in {
        'reasons': 'reason', 'causes': 'cause', 'channels': 'channel', 'exit_causes': 'exit_cause',
    }.items() %}
    union

    select
        '{{ word }}' as vocabulary,
        {{ word }} as code
    from {{ ref(seed) }}
    {% endfor %}

),

own_words as (

    select
        vocabulary,
        {{ plain_code('code') }} as plain_code,
        code
    from words

),

-- Two spellings of one code are one mapping; a data test holds that they agree.
code_map as (

    select
        vocabulary,
        source_system,
        {{ plain_code('source_code') }} as plain_code,
        min(code) as code
    from {{ ref('code_map') }}
    group by all

),

told as (

    {% for vocabulary, columns in told.items() %}
    {% set vocabulary_last = loop.last %}
    {% for entity, column in columns %}
    select
        '{{ vocabulary }}' as vocabulary,
        source_system,
        {{ column }} as source_code,
        count(*) as row_count
    from {{ ref('stg_' ~ entity) }}
    where {{ column }} is not null
    group by source_system, {{ column }}
    {{ 'union all' if not (loop.last and vocabulary_last) }}
    {% endfor %}
    {% endfor %}

),

codes as (

    select
        vocabulary,
        source_system,
        source_code,
        {{ plain_code('source_code') }} as plain_code,
        cast(sum(row_count) as bigint) as row_count
    from told
    group by vocabulary, source_system, source_code

)

select
    codes.vocabulary,
    codes.source_system,
    codes.source_code,
    coalesce(system_map.code, own_words.code, any_map.code) as code,
    codes.row_count
from codes
left join own_words
    on
        codes.vocabulary = own_words.vocabulary
        and codes.plain_code = own_words.plain_code
left join code_map as system_map
    on
        codes.vocabulary = system_map.vocabulary
        and codes.source_system = system_map.source_system
        and codes.plain_code = system_map.plain_code
left join code_map as any_map
    on
        codes.vocabulary = any_map.vocabulary
        and any_map.source_system = 'any'
        and codes.plain_code = any_map.plain_code
