-- Two paths to one difference: between the amounts of two bills, and part by part. A line counted
-- twice, lost, or of another bill breaks it.
with

differences as (

    select
        source_system,
        bill_id,
        sum(amount) as amount,
        sum(previous_amount) as previous_amount,
        sum(difference) as difference
    from {{ ref('bill_difference') }}
    group by source_system, bill_id

)

select
    bills.source_system,
    bills.bill_id
from {{ ref('fct_bill') }} as bills
left join differences
    on
        bills.source_system = differences.source_system
        and bills.bill_id = differences.bill_id
where
    bills.customer_id is not null
    and bills.amount is not null
    and bills.previous_amount is not null
    and (
        coalesce(differences.amount, 0) <> bills.amount
        or coalesce(differences.previous_amount, 0) <> bills.previous_amount
        or coalesce(differences.difference, 0) <> bills.amount - bills.previous_amount
    )
