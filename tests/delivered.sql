-- What was delivered, in the intake's words: each column read, a line that cannot be read left out, and of
-- each thing what was learned last. `bad` is true when something is told that is not a value.
create macro bad(told, value) as coalesce(told, '') <> '' and value is null;
create macro utc(told) as try_cast(nullif(told, '') as timestamptz) at time zone 'UTC';
create macro local(told) as
    timezone('Asia/Almaty', try_cast(nullif(told, '') as timestamp)) at time zone 'UTC';
create macro german(told) as try_strptime(nullif(told, ''), '%d.%m.%Y %H:%M:%S');
create macro ms(told) as make_timestamp(try_cast(nullif(told, '') as bigint) * 1000);
create macro whole(told) as try_cast(nullif(told, '') as bigint);
create macro digits(told) as regexp_replace(regexp_replace(
    told, '[^0-9]', '', 'g'), '^(8|07|007)(\d{10})$', '7\2');

create table customer as
select kunde as customer_id, test = 'J' as is_internal, gebiet as location_id,
    if(segment = 'B', 'business', 'consumer') as segment
from customers
where kunde <> '' and test in ('J', 'N') and segment in ('P', 'B') and typ in ('P', 'O')
    and status = 'aktiv' and german(erfasst) is not null
    and not bad(geburtsjahr, whole(geburtsjahr))
    and not bad(kunde_seit, try_strptime(nullif(kunde_seit, ''), '%d.%m.%Y'))
qualify row_number() over (partition by kunde order by german(erfasst) desc, file desc,
    line desc) = 1;

create table product_version as
from products
where doc ->> '$.id' is not null and utc(doc ->> '$.lastUpdate') is not null
    and not bad(doc ->> '$.startDate', utc(doc ->> '$.startDate'))
    and not bad(doc ->> '$.terminationDate', utc(doc ->> '$.terminationDate'))
    and coalesce(doc ->> '$.productCharacteristic[0].value', 'prepaid') in ('prepaid', 'postpaid')
    and doc ->> '$.status' in ('created', 'pendingActive', 'active', 'suspended',
        'pendingTerminate', 'terminated', 'cancelled', 'aborted');

create table realized as  -- services of products, each edge as told last
with edges as (
    select doc ->> '$.id' as product_id, unnest((doc -> '$.realizingService')::json[]) as edge,
        utc(doc ->> '$.lastUpdate') as known_at, file, line
    from product_version
)

select product_id, edge ->> '$.id' as service_id, utc(edge ->> '$.validFor.startDateTime')
    as valid_from,
    utc(edge ->> '$.validFor.endDateTime') as valid_to
from edges
qualify row_number() over (partition by product_id, service_id, valid_from
    order by known_at desc, file desc, line desc) = 1;

create table product as
select doc ->> '$.id' as product_id, doc ->> '$.relatedParty[0].id' as customer_id,
    doc ->> '$.productRelationship[0].product.id' as parent_id, doc ->> '$.status' as status,
    doc ->> '$.statusReason' as exit_cause, doc ->> '$.productOffering.id' as offering_id,
    doc ->> '$.productCharacteristic[0].value' = 'prepaid' as is_prepaid,
    digits(doc ->> '$.productCharacteristic[1].value') as phone,
    utc(doc ->> '$.startDate') as started_at, utc(doc ->> '$.terminationDate') as ended_at,
    utc(doc ->> '$.lastUpdate') as known_at
from product_version
qualify row_number() over (partition by doc ->> '$.id' order by known_at desc, file desc,
    line desc) = 1;

create table interaction as
select call_id as interaction_id, nullif(cust, '') as customer_id, nullif(line_1, '') as product_id,
    nullif(digits(ani), '') as phone, ch as channel, dir = 'IN' as is_inbound, reason,
    agent = '1' as is_human, nullif(team, '') as team_id, nullif(ticket, '') as ticket_id,
    fcr = 'Y' as is_first, fcr <> '' as is_coded, whole(xfer) as transfers, whole(talk) as talk,
    whole(hold) as hold, whole(acw) as acw, local(start) as started_at, local(stop) as ended_at
from interactions
where call_id <> '' and ch in ('PHONE', 'CHAT', 'APP', 'WEB', 'IVR', 'SHOP')
    and dir in ('IN', 'OUT') and fcr in ('Y', 'N', '') and agent in ('0', '1')
    and local(start) is not null and local(rec) is not null
    and not bad(stop, local(stop)) and not bad(xfer, whole(xfer)) and not bad(talk, whole(talk))
    and not bad(hold, whole(hold)) and not bad(acw, whole(acw))
