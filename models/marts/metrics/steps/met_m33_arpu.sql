-- Service revenue billed in the month, ex tax and equipment, per subscription in the base (M33).
-- A bill counts when it is issued. A bill over several subscriptions is split by its lines.
with

revenues as (

    select * from {{ ref('int_revenues') }}

),

sliced_revenues as (

    {{ sliced('revenues', 'billed_at') }}

),

sums as (

    {{ per_period(
        'sliced_revenues', 'billed_at', 'sum(amount_ex_tax) as numerator', grains=['month'],
        pairs=pairs_of_slices()
    ) }}

),

month_values as (

    {{ per_base(
        'M33', 'sums', 'base.average_base', with_pairs=true
    ) }}

)

select * from month_values
where period_grain = 'month'
