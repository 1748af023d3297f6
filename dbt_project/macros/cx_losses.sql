{#  What each experience still costs at a moment: the loss mass k_e (1 - q_e) of METRICS.md, halved
    every half-life. Only what had happened and was known before the moment counts. Sums of DECIMAL
    do not depend on their order: two builds are equal. #}
{% macro cx_loss_mass(moment) -%}
cast(
            representatives.fresh_loss * pow(
                2,
                (
                    epoch(representatives.occurred_at)
                    - epoch(cast({{ moment }} as timestamp))
                ) / 86400.0 / representatives.half_life_days
            ) as decimal(18, 12)
        )
{%- endmacro %}

{#  True while an experience stands for its root problem and was known before the moment. #}
{% macro cx_costs_at(moment) -%}
cast({{ moment }} as timestamp) > representatives.counts_from
            and (
                representatives.counts_to is null
                or cast({{ moment }} as timestamp) <= representatives.counts_to
            )
{%- endmacro %}

{#  The loss masses of all subscriptions at each date of `dates` (a relation with as_of_date). #}
{% macro cx_losses(dates) -%}
    select
        dates.as_of_date,
        representatives.subscription_id,
        representatives.domain,
        representatives.cx_event_id,
        {{ cx_loss_mass('dates.as_of_date') }} as loss_mass
    from {{ ref('int_cx_representatives') }} as representatives
    inner join {{ dates }} as dates
        on
            {{ cx_costs_at('dates.as_of_date') }}
{%- endmacro %}
