-- One row per movement on an account: a payment, an adjustment (credit or refund) or a dispute.
with

payments as (

    select * from {{ in_our_words(ref('stg_payments'), {'status': 'payment_status'}) }}
    where is_current

),

adjustments as (

    select * from {{ in_our_words(ref('stg_adjustments'), {'reason': 'reason'}) }}
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

bills as (

    select * from {{ ref('fct_bill') }}

),

movements as (

    select
        payment_id as movement_id,
        'payment' as payment_type,
        'payment' as source_type,
        account_id,
        product_id,
        bill_id,
        method,
        status,
        status_code,
        amount,
        paid_at as occurred_at,
        source_system,
        file_id,
        row_number,
        known_at
    from payments

    union all by name

    select
        adjustment_id as movement_id,
        case when adjustment_type = 'dispute' then 'dispute' else 'adjustment' end as payment_type,
        adjustment_type as source_type,
        account_id,
        bill_id,
        problem_id,
        reason,
        reason_code,
        amount,
        credited_amount,
        created_at as occurred_at,
        closed_at,
        source_system,
        file_id,
        row_number,
        known_at
    from adjustments

),

told_movements as (

    select
        ---------- keys
        {{ surrogate_key([
            'movements.source_system', 'movements.payment_type', 'movements.movement_id'
        ]) }} as payment_key,
        movements.movement_id,
        coalesce(movements.account_id, bills.account_id) as account_id,
        coalesce(
            account_holders.customer_id, accounts.customer_id, holders.customer_id,
            products.customer_id, bills.customer_id
        ) as customer_id,
        coalesce(
            products.subscription_id, movements.product_id, bills.subscription_id
        ) as subscription_id,
        movements.bill_id,
        movements.problem_id,

        ---------- attributes
        movements.payment_type,
        movements.source_type,
        movements.method,
        movements.status,
        movements.status_code,
        movements.reason,
        movements.reason_code,

        ---------- numbers
        movements.amount,
        movements.credited_amount,

        ---------- times
        movements.occurred_at,
        movements.closed_at,

        ---------- lineage
        movements.source_system,
        movements.file_id,
        movements.row_number,
        movements.known_at
    from movements
    left join products
        on movements.product_id = products.product_id
    left join holders
        on
            movements.product_id = holders.product_id
            and {{ holds_at('movements.occurred_at', 'holders.valid_from', 'holders.valid_to') }}
    left join accounts
        on movements.account_id = accounts.account_id
    left join account_holders
        on
            movements.account_id = account_holders.account_id
            and {{ holds_at(
                'movements.occurred_at', 'account_holders.valid_from', 'account_holders.valid_to'
            ) }}
    left join bills
        on
            movements.bill_id = bills.bill_id
            and movements.source_system = bills.source_system

)

{{ with_version_keys('told_movements', 'occurred_at', [
    'customer', 'subscription', 'account', 'reason'
]) }}
