with

messages as (

    select *
    from {{ in_our_words(ref('stg_communication_messages'), {
        'status': 'message_status', 'channel': 'channel'
    }) }}
    where is_current

),

record_links as (

    select * from {{ ref('int_record_links') }}
    where record_type = 'communication_message'

),

notices as (

    select
        ---------- keys
        messages.message_id,
        record_links.customer_id,
        record_links.subscription_id,
        messages.problem_id,

        ---------- attributes
        messages.channel,
        messages.channel_code,
        messages.purpose,
        messages.status,
        messages.status_code,
        record_links.link_rule,
        record_links.link_confidence,

        ---------- times
        messages.sent_at,

        ---------- lineage
        messages.source_system,
        messages.known_at
    from messages
    left join record_links
        on
            messages.message_id = record_links.record_id
            and messages.source_system = record_links.source_system

)

{{ with_version_keys('notices', 'sent_at', ['customer', 'subscription', 'channel']) }}
