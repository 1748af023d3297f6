-- One row per thing of a customer, attribute and two systems that say different things of it now.
-- Nothing is lost when one of them is believed: what the other says stands here. A line's number is
-- compared by pseudonym and never shown.
{% set compared = {
    'customer': {
        'relation': 'stg_customers', 'thing_id': 'customer_links.customer_id',
        'attributes': [
            'segment', 'status', 'age_band', 'language', 'location_id', 'is_internal',
            'customer_since',
        ],
    },
    'account': {
        'relation': 'stg_billing_accounts', 'thing_id': 'told.account_id',
        'attributes': [
            'customer_id', 'payment_method', 'is_paperless', 'currency', 'status', 'opened_at', 'closed_at',
        ],
    },
    'subscription': {
        'relation': 'stg_products', 'thing_id': 'told.product_id',
        'attributes': [
            'customer_id', 'account_id', 'offering_id', 'status', 'exit_cause', 'contract_type', 'is_prepaid',
            'monthly_charge', 'phone_number', 'location_id', 'started_at', 'ended_at',
            'contract_ends_at',
        ],
    },
} %}
with

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

source_systems as (

    select * from {{ ref('int_source_systems') }}

),

{% for thing_type, thing in compared.items() %}
{{ thing_type }}s_told as (

    select
        told.* replace (customer_links.customer_id as customer_id),
        {{ thing.thing_id }} as thing_id,
        source_systems.source_rank,
        count(*) over (
            partition by customer_links.customer_id, told.source_system
        ) as things_told
    from {{ ref(thing.relation) }} as told
    inner join source_systems
        on told.source_system = source_systems.source_system
    left join customer_links
        on told.customer_id = customer_links.source_key
    where
        told.is_current
        {{- ' and told.parent_product_id is null' if thing_type == 'subscription' }}
        -- where one system delivers the entity, as is usual, there is nothing to compare
        and (
            select min(every.source_system) <> max(every.source_system)
            from {{ ref(thing.relation) }} as every
        )

),

-- The same thing twice has one id or, between systems with numbers of their own, is the only one.
{{ thing_type }}s_paired as (

    select
        one.customer_id as customer_id,
        one.thing_id,
        another.thing_id as other_thing_id,
        one.source_rank,
        another.source_rank as other_rank,
        {% for attribute in thing.attributes %}
        one.{{ attribute }} as {{ attribute }}_of_one,
        another.{{ attribute }} as {{ attribute }}_of_another
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ thing_type }}s_told as one
    inner join {{ thing_type }}s_told as another
        on
            one.thing_id = another.thing_id
            and one.source_rank < another.source_rank

    {% if thing_type != 'customer' %}
    union all

    select
        one.customer_id as customer_id,
        one.thing_id,
        another.thing_id as other_thing_id,
        one.source_rank,
        another.source_rank as other_rank,
        {% for attribute in thing.attributes %}
        one.{{ attribute }} as {{ attribute }}_of_one,
        another.{{ attribute }} as {{ attribute }}_of_another
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ thing_type }}s_told as one
    inner join {{ thing_type }}s_told as another
        on
            one.customer_id = another.customer_id
            and one.source_rank < another.source_rank
            and one.thing_id <> another.thing_id
            and one.things_told = 1
            and another.things_told = 1
    {% endif %}

),

{% endfor %}
-- A system may describe a customer under two numbers, with one value: union, keep one.
disagreements as (

    {% for thing_type, thing in compared.items() %}
    {% set type_loop = loop %}
    {% for attribute in thing.attributes %}
    select
        '{{ thing_type }}' as thing_type,
        thing_id,
        other_thing_id,
        customer_id,
        '{{ attribute }}' as attribute,
        source_rank,
        other_rank,
        {% if attribute == 'phone_number' %}
        'sealed' as told_value,
        'sealed' as other_value
        {% else %}
        cast({{ attribute }}_of_one as varchar) as told_value,
        cast({{ attribute }}_of_another as varchar) as other_value
        {% endif %}
    from {{ thing_type }}s_paired
    where
        {{ attribute }}_of_one <> {{ attribute }}_of_another
        {{- ' and thing_id = other_thing_id' if attribute == 'account_id' }}
    {{ 'union' if not (loop.last and type_loop.last) }}
    {% endfor %}
    {% endfor %}

),

-- With three systems the best-ranked that says anything is believed over both of a pair.
believed as (

    select
        *,
        min(source_rank) over (partition by thing_type, thing_id, attribute) as believed_rank
    from disagreements

)

select
    ---------- keys
    {{ surrogate_key([
        'believed.thing_type', 'believed.thing_id', 'believed.other_thing_id',
        'believed.attribute', 'one.source_system', 'another.source_system',
        'believed.told_value', 'believed.other_value',
    ]) }} as conflict_key,
    believed.customer_id,
    believed.thing_type,
    believed.thing_id,
    believed.other_thing_id,

    ---------- attributes
    believed.attribute,
    one.source_system,
    believed.told_value,
    another.source_system as other_source_system,
    believed.other_value,
    case when believed.thing_id = believed.other_thing_id then kept.source_system end
        as kept_source_system,
    case
        when believed.thing_id <> believed.other_thing_id then 'both kept: two numbers'
        when kept.preference is not null then 'seed source_preferences'
        when kept.spine_rank < another.spine_rank then 'nearer to subscriptions'
        else 'first by name'
    end as kept_because
from believed
inner join source_systems as one
    on believed.source_rank = one.source_rank
inner join source_systems as another
    on believed.other_rank = another.source_rank
inner join source_systems as kept
    on believed.believed_rank = kept.source_rank
