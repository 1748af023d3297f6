-- One row per trouble ticket, as known now, with the customer, subscription, service and problem it
-- belongs to, each by its rule. One opened again is open, whatever end of before it still tells.
with

trouble_tickets as (

    select *
    from {{ in_our_words(ref('stg_trouble_tickets'), {
        'status': 'ticket_status', 'ticket_type': 'ticket_type', 'reason': 'reason',
        'channel': 'channel'
    }) }}

),

ticket_statuses as (

    select * from {{ ref('fct_ticket_status') }}

),

reopenings as (

    select * from {{ ref('int_ticket_reopenings') }}

),

record_links as (

    select * from {{ ref('int_record_links') }} where record_type = 'trouble_ticket'

),

problem_tickets as (

    select * from {{ ref('int_problem_tickets') }}

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}

),

tickets as (

    select
        current_tickets.* replace (
            case when not coalesce(reopenings.is_open_again, false)
                then current_tickets.resolved_at
            end as resolved_at,
            case when not coalesce(reopenings.is_open_again, false)
                then current_tickets.closed_at
            end as closed_at
        ),
        reopenings.ticket_id is not null as was_reopened,
        record_links.customer_id as linked_customer_id,
        record_links.subscription_id,
        record_links.link_rule,
        record_links.link_confidence
    from {{ preferred('trouble_tickets', 'ticket_id') }} as current_tickets
    left join reopenings
        on
            current_tickets.ticket_id = reopenings.ticket_id
            and current_tickets.source_system = reopenings.source_system
    left join record_links
        on
            current_tickets.ticket_id = record_links.record_id
            and current_tickets.source_system = record_links.source_system

),

-- A ticket that names no service belongs to the subscription's service, if it had just one then.
service_candidates as (

    select
        tickets.ticket_id,
        min(subscription_services.service_id) as service_id,
        count(distinct subscription_services.service_id) as services
    from tickets
    inner join subscription_services
        on
            tickets.subscription_id = subscription_services.subscription_id
            and {{ holds_at(
                'tickets.opened_at', 'subscription_services.valid_from',
                'subscription_services.valid_to'
            ) }}
    where tickets.service_id is null
    group by tickets.ticket_id

),

only_services as (

    select * from service_candidates where services = 1

),

status_changes as (

    select
        ticket_id,
        count(*) as status_changes,
        count(distinct team_id) as teams_involved
    from ticket_statuses
    group by ticket_id

),

told_tickets as (

    select
        ---------- keys
        tickets.ticket_id,
        tickets.linked_customer_id as customer_id,
        tickets.subscription_id,
        coalesce(tickets.service_id, only_services.service_id) as service_id,
        problem_tickets.problem_id,
        tickets.team_id,

        ---------- attributes
        tickets.ticket_type,
        tickets.reason,
        tickets.reason_code,
        tickets.severity,
        tickets.channel,
        tickets.channel_code,
        coalesce(tickets.area, subscriptions.area) as area,
        tickets.status,
        tickets.status_code,
        tickets.link_rule,
        tickets.link_confidence,
        case
            when services.service_id is not null then 'service_id'
            when only_services.service_id is not null then 'only_service'
            when tickets.service_id is not null then 'unknown_id'
        end as service_rule,
        problem_tickets.rule as problem_rule,
        problem_tickets.confidence as problem_confidence,

        ---------- numbers
        {{ minutes_between('tickets.opened_at', 'tickets.resolved_at') }} / 60.0
            as hours_to_resolve,
        coalesce(status_changes.status_changes, 0) as status_changes,
        coalesce(status_changes.teams_involved, 0) as teams_involved,

        coalesce(service_candidates.services, 0) as service_candidates,

        ---------- flags
        coalesce(tickets.resolved_at, tickets.closed_at) is null as is_open,
        {{ is_withdrawn('tickets.status') }} as is_withdrawn,
        tickets.was_reopened as is_reopened,
        tickets.is_regulatory,

        ---------- times
        tickets.opened_at,
        tickets.resolved_at,
        tickets.closed_at,
        tickets.due_at,

        ---------- lineage
        tickets.source_system,
        tickets.known_at
    from tickets
    left join problem_tickets
        on tickets.ticket_id = problem_tickets.ticket_id
    left join only_services
        on tickets.ticket_id = only_services.ticket_id
    left join service_candidates
        on tickets.ticket_id = service_candidates.ticket_id
    left join services
        on tickets.service_id = services.service_id
    left join status_changes
        on tickets.ticket_id = status_changes.ticket_id
    left join subscriptions
        on
            tickets.subscription_id = subscriptions.subscription_id
            and {{ holds_at(
                'tickets.opened_at', 'subscriptions.valid_from', 'subscriptions.valid_to'
            ) }}

)

{{ with_version_keys('told_tickets', 'opened_at', [
    'customer', 'subscription', 'team', 'reason', 'channel'
]) }}
