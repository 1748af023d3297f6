{% set least_lines, least_customers, least_exits = var('problem_excess_least') %}
-- One row per unplanned outage that hit a line: how many more of those it hit have left since than
-- of the lines like them that it spared (effect_panel). Easy to get wrong: an association. What
-- else differed before is not taken off as in ml.ml_effect, and of a hundred outages that drive nobody
-- out some look as if they did.
with

clock as (

    select * from {{ ref('int_clock') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }}
    where subscription_id is not null and is_outage and not is_planned

),

-- Of prepaid lines, and of those whose days are not over, nobody can tell who has left.
panel as (

    select
        cell_id,
        event_id as problem_id,
        subscription_id,
        customer_id,
        is_exposed,
        if(has_left, 1, 0) as exits,
        event_at
    from {{ ref('effect_panel') }}
    where effect_kind = 'outage' and has_left is not null

),

-- A problem that came back to a line counts once.
compared as (

    select
        problem_id,
        subscription_id,
        arg_min(customer_id, event_at) as customer_id,
        arg_min(cell_id, event_at) as cell_id,
        arg_min(exits, event_at) as exits
    from panel
    where is_exposed
    group by problem_id, subscription_id

),

outages as (

    select
        problem_id,
        min(impact_from) as hit_at
    from impacts
    group by problem_id

),

-- A customer's lines leave together, so a customer is the unit that varies.
control_customers as (

    select
        cell_id,
        customer_id,
        count(*) as subscriptions,
        sum(exits) as exits
    from panel
    where not is_exposed
    group by cell_id, customer_id

),

control_sums as (

    select
        cell_id,
        sum(subscriptions) as subscriptions,
        sum(exits) as exits,
        sum(exits) / sum(subscriptions) as exit_share
    from control_customers
    group by cell_id
    having sum(subscriptions) > 1

),

-- Variance of a cell's share of exits. A mean of few lies too close to them.
control_cells as (

    select
        control_sums.cell_id,
        control_sums.subscriptions,
        control_sums.exits,
        control_sums.exit_share,
        sum(power(
            control_customers.exits - control_sums.exit_share * control_customers.subscriptions, 2
        )) / (control_sums.subscriptions * (control_sums.subscriptions - 1)) as variance
    from control_customers
    inner join control_sums
        on control_customers.cell_id = control_sums.cell_id
    group by
        control_sums.cell_id, control_sums.subscriptions, control_sums.exits,
        control_sums.exit_share

),

hit_cells as (

    select
        compared.problem_id,
        compared.cell_id,
        count(*) as subscriptions,
        sum(compared.exits) as exits,
        any_value(control_cells.exit_share) as exit_share,
        any_value(control_cells.variance) as variance,
        any_value(control_cells.subscriptions) as control_subscriptions,
        any_value(control_cells.exits) as control_exits
    from compared
    inner join control_cells
        on compared.cell_id = control_cells.cell_id
    group by compared.problem_id, compared.cell_id

),

excesses as (

    select
        problem_id,
        sum(subscriptions) as subscriptions,
        sum(exits) as exits,
        sum(control_subscriptions) as control_subscriptions,
        sum(control_exits) as control_exits,
        sum(exits - exit_share * subscriptions) / sum(subscriptions) as excess,
        sum(power(subscriptions, 2) * variance) / power(sum(subscriptions), 2) as control_variance
    from hit_cells
    group by problem_id

),

hit_customers as (

    select
        compared.problem_id,
        compared.customer_id,
        count(*) as subscriptions,
        sum(compared.exits) as exits,
        sum(compared.exits - control_cells.exit_share) as beyond
    from compared
    inner join control_cells
        on compared.cell_id = control_cells.cell_id
    group by compared.problem_id, compared.customer_id

),

-- As in ml.effects: each customer's share is blown up by what it pulled the mean towards itself,
-- and there is room for one exit more, for where nobody left somebody might have.
spreads as (

    select
        excesses.problem_id,
        1 / sum(power(hit_customers.subscriptions / excesses.subscriptions, 2))
            as effective_customers,
        count(*) filter (where hit_customers.exits > 0) as exit_customers,
        sum(power(
            (hit_customers.beyond - excesses.excess * hit_customers.subscriptions)
            / greatest(1 - hit_customers.subscriptions / excesses.subscriptions, 0.5),
            2
        )) / power(any_value(excesses.subscriptions), 2)
        + any_value(excesses.control_variance)
        + 1 / power(any_value(excesses.subscriptions), 2) as variance
    from hit_customers
    inner join excesses
        on hit_customers.problem_id = excesses.problem_id
    group by excesses.problem_id

),

-- Student's quantile of as many customers, by the first terms of its series.
reaches as (

    select
        excesses.*,
        spreads.effective_customers,
        spreads.exit_customers,
        spreads.variance,
        {{ var('z95') }}
        + (power({{ var('z95') }}, 3) + {{ var('z95') }})
        / (4 * greatest(spreads.effective_customers - 1, 1)) as reach
    from excesses
    inner join spreads
        on excesses.problem_id = spreads.problem_id

),

-- Wilson's interval: exits are counts, so a larger excess would have shown more spread than seen.
upper_bounds as (

    select
        *,
        power(reach, 2) / (2 * subscriptions)
        + sqrt(power(power(reach, 2) / (2 * subscriptions), 2) + power(reach, 2) * variance) as up
    from reaches

)

select
    outages.problem_id,
    case
        when upper_bounds.problem_id is not null
            then case
                when
                    upper_bounds.subscriptions < {{ least_lines }}
                    or upper_bounds.effective_customers < {{ least_customers }}
                    or upper_bounds.exits + upper_bounds.control_exits < {{ least_exits }}
                    then 'too few'
                else 'usable'
            end
        when outages.hit_at >= clock.as_of - to_days({{ var('effect_exit_days') }})
            then 'too early'
        else 'not compared'
    end as excess_status,
    cast(coalesce(upper_bounds.subscriptions, 0) as bigint) as compared_subscriptions,
    cast(coalesce(upper_bounds.exits, 0) as bigint) as compared_exits,
    cast(coalesce(upper_bounds.exit_customers, 0) as bigint) as exit_customers,
    cast(coalesce(upper_bounds.control_subscriptions, 0) as bigint) as control_subscriptions,
    cast(coalesce(upper_bounds.control_exits, 0) as bigint) as control_exits,
    {{ without_noise('upper_bounds.excess') }} as excess_exits,
    {{ without_noise(
        'upper_bounds.excess - power(upper_bounds.reach, 2) * upper_bounds.variance'
        ' / upper_bounds.up'
    ) }} as excess_low,
    {{ without_noise('upper_bounds.excess + upper_bounds.up') }} as excess_high,
    {{ var('effect_exit_days') }} as exit_days
from outages
cross join clock
left join upper_bounds
    on outages.problem_id = upper_bounds.problem_id
