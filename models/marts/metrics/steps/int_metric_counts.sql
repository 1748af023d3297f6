-- One row per metric, period and slice as its own model counts it. A metric is a model met_…: it
-- joins the published numbers when it is named here and in the seed metric_catalogue.
{% set metrics = [
    'met_m01_nps', 'met_m02_surveys', 'met_m05_contact_rate', 'met_m06_repeat_contact',
    'met_m07_first_contact', 'met_m10_handling', 'met_m12_containment', 'met_m13_complaints',
    'met_m14_time_to_detect', 'met_m15_time_to_restore', 'met_m16_time_between_failures',
    'met_m17_availability', 'met_m18_minutes_lost', 'met_m19_interruptions',
    'met_m20_repeated_interruptions', 'met_m21_degraded_minutes', 'met_m22_order_to_activate',
    'met_m22b_first_usage', 'met_m23_on_time', 'met_m24_on_time_in_full',
    'met_m25_right_first_time', 'met_m26_fallout', 'met_m27_zero_touch',
    'met_m27b_early_life_failure', 'met_m27c_missed_visits', 'met_m28_churn',
    'met_m30_revenue_churn', 'met_m31_port_out', 'met_m32_save', 'met_m33_arpu',
    'met_m34_bill_shock', 'met_m35_dispute', 'met_m36_silent', 'met_m37_silent_sufferers',
    'met_m39_told_first', 'met_m40_detected_first', 'met_m41_cost_to_serve', 'met_m42_cxi',
    'met_m46_tickets', 'met_m47_journeys', 'met_m48_link_coverage', 'met_m49_freshness',
] %}
with

{% for metric in metrics %}
{{ metric }} as (

    select * from {{ ref(metric) }}

),

{% endfor %}
measured as (

    {% for metric in metrics %}
    select * from {{ metric }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}

)

select
    metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    -- Sums of doubles depend on their order in the last bits; two builds must be equal.
    {{ without_noise('numerator') }} as numerator,
    {{ without_noise('denominator') }} as denominator,
    {{ without_noise('sum_of_squares') }} as sum_of_squares,
    {{ without_noise('value') }} as value,
    cast(n as bigint) as n,
    cast(customers as bigint) as customers
from measured
