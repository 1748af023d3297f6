{#  What each experience still costs at each date of `dates` (a relation with as_of_date): the loss mass
    k_e (1 - q_e) of METRICS.md. Only what had happened and was known before the date counts. One root
    problem counts once per subscription and domain, by its worst experience as faded at that date, so
    that neither a storm nor one more bad experience can ever raise the index. Sums of DECIMAL do not
    depend on their order: two builds are equal. #}
{% macro cx_losses(dates) -%}
    select
        as_of_date,
        subscription_id,
        domain,
        root_id,
        max_by(cx_event_id, {'loss_mass': loss_mass, 'cx_event_id': cx_event_id}) as cx_event_id,
        max(loss_mass) as loss_mass
    from (
        select
            dates.as_of_date,
            events.subscription_id,
            events.domain,
            events.root_id,
            events.cx_event_id,
            cast(
                events.significance * (1 - events.quality) * pow(
                    2,
                    (epoch(events.occurred_at) - epoch(cast(dates.as_of_date as timestamp)))
                    / 86400.0 / domains.half_life_days
                ) as decimal(18, 12)
            ) as loss_mass
        from {{ ref('fct_cx_event') }} as events
        inner join {{ dates }} as dates
            on
                events.occurred_at < cast(dates.as_of_date as timestamp)
                and events.known_at < cast(dates.as_of_date as timestamp)
        inner join {{ ref('cxi_parameters') }} as domains
            on
                events.domain = domains.domain
                and domains.level = 'domain'
                and domains.parameter_version = {{ var('cxi_version') }}
    )
    group by as_of_date, subscription_id, domain, root_id
{%- endmacro %}
