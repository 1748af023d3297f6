-- One row per answered survey of a subscription whose services we saw: the score, and what had
-- damaged the subscription's experience by then. Only what was known before the answer counts, or
-- the contact that followed a bad answer would explain it.
{% set domains = ['use', 'join_change', 'pay', 'get_help'] %}
with

surveys as (

    select
        *,
        coalesce(answered_at, invited_at) as moment
    from {{ ref('fct_survey') }}
    where is_valid_score and subscription_id is not null

),

first_experience as (

    select min(greatest(occurred_at, known_at)) as first_at
    from {{ ref('int_cx_measures') }}

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

parameters as (

    select * from {{ ref('cxi_parameters') }}
    where level = 'domain' and parameter_version = {{ var('cxi_version') }}

),

-- Before the first experience of any kind was known, no damage means nothing.
seen as (

    select surveys.*
    from surveys
    semi join first_experience
        on surveys.moment > first_experience.first_at
    semi join subscription_services
        on
            surveys.subscription_id = subscription_services.subscription_id
            and {{ holds_at(
                'surveys.moment', 'subscription_services.valid_from',
                'subscription_services.valid_to'
            ) }}

),

domain_losses as (

    select
        seen.source_system,
        seen.survey_id,
        representatives.domain,
        cast(sum({{ cx_loss_mass('seen.moment') }}) as double) as domain_loss
    from seen
    inner join {{ ref('int_cx_representatives') }} as representatives
        on
            seen.subscription_id = representatives.subscription_id
            and {{ cx_costs_at('seen.moment') }}
    group by seen.source_system, seen.survey_id, representatives.domain

),

damages as (

    select
        domain_losses.source_system,
        domain_losses.survey_id,
        {% for domain in domains -%}
        max(domain_losses.domain_loss / (domain_losses.domain_loss + parameters.halving_mass))
            filter (where domain_losses.domain = '{{ domain }}') as damage_{{ domain }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from domain_losses
    inner join parameters
        on domain_losses.domain = parameters.domain
    group by domain_losses.source_system, domain_losses.survey_id

),

splits as (

    select
        survey_type,
        quantile_disc(
            cast(moment as date), 1 - {{ var('cxi_calibration_test_share') }}
        ) as split_date
    from seen
    group by survey_type

)

select
    seen.source_system,
    seen.survey_id,
    seen.survey_type,
    seen.subscription_id,
    seen.moment as answered_at,
    seen.score,
    splits.split_date,
    cast(seen.moment as date) >= splits.split_date as is_test,
    {{ var('cxi_version') }} as parameter_version,
    {% for domain in domains -%}
    coalesce(damages.damage_{{ domain }}, 0.0) as damage_{{ domain }}
    {{- ',' if not loop.last }}
    {% endfor %}
from seen
inner join splits
    on seen.survey_type = splits.survey_type
left join damages
    on
        seen.source_system = damages.source_system
        and seen.survey_id = damages.survey_id
