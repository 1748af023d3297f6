-- One row per bill, with the verdict whether it shocks although nothing was ordered (M34b): the rise
-- of recurring and one-off charges of products added or changed since the oldest bill in the median
-- is taken off first. Easy to get wrong: an upgrade stays above that median for several bills.
with

bills as (

    select * from {{ ref('fct_bill') }}

),

shocks as (

    select * from bills
    where is_shock

),

charges as (

    select
        source_system,
        bill_id,
        product_id,
        billed_at,
        sum(amount_ex_tax + coalesce(amount_tax, 0)) as amount
    from {{ ref('fct_bill_line') }}
    where charge_type in ('recurring', 'one_off')
    group by source_system, bill_id, product_id, billed_at

),

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where state = 'completed' and action in ('add', 'modify', 'move')

),

ordered_charges as (

    select
        shocks.source_system,
        shocks.bill_id,
        shocks.compared_from,
        charges.product_id,
        charges.amount
    from shocks
    inner join charges
        on
            shocks.source_system = charges.source_system
            and shocks.bill_id = charges.bill_id
    semi join product_orders
        on
            charges.product_id = product_orders.product_id
            and shocks.compared_from <= product_orders.completed_at
            and shocks.billed_at > product_orders.completed_at

),

ordered_rises as (

    select
        ordered_charges.source_system,
        ordered_charges.bill_id,
        sum(greatest(ordered_charges.amount - coalesce(charges.amount, 0), 0)) as amount
    from ordered_charges
    left join charges
        on
            ordered_charges.source_system = charges.source_system
            and ordered_charges.product_id = charges.product_id
            and ordered_charges.compared_from = charges.billed_at
    group by ordered_charges.source_system, ordered_charges.bill_id

),

judged_bills as (

    select
        bills.*,
        bills.is_shock
        and bills.amount - coalesce(ordered_rises.amount, 0) > bills.shock_limit_amount
            as is_unordered_shock
    from bills
    left join ordered_rises
        on
            bills.source_system = ordered_rises.source_system
            and bills.bill_id = ordered_rises.bill_id

)

select * from judged_bills
