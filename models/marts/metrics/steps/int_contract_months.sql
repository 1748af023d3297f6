-- One row per month and kind of contract: base days (C6), customers, and exits by what M28 to M29i
-- count. By month only, in a table of its own: as one more slice of the base it would be counted by
-- day with every other, for a metric or two.
{% set kinds = exit_kinds(['M28', 'M29v', 'M29w', 'M29i']) %}
with

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}

),

months as (

    select * from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

contracts as (

    select *
    from {{ merged_periods(
        'subscriptions', ['subscription_id', 'customer_id', 'contract_type'],
        'valid_from', 'valid_to'
    ) }}

),

-- Stays in the base, cut where the contract or the customer changed; only the last piece of one can
-- be its exit, as in int_sliced_periods.
pieces as (

    select
        coalesce(contracts.customer_id, periods.subscription_id) as customer_id,
        coalesce(contracts.contract_type, 'unknown') as contract,
        greatest(periods.active_from, contracts.valid_from) as active_from,
        least(periods.active_to, contracts.valid_to) as active_to,
        case
            when periods.active_to <= coalesce(contracts.valid_to, timestamp 'infinity')
                then periods.exit_cause
        end as exit_cause
    from periods
    inner join contracts
        on
            periods.subscription_id = contracts.subscription_id
            and periods.active_from < coalesce(contracts.valid_to, timestamp 'infinity')
            and coalesce(periods.active_to, timestamp 'infinity') > contracts.valid_from

),

piece_months as (

    select
        months.period_start as month_start,
        months.days,
        pieces.contract,
        case
            when pieces.active_to < cast(months.counted_to as timestamp) then pieces.exit_cause
        end as exit_cause,
        -- Midnights at which it was in the base.
        greatest(0, date_diff(
            'day',
            greatest(
                months.counted_from,
                cast(pieces.active_from + interval 1 day - interval 1 microsecond as date)
            ),
            least(
                months.counted_to,
                cast(pieces.active_to + interval 1 day - interval 1 microsecond as date)
            )
        )) as base_days
    from pieces
    inner join months
        on
            pieces.active_from < cast(months.counted_to as timestamp)
            and (
                pieces.active_to is null
                or pieces.active_to >= cast(months.counted_from as timestamp)
            )

),

counted as (

    select
        month_start,
        contract,
        cast(sum(base_days) as bigint) as base_days,
        sum(base_days) / max(days) as average_base,
        {% for metric_id, causes in kinds.items() -%}
        count(*) filter (
            where
            {% if causes -%}
            exit_cause in ('{{ causes | join("', '") }}')
            {%- else -%}
            exit_cause is not null
            {%- endif %}
        ) as exits_{{ metric_id | lower }}{{ ',' if not loop.last }}
        {% endfor %}
    from piece_months
    group by month_start, contract

),

-- Each customer's stays widened to whole months and merged: nobody counts twice, and nothing need
-- be kept apart while counting (int_base_customers).
widened as (

    select
        customer_id,
        contract,
        date_trunc('month', active_from) as period_from,
        date_trunc('month', active_to - interval 1 microsecond) + interval 1 month as period_to
    from pieces

),

merged as (

    select *
    from {{ merged_periods('widened', ['customer_id', 'contract'], 'period_from', 'period_to') }}

),

people as (

    select
        months.period_start as month_start,
        merged.contract,
        count(*) as customers
    from merged
    inner join months
        on
            merged.period_from <= months.period_start
            and coalesce(merged.period_to > months.period_start, true)
    group by months.period_start, merged.contract

)

select
    counted.month_start,
    counted.contract,
    counted.base_days,
    counted.average_base,
    coalesce(people.customers, 0) as customers,
    {% for metric_id in kinds -%}
    counted.exits_{{ metric_id | lower }}{{ ',' if not loop.last }}
    {% endfor %}
from counted
left join people
    on counted.month_start = people.month_start and counted.contract = people.contract
