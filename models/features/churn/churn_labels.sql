-- What happened in the window [as_of_date + gap, as_of_date + gap + horizon), by all we know now.
-- Easy to get wrong: who had already left, or left within the gap, is no answer to the question.
with

cohort as (

    select * from {{ ref('churn_cohort') }}

),

periods as (

    select * from {{ ref('int_subscription_exits') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

windows as (

    select
        subscription_id,
        as_of_date,
        as_of_date + to_days({{ var('churn_gap_days') }}) as window_from,
        as_of_date + to_days({{ var('churn_gap_days') + var('churn_horizon_days') }}) as window_to
    from cohort

),

-- A subscription may come back and leave again: the first exit in the window is the answer.
outcomes as (

    select
        windows.subscription_id,
        windows.as_of_date,
        windows.window_to,
        count(periods.subscription_id) filter (
            where coalesce(periods.active_to >= windows.window_from, true)
        ) = 0 as has_left,
        min(periods.exited_at) filter (
            where
                periods.exited_at >= windows.window_from
                and periods.exited_at < windows.window_to
        ) as exited_at,
        arg_min(periods.exit_cause, periods.exited_at) filter (
            where
                periods.exited_at >= windows.window_from
                and periods.exited_at < windows.window_to
        ) as exit_cause
    from windows
    left join periods
        on windows.subscription_id = periods.subscription_id
    group by windows.subscription_id, windows.as_of_date, windows.window_to

),

judged as (

    select
        outcomes.*,
        coalesce(not outcomes.has_left and outcomes.window_to <= clock.as_of, false)
            as is_label_known
    from outcomes
    cross join clock

)

select
    subscription_id,
    as_of_date,
    case when is_label_known then exited_at is not null end as is_churned,
    case when is_label_known then exit_cause end as exit_cause,
    case when is_label_known then coalesce(exit_cause in ('port_out', 'cancel_other'), false) end
        as is_voluntary,
    -- One label a cause: they compete, and each may be learned alone.
    {% for label, cause in [
        ('is_port_out', 'port_out'), ('is_cancelled', 'cancel_other'), ('is_non_payment', 'non_pay')
    ] %}
    case when is_label_known then coalesce(exit_cause = '{{ cause }}', false) end as {{ label }},
    {% endfor %}
    case when is_label_known then exited_at end as exited_at,
    has_left,
    is_label_known,
    cast(window_to as timestamp) as window_to
from judged
