-- One row per unplanned outage, line and whether it was hit: who lost service, and siblings of the
-- same region and product who did not and were in no other outage while it lasted. Easy to get
-- wrong: overlapping problems of one line are one outage, or each would be paid for the other too.
with

impacts as (

    select * from {{ ref('fct_service_impact') }}
    where is_outage and subscription_id is not null

),

lines as (

    select * from {{ ref('effect_lines') }}

),

seen as (

    select
        subscription_id,
        customer_id,
        problem_id,
        impact_from,
        impact_to,
        max(impact_to) over (
            partition by subscription_id
            order by impact_from, impact_to, problem_id
            rows between unbounded preceding and 1 preceding
        ) as seen_to
    from impacts
    where not is_planned

),

numbered as (

    select
        *,
        count(*) filter (where seen_to is null or impact_from > seen_to) over (
            partition by subscription_id
            order by impact_from, impact_to, problem_id
            rows between unbounded preceding and current row
        ) as outage_number
    from seen

),

hits as (

    select
        arg_min(problem_id, row(impact_from, problem_id)) as problem_id,
        subscription_id,
        customer_id,
        min(impact_from) as event_at,
        max(impact_to) as event_to
    from numbered
    group by subscription_id, customer_id, outage_number

),

line_hits as (

    select
        hits.*,
        lines.product,
        lines.area,
        lines.region,
        round({{ minutes_between('hits.event_at', 'hits.event_to') }} / 60, 9) as dose
    from hits
    inner join lines
        on
            hits.subscription_id = lines.subscription_id
            and {{ holds_at('hits.event_at', 'lines.valid_from', 'lines.valid_to') }}

),

sides as (

    select
        problem_id,
        product,
        region,
        min(event_at) as event_at,
        max(event_to) as event_to
    from line_hits
    group by problem_id, product, region

),

siblings as (

    select
        sides.problem_id,
        lines.subscription_id,
        lines.customer_id,
        sides.event_at,
        sides.event_to
    from sides
    inner join lines
        on
            sides.region = lines.region
            and sides.product = lines.product
            and {{ holds_at('sides.event_at', 'lines.valid_from', 'lines.valid_to') }}

),

unhit_siblings as (

    select siblings.*
    from siblings
    anti join impacts
        on
            siblings.customer_id = impacts.customer_id
            and siblings.event_at <= impacts.impact_to
            and siblings.event_to >= impacts.impact_from

)

select
    problem_id,
    subscription_id,
    customer_id,
    dose,
    true as is_exposed,
    event_at
from line_hits

union all by name

select
    problem_id,
    subscription_id,
    customer_id,
    0.0 as dose,
    false as is_exposed,
    event_at
from unhit_siblings
