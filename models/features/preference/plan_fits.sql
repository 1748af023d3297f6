-- One row per line of the newest cohort and plan it could be on: the shadow bill, what each window of
-- 30 days it lived through would have cost there. Easy to get wrong: a window counts only when the
-- line was there for the whole of it and usage was told, or who joined last week would seem to use
-- nothing; the present plan is priced as it is paid, the others by the list.
{% set days = 30 %}
with

cohort as (

    select * from {{ ref('preference_cohort') }}
    where as_of_date = (select max(as_of_date) from {{ ref('churn_cutoffs') }})

),

profiles as (

    select * from {{ ref('churn_profile') }}

),

usages as (

    select * from {{ ref('stg_usages') }}

),

offerings as (

    select * from {{ ref('dim_product_offering') }}

),

on_sale as (

    select * from {{ ref('preference_offerings') }}
    where not coalesce(is_addon, false)

),

rates as (

    select * from {{ ref('usage_rates') }}
    where
        usage_type = 'data'
        and valid_from <= (select max(as_of_date) from {{ ref('churn_cutoffs') }})
    qualify valid_from = max(valid_from) over (partition by family)

),

feed as (

    select min(started_at) as first_used_at from usages

),

lines as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        profiles.offering_id,
        profiles.family,
        coalesce(profiles.is_prepaid, false) as is_prepaid,
        cast(profiles.monthly_charge as double) as monthly_charge,
        profiles.tenure_days,
        profiles.held_offering_ids
    from cohort
    inner join profiles
        on
            cohort.subscription_id = profiles.subscription_id
            and cohort.as_of_date = profiles.as_of_date
    where profiles.offering_id is not null and profiles.monthly_charge is not null

),

-- A bundle sold on top stays on top of whichever plan.
bundles as (

    select
        lines.subscription_id,
        sum(offerings.included_data_gb) as added_gb
    from lines
    inner join offerings
        on
            list_contains(lines.held_offering_ids, offerings.offering_id)
            and offerings.family = 'extra_data'
            and {{ known_as_of('offerings', 'lines.as_of_date', 'valid_to') }}
    group by lines.subscription_id

),

numbers as (

    select unnest(range(1, {{ var('plan_fit_windows') }} + 1)) as number

),

windows as (

    select
        lines.subscription_id,
        numbers.number as window_number,
        lines.as_of_date - to_days(cast(numbers.number * {{ days }} as integer)) as window_from,
        lines.as_of_date - to_days(cast((numbers.number - 1) * {{ days }} as integer)) as window_to
    from lines
    cross join numbers
    cross join feed
    where
        lines.tenure_days >= numbers.number * {{ days }}
        and feed.first_used_at
        <= lines.as_of_date - to_days(cast(numbers.number * {{ days }} as integer))

),

-- A record over a longer interval is shared out evenly over its time, in decimals: their sum does
-- not depend on the order of adding.
used as (

    select
        windows.subscription_id,
        windows.window_number,
        sum(cast(
            usages.quantity * case
                when usages.ended_at > usages.started_at + interval 1 day
                    then greatest(
                        epoch(least(usages.ended_at, windows.window_to))
                        - epoch(greatest(usages.started_at, windows.window_from)), 0
                    ) / (epoch(usages.ended_at) - epoch(usages.started_at))
                when usages.started_at >= windows.window_from then 1
                else 0
            end as decimal(18, 4)
        )) as data_mb
    from lines
    inner join usages
        on
            lines.subscription_id = usages.product_id
            and usages.unit = 'MB'
            and usages.quantity > 0
            and {{ known_as_of('usages', 'lines.as_of_date') }}
    inner join windows
        on
            lines.subscription_id = windows.subscription_id
            and usages.started_at < windows.window_to
            and coalesce(usages.ended_at, usages.started_at) >= windows.window_from
    group by windows.subscription_id, windows.window_number

),

-- The catalogue does not say which plans are paid in advance; the lines on them do.
kinds as (

    select
        offering_id,
        family,
        is_prepaid
    from lines
    group by offering_id, family, is_prepaid

),

