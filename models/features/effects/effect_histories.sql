-- One row per kind of event and line: what a dashboard would set against each other, lines that had
-- the event and lines that had none, over all we have seen of them. Kept only to show how far that
-- misleads (ml.ml_effect, naive_*): whoever stays longer lives through more of everything.
with

lines as (

    select
        subscription_id,
        arg_max(customer_id, valid_from) as customer_id,
        bool_or(is_prepaid) as is_prepaid,
        arg_max(exited_at, valid_from) is not null as has_left
    from {{ ref('effect_lines') }}
    group by subscription_id

),

kinds as (

    select effect_kind from {{ ref('effect_events') }}
    group by effect_kind

),

doses as (

    select
        effect_kind,
        subscription_id,
        sum(cast(dose as decimal(18, 9))) as dose
    from {{ ref('effect_events') }}
    where is_exposed
    group by effect_kind, subscription_id

),

contact_counts as (

    select
        subscription_id,
        count(*) as contacts
    from {{ ref('fct_interaction') }}
    where is_contact and subscription_id is not null
    group by subscription_id

)

select
    kinds.effect_kind,
    lines.subscription_id,
    lines.customer_id,
    coalesce(cast(doses.dose as double), 0) as dose,
    coalesce(contact_counts.contacts, 0) as contacts,
    case when not lines.is_prepaid then lines.has_left end as has_left
from kinds
cross join lines
left join doses
    on
        kinds.effect_kind = doses.effect_kind
        and lines.subscription_id = doses.subscription_id
left join contact_counts
    on lines.subscription_id = contact_counts.subscription_id
