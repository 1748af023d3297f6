-- One row per bill, with the bill before and the median it is judged by. Easy to get wrong: the
-- median is over the on-cycle bills before this one, so a bill out of cycle is judged by it but
-- never enters it. The bill before is of the same account, in or out of cycle; where an account gets
-- a bill for each product, of the same product. A bill that names a product is judged by the bills
-- of that product, one that names none, as where the account has a second line by now, by all of the
-- account's; never by one in another currency. Of several bills of one moment none is before another.
-- A table of its own: the engine takes windows for few rows, and what joins them for the larger side.
{% set judged_by = [
    ('product', 'billed_to, product_id, currency'), ('account', 'billed_to, currency'),
] %}
with

customer_bills as (

    select * from {{ ref('stg_customer_bills') }}
    where is_current

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

by_moments as (

    select
        *
        {%- for whose, keys in judged_by %}
        {%- for figure in ['median_to_date', 'median_from'] %},
        first_value({{ whose }}_{{ figure }}_before) over (
            partition by source_system, {{ keys }}, billed_at order by bill_id
        ) as {{ whose }}_{{ figure }}_by_then
        {%- endfor %}
        {%- endfor %}
    from judged

),

compared as (

    select
        *,
        lag(bill_id) over account_time as previous_bill_id,
        lag(amount) over account_time as previous_amount,
        lag(currency) over account_time as previous_currency,
        lag(billed_at) over account_time as previous_billed_at,
        case
            when product_id is null then account_median_to_date_by_then
            else product_median_to_date_by_then
        end as previous_median_amount,
        case
            when product_id is null then account_median_from_by_then
            else product_median_from_by_then
        end as compared_from,
        greatest(
            {{ var('bill_shock_ratio') }} * previous_median_amount,
            previous_median_amount + {{ var('bill_shock_minimum') }}
        ) as shock_limit
    from by_moments
    window account_time as (
        partition by source_system, billed_to, billed_for
        order by billed_at, bill_id
    )

)

select
    ---------- keys
    bill_id,
    previous_bill_id,
    account_id,
    product_id,

    ---------- attributes
    currency,

    ---------- numbers
    amount,
    amount_ex_tax,
    case
        when currency is not distinct from previous_currency then previous_amount
    end as previous_amount,
    cast(previous_median_amount as decimal(18, 4)) as previous_median_amount,
    cast(shock_limit as double) as shock_limit_amount,

    ---------- flags
    is_regular as is_on_cycle,
    coalesce(amount > shock_limit, false) as is_shock,

    ---------- times
    billed_at,
    period_from,
    period_to,
    due_at,
    compared_from,
    previous_billed_at,

    ---------- lineage
    source_system,
    file_id,
    row_number,
    known_at
from compared