candidates as (

    select
        lines.subscription_id,
        on_sale.offering_id,
        false as is_current,
        cast(on_sale.monthly_price as double) as monthly_price
    from lines
    inner join kinds
        on
            lines.family = kinds.family
            and lines.is_prepaid = kinds.is_prepaid
            and lines.offering_id <> kinds.offering_id
    inner join on_sale
        on kinds.offering_id = on_sale.offering_id
    -- where nothing is metered plans differ in what no usage tells, as speed: they are not compared
    inner join rates
        on lines.family = rates.family
    where on_sale.monthly_price is not null

    union all by name

    select
        subscription_id,
        offering_id,
        true as is_current,
        monthly_charge as monthly_price
    from lines

),

billed as (

    select
        candidates.subscription_id,
        candidates.offering_id,
        candidates.is_current,
        candidates.monthly_price,
        windows.window_number,
        offerings.included_data_gb,
        -- without a bundle in the catalogue, or a price beyond it, data are part of the plan
        case
            when offerings.included_data_gb is null or rates.unit_price is null then 0
            else greatest(
                coalesce(cast(used.data_mb as double), 0) / 1024 * {{ var('month_days') }} / {{ days }}
                - offerings.included_data_gb - coalesce(bundles.added_gb, 0), 0
            )
        end as beyond_gb,
        candidates.monthly_price + beyond_gb * coalesce(rates.unit_price, 0) as amount
    from candidates
    inner join lines
        on candidates.subscription_id = lines.subscription_id
    inner join windows
        on candidates.subscription_id = windows.subscription_id
    inner join offerings
        on
            candidates.offering_id = offerings.offering_id
            and {{ known_as_of('offerings', 'lines.as_of_date', 'valid_to') }}
    left join used
        on
            windows.subscription_id = used.subscription_id
            and windows.window_number = used.window_number
    left join bundles
        on candidates.subscription_id = bundles.subscription_id
    left join rates
        on lines.family = rates.family

),

compared as (

    select
        *,
        median(amount) over (partition by subscription_id, offering_id) as usual_amount,
        max(case when is_current then amount end) over (
            partition by subscription_id, window_number
        ) as current_amount
    from billed

),

fits as (

    select
        subscription_id,
        offering_id,
        is_current,
        any_value(monthly_price) as monthly_price,
        any_value(included_data_gb) as included_data_gb,
        count(*) as windows,
        cast(sum(cast(amount as decimal(18, 4))) as double) / count(*) as monthly_amount,
        max(amount) as highest_amount,
        cast(sum(cast(beyond_gb as decimal(18, 4))) as double) / count(*) as beyond_gb,
        count(*) filter (where beyond_gb > 0) as windows_beyond,
        count(*) filter (
            where
                amount > greatest(
                    {{ var('bill_shock_ratio') }} * usual_amount,
                    usual_amount + {{ var('bill_shock_minimum') }}
                )
        ) as shocks,
        cast(sum(cast(current_amount - amount as decimal(18, 4))) as double) / count(*)
            as monthly_saving,
        -- rounded: the last digits of a deviation depend on the order of the rows
        round(coalesce(stddev_samp(current_amount - amount), 0) / sqrt(count(*)), 6)
            as saving_error,
        count(*) filter (where amount < current_amount) as windows_cheaper
    from compared
    group by subscription_id, offering_id, is_current

)

select
    ---------- keys
    fits.subscription_id,
    lines.as_of_date,
    fits.offering_id,

    ---------- numbers
    fits.monthly_price,
    fits.included_data_gb,
    fits.windows,
    fits.monthly_amount,
    fits.highest_amount,
    fits.beyond_gb,
    fits.windows_beyond,
    -- Few windows say little: each line's count is smoothed with six windows of its plan's mean.
    (
        fits.shocks + 6 * cast(
            sum(cast(fits.shocks / fits.windows as decimal(18, 9))) over (
                partition by fits.offering_id
            ) as double
        ) / count(*) over (partition by fits.offering_id)
    ) / (fits.windows + 6) as shock_risk,
    fits.monthly_saving,
    fits.saving_error,
    (fits.windows_cheaper + 1) / (fits.windows + 2) as confidence,
    row_number() over (
        partition by fits.subscription_id
        order by fits.monthly_amount, fits.is_current desc, fits.offering_id
    ) as fit_rank,

    ---------- flags
    fits.is_current
from fits
inner join lines
    on fits.subscription_id = lines.subscription_id
