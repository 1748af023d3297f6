-- One row per kind of event, cell, event and line that are compared: within a cell everything is
-- shared but the event. An exposed line goes to the narrowest cell with enough controls of other
-- customers (same product, area and week; then region and month; then product alone), and a cell
-- keeps only so many controls a line. Who is drawn a hash of names decides: a build can be repeated.
with

-- Read again rather than kept: at three levels a large base's events would not fit in memory.
events as not materialized (

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
    where is_exposed
    qualify
        row_number() over (
            partition by effect_kind
            order by md5(concat_ws('|', event_id, subscription_id)), subscription_id, event_at
        ) <= {{ var('effect_exposed_lines') }}

),

exposed as (

    select
        drawn.*,
        levels.match_level,
        {{ effect_cell('drawn', 'levels.match_level') }} as cell
    from drawn
    cross join (select unnest([1, 2, 3]) as match_level) as levels
    where not (drawn.effect_kind = 'outage' and levels.match_level = 3)

),

exposed_cells as (

    select
        effect_kind,
        match_level,
        cell
    from exposed
    group by effect_kind, match_level, cell

),

-- Whom the event hit is no control of it, on none of the lines.
controls as not materialized (

    select
        events.*,
        levels.match_level,
        {{ effect_cell('events', 'levels.match_level') }} as cell
    from events
    anti join customer_doses
        on
            events.effect_kind = customer_doses.effect_kind
            and events.event_id = customer_doses.event_id
            and events.customer_id = customer_doses.customer_id
    cross join (select unnest([1, 2, 3]) as match_level) as levels
    where not events.is_exposed

),

control_counts as (

    select
        effect_kind,
        match_level,
        cell,
        count(distinct customer_id) as control_customers,
        count(*) as control_lines
    from controls
    semi join exposed_cells
        on
            controls.effect_kind = exposed_cells.effect_kind
            and controls.match_level = exposed_cells.match_level
            and controls.cell = exposed_cells.cell
    group by effect_kind, match_level, cell

),

placed as (

    select
        exposed.*,
        control_counts.control_lines
    from exposed
    inner join control_counts
        on
            exposed.effect_kind = control_counts.effect_kind
            and exposed.match_level = control_counts.match_level
            and exposed.cell = control_counts.cell
    where control_counts.control_customers >= {{ var('effect_least_controls') }}
    -- Each exposed line once: in its narrowest cell.
    qualify
        row_number() over (
            partition by exposed.effect_kind, exposed.event_id, exposed.subscription_id
            order by exposed.match_level
        ) = 1

),

used_cells as (

    select
        effect_kind,
        match_level,
        cell,
        {{ var('effect_controls_per_line') }} * count(*) as wanted_lines,
        any_value(control_lines) as control_lines
    from placed
    group by effect_kind, match_level, cell

),

usable_controls as not materialized (

    select
        controls.*,
        used_cells.wanted_lines,
        used_cells.control_lines
    from controls
    inner join used_cells
        on
            controls.effect_kind = used_cells.effect_kind
            and controls.match_level = used_cells.match_level
            and controls.cell = used_cells.cell

),

-- Only where there are more than wanted need they be put in an order.
drawn_controls as (

    select * from usable_controls
    where control_lines <= wanted_lines

    union all

    select *
    from usable_controls
    where control_lines > wanted_lines
    qualify
        row_number() over (
            partition by effect_kind, match_level, cell
            order by md5(concat_ws('|', event_id, subscription_id)), subscription_id
        ) <= wanted_lines

),

trials as (

    select * exclude (control_lines) from placed
    union all by name
    select * exclude (control_lines, wanted_lines) from drawn_controls

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
    trials.exited_at,
    trials.exit_cause
from trials
left join customer_doses
    on
        trials.effect_kind = customer_doses.effect_kind
        and trials.event_id = customer_doses.event_id
        and trials.customer_id = customer_doses.customer_id
