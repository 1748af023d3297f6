"""sim_contact_centre (csv with bars, local time), sim_survey (xlsx), sim_campaign and consents."""

from __future__ import annotations

from ingest.simulator.feed import Dirt, Feed

# The contact centre keeps local time, five hours ahead of UTC, without saying so in its files.
INTERACTIONS = """
    select
        contact.*,
        reported(contact.started_at, contact.contact_n) as known_at,
        u('unknown', contact.draw) < rate().without_customer
            and contact.channel in ('phone', 'ivr') and contact.direction = 'inbound'
            as is_unknown,
        customer.phone,
        ticket.ticket_n,
        case contact.reason
            when 'billing' then 'T-BILL-F' when 'cancel' then 'T-SAVE' when 'fault' then 'T-TECH-1'
            else if(contact.channel = 'shop', 'T-SHOP',
                pick(['T-CARE-1', 'T-CARE-2'], u('desk', contact.draw))) end as team_id,
        cast(rate().talk_seconds * exp(0.6 * gauss('talk', contact.draw)) as bigint)
            as talk_seconds,
    from contact
    inner join customer on contact.customer_n = customer.customer_n
    left join ticket on contact.contact_n = ticket.contact_n
    where contact.started_at < getvariable('deliver_to')
        and contact.started_at >= getvariable('deliver_from') - interval 8 day
"""

MESSAGES = """
    select
        message.*,
        reported(message.sent_at, message.message_n) as known_at,
        customer.phone,
    from message
    inner join customer on message.customer_n = customer.customer_n
"""

OFFERS = """
    with
    versions as (
        select *, unnest(if(responded_at is null, ['made'], ['made', 'answered'])) as version
        from offer
    )
    select
        versions.*,
        reported(if(version = 'made', contacted_at, responded_at), offer_n) as known_at,
        offering.offering_id,
    from versions
    inner join offering on versions.offering_n = offering.offering_n
"""

