-- Who is in the base, whose contact it is, what became of orders and issues: what M01 to M27 stand on,
-- from METRICS.md and docs/metrics.md, without reading the models.

create table subscription as
select product.*, coalesce(customer.is_internal, false) as is_internal
from product
left join customer using (customer_id)
where parent_id is null;

create table used as
select subscription as product_id, day::timestamp as used_at, day + interval 1 day as used_to
from usage_daily
union all
select subscription, month::timestamp, month + interval 1 month from voice_monthly;

create table revenue as  -- when a prepaid line last brought any
select product_id, max(at_) as last_at
from (select product_id, used_to as at_ from used
    union all select subscription_no, try_cast(paid_at as timestamp) from payments
        where state = 'settled')
group by product_id;

create table base as  -- who is in the base, from and until; silence counts before a later end
with silent as (
    select *, greatest(last_at, started_at, (select min(used_at) from used)) + interval 90 day
        as gone_at
    from subscription
    left join revenue using (product_id)
)
select product_id, customer_id, started_at as valid_from,
    least(ended_at, gone_at) as valid_to,
    case when coalesce(gone_at < ended_at, true) and gone_at is not null then 'inactive'
        else exit_cause end as exit_cause, phone
from (select * replace (case when is_prepaid and gone_at <= (select as_of from ends)
    then gone_at end as gone_at) from silent)
where not is_internal and started_at is not null
    and status in ('active', 'suspended', 'pendingTerminate', 'terminated');

create table base_day as  -- counted as each day opens
select day::timestamp as day, customer_id, count(*) as lines
from base, range((select since from ends)::timestamp, (select as_of from ends)::timestamp,
    interval 1 day) as days (day)
where valid_from <= day and day < coalesce(valid_to, 'infinity')
group by all;

create table only_lines as
select customer_id, min(product_id) as only_line from subscription
group by customer_id having count(*) = 1;

create table ticket_line as
select ticket.*, coalesce(parent_id, product_id, only_line) as line_id
from ticket
left join (select product_id, parent_id from product) using (product_id)
left join only_lines on ticket.customer_id = only_lines.customer_id;

create table told as  -- from the period of the first contact, ticket or problem on, none is 0
select period_start from period, (
    select min(at_) as first_at from (select started_at as at_ from interaction
        union all select opened_at from ticket union all select started_at from problem)
)
where period_start <= first_at and first_at < period_end;

create table contact as
with callers as (
    select phone, min(customer_id) as customer_id, min(product_id) as product_id
    from (
        select phone, customer_id, product_id from product
        union all select digits(telefon), nullif(kunde, ''), null from customers
        union all select digits(contact_phone), customer_no, null from accounts
    )
    where phone <> ''
    group by phone having count(distinct customer_id) = 1
)

select interaction.* exclude (customer_id, product_id, ticket_id),
    coalesce(interaction.customer_id, callers.customer_id) as customer_id,
    coalesce(interaction.product_id, callers.product_id, only_line) as product_id, ticket_id
        as named_ticket_id,
    coalesce(ended_at, started_at) as counted_at
from interaction
left join callers using (phone)
left join only_lines on coalesce(interaction.customer_id,
    callers.customer_id) = only_lines.customer_id
where is_inbound;

create table led_to as  -- the ticket a contact names, else the next one on its line within a day
select interaction_id, min_by(ticket_id, opened_at) as ticket_id
from (select ticket_id, line_id as product_id, opened_at from ticket_line
    where ticket_id not in (select ticket_id from interaction where ticket_id is not null))
        as unnamed
asof join (select interaction_id, product_id, started_at from contact
    where is_human and named_ticket_id is null) as silent
    on unnamed.product_id = silent.product_id and opened_at >= started_at
where opened_at < started_at + interval 24 hour
group by interaction_id;

create table fallen as  -- service orders that fell out (M26)
with held as (
    select item_id, type, is_customers, occurred_at, lead(occurred_at) over (
        partition by item_id order by occurred_at) as until
    from provisioning_event where type in ('hold', 'release')
),

last_states as (  -- cancelled and failed items tell no end: they ended when that was known
    select so_item as item_id, min(utc(recorded)) as over_at from service_orders
    where state in ('completed', 'failed', 'cancelled', 'rejected', 'partial')
    group by so_item
)

select distinct service_order_id
from provisioning cross join ends left join last_states using (item_id)
where state = 'failed'
    or exists (select 1 from provisioning_event as told
        where told.item_id = provisioning.item_id and told.type = 'error')
    or exists (select 1 from held where held.item_id = provisioning.item_id and held.type = 'hold'
        and not is_customers
        and coalesce(until, provisioning.completed_at, over_at, as_of) - occurred_at > interval 24 hour);

create table troubled as  -- order items that did not go right the first time (M25)
select order_item_id from (
    select *, max(completed_at) over (partition by order_id) + interval 30 day as watched_to
    from order_item
) as order_item
where first_requested_at <> requested_at
    or exists (select 1 from provisioning join fallen using (service_order_id)
        where provisioning.order_item_id = order_item.order_item_id)
    or (select count(*) from visit where outcome <> 'cancelled'
        and visit.order_item_id = order_item.order_item_id
        and window_from < watched_to) > 1
    or exists (select 1 from ticket_line join product on product.product_id = order_item.product_id
        where line_id = coalesce(parent_id, product.product_id)
            and opened_at >= completed_at and opened_at < watched_to);

create table closed_order as
select order_id, any_value(customer_id) as customer_id, max(coalesce(completed_at, known_at))
    as done_at,
    bool_and(state = 'completed') as is_full, bool_and(completed_at <= first_promised_at)
        as is_on_time,
    bool_or(order_item_id in (from troubled)) as is_troubled
from order_item
group by order_id
having bool_and(state in ('completed', 'failed', 'cancelled', 'rejected', 'partial'));

create table credit as
select distinct adjustment_no, customer_no as customer_id, created_at
from adjustments
join accounts using (account_no)
where kind = 'credit';

create table issue as
with gaps as (
    select contact.*, ticket_id,
        coalesce(started_at - lag(started_at) over issues >= interval 7 day, true) as is_first_of
    from contact
    left join led_to using (interaction_id)
    where is_human and customer_id is not null and reason <> ''
    window issues as (partition by customer_id, reason order by started_at, interaction_id)
),

runs as (
    select *, sum(is_first_of::int) over (partition by customer_id, reason
        order by started_at, interaction_id) as run
    from gaps
)

select customer_id, reason, count(*) as contacts, sum(coalesce(transfers, 0)) as passed,
    max(counted_at) as counted_at, max(started_at) as started_at,
    arg_max(interaction_id, started_at) as interaction_id, arg_max(coalesce(named_ticket_id,
        ticket_id), started_at) as ticket_id,
    arg_max(product_id, started_at) as product_id
from runs
group by customer_id, reason, run;
