-- One row per action and version: what can be done for a line, doing nothing included.
with

actions as (

    select * from {{ ref('actions') }}

),

versions as (

    select
        *,
        lead(valid_from) over (partition by action_id order by valid_from) as valid_to
    from actions

)

select
    ---------- keys
    {{ surrogate_key(['action_id', 'valid_from']) }} as action_key,
    action_id,

    ---------- attributes
    action_name,
    action_name_ru,
    action_kind,
    list_filter(
        string_split(coalesce(consent_purposes, ''), ';'), lambda purpose: purpose <> ''
    ) as consent_purposes,
    success_cost_of,
    assumed_effect_of,
    currency,
    source,
    description,

    ---------- numbers
    action_order,
    unit_cost,
    success_cost,
    assumed_effect,
    assumed_effect_low,
    assumed_effect_high,
    most_a_month,

    ---------- flags
    is_contact,
    has_hold_out,
    valid_to is null as is_current,

    ---------- times
    valid_from,
    valid_to
from versions
