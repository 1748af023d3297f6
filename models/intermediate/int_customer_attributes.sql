-- What else than its number a customer number says of its customer, as known now: one row per
-- number, attribute and value. Several systems may tell, and a customer may have several lines.
-- What a person is (name, address, document) is here only as the vault's keyed pseudonym.
-- Empty where all systems number customers alike: then there is nobody to look for.
with

key_spaces as (

    select * from {{ ref('int_key_spaces') }}
    where not is_shared and better_numbers > 0 and other_numbers > 0

),

comparable_numbers as (

    select numbers.source_key
    from {{ ref('int_customer_numbers') }} as numbers
    where
        numbers.home_rank in (select key_spaces.better_rank from key_spaces)
        or numbers.home_rank in (select key_spaces.other_rank from key_spaces)

),

tokens as (

    select * from {{ ref('int_customer_tokens') }}

),

customers as (

    select * from {{ ref('stg_customers') }} where is_current and customer_id is not null

),

parties as (

    select * from {{ ref('stg_parties') }} where is_current

),

billing_accounts as (

    select * from {{ ref('stg_billing_accounts') }} where is_current and customer_id is not null

),

products as (

    select * from {{ ref('stg_products') }} where is_current and customer_id is not null

),

told as (

    select
        source_key,
        token_type as attribute,
        cast(token as varchar) as told_value
    from tokens

    {% for attribute, expression in {
        'name': 'parties.name', 'address': 'parties.address',
        'document': 'parties.document_number', 'birth_year': 'parties.birth_year',
    }.items() %}
    union all

    select
        customers.customer_id as source_key,
        '{{ attribute }}' as attribute,
        cast({{ expression }} as varchar) as told_value
    from customers
    inner join parties
        on
            customers.party_id = parties.party_id
            and customers.source_system = parties.source_system
    {% endfor %}

    {% for relation, expressions in {
        'customers': {
            'segment': 'segment', 'age_band': 'age_band', 'language': 'language',
            'location': 'location_id', 'customer_since': 'cast(customer_since as date)',
        },
        'billing_accounts': {
            'payment_method': 'payment_method', 'is_paperless': 'is_paperless',
            'account_opened': 'cast(opened_at as date)',
        },
    }.items() %}
    {% for attribute, expression in expressions.items() %}
    union all

    select
        customer_id as source_key,
        '{{ attribute }}' as attribute,
        cast({{ expression }} as varchar) as told_value
    from {{ relation }}
    {% endfor %}
    {% endfor %}

    {% for attribute, expression in {
        'offering': 'offering_id', 'contract_type': 'contract_type', 'is_prepaid': 'is_prepaid',
        'monthly_charge': 'monthly_charge', 'location': 'location_id',
        'line_started': 'cast(started_at as date)', 'line_ended': 'cast(ended_at as date)',
        'contract_ends': 'cast(contract_ends_at as date)',
    }.items() %}
    union all

    select
        customer_id as source_key,
        '{{ attribute }}' as attribute,
        cast({{ expression }} as varchar) as told_value
    from products
    where parent_product_id is null
    {% endfor %}

    union all

    select
        customer_id as source_key,
        'addon' as attribute,
        offering_id as told_value
    from products
    where parent_product_id is not null

)

-- Two systems of one key space, or two lines, often say the same: group, keep one.
select
    told.source_key,
    told.attribute,
    told.told_value
from told
semi join comparable_numbers
    on told.source_key = comparable_numbers.source_key
where told.told_value is not null
group by told.source_key, told.attribute, told.told_value
