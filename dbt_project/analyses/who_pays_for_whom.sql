-- Analyst question (billing and care): which customers use subscriptions that somebody else's
-- account pays for, and how many does each payer pay for? A payer's unpaid bill spoils the users' service.
with

roles as (

    select * from {{ ref('bdg_customer_account') }}
    where is_current

),

holders as (

    select * from roles
    where role = 'holder'

),

users as (

    select * from roles
    where role = 'user'

)

select
    holders.customer_id as payer_id,
    count(distinct holders.account_id) as accounts,
    count(distinct users.customer_id) as others_paid_for
from holders
inner join users
    on
        holders.account_id = users.account_id
        and holders.customer_id <> users.customer_id
group by payer_id
order by others_paid_for desc, payer_id