qualify row_number() over (partition by call_id order by local(rec) desc, file desc, line desc) = 1;

create table survey as
select survey as survey_id, customer as customer_id, line_1 as product_id, type as survey_type,
    try_cast(nullif(score, '') as double) as score, contact as interaction_id,
    try_cast(nullif(invited, '') as timestamp) as invited_at,
    try_cast(nullif(answered, '') as timestamp) as answered_at
from surveys
where survey <> '' and type in ('NPS-R', 'NPS-T', 'CSAT', 'CES') and invited_at is not null
    and not bad(score, try_cast(nullif(score, '') as double)) and not bad(answered, answered_at)
qualify row_number() over (partition by survey order by recorded desc, file desc, line desc) = 1;

create table ticket as
select doc ->> '$.id' as ticket_id, doc ->> '$.ticketType' as ticket_type,
    doc ->> '$.relatedParty[1].id' as customer_id, doc ->> '$.relatedEntity[0].id' as product_id,
    doc ->> '$.relatedEntity[1].id' as service_id, doc ->> '$.status' as status,
    doc ->> '$.statusReason' as reason, (doc ->> '$.isReopened')::boolean as is_reopened,
    (doc ->> '$.isRegulatory')::boolean as is_regulatory,
    utc(doc ->> '$.expectedResolutionDate') as due_at,
    utc(doc ->> '$.creationDate') as opened_at, utc(doc ->> '$.resolutionDate') as resolved_at,
    utc(doc ->> '$.closedDate') as closed_at, doc -> '$.statusChange' as changes
from tickets
where doc ->> '$.id' is not null and opened_at is not null
    and utc(doc ->> '$.lastUpdate') is not null
    and not bad(doc ->> '$.resolutionDate', resolved_at)
    and not bad(doc ->> '$.closedDate', closed_at)
qualify row_number() over (partition by doc ->> '$.id'
    order by utc(doc ->> '$.lastUpdate') desc, file desc, line desc) = 1;

create table problem as
select doc ->> '$.id' as problem_id, doc ->> '$.category' as category, doc ->> '$.reason' as cause,
    (doc ->> '$.isPlanned')::boolean as is_planned, doc ->> '$.rootCauseResource[0].id' as root_id,
    utc(doc ->> '$.timeRaised') as started_at, utc(doc ->> '$.timeDetected') as detected_at,
    utc(doc ->> '$.timeAcknowledged') as acknowledged_at, utc(doc ->> '$.timeRestored')
        as restored_at,
    utc(doc ->> '$.resolutionDate') as closed_at, doc ->> '$.status' as status,
    (doc ->> '$.affectedService[*].id') as named
from problems
where doc ->> '$.id' is not null and started_at is not null
    and utc(doc ->> '$.timeChanged') is not null
    and not bad(doc ->> '$.timeDetected', detected_at)
    and not bad(doc ->> '$.timeAcknowledged', acknowledged_at)
    and not bad(doc ->> '$.timeRestored', restored_at)
    and not bad(doc ->> '$.resolutionDate', closed_at)
qualify row_number() over (partition by doc ->> '$.id'
    order by utc(doc ->> '$.timeChanged') desc, file desc, line desc) = 1;

create table service as
select doc ->> '$.id' as service_id, doc ->> '$.relatedParty[0].id' as customer_id,
    doc ->> '$.relatedEntity[0].id' as product_id, doc ->> '$.state' as state,
    utc(doc ->> '$.startDate') as started_at, utc(doc ->> '$.endDate') as ended_at,
    utc(doc ->> '$.lastUpdate') as known_at, doc -> '$.supportingResource' as supporting, file, line
from services
where doc ->> '$.id' is not null and known_at is not null
    and doc ->> '$.state' in ('feasibilityChecked', 'designed', 'reserved', 'inactive', 'active',
        'terminated', 'suspended')
    and not bad(doc ->> '$.startDate', utc(doc ->> '$.startDate'))
    and not bad(doc ->> '$.endDate', utc(doc ->> '$.endDate'));

-- An edge stays until it is delivered again with its end.
create table support as
with edges as (
    select service_id, unnest(supporting::json[]) as edge, known_at, file, line from service
)

select service_id, edge ->> '$.id' as resource_id, utc(edge ->> '$.validFor.startDateTime')
    as valid_from,
    utc(edge ->> '$.validFor.endDateTime') as valid_to
from edges
qualify row_number() over (partition by service_id, resource_id, valid_from
    order by known_at desc, file desc, line desc) = 1;

delete from service as older using service as newer
where older.service_id = newer.service_id
    and (older.known_at, older.file, older.line) < (newer.known_at, newer.file, newer.line);

