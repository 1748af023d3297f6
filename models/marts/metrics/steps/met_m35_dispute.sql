-- Share of bills disputed soon after (M35), by the day of the bill; share of disputed amounts
-- credited in the end (M35b), by the day a dispute was closed: an open one is credited nothing yet.
with

bills as (

    select * from {{ ref('fct_bill') }}

),

disputes as (

    select * replace (reason_code as reason)
    from {{ ref('fct_payment') }}
    where payment_type = 'dispute'

),

disputed_bills as (

    select
        bills.source_system,
        bills.bill_id
    from bills
    inner join disputes
        on
            bills.source_system = disputes.source_system
            and bills.bill_id = disputes.bill_id
            and bills.billed_at <= disputes.occurred_at
            and bills.billed_at + to_days({{ var('dispute_days') }}) > disputes.occurred_at
    group by bills.source_system, bills.bill_id

),

judged_bills as (

    select
        bills.*,
        disputed_bills.bill_id is not null as is_disputed
    from bills
    left join disputed_bills
        on
            bills.source_system = disputed_bills.source_system
            and bills.bill_id = disputed_bills.bill_id

),

sliced_bills as (

    {{ sliced('judged_bills', 'billed_at') }}

),

sliced_disputes as (

    {{ sliced('disputes', 'closed_at') }}

),

bill_shares as (

    {{ per_period('sliced_bills', 'billed_at', '
        count(*) filter (where is_disputed) as numerator,
        count(*) as denominator,
        count(*) as n,
        count(distinct customer_id) as customers
    ') }}

),

credit_shares as (

    {{ per_period('sliced_disputes', 'closed_at', '
        sum(coalesce(credited_amount, 0)) as numerator,
        sum(amount) as denominator,
        count(*) as n,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'reason']) }}

)

{% for metric_id, shares in [('M35', 'bill_shares'), ('M35b', 'credit_shares')] %}
select
    '{{ metric_id }}' as metric_id,
    * replace (
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator
    )
from {{ shares }}
{{ 'union all' if not loop.last }}
{% endfor %}
