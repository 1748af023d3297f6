-- One row per kind of event, event and line: those that happened (dose above 0) and those that could
-- have and did not (dose 0): the sibling without the outage, the order in time, the bill as usual,
-- the contact settled at once. `felt_at` is from when it can drive somebody out.
with

outages as (

    select * from {{ ref('effect_outages') }}

),

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where
        state = 'completed'
        and action in ('add', 'modify', 'move')
        and first_promised_at is not null
        and completed_at is not null
        and subscription_id is not null

),

visits as (

    select * from {{ ref('fct_visit') }}
    where order_item_id is not null

),

visited_items as (

    select
        order_source_system,
        order_item_id,
        bool_or(status = 'missed_by_customer') as is_missed_by_customer
    from visits
    group by order_source_system, order_item_id

),

judged_bills as (

    select * from {{ ref('int_judged_bills') }}
    where
        previous_median_amount is not null
        -- what the customer ordered is neither a shock nor a bill as usual
        and is_shock = is_unordered_shock

),

billed_lines as (

    select
        source_system,
        bill_id,
        subscription_id,
        count(*) over (partition by source_system, bill_id) as lines
    from {{ ref('fct_bill_line') }}
    where subscription_id is not null
    group by source_system, bill_id, subscription_id

),

contacts as (

    select * from {{ ref('fct_interaction') }}
    where is_contact and is_resolved_first is not null and subscription_id is not null

),

lines as (

    select * from {{ ref('effect_lines') }}

),

happenings as (

    select
        'outage' as effect_kind,
        problem_id as event_id,
        subscription_id,
        '' as sort_of_event,
        dose,
        event_at,
        event_at as felt_at
    from outages

    union all by name

    select
        'late_order' as effect_kind,
        product_orders.order_item_id as event_id,
        product_orders.subscription_id,
        concat_ws(
            ' ',
            product_orders.action,
            if(product_orders.product_id <> product_orders.subscription_id, 'add-on', null),
            if(visited_items.order_item_id is not null, 'with visit', null)
        ) as sort_of_event,
        round(greatest(0, {{ minutes_between(
            'product_orders.first_promised_at', 'product_orders.completed_at'
        ) }}) / 1440, 9) as dose,
        product_orders.first_promised_at as event_at,
        product_orders.completed_at as felt_at
    from product_orders
    left join visited_items
        on
            product_orders.source_system = visited_items.order_source_system
            and product_orders.order_item_id = visited_items.order_item_id
    -- who was not at home made the order late
    where not coalesce(visited_items.is_missed_by_customer, false)

    union all by name

    select
        'bill_shock' as effect_kind,
        judged_bills.bill_id as event_id,
        billed_lines.subscription_id,
        '' as sort_of_event,
        round(if(judged_bills.is_unordered_shock, 1.0 / billed_lines.lines, 0), 9) as dose,
        judged_bills.billed_at as event_at,
        judged_bills.billed_at as felt_at
    from judged_bills
    inner join billed_lines
        on
            judged_bills.source_system = billed_lines.source_system
            and judged_bills.bill_id = billed_lines.bill_id

    union all by name

    select
        'unresolved_contact' as effect_kind,
        interaction_id as event_id,
        subscription_id,
        coalesce(reason, 'unknown') as sort_of_event,
        if(is_resolved_first, 0.0, 1.0) as dose,
        started_at as event_at,
        started_at as felt_at
    from contacts

)

select
    ---------- keys
    happenings.effect_kind,
    happenings.event_id,
    happenings.subscription_id,
    lines.customer_id,

    ---------- attributes
    rtrim(concat_ws(' ', lines.product, happenings.sort_of_event)) as product,
    lines.area,
    lines.region,
    lines.is_prepaid,
    case
        when lines.contract_ends_at is null then 'none'
        when
            lines.contract_ends_at
            > happenings.felt_at + to_days({{ var('effect_contract_end_days') }})
            then 'bound'
        when
            lines.contract_ends_at
            > happenings.felt_at - to_days({{ var('effect_contract_end_days') }})
            then 'ending'
        else 'over'
    end as contract_state,

    ---------- numbers
    happenings.dose,
    date_diff('day', lines.active_from, happenings.felt_at) as tenure_days,
    lines.monthly_charge,

    ---------- flags
    happenings.dose > 0 as is_exposed,

    ---------- times
    happenings.event_at,
    happenings.felt_at,
    lines.exited_at,
    lines.exit_cause
from happenings
inner join lines
    on
        happenings.subscription_id = lines.subscription_id
        and {{ holds_at('happenings.felt_at', 'lines.valid_from', 'lines.valid_to') }}
-- Barred for its debts, a line is on its way out and neither roams nor calls: no twin of others.
where not coalesce(lines.is_suspended, false)
