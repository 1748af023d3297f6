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

-- Two services of one line in one problem would tie in the order below.
line_impacts as (

    select
        subscription_id,
        customer_id,
        problem_id,
        impact_from,
        impact_to
    from impacts
    where not is_planned
    group by subscription_id, customer_id, problem_id, impact_from, impact_to

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
    from line_impacts

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

drawn_hits as (

    select *
    from line_hits
    qualify
        row_number() over (
            order by md5(concat_ws('|', problem_id, subscription_id)), subscription_id, event_at
        ) <= {{ var('effect_exposed_lines') }}

),

-- Siblings are looked for in the area and, should it all be down, in the region.
sides as (

    select
        drawn_hits.problem_id,
        drawn_hits.product,
        places.place,
        min(drawn_hits.event_at) as event_at,
        max(drawn_hits.event_to) as event_to,
        count(*) as lines_hit
    from drawn_hits
    cross join lateral (
        select unnest([
            concat_ws('|', drawn_hits.region, drawn_hits.area), drawn_hits.region
        ]) as place
    ) as places
    group by drawn_hits.problem_id, drawn_hits.product, places.place

),

-- Every line has a number in its places, in the order of a hash: a slice of numbers is a draw.
numbered_lines as (

    select
        product,
        place,
        subscription_id,
        row_number() over (
            partition by product, place
            order by md5(subscription_id), subscription_id
        ) - 1 as line_number,
        count(*) over (partition by product, place) as lines
    from (
        select
            product,
            unnest([concat_ws('|', region, area), region]) as place,
            subscription_id
        from lines
    )
    group by product, place, subscription_id

),

sizes as (

    select
        product,
        place,
        max(lines) as lines
    from numbered_lines
    group by product, place

),

-- Three times the controls wanted: some are hit as well, some are not there at that moment.
wanted as (

    select
        sides.problem_id,
        sides.product,
        sides.place,
        sides.event_at,
        sides.event_to,
        unnest(range(
            least(sizes.lines, 3 * {{ var('effect_controls_per_line') }} * sides.lines_hit)
        )) as step,
        -- seven hexadecimal digits of a digest: a start of its own for each outage
        cast('0x' || left(md5(sides.problem_id), 7) as bigint) as start,
        (start + step) % sizes.lines as line_number
    from sides
    inner join sizes
        on
            sides.product = sizes.product
            and sides.place = sizes.place

),

-- Found in the area and in the region, a sibling is one sibling.
siblings as (

    select
        wanted.problem_id,
        lines.subscription_id,
        lines.customer_id,
        min(wanted.event_at) as event_at,
        max(wanted.event_to) as event_to
    from wanted
    inner join numbered_lines
        on
            wanted.product = numbered_lines.product
            and wanted.place = numbered_lines.place
            and wanted.line_number = numbered_lines.line_number
    inner join lines
        on
            numbered_lines.subscription_id = lines.subscription_id
            and wanted.product = lines.product
            and {{ holds_at('wanted.event_at', 'lines.valid_from', 'lines.valid_to') }}
    group by wanted.problem_id, lines.subscription_id, lines.customer_id

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
