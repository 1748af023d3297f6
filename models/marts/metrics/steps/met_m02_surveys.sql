-- What customers answered, each survey on its own scale: satisfaction (M02, M02b) and ease (M03,
-- M03b), by the answer. How many answered (M04) counts by the invitation: silence has no date.
{% set kinds = {'csat': 4, 'ces': 5} %}
{% set slices = ['segment', 'family', 'region', 'channel', 'reason', 'team'] %}
with

surveys as (

    select * from {{ ref('fct_survey') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

-- Two systems may use one number for two contacts: then it tells neither.
contacts as (

    select
        interaction_id,
        min(channel) as channel,
        min(reason) as reason,
        min(team_id) as team
    from interactions
    group by interaction_id
    having count(*) = 1

),

invitations as (

    select
        surveys.subscription_id,
        surveys.customer_id,
        surveys.survey_type,
        surveys.score,
        surveys.is_valid_score,
        surveys.answered_at is not null or surveys.score is not null as is_answered,
        surveys.invited_at,
        coalesce(surveys.answered_at, surveys.invited_at) as answered_at,
        contacts.channel,
        contacts.reason,
        contacts.team
    from surveys
    left join contacts
        on surveys.interaction_id = contacts.interaction_id

),

sliced_invitations as (

    {{ sliced('invitations', 'invited_at') }}

),

responses as (

    {{ per_period('sliced_invitations', 'invited_at', '
        count(*) filter (where is_answered) as answers,
        count(*) as invitations,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'survey_type']) }}

),

valid_answers as (

    select * from invitations
    where is_valid_score

),

sliced_answers as (

    {{ sliced('valid_answers', 'answered_at') }}

),

{% for survey_type, high_score in kinds.items() %}
{{ survey_type }}_answers as (

    select * from sliced_answers
    where survey_type = '{{ survey_type }}'

),

{{ survey_type }}_sums as (

    {{ per_period(survey_type ~ '_answers', 'answered_at', '
        count(*) filter (where score >= ' ~ high_score ~ ') as high_answers,
        sum(score) as total,
        sum(score * score) as squared_total,
        count(*) as answers,
        count(distinct customer_id) as customers
    ', slices) }}

){{ ',' if not loop.last }}

{% endfor %}

{% for metric_id, survey_type, numerator, sum_of_squares in [
    ('M02', 'csat', 'high_answers', 'null'),
    ('M02b', 'csat', 'total', 'squared_total'),
    ('M03', 'ces', 'total', 'squared_total'),
    ('M03b', 'ces', 'high_answers', 'null'),
] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast({{ numerator }} as double) as numerator,
    cast(answers as double) as denominator,
    cast({{ sum_of_squares }} as double) as sum_of_squares,
    answers as n,
    customers
from {{ survey_type }}_sums

union all

{% endfor %}
select
    'M04' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(answers as double) as numerator,
    cast(invitations as double) as denominator,
    cast(null as double) as sum_of_squares,
    invitations as n,
    customers
from responses
