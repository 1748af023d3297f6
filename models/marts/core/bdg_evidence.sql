-- One row per link from something that happened to something it led to: the trail the app shows.
-- Each link says by which rule it was made and how sure that is; service → subscription links are
-- kept for disturbed services only, the full bridge is bdg_subscription_service.
with

alarms as (

    select * from {{ ref('fct_alarm') }} where problem_id is not null

),

disturbances as (

    select * from {{ ref('int_service_disturbances') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }} where subscription_id is not null

),

contact_links as (

    select * from {{ ref('int_contact_links') }}

),

contact_tickets as (

    select * from {{ ref('int_contact_tickets') }}

),

problem_tickets as (

    select * from {{ ref('int_problem_tickets') }}

),

problem_notices as (

    select * from {{ ref('int_problem_notices') }}

),

problem_exits as (

    select * from {{ ref('int_problem_exits') }}

),

credit_links as (

    select * from {{ ref('int_credit_links') }}

),

-- A service may be disturbed by one problem in several periods: the surest rule, once.
problem_services as (

    select
        problem_id,
        service_id,
        arg_max(rule, (confidence, rule)) as rule,
        max(confidence) as confidence
    from disturbances
    group by problem_id, service_id

),

service_subscriptions as (

    select
        service_id,
        subscription_id
    from impacts
    group by service_id, subscription_id

),

holders as (

    select
        subscription_id,
        customer_id
    from impacts
    where customer_id is not null
    group by subscription_id, customer_id

),

links as (

    select
        'alarm' as from_type,
        alarm_id as from_id,
        'problem' as to_type,
        problem_id as to_id,
        problem_rule as rule,
        case
            when problem_rule = 'root_alarm' then cast({{ var('chain_confidence') }} as double)
            else 1.0
        end as confidence
    from alarms

    union all

    select
        'problem' as from_type,
        problem_id as from_id,
        'service' as to_type,
        service_id as to_id,
        rule,
        confidence
    from problem_services

    union all

    select
        'service' as from_type,
        service_id as from_id,
        'subscription' as to_type,
        subscription_id as to_id,
        'realises' as rule,
        1.0 as confidence
    from service_subscriptions

    union all

    select
        'subscription' as from_type,
        subscription_id as from_id,
        'customer' as to_type,
        customer_id as to_id,
        'held_by' as rule,
        1.0 as confidence
    from holders

    union all

    -- Two systems may use one contact number: group, keep one.
    select
        'problem' as from_type,
        problem_id as from_id,
        'contact' as to_type,
        interaction_id as to_id,
        max(problem_rule) as rule,
        max(problem_confidence) as confidence
    from contact_links
    where problem_id is not null
    group by problem_id, interaction_id

    union all

    select
        'problem' as from_type,
        problem_id as from_id,
        'ticket' as to_type,
        ticket_id as to_id,
        rule,
        confidence
    from problem_tickets

    union all

    select
        'contact' as from_type,
        interaction_id as from_id,
        'ticket' as to_type,
        ticket_id as to_id,
        max(rule) as rule,
        max(confidence) as confidence
    from contact_tickets
    group by interaction_id, ticket_id

    union all

    select
        'problem' as from_type,
        problem_id as from_id,
        'notice' as to_type,
        message_id as to_id,
        max(rule) as rule,
        max(confidence) as confidence
    from problem_notices
    group by problem_id, message_id

    union all

    select
        'problem' as from_type,
        problem_id as from_id,
        'exit' as to_type,
        subscription_id as to_id,
        rule,
        confidence
    from problem_exits

    union all

    select
        'problem' as from_type,
        problem_id as from_id,
        'credit' as to_type,
        credit_id as to_id,
        max(problem_rule) as rule,
        max(problem_confidence) as confidence
    from credit_links
    where problem_id is not null
    group by problem_id, credit_id

    union all

    select
        'ticket' as from_type,
        ticket_id as from_id,
        'credit' as to_type,
        credit_id as to_id,
        max(ticket_rule) as rule,
        max(ticket_confidence) as confidence
    from credit_links
    where ticket_id is not null
    group by ticket_id, credit_id

)

select
    {{ surrogate_key(['from_type', 'from_id', 'to_type', 'to_id']) }} as link_id,
    from_type,
    from_id,
    to_type,
    to_id,
    rule,
    confidence
from links
