-- Which phone and e-mail pseudonyms each delivered customer number carries, from the party behind
-- it, the accounts it holds and the lines it subscribes to. A token may belong to many customers.
with

customers as (

    select * from {{ ref('stg_customers') }} where is_current

),

parties as (

    select * from {{ ref('stg_parties') }} where is_current

),

billing_accounts as (

    select * from {{ ref('stg_billing_accounts') }} where is_current

),

products as (

    select * from {{ ref('stg_products') }} where is_current

),

tokens as (

    select
        customers.source_system,
        customers.customer_id as source_key,
        'phone' as token_type,
        parties.phone_number as token
    from customers
    inner join parties
        on
            customers.party_id = parties.party_id
            and customers.source_system = parties.source_system

    union all

    select
        customers.source_system,
        customers.customer_id as source_key,
        'email' as token_type,
        parties.email as token
    from customers
    inner join parties
        on
            customers.party_id = parties.party_id
            and customers.source_system = parties.source_system

    union all

    select
        source_system,
        customer_id as source_key,
        'phone' as token_type,
        contact_phone as token
    from billing_accounts

    union all

    select
        source_system,
        customer_id as source_key,
        'email' as token_type,
        contact_email as token
    from billing_accounts

    union all

    select
        source_system,
        customer_id as source_key,
        'phone' as token_type,
        phone_number as token
    from products

)

-- A party, an account and a line of one customer often carry the same number: group, keep one.
select
    source_system,
    source_key,
    token_type,
    token
from tokens
where source_key is not null and token is not null
group by source_system, source_key, token_type, token
