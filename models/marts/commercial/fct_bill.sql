-- One row per bill. Easy to get wrong: the median is over the on-cycle bills before this one, so a
-- bill out of cycle is judged by it but never enters it. The bill before is of the same account, in
-- or out of cycle; where an account gets a bill for each product, of the same product. A bill that
-- names a product is judged by the bills of that product, one that names none, as where the account
-- has a second line by now, by all of the account's; never by one in another currency.
{% set judged_by = [
    ('product', 'billed_to, product_id, currency'), ('account', 'billed_to, currency'),
] %}
with

customer_bills as (

    select * from {{ ref('stg_customer_bills') }}
    where is_current

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

told_apart as (

    select
        *,
        coalesce(is_on_cycle, true) as is_regular,
        coalesce(account_id, product_id, bill_id) as billed_to,
        count(*) over (
            partition by source_system, billed_to, cast(billed_at as date)
        ) as bills_of_the_day
    from customer_bills

),

following as (

    select
        *,
        case
            when max(bills_of_the_day) over (partition by source_system, billed_to) > 1
                then coalesce(product_id, '')
            else ''
        end as billed_for
    from told_apart

),

ordered_bills as (

    select
        *
        {%- for whose, keys in judged_by %},
        case
            when is_regular
                then median(amount) over (
                    partition by source_system, {{ keys }}, is_regular
                    order by billed_at, bill_id
                    rows between {{ var('bill_shock_bills') - 1 }} preceding and current row
                )
        end as {{ whose }}_median_to_date,
        case
            when is_regular
                then min(billed_at) over (
                    partition by source_system, {{ keys }}, is_regular
                    order by billed_at, bill_id
                    rows between {{ var('bill_shock_bills') - 1 }} preceding and current row
                )
        end as {{ whose }}_median_from
        {%- endfor %}
    from following

),

judged as (

    select
        *
        {%- for whose, keys in judged_by %}
        {%- for figure in ['median_to_date', 'median_from'] %},
        last_value({{ whose }}_{{ figure }} ignore nulls) over (
            partition by source_system, {{ keys }}
            order by billed_at, bill_id
            rows between unbounded preceding and 1 preceding
        ) as {{ whose }}_{{ figure }}_before
        {%- endfor %}
        {%- endfor %}
    from ordered_bills

),

compared as (

    select
        *,
        lag(bill_id) over account_time as previous_bill_id,
        lag(amount) over account_time as previous_amount,
        lag(currency) over account_time as previous_currency,
        lag(billed_at) over account_time as previous_billed_at,
        case
            when product_id is null then account_median_to_date_before
            else product_median_to_date_before
        end as previous_median_amount,
        case
            when product_id is null then account_median_from_before
            else product_median_from_before
        end as compared_from,
        greatest(
            {{ var('bill_shock_ratio') }} * previous_median_amount,
            previous_median_amount + {{ var('bill_shock_minimum') }}
        ) as shock_limit
    from judged
    window account_time as (
        partition by source_system, billed_to, billed_for
        order by billed_at, bill_id
    )

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

        ---------- attributes
        compared.currency,

        ---------- numbers
        compared.amount,
        compared.amount_ex_tax,
        case
            when compared.currency is not distinct from compared.previous_currency
                then compared.previous_amount
        end as previous_amount,
        cast(compared.previous_median_amount as decimal(18, 4)) as previous_median_amount,
        cast(compared.shock_limit as double) as shock_limit_amount,

        ---------- flags
        compared.is_regular as is_on_cycle,
        coalesce(compared.amount > compared.shock_limit, false) as is_shock,

        ---------- times
        compared.billed_at,
        compared.period_from,
        compared.period_to,
        compared.due_at,
        compared.compared_from,
        compared.previous_billed_at,

        ---------- lineage
        compared.source_system,
        compared.file_id,
        compared.row_number,
        compared.known_at
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
