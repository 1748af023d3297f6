-- Exits from the base per 30 days: all (M28), by cause (M29), voluntary (M29v, with moves M29w) and
-- involuntary (M29i). An exit counts where it happened; a return within the window is none.
{% set kinds = exit_kinds(['M28', 'M29v', 'M29w', 'M29i']) %}
with

periods as (

    select * from {{ ref('int_sliced_periods') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

contract_months as (

    select * from {{ ref('int_contract_months') }}

),

exits as (

    select * from periods
    where exit_cause is not null

),

{% for metric_id, causes in kinds.items() %}
{{ metric_id | lower }}_exits as (

    select * from exits
    {%- if causes %}
    where exit_cause in ('{{ causes | join("', '") }}')
    {%- endif %}

),

{{ metric_id | lower }}_counts as (

    {{ per_period(
        metric_id | lower ~ '_exits', 'active_to', 'count(*) as numerator', pairs=pairs_of_slices()
    ) }}

),

{% endfor %}
cause_counts as (

    {{ per_period(
        'exits', 'active_to', 'count(*) as numerator', ['exit_cause'], with_all=false
    ) }}

),

causes as (

    select exit_cause from exits
    group by exit_cause

),

-- A cause ever seen is 0 in the periods without it, not missing.
m29_counts as (

    select
        metric_periods.period_grain,
        metric_periods.period_start,
        'exit_cause' as dimension,
        causes.exit_cause as dimension_value,
        coalesce(cause_counts.numerator, 0) as numerator
    from metric_periods
    cross join causes
    left join cause_counts
        on
            metric_periods.period_grain = cause_counts.period_grain
            and metric_periods.period_start = cause_counts.period_start
            and causes.exit_cause = cause_counts.dimension_value

),

m29_values as (

    {{ per_base('M29', 'm29_counts', has_rest=false) }}

)

{% for metric_id in kinds %}
{{ per_base(metric_id, metric_id | lower ~ '_counts', has_rest=false, with_pairs=true) }}
union all
select
    '{{ metric_id }}' as metric_id,
    'month' as period_grain,
    month_start as period_start,
    'contract' as dimension,
    contract as dimension_value,
    cast(exits_{{ metric_id | lower }} as double) as numerator,
    base_days / 30.0 as denominator,
    cast(round(average_base) as bigint) as n,
    customers
from contract_months
union all
{% endfor %}
select * from m29_values
where dimension = 'exit_cause'
