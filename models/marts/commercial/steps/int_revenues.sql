-- One row per bill and subscription: recognised service revenue ex tax and equipment. A bill over
-- several subscriptions is split in proportion to its lines; without lines it stays whole, on the
-- customer alone. Its parts add up to the bill (to a millionth each).
with

bills as (

    select * from {{ ref('fct_bill') }}

),

bill_lines as (

    select * from {{ ref('fct_bill_line') }}
    where coalesce(charge_type, '') <> 'equipment'

),

line_sums as (

    select
        source_system,
        bill_id,
        subscription_id,
        sum(amount_ex_tax) as amount,
        sum(sum(amount_ex_tax)) over (partition by source_system, bill_id) as bill_amount
    from bill_lines
    where subscription_id is not null
    group by source_system, bill_id, subscription_id

),

shares as (

    select
        bills.source_system,
        bills.bill_id,
        line_sums.subscription_id,
        cast(line_sums.amount / line_sums.bill_amount as double) as share
    from bills
    inner join line_sums
        on
            bills.source_system = line_sums.source_system
            and bills.bill_id = line_sums.bill_id
    where bills.subscription_id is null and line_sums.bill_amount > 0

)

select
    bills.source_system,
    bills.bill_id,
    bills.account_id,
    bills.customer_id,
    coalesce(bills.subscription_id, shares.subscription_id) as subscription_id,
    bills.billed_at,
    case
        when shares.share is null then cast(bills.amount_ex_tax as decimal(18, 6))
        else cast(cast(bills.amount_ex_tax as double) * shares.share as decimal(18, 6))
    end as amount_ex_tax
from bills
left join shares
    on
        bills.source_system = shares.source_system
        and bills.bill_id = shares.bill_id
where bills.amount_ex_tax is not null
