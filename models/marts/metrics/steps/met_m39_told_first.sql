-- Share of customers a problem hit who were told of it before they first contacted us about it and
-- within proactive_minutes of detection (M39), counted when service was back (C3); and share of the
-- messages about outages and announced work that went to a customer it hit (M39p), when sent. A
-- customer hit by two problems has to be told twice. Easy to get wrong: announced work is not
-- detected but planned, weeks ahead, so its half hour begins where the work does.
with

clock as (

    select * from {{ ref('int_clock') }}

),

problems as (

    select
        *,
        case when is_planned then greatest(detected_at, started_at) else detected_at end
            as to_tell_from,
        coalesce(restored_at, closed_at) as back_at
    from {{ ref('fct_problem') }}
    where to_tell_from is not null

),

impacts as (

    select
        problem_id,
        subscription_id,
        customer_id,
        impact_from
    from {{ ref('fct_service_impact') }}
    where customer_id is not null

),

sliced_impacts as (

    {{ sliced('impacts', 'impact_from') }}

),

problem_notices as (

    select * from {{ ref('int_problem_notices') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where direction = 'inbound'

),

notices as (

    select * from {{ ref('fct_notice') }}
    where
        coalesce(status not in ('initial', 'cancelled'), true)
        and (
            problem_id is not null
            or lower(purpose) in (
                {%- for purpose in var('outage_notice_purposes') %}
                '{{ purpose | lower }}'{{ ',' if not loop.last }}
                {%- endfor %}
            )
        )

),

first_notices as (

    select
        problem_id,
        customer_id,
        min(sent_at) as told_at
    from problem_notices
    group by problem_id, customer_id

),

first_contacts as (

    select
        problem_id,
        customer_id,
        min(started_at) as contacted_at
    from interactions
    group by problem_id, customer_id

),

hits as (

    select
        sliced_impacts.problem_id,
        sliced_impacts.customer_id,
        sliced_impacts.segment,
        sliced_impacts.family,
        sliced_impacts.region,
        problems.cause,
        problems.category,
        problems.back_at,
        coalesce(
            first_notices.told_at
            < problems.to_tell_from + to_minutes({{ var('proactive_minutes') }})
            and (
                first_contacts.contacted_at is null
                or first_notices.told_at < first_contacts.contacted_at
            ),
            false
        ) as is_told_first
    from sliced_impacts
    inner join problems
        on sliced_impacts.problem_id = problems.problem_id
    cross join clock
    left join first_notices
        on
            sliced_impacts.problem_id = first_notices.problem_id
            and sliced_impacts.customer_id = first_notices.customer_id
    left join first_contacts
        on
            sliced_impacts.problem_id = first_contacts.problem_id
            and sliced_impacts.customer_id = first_contacts.customer_id
    where problems.back_at < clock.as_of

),

told_shares as (

    {{ per_period(
        'hits', 'back_at', 'count(*) as hits', ['segment', 'family', 'region', 'cause', 'category'],
        distinct={
            'numerator': {'of': ['problem_id', 'customer_id'], 'where': 'is_told_first'},
            'denominator': {'of': ['problem_id', 'customer_id']},
            'customers': {'of': ['customer_id']},
        }
    ) }}

),

hit_customers as (

    select
        problem_id,
        customer_id
    from impacts
    group by problem_id, customer_id

),

true_notices as (

    select
        problem_notices.message_id,
        problem_notices.source_system
    from problem_notices
    semi join hit_customers
        on
            problem_notices.problem_id = hit_customers.problem_id
            and problem_notices.customer_id = hit_customers.customer_id

),

judged_notices as (

    select
        notices.*,
        true_notices.message_id is not null as is_true
    from notices
    left join true_notices
        on
            notices.message_id = true_notices.message_id
            and notices.source_system = true_notices.source_system

),

sliced_notices as (

    {{ sliced('judged_notices', 'sent_at') }}

),

true_shares as (

    {{ per_period('sliced_notices', 'sent_at', '
        count(*) filter (where is_true) as numerator,
        count(*) as denominator
    ', ['segment', 'family', 'region', 'channel'], distinct={'customers': {'of': ['customer_id']}}) }}

)

{% for metric_id, shares in [('M39', 'told_shares'), ('M39p', 'true_shares')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    numerator,
    denominator,
    customers,
    denominator as n
from {{ shares }}
{{ 'union all' if not loop.last }}
{% endfor %}
