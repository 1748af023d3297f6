-- One row per bill and part of it, compared with the bill before: its lines by product and kind of
-- charge, all tax, and what no line explains. The parts add up to the difference, to the cent. A
-- view, read by one customer at a time: no step is shared by two branches, or it is computed whole.
{{ config(materialized='view') }}
with

-- Each line once as of the later bill and once as of the one before, each time in three parts.
charged as (

    select
        bills.source_system,
        bills.bill_id,
        bills.customer_id,
        sides.is_later,
        parts.part,
        case when parts.part = 'charge' then bill_lines.product_id end as product_id,
        case when parts.part = 'charge' then bill_lines.subscription_id end as subscription_id,
        case when parts.part = 'charge' then bill_lines.charge_type end as charge_type,
        case when parts.part = 'charge' then bill_lines.offering_id end as offering_id,
        case when parts.part = 'charge' then bill_lines.is_part_period end as is_part_period,
        case parts.part
            when 'charge' then coalesce(bill_lines.amount_ex_tax, 0)
            when 'tax' then coalesce(bill_lines.amount_tax, 0)
            else -coalesce(bill_lines.amount_ex_tax, 0) - coalesce(bill_lines.amount_tax, 0)
        end as amount
    from {{ ref('fct_bill') }} as bills
    cross join (select unnest([true, false]) as is_later) as sides
    cross join (select unnest(['charge', 'tax', 'unexplained']) as part) as parts
    inner join {{ ref('fct_bill_line') }} as bill_lines
        on
            case when sides.is_later then bills.bill_id else bills.previous_bill_id end
            = bill_lines.bill_id
            and bills.source_system = bill_lines.source_system
            and bills.customer_id = bill_lines.customer_id
    where bills.amount is not null and bills.previous_amount is not null

),

-- What the lines do not add up to is left of the bill's own amount.
whole_bills as (

    select
        bills.source_system,
        bills.bill_id,
        bills.customer_id,
        sides.is_later,
        'unexplained' as part,
        case when sides.is_later then bills.amount else bills.previous_amount end as amount
    from {{ ref('fct_bill') }} as bills
    cross join (select unnest([true, false]) as is_later) as sides
    where
        bills.customer_id is not null
        and bills.amount is not null
        and bills.previous_amount is not null

),

told as (

    select * from charged
    union all by name
    select * from whole_bills

),

added_up as (

    select
        source_system,
        bill_id,
        customer_id,
        part,
        product_id,
        charge_type,
        max(subscription_id) as subscription_id,
        max(offering_id) filter (where is_later) as offering_id,
        max(offering_id) filter (where not is_later) as previous_offering_id,
        count(*) filter (where is_later) as bill_lines,
        count(*) filter (where not is_later) as previous_lines,
        coalesce(bool_or(is_part_period), false) as is_part_period,
        coalesce(sum(amount) filter (where is_later), 0) as amount,
        coalesce(sum(amount) filter (where not is_later), 0) as previous_amount
    from told
    group by source_system, bill_id, customer_id, part, product_id, charge_type

)

select
    ---------- keys
    added_up.bill_id,
    added_up.customer_id,
    added_up.product_id,
    added_up.subscription_id,
    coalesce(added_up.offering_id, added_up.previous_offering_id) as offering_id,
    added_up.previous_offering_id,

    ---------- attributes
    added_up.part,
    added_up.charge_type,
    case
        when added_up.part <> 'charge' then added_up.part
        when added_up.amount = added_up.previous_amount then 'unchanged'
        when added_up.charge_type is null then 'other'
        when added_up.charge_type <> 'recurring' then added_up.charge_type
        when added_up.previous_lines = 0 then 'new_product'
        when added_up.bill_lines = 0 then 'ended_product'
        when added_up.is_part_period then 'part_period'
        when added_up.offering_id <> added_up.previous_offering_id then 'plan_change'
        else 'price'
    end as cause,

    ---------- numbers
    cast(added_up.amount as decimal(18, 4)) as amount,
    cast(added_up.previous_amount as decimal(18, 4)) as previous_amount,
    cast(added_up.amount - added_up.previous_amount as decimal(18, 4)) as difference,

    ---------- flags
    added_up.is_part_period,

    ---------- lineage
    added_up.source_system
from added_up
where
    added_up.part = 'charge'
    or added_up.amount <> 0
    or added_up.previous_amount <> 0
