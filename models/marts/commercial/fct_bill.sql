-- One row per bill: what it is compared with (int_compared_bills), and whose it was then.
with

compared as (

    select * from {{ ref('int_compared_bills') }}

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

-- Whose the line was then, which need not be whose it is now.
holders as (

    select * from {{ ref('int_product_versions') }}
    where customer_id is not null

),

accounts as (

    select * from {{ ref('dim_account') }}
    where is_current

),

account_holders as (

    select * from {{ ref('dim_account') }}
    where customer_id is not null

),

account_subscriptions as (

    select
        account_id,
        min(product_id) as subscription_id
    from products
    where not is_addon_product and account_id is not null
    group by account_id
    having count(*) = 1

),

bills as (

    select
        ---------- keys
        compared.bill_id,
        compared.previous_bill_id,
        compared.account_id,
        coalesce(
            account_holders.customer_id, accounts.customer_id, holders.customer_id,
            products.customer_id
        ) as customer_id,
        coalesce(
            products.subscription_id, compared.product_id, account_subscriptions.subscription_id
        ) as subscription_id,

        ---------- attributes, numbers, flags, times and lineage
        compared.* exclude (bill_id, previous_bill_id, account_id, product_id)
    from compared
    left join products
        on compared.product_id = products.product_id
    left join holders
        on
            compared.product_id = holders.product_id
            and {{ holds_at('compared.billed_at', 'holders.valid_from', 'holders.valid_to') }}
    left join accounts
        on compared.account_id = accounts.account_id
    left join account_holders
        on
            compared.account_id = account_holders.account_id
            and {{ holds_at(
                'compared.billed_at', 'account_holders.valid_from', 'account_holders.valid_to'
            ) }}
    left join account_subscriptions
        on compared.account_id = account_subscriptions.account_id

)

{{ with_version_keys('bills', 'billed_at', ['customer', 'subscription', 'account']) }}
