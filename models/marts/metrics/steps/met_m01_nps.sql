-- Net promoter score, relational (M01) and transactional (M01b): never mixed, 0 to 10 only.
with

surveys as (

    select * from {{ ref('fct_survey') }}
    where nps_group is not null

),

responses as (

    select
        subscription_id,
        customer_id,
        coalesce(answered_at, invited_at) as answered_at,
        case survey_type when 'nps_relational' then 'M01' else 'M01b' end as metric_id,
        case nps_group when 'promoter' then 1 when 'detractor' then -1 else 0 end as opinion
    from surveys

),

sliced_responses as (

    {{ sliced('responses', 'answered_at') }}

),

{% for metric_id in ['M01', 'M01b'] %}
{{ metric_id | lower }}_responses as (

    select * from sliced_responses
    where metric_id = '{{ metric_id }}'

),

{{ metric_id | lower }}_values as (

    {{ per_period(metric_id | lower ~ '_responses', 'answered_at', "
        sum(opinion) as numerator,
        count(*) as denominator,
        sum(opinion * opinion) as sum_of_squares,
        count(distinct customer_id) as customers
    ") }}

){{ ',' if not loop.last }}

{% endfor %}

{% for metric_id in ['M01', 'M01b'] %}
select
    '{{ metric_id }}' as metric_id,
    *,
    denominator as n
from {{ metric_id | lower }}_values
{{ 'union all' if not loop.last }}
{% endfor %}
