-- One row per line and kind of usage: how much and how often, beside lines of the same family. Easy
-- to get wrong: a young line used less because it was here for less, so all is per day it was here.
{% set days = 90 %}
with

cutoffs as (

    select as_of_date from {{ ref('churn_cutoffs') }}
    order by as_of_date desc
    limit {{ var('preference_fact_dates') }}

),

features as (

    select * from {{ ref('preference_features') }}
    where as_of_date in (select as_of_date from cutoffs) and tenure_days > 0

),

usages as (

    select * from {{ ref('stg_usages') }}

),

kinds as (

    select
        usage_type,
        unit
    from usages
    where usage_type is not null
    group by usage_type, unit

),

used as (

    select
        features.subscription_id,
        features.as_of_date,
        usages.usage_type,
        usages.unit,
        sum(cast(usages.quantity as decimal(18, 4))) as quantity,
        count(distinct cast(usages.started_at as date)) as days_used
    from features
    inner join usages
        on
            features.subscription_id = usages.product_id
            and usages.quantity > 0
            and usages.started_at < features.as_of_date
            and usages.started_at >= features.as_of_date - interval {{ days }} day
            and {{ known_as_of('usages', 'features.as_of_date') }}
    group by features.subscription_id, features.as_of_date, usages.usage_type, usages.unit

),

-- What a family never uses says nothing of its lines.
family_kinds as (

    select
        features.family,
        features.as_of_date,
        used.usage_type,
        used.unit
    from used
    inner join features
        on
            used.subscription_id = features.subscription_id
            and used.as_of_date = features.as_of_date
    group by features.family, features.as_of_date, used.usage_type, used.unit

),

daily as (

    select
        features.subscription_id,
        features.as_of_date,
        features.family,
        family_kinds.usage_type,
        family_kinds.unit,
        least(features.tenure_days, {{ days }}) as days_here,
        coalesce(cast(used.quantity as double), 0) / days_here as quantity_per_day,
        coalesce(used.days_used, 0) as days_used
    from features
    inner join family_kinds
        on
            features.family = family_kinds.family
            and features.as_of_date = family_kinds.as_of_date
    left join used
        on
            features.subscription_id = used.subscription_id
            and features.as_of_date = used.as_of_date
            and family_kinds.usage_type = used.usage_type
            and family_kinds.unit = used.unit

),

placed as (

    select
        *,
        percent_rank() over (
            partition by as_of_date, family, usage_type, unit order by quantity_per_day
        ) as taste
    from daily

)

select
    ---------- keys
    subscription_id,
    as_of_date,
    usage_type,
    unit,

    ---------- attributes
    case
        when days_used = 0 then 'none'
        when taste >= 0.9 then 'heavy'
        when taste >= 0.5 then 'above the middle'
        else 'below the middle'
    end as taste_band,

    ---------- numbers
    days_here,
    days_used,
    quantity_per_day,
    taste,
    days_here / {{ days }} as confidence
from placed
