"""How many lines have each unmet need: the queries, of those alone who agreed to profiling."""

from __future__ import annotations

BEYOND, TOGETHER, LEAVING, BETTER = (
    *("usage beyond the plan", "bought together"),
    *("reason for leaving a plan", "another plan fits better"),
)
LEFT_DAYS = 180
_CUSTOMERS = """
    select subscription_id, as_of_date, coalesce(customer_id, subscription_id) as customer_id
    from features.preference_cohort
"""
BEYOND_PLAN = f"""
    select
        '{BEYOND}' as need,
        plans.offering_id as subject,
        null::varchar as other_subject,
        count(*) filter (where 2 * plans.windows_beyond >= plans.windows) as lines,
        count(distinct customers.customer_id) filter (
            where 2 * plans.windows_beyond >= plans.windows
        ) as customers,
        count(*) as base_lines,
        count(distinct customers.customer_id) as base_customers,
        null::double as subject_lines,
        null::double as other_lines,
        round(
            avg(plans.beyond_gb) filter (where 2 * plans.windows_beyond >= plans.windows), 6
        ) as size,
        'GB a month' as size_unit
    from features.plan_fits as plans
    inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
    where plans.is_current and plans.included_data_gb is not null
    group by plans.offering_id
    order by plans.offering_id
"""
BETTER_PLAN = f"""
    with best as (
        select
            now.subscription_id,
            now.as_of_date,
            now.offering_id as subject,
            fits.offering_id as other_subject,
            fits.monthly_saving,
            count(*) over (partition by now.offering_id) as base_lines
        from features.plan_fits as now
        left join features.plan_fits as fits
            on
                now.subscription_id = fits.subscription_id
                and fits.fit_rank = 1
                and not fits.is_current
        where now.is_current
    ),
    bases as (
        select best.subject, count(distinct customers.customer_id) as base_customers
        from best
        inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
        group by best.subject
    )
    select
        '{BETTER}' as need,
        best.subject,
        best.other_subject,
        count(*) as lines,
        count(distinct customers.customer_id) as customers,
        any_value(best.base_lines) as base_lines,
        any_value(bases.base_customers) as base_customers,
        null::double as subject_lines,
        null::double as other_lines,
        round(avg(best.monthly_saving), 6) as size,
        'money a month' as size_unit
    from best
    inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
    inner join bases using (subject)
    where best.other_subject is not null
    group by best.subject, best.other_subject
    order by best.subject, best.other_subject
"""
# Within a family: what no broadband line can hold is not missed there.
HELD_TOGETHER = f"""
    with lines as (
        select
            features.subscription_id,
            features.family,
            customers.customer_id,
            list_filter(
                features.held_offering_ids,
                lambda offering_id: offering_id is distinct from features.offering_id
            ) as addons
        from features.preference_features as features
        inner join ({_CUSTOMERS}) as customers using (subscription_id, as_of_date)
        where features.as_of_date = (select max(as_of_date) from features.preference_cohort)
    ),
    held as (
        select subscription_id, family, customer_id, unnest(addons) as addon from lines
    ),
    singles as (
        select family, addon, count(*) as holders from held group by family, addon
    ),
    bases as (
        select
            family,
            count(*) as base_lines,
            count(distinct customer_id) as base_customers
        from lines
        group by family
    ),
    paired as (
        select
            one.family,
            one.addon as subject,
            other.addon as other_subject,
            one.customer_id
        from held as one
        inner join held as other
            on one.subscription_id = other.subscription_id and one.addon < other.addon
    ),
    pairs as (
        select
            subject,
            other_subject,
            count(*) as lines,
            count(distinct customer_id) as customers
        from paired
        group by subject, other_subject
    ),
    -- Several families may sell both: they are told as one, by all their lines.
    sold as (
        select distinct family, subject, other_subject from paired
    ),
    chances as (
        select
            sold.subject,
            sold.other_subject,
            sum(bases.base_lines)::bigint as base_lines,
            -- A customer of two families is one: no fewer than those of the largest.
            max(bases.base_customers) as base_customers,
            sum(of_one.holders)::double as subject_lines,
            sum(of_other.holders)::double as other_lines
        from sold
        inner join bases on sold.family is not distinct from bases.family
        inner join singles as of_one
            on sold.family is not distinct from of_one.family and sold.subject = of_one.addon
        inner join singles as of_other
            on
                sold.family is not distinct from of_other.family
                and sold.other_subject = of_other.addon
        group by sold.subject, sold.other_subject
    )
    select
        '{TOGETHER}' as need,
        pairs.subject,
        pairs.other_subject,
        pairs.lines,
        pairs.customers,
        chances.base_lines,
        chances.base_customers,
        chances.subject_lines,
        chances.other_lines,
        pairs.lines::double as size,
        'lines' as size_unit
    from pairs
    inner join chances using (subject, other_subject)
    order by pairs.subject, pairs.other_subject
"""
# Who left a plan: the exit's cause, and which trouble came before; or the plan it changed to.
LEFT_PLANS = f"""
    with
    clock as (select max(as_of) as as_of from intermediate.int_clock),
    stays as (
        select
            subscription_id,
            customer_id,
            offering_id,
            exit_cause,
            ended_at,
            valid_from,
            lead(offering_id) over (partition by subscription_id order by valid_from) as next_plan,
            lead(valid_from) over (partition by subscription_id order by valid_from) as next_from
        from marts.dim_subscription
        where offering_id is not null
    ),
    agreed as (
        select distinct subscription_id, customer_id from features.preference_cohort
    ),
    gone as (
        select
            stays.subscription_id,
            coalesce(stays.customer_id, stays.subscription_id) as customer_id,
            stays.offering_id,
            case
                when stays.next_plan <> stays.offering_id then 'to ' || stays.next_plan
                else stays.exit_cause
            end as way,
            case
                when stays.next_plan <> stays.offering_id then stays.next_from else stays.ended_at
            end as gone_at
        from stays
        -- a line may have been another customer's, who agreed to nothing
        semi join agreed
            on
                stays.subscription_id = agreed.subscription_id
                and stays.customer_id is not distinct from agreed.customer_id
        where
            stays.next_plan <> stays.offering_id
            or (stays.next_plan is null and stays.exit_cause is not null)
    ),
    explained as (
        select
            gone.subscription_id,
            gone.customer_id,
            gone.offering_id,
            gone.way || coalesce(
                ' after ' || replace(
                    arg_max(events.effect_kind, (events.felt_at, events.effect_kind)), '_', ' '
                ),
                ''
            ) as reason
        from gone
        cross join clock
        left join features.effect_events as events
            on
                gone.subscription_id = events.subscription_id
                and events.is_exposed
                and events.felt_at < gone.gone_at
                and events.felt_at >= gone.gone_at - interval 60 day
        where gone.gone_at >= clock.as_of - to_days($days) and gone.gone_at <= clock.as_of
        group by gone.subscription_id, gone.customer_id, gone.offering_id, gone.way, gone.gone_at
    ),
    bases as (
        select
            offering_id,
            count(*) as base_lines,
            count(distinct customer_id) as base_customers
        from explained
        group by offering_id
    )
    select
        '{LEAVING}' as need,
        explained.offering_id as subject,
        explained.reason as other_subject,
        count(*) as lines,
        count(distinct explained.customer_id) as customers,
        any_value(bases.base_lines) as base_lines,
        any_value(bases.base_customers) as base_customers,
        null::double as subject_lines,
        null::double as other_lines,
        count(*)::double as size,
        'lines in {LEFT_DAYS} days' as size_unit
    from explained
    inner join bases using (offering_id)
    group by explained.offering_id, explained.reason
    order by explained.offering_id, explained.reason
"""
