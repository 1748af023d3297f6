-- One row per message that tells of a problem: the problem it names, else, for an outage message,
-- the problem that was hitting the subscription when it was sent. One still to be sent, or not sent
-- after all, tells nobody of anything.
with

messages as (

    select *
    from {{ in_our_words(ref('stg_communication_messages'), {'status': 'message_status'}) }}
    where is_current and coalesce(status not in ('initial', 'cancelled'), true)

),

record_links as (

    select * from {{ ref('int_record_links') }} where record_type = 'communication_message'

),

problems as (

    select * from {{ ref('int_problems') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }} where subscription_id is not null

),

linked_messages as (

    select
        messages.message_id,
        messages.source_system,
        messages.sent_at,
        messages.purpose,
        problems.problem_id as named_problem_id,
        record_links.customer_id,
        record_links.subscription_id
    from messages
    inner join record_links
        on
            messages.message_id = record_links.record_id
            and messages.source_system = record_links.source_system
    left join problems
        on messages.problem_id = problems.problem_id

),

unnamed_messages as (

    select *
    from linked_messages
    where
        named_problem_id is null
        and subscription_id is not null
        and lower(purpose) in (
            {%- for purpose in var('outage_notice_purposes') %}
            '{{ purpose | lower }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )

),

timed as (

    select
        unnamed_messages.message_id,
        unnamed_messages.source_system,
        arg_max(
            impacts.problem_id, (impacts.is_outage, impacts.impact_from, impacts.problem_id)
        ) as problem_id
    from unnamed_messages
    inner join impacts
        on
            unnamed_messages.subscription_id = impacts.subscription_id
            and unnamed_messages.sent_at >= impacts.impact_from
            and unnamed_messages.sent_at < impacts.impact_to
    group by unnamed_messages.message_id, unnamed_messages.source_system

)

select
    linked_messages.message_id,
    linked_messages.source_system,
    coalesce(linked_messages.named_problem_id, timed.problem_id) as problem_id,
    linked_messages.customer_id,
    linked_messages.subscription_id,
    linked_messages.sent_at,
    case when linked_messages.named_problem_id is not null then 'named' else 'impact_window' end
        as rule,
    case
        when linked_messages.named_problem_id is not null then 1.0
        else cast({{ var('timing_confidence') }} as double)
    end as confidence
from linked_messages
left join timed
    on
        linked_messages.message_id = timed.message_id
        and linked_messages.source_system = timed.source_system
where linked_messages.named_problem_id is not null or timed.problem_id is not null
