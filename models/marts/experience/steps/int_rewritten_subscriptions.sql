-- One row per subscription whose past reads otherwise than at the build before, or one of whose
-- customer's other lines does; empty after a full build. Rows that only say what is new since
-- are no rewriting: where a table dates its rows, those from then on are left out.
{% set dated = ['valid_to', 'is_current'] %}
{% set pasts = {
    'int_product_versions': ('subscription_id', dated, 'known_at < ' ~ known_from()),
    'dim_subscription': ('subscription_id', [], 'true'),
    'bdg_subscription_service': ('subscription_id', [], 'true'),
    'int_subscription_periods': ('subscription_id', [], 'active_from < ' ~ known_from()),
    'fct_service_impact': ('subscription_id', [], 'problem_id in (select problem_id from known_problems)'),
    'int_cx_representatives': ('subscription_id', [], 'counts_from < ' ~ known_from()),
    'dim_customer': ('customer_id', dated, 'known_at < ' ~ known_from()),
    'int_customer_links': ('customer_id', ['rule', 'confidence', 'is_ambiguous'], 'customer_id <> source_key'),
    'dim_account': ('account_id', dated, 'known_at < ' ~ known_from()),
    'dim_product_offering': ('offering_id', dated, 'known_at < ' ~ known_from()),
    'dim_location': ('location_id', [], 'true'),
} %}
with

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

{% if not execute or var('increment') %}
-- What we first hear of today was known to no earlier date, whomever it hit.
known_problems as (

    select problem_id from {{ ref('stg_service_problems') }}
    where known_at < {{ known_from() }}

),

{% for past, (key, apart_from, rewrites) in pasts.items() %}
{{ past }}_now as (

    select
        {{ key }},
        {{ rewrites }} as is_rewriting,
        {{ row_hash(apart_from) }} as row_hash
    from {{ ref(past) }}

),

{% endfor %}
{% endif %}
{% if var('increment') %}
{% for past, (key, _, _) in pasts.items() %}
{% set before = 'intermediate.before_' ~ past %}
{{ past }}_rewritten as (

    select before.{{ key }}
    from {{ before }} as before
    anti join {{ past }}_now as latest
        on before.{{ key }} = latest.{{ key }} and before.row_hash = latest.row_hash

    union

    select latest.{{ key }}
    from {{ past }}_now as latest
    anti join {{ before }} as before
        on latest.{{ key }} = before.{{ key }} and latest.row_hash = before.row_hash
    where latest.is_rewriting

),

{% endfor %}
rewritten as (

    {% for past, (key, _, _) in pasts.items() %}
    select {{ 'product_versions.subscription_id' if key != 'subscription_id' else key }}
    from {{ past }}_rewritten
    {%- if key != 'subscription_id' %}
    inner join product_versions using ({{ key }})
    {%- endif %}
    {{ 'union' if not loop.last }}
    {% endfor %}

),

customers_of_rewritten as (

    select distinct product_versions.customer_id
    from product_versions
    semi join rewritten
        on product_versions.subscription_id = rewritten.subscription_id

)

select subscription_id from rewritten
where subscription_id is not null

union

select product_versions.subscription_id
from product_versions
semi join customers_of_rewritten
    on product_versions.customer_id = customers_of_rewritten.customer_id
{% else %}
none as (

    select subscription_id from product_versions
    where false

)

select * from none
{% endif %}
