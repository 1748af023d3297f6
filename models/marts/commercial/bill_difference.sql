-- One row per bill and part of it, compared with the bill before: its lines by product and kind of
-- charge, all tax, and what no line explains. The parts add up to the difference, to the cent. A
-- view, read by one customer at a time: no step is shared by two branches, or it is computed whole.
{{ config(materialized='view') }}
with

-- Each line once as of the later bill and once as of the one before; a bill without lines, too.
charged as (

    select
        bills.source_system,
        bills.bill_id,
        bills.customer_id,
        bills.amount as bill_amount,
        bills.previous_amount as previous_bill_amount,
        sides.is_later,
        bill_lines.bill_id is not null as is_line,
        bill_lines.product_id,
        bill_lines.subscription_id,
        bill_lines.charge_type,
        bill_lines.offering_id,
        bill_lines.is_part_period,
        coalesce(bill_lines.amount_ex_tax, 0) as amount_ex_tax,
        coalesce(bill_lines.amount_tax, 0) as amount_tax
    from {{ ref('fct_bill') }} as bills
    cross join (select unnest([true, false]) as is_later) as sides
    left join {{ ref('fct_bill_line') }} as bill_lines
        on
            case when sides.is_later then bills.bill_id else bills.previous_bill_id end
            = bill_lines.bill_id
            and bills.source_system = bill_lines.source_system
            and bills.customer_id = bill_lines.customer_id
    where
        bills.customer_id is not null
        and bills.amount is not null
        and bills.previous_amount is not null

),

-- By product and kind of charge, and each bill as a whole: two sets of groups are a third of the
-- rows that a row for each part of a line would make, and all bills are asked for by the tests.
added_up as (

    select
        source_system,
        bill_id,
        customer_id,
        product_id,
        charge_type,
        grouping(product_id) = 1 as is_whole_bill,
        max(subscription_id) as subscription_id,
        max(offering_id) filter (where is_later) as offering_id,
        max(offering_id) filter (where not is_later) as previous_offering_id,
        count(*) filter (where is_line and is_later) as bill_lines,
        count(*) filter (where is_line and not is_later) as previous_lines,
        coalesce(bool_or(is_part_period), false) as is_part_period,
        coalesce(sum(amount_ex_tax) filter (where is_later), 0) as amount_ex_tax,
        coalesce(sum(amount_ex_tax) filter (where not is_later), 0) as previous_amount_ex_tax,
        coalesce(sum(amount_tax) filter (where is_later), 0) as amount_tax,
        coalesce(sum(amount_tax) filter (where not is_later), 0) as previous_amount_tax,
        max(bill_amount) as bill_amount,
        max(previous_bill_amount) as previous_bill_amount
    from charged
    group by grouping sets (
        (source_system, bill_id, customer_id, product_id, charge_type),
        (source_system, bill_id, customer_id)
    )

),

-- What the lines do not add up to is left of the bill's own amount.
told as (

    select
        added_up.*,
        parts.part,
        case parts.part
            when 'charge' then amount_ex_tax
            when 'tax' then amount_tax
            else bill_amount - amount_ex_tax - amount_tax
        end as amount,
        case parts.part
            when 'charge' then previous_amount_ex_tax
            when 'tax' then previous_amount_tax
            else previous_bill_amount - previous_amount_ex_tax - previous_amount_tax
        end as previous_amount
    from added_up
    inner join (select unnest(['charge', 'tax', 'unexplained']) as part) as parts
        on added_up.is_whole_bill = (parts.part <> 'charge')
    where added_up.is_whole_bill or added_up.bill_lines > 0 or added_up.previous_lines > 0

)

select
    ---------- keys
    bill_id,
    customer_id,
    product_id,
    case when part = 'charge' then subscription_id end as subscription_id,
    case when part = 'charge' then coalesce(offering_id, previous_offering_id) end as offering_id,
    case when part = 'charge' then previous_offering_id end as previous_offering_id,

    ---------- attributes
    part,
    charge_type,
    case
        when part <> 'charge' then part
        when amount = previous_amount then 'unchanged'
        when charge_type is null then 'other'
        when charge_type <> 'recurring' then charge_type
        when previous_lines = 0 then 'new_product'
        when bill_lines = 0 then 'ended_product'
        when is_part_period then 'part_period'
        when offering_id <> previous_offering_id then 'plan_change'
        else 'price'
    end as cause,

    ---------- numbers
    cast(amount as decimal(18, 4)) as amount,
    cast(previous_amount as decimal(18, 4)) as previous_amount,
    cast(amount - previous_amount as decimal(18, 4)) as difference,

    ---------- flags
    part = 'charge' and is_part_period as is_part_period,

    ---------- lineage
    source_system
from told
where
    part = 'charge'
    or amount <> 0
    or previous_amount <> 0