create table resource as
select doc ->> '$.id' as resource_id, doc ->> '$.category' as resource_type,
    doc ->> '$.place[0].id' as location_id, utc(doc ->> '$.startOperatingDate') as started_at,
    utc(doc ->> '$.lastUpdate') as known_at, doc -> '$.resourceRelationship' as relations, file,
        line
from resources
where doc ->> '$.id' is not null and known_at is not null
    and not bad(doc ->> '$.startOperatingDate', started_at);

create table dependency as
with edges as (
    select resource_id, unnest(relations::json[]) as edge, known_at, file, line from resource
)

select resource_id, edge ->> '$.resource.id' as parent_id, edge ->> '$.redundancyGroup'
    as redundancy_group,
    utc(edge ->> '$.validFor.startDateTime') as valid_from,
    utc(edge ->> '$.validFor.endDateTime') as valid_to
from edges
where edge ->> '$.relationshipType' in ('dependsOn', 'containedIn')
qualify row_number() over (partition by resource_id, parent_id, valid_from
    order by known_at desc, file desc, line desc) = 1;

delete from resource as older using resource as newer
where older.resource_id = newer.resource_id
    and (older.known_at, older.file, older.line) < (newer.known_at, newer.file, newer.line);

create table order_item as
with versions as (
    select *, utc(doc ->> '$.lastUpdate') as known_at,
        unnest((doc -> '$.productOrderItem')::json[]) as item
    from product_orders
),

read as (
    select item ->> '$.id' as order_item_id, doc ->> '$.id' as order_id,
        doc ->> '$.relatedParty[0].id' as customer_id, item ->> '$.product.id' as product_id,
        item ->> '$.action' as action, item ->> '$.state' as state, doc ->> '$.channel[0].id'
            as channel,
        utc(doc ->> '$.orderDate') as ordered_at, utc(doc ->> '$.requestedCompletionDate')
            as requested_at,
        utc(item ->> '$.firstExpectedCompletionDate') as first_promised_at,
        utc(item ->> '$.expectedCompletionDate') as promised_at,
        utc(item ->> '$.completionDate') as completed_at, known_at, file, line,
        ordered_at is null or known_at is null or bad(doc ->> '$.requestedCompletionDate',
            requested_at)
            or bad(item ->> '$.firstExpectedCompletionDate', first_promised_at)
            or bad(item ->> '$.expectedCompletionDate', promised_at)
            or bad(item ->> '$.completionDate', completed_at)
            or action not in ('add', 'modify', 'delete', 'move', 'noChange') as is_bad
    from versions
    qualify not bool_or(is_bad) over (partition by file, line)
)

select * exclude (is_bad),
    first_value(requested_at) over learning as first_requested_at
from read
window learning as (partition by order_item_id order by known_at, file, line)
qualify row_number() over (partition by order_item_id order by known_at desc, file desc,
    line desc) = 1;

create table provisioning as
select so_item as item_id, so as service_order_id, order_item as order_item_id, service
    as service_id,
    action, state, team as team_id, manual, utc(ordered) as ordered_at, utc(completed)
        as completed_at,
    utc(recorded) as known_at
from service_orders
where so_item <> '' and utc(ordered) is not null and known_at is not null and manual in ('Y',
    'N', '')
    and state in ('acknowledged', 'rejected', 'pending', 'held', 'inProgress', 'cancelled',
        'completed',
        'failed', 'partial', 'assessingCancellation', 'pendingCancellation')
    and not bad(started, utc(started)) and not bad(promised, utc(promised))
    and not bad(completed, utc(completed))
qualify row_number() over (partition by so_item order by known_at desc, file desc, line desc) = 1;

create table provisioning_event as
select event as event_id, so_item as item_id, type, reason, customer_caused = 'Y' as is_customers,
    utc("at") as occurred_at
from service_order_events
where event <> '' and so_item <> '' and type <> '' and utc("at") is not null
    and utc(recorded) is not null
    and customer_caused in ('Y', 'N', '') and not bad(new_promise, utc(new_promise))
qualify row_number() over (partition by event order by utc(recorded) desc, file desc,
    line desc) = 1;

create table visit as
select appointment as visit_id, nullif(order_item, '') as order_item_id, customer as customer_id,
    outcome, utc("from") as window_from, utc("to") as window_to, nullif(ticket, '') as ticket_id
from appointments
where appointment <> '' and utc("from") is not null and utc(recorded) is not null
    and not bad("to", utc("to")) and not bad(arrived, utc(arrived)) and not bad(done, utc(done))
qualify row_number() over (partition by appointment order by utc(recorded) desc, file desc,
    line desc) = 1;
