-- One row per kind of event, cell, event and line that are compared: within a cell everything is
-- shared but the event. An exposed line goes to the narrowest cell with enough controls of other
-- customers (same product, area and week; then region and month; then product alone), and a cell
-- keeps only so many controls a line. Who is drawn a hash of names decides: a build can be repeated.
with

events as (

    select * from {{ ref('effect_events') }}

),

-- What a customer lost in one event, over all lines: contacts are the customer's, not a line's.
customer_doses as (

    select
        effect_kind,
        event_id,
        customer_id,
        sum(cast(dose as decimal(18, 9))) as customer_dose
    from events
    where is_exposed
    group by effect_kind, event_id, customer_id

),

drawn as (

    select *
    from events
    qualify
        not is_exposed
        or row_number() over (
            partition by effect_kind, is_exposed
            order by md5(concat_ws('|', event_id, subscription_id)), subscription_id, event_at
        ) <= {{ var('effect_exposed_lines') }}

),

levels as (

    select
        *,
        unnest([1, 2, 3]) as match_level
    from drawn

),

celled as (

    select
        *,
        case
            -- Siblings share the moment itself; other events their week, then their month.
            when effect_kind = 'outage' then concat_ws(
                '|', event_id, product, case match_level when 1 then area when 2 then region end
            )
            when match_level = 1
                then concat_ws('|', product, area, cast(date_trunc('week', event_at) as date))
            when match_level = 2
                then concat_ws('|', product, region, cast(date_trunc('month', event_at) as date))
            else product
        end as cell
    from levels
    where not (effect_kind = 'outage' and match_level = 3)

),

controls as (

    select celled.*
    from celled
    anti join customer_doses
        on
            celled.effect_kind = customer_doses.effect_kind
            and celled.event_id = customer_doses.event_id
            and celled.customer_id = customer_doses.customer_id
    where not celled.is_exposed

),

control_counts as (

    select
        effect_kind,
        match_level,
        cell,
        count(distinct customer_id) as control_customers
    from controls
    group by effect_kind, match_level, cell

),

placed as (

    select celled.*
    from celled
    inner join control_counts
        on
            celled.effect_kind = control_counts.effect_kind
            and celled.match_level = control_counts.match_level
            and celled.cell = control_counts.cell
    where
        celled.is_exposed
        and control_counts.control_customers >= {{ var('effect_least_controls') }}
    -- Each exposed line once: in its narrowest cell.
    qualify
        row_number() over (
            partition by celled.effect_kind, celled.event_id, celled.subscription_id
            order by celled.match_level
        ) = 1

),

used_cells as (

    select
        effect_kind,
        match_level,
        cell,
        count(*) as exposed
    from placed
    group by effect_kind, match_level, cell

),

drawn_controls as (

    select controls.*
    from controls
    inner join used_cells
        on
            controls.effect_kind = used_cells.effect_kind
            and controls.match_level = used_cells.match_level
            and controls.cell = used_cells.cell
    qualify
        row_number() over (
            partition by controls.effect_kind, controls.match_level, controls.cell
            order by
                md5(concat_ws('|', controls.event_id, controls.subscription_id)),
                controls.subscription_id
        ) <= {{ var('effect_controls_per_line') }} * used_cells.exposed

),

trials as (

    select * from placed
    union all
    select * from drawn_controls

)

select
    ---------- keys
    trials.effect_kind,
    concat_ws('|', trials.match_level, trials.cell) as cell_id,
    trials.event_id,
    trials.subscription_id,
    trials.customer_id,

    ---------- attributes
    trials.match_level,
    trials.contract_state,

    ---------- numbers
    trials.dose,
    if(trials.is_exposed, cast(customer_doses.customer_dose as double), 0.0) as customer_dose,
    trials.tenure_days,
    trials.monthly_charge,

    ---------- flags
    trials.is_exposed,
    trials.is_prepaid,

    ---------- times
    trials.event_at,
    trials.felt_at,
    trials.active_to,
    trials.exit_cause
from trials
left join customer_doses
    on
        trials.effect_kind = customer_doses.effect_kind
        and trials.event_id = customer_doses.event_id
        and trials.customer_id = customer_doses.customer_id