FEEDS = (
    Feed(
        name="interactions",
        system="sim_contact_centre",
        format="csv",
        delimiter="|",
        source=INTERACTIONS,
        order="known_at, contact_n",
        columns={
            "CALL_ID": "'I' || contact_n",
            "CUST": "if(is_unknown, null, customer_id(customer_n))",
            "LINE": "if(is_unknown or u('no line', draw) < 0.25, null, "
            "subscription_id(subscription_n))",
            "ANI": "if(channel in ('phone', 'ivr'), spelled(phone, contact_n), null)",
            "CH": "upper(channel)",
            "DIR": "if(direction = 'inbound', 'IN', 'OUT')",
            "REASON": "reason",
            "AGENT": "if(is_human_handled, 1, 0)",
            "TEAM": "if(is_human_handled, team_id, null)",
            "TICKET": "if(u('no ticket', draw) < 0.15, null, 'TT' || ticket_n)",
            "PROBLEM": "if(cause = 'outage' and u('saw it', draw) < 0.25, 'PRB' || key_n, null)",
            "FCR": "if(is_resolved_first, 'Y', 'N')",
            "XFER": "if(is_human_handled, cast(floor(2.2 * u('passed', draw) ** 3) as bigint), "
            "null)",
            "TALK": "if(is_human_handled, talk_seconds, null)",
            "HOLD": "if(is_human_handled, cast(90 * u('hold', draw) as bigint), null)",
            "ACW": "if(is_human_handled, cast(20 + 100 * u('wrap', draw) as bigint), null)",
            "START": "strftime(started_at + interval 5 hour, '%Y-%m-%d %H:%M:%S')",
            "STOP": "strftime(started_at + interval 5 hour + to_seconds(120 + talk_seconds), "
            "'%Y-%m-%d %H:%M:%S')",
            "NOTE": "if(u('note', draw) < 0.02, "
            "'says \"urgent\"' || chr(10) || 'wants | call back', null)",
            "REC": "strftime(known_at + interval 5 hour, '%Y-%m-%d %H:%M:%S')",
        },
        entities={"interaction": "1"},
        identifiers={"phone": "if(channel in ('phone', 'ivr'), spelled(phone, contact_n), null)"},
        dirt=(
            Dirt("bad_date", "quarantined", 1, 0.3, {"START": "'2025-02-29 25:61:00'"}),
            Dirt("unknown_code", "quarantined", 2, 0.4, {"DIR": "'UP'"}),
            Dirt("bad_number", "quarantined", 1, 0.6, {"TALK": "'five minutes'"}),
            Dirt("column_count", "quarantined", 2, 0.7, fields="fields[1:12]"),
            Dirt("exact_duplicate", "deduplicated", 1, 0.8),
            Dirt(
                "corrected",
                "superseded",
                2,
                0.2,
                {
                    "REASON": "'info'",
                    "REC": "strftime(cast(fields[20] as timestamp) + interval 3 minute, "
                    "'%Y-%m-%d %H:%M:%S')",
                },
            ),
            # the last line: a quote that opens and never closes must cost itself only
            Dirt("unclosed_quote", "quarantined", 3, 1.0, {"NOTE": "null"}),
        ),
    ),
    Feed(
        name="messages",
        system="sim_contact_centre",
        format="csv",
        delimiter="|",
        source=MESSAGES,
        order="known_at, message_n",
        columns={
            "MSG_ID": "'M' || message_n",
            "CUST": "customer_id(customer_n)",
            "LINE": "subscription_id(subscription_n)",
            "TO": "if(channel = 'sms', '+7' || phone, null)",
            "CH": "channel",
            "PURPOSE": "purpose",
            "PROBLEM": "'PRB' || problem_n",
            "STATE": "status",
            "SENT": "strftime(sent_at + interval 5 hour, '%Y-%m-%d %H:%M:%S')",
            "REC": "strftime(known_at + interval 5 hour, '%Y-%m-%d %H:%M:%S')",
        },
        entities={"communication_message": "1"},
        identifiers={"phone": "if(channel = 'sms', '+7' || phone, null)"},
        dirt=(
            Dirt("missing_id", "quarantined", 1, 0.5, {"MSG_ID": "''"}),
            Dirt("bad_date", "quarantined", 2, 0.5, {"SENT": "'31.12.2025 10:00'"}),
        ),
    ),
    Feed(
        name="surveys",
        system="sim_survey",
        format="xlsx",
        source="""
            select
                *,
                reported(coalesce(answered_at, invited_at + interval 14 day), survey_n) as known_at,
            from survey
        """,
        order="known_at, survey_n",
        kinds={"Score": "number", "Invited": "time", "Answered": "time", "Recorded": "time"},
        columns={
            "Survey": "'Q' || survey_n",
            "Customer": "customer_id(customer_n)",
            "Line": "subscription_id(subscription_n)",
            "Type": "case survey_type when 'nps_relational' then 'NPS-R' "
            "when 'nps_transactional' then 'NPS-T' else upper(survey_type) end",
            "Score": "score",
            "Contact": "'I' || contact_n",
            "Invited": "invited_at",
            "Answered": "answered_at",
            "Recorded": "known_at",
        },
        entities={"survey_response": "1"},
        dirt=(
            Dirt("bad_number", "quarantined", 2, 0.4, {"Score": "'very good'"}),
            Dirt("bad_date", "quarantined", 1, 0.6, {"Invited": "'last week'"}),
            Dirt("unknown_code", "quarantined", 2, 0.7, {"Type": "'SMILEY'"}),
            Dirt("exact_duplicate", "deduplicated", 2, 0.2),
        ),
    ),
    Feed(
        name="offers",
        system="sim_campaign",
        format="csv",
        source=OFFERS,
        order="known_at, offer_n, version desc",
        columns={
            "contact": "'CC' || offer_n",
            "campaign": "'CMP' || campaign_n",
            "customer": "customer_id(customer_n)",
            "subscription": "subscription_id(subscription_n)",
            "offering": "offering_id",
            "group": "if(arm = 'control', 'HOLDOUT', 'TARGET')",
            "channel": "channel",
            "response": "if(version = 'made', 'none', response)",
            "contacted": "iso(contacted_at)",
            "responded": "if(version = 'made', null, iso(responded_at))",
            "recorded": "iso(known_at)",
        },
        entities={"campaign_contact": "1"},
        dirt=(
            Dirt("unknown_code", "quarantined", 2, 0.5, {"group": "'MAYBE'"}),
            Dirt("missing_id", "quarantined", 3, 0.5, {"campaign": "''"}),
            Dirt("exact_duplicate", "deduplicated", 3, 0.25),
        ),
    ),
    Feed(
        name="consents",
        system="sim_crm",
        format="csv",
        delimiter=";",
        source="select * from consent_change",
        order="known_at, customer_n, purpose, valid_from",
        columns={
            "KUNDE": "customer_id(customer_n)",
            "ZWECK": "upper(purpose)",
            "ERTEILT": "if(is_granted, 'J', 'N')",
            "VON": "german(valid_from)",
            "BIS": "german(valid_to)",
            "ERFASST": "german(known_at)",
        },
        entities={"consent": "1"},
        buffer="consent_change",
        dirt=(
            Dirt("bad_date", "quarantined", 0, 0.5, {"VON": "'13.13.2020 00:00:00'"}),
            Dirt("unknown_code", "quarantined", 0, 0.8, {"ERTEILT": "'VIELLEICHT'"}),
        ),
    ),
)
