-- One row per bill and part of it, compared with the bill before: its lines by product and kind of
-- charge, all tax, and what no line explains. The parts add up to the difference, to the cent. A
-- view, read by one customer at a time: no step is shared by two branches, or it is computed whole.
{{ config(materialized='view') }}
{% set sides = [('bill_id', 'amount'), ('previous_bill_id', 'previous_amount')] %}
with

{% for bill_id, side in sides %}
{{ side }}_parts as (

    select
        bills.source_system,
        bills.bill_id,
        bills.customer_id,
        parts.part,
        case when parts.part = 'charge' then bill_lines.product_id end as product_id,
        case when parts.part = 'charge' then bill_lines.subscription_id end as subscription_id,
        case when parts.part = 'charge' then bill_lines.charge_type end as charge_type,
        case when parts.part = 'charge' then bill_lines.offering_id end as {{ side }}_offering_id,
        case when parts.part = 'charge' then 1 else 0 end as {{ side }}_lines,
        parts.part = 'charge' and bill_lines.is_part_period as is_part_period,
        case parts.part
            when 'charge' then coalesce(bill_lines.amount_ex_tax, 0)
            when 'tax' then coalesce(bill_lines.amount_tax, 0)
            else -coalesce(bill_lines.amount_ex_tax, 0) - coalesce(bill_lines.amount_tax, 0)
        end as {{ side }}
    from {{ ref('fct_bill') }} as bills
    inner join {{ ref('fct_bill_line') }} as bill_lines
        on
            bills.{{ bill_id }} = bill_lines.bill_id
            and bills.source_system = bill_lines.source_system
            and bills.customer_id = bill_lines.customer_id
    cross join (select unnest(['charge', 'tax', 'unexplained']) as part) as parts
    where bills.amount is not null and bills.previous_amount is not null

),

{% endfor %}
-- What the lines do not add up to is left of the bill's own amount.
whole_bills as (

    select
        source_system,
        bill_id,
        customer_id,
        'unexplained' as part,
        amount,
        previous_amount
    from {{ ref('fct_bill') }}
    where
        customer_id is not null
        and amount is not null
        and previous_amount is not null

),

both_sides as (

    select * from amount_parts
    union all by name
    select * from previous_amount_parts
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
        max(amount_offering_id) as offering_id,
        max(previous_amount_offering_id) as previous_offering_id,
        coalesce(sum(amount_lines), 0) as bill_lines,
        coalesce(sum(previous_amount_lines), 0) as previous_lines,
        coalesce(bool_or(is_part_period), false) as is_part_period,
        coalesce(sum(amount), 0) as amount,
        coalesce(sum(previous_amount), 0) as previous_amount
    from both_sides
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
