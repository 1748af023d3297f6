{#  What each experience still costs at each date of `dates` (a relation with as_of_date): the
    loss mass k_e (1 - q_e) of METRICS.md, halved every half-life. Only what had happened and was
    known before the date counts. Sums of DECIMAL do not depend on their order: two builds are
    equal. #}
{% macro cx_losses(dates) -%}
    select
        dates.as_of_date,
        representatives.subscription_id,
        representatives.domain,
        representatives.cx_event_id,
        cast(
            representatives.fresh_loss * pow(
                2,
                (
                    epoch(representatives.occurred_at)
                    - epoch(cast(dates.as_of_date as timestamp))
                ) / 86400.0 / representatives.half_life_days
            ) as decimal(18, 12)
        ) as loss_mass
    from {{ ref('int_cx_representatives') }} as representatives
    inner join {{ dates }} as dates
        on
            cast(dates.as_of_date as timestamp) > representatives.counts_from
            and (
                representatives.counts_to is null
                or cast(dates.as_of_date as timestamp) <= representatives.counts_to
            )
{%- endmacro %}
