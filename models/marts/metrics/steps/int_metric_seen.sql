-- One row per metric that sees its population through links, and period: the share it could see.
-- That is the coverage, in the period, of the weakest of its links: what no link finds is missing
-- from it, and no metric sees more than its weakest link lets through. A link with nothing to link
-- in the period limits nothing; services stand, so their links are the same in every period.
with

catalogue as (

    select * from {{ ref('metric_catalogue') }}

),

link_days as (

    select * from {{ ref('int_link_days') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

needed as (

    select
        metric_id,
        unnest(string_split(edges, ' ')) as edge
    from catalogue
    where edges is not null

),

dated as (

    {% for grain in ['month', 'week', 'day'] %}
    select
        '{{ grain }}' as period_grain,
        cast(date_trunc('{{ grain }}', happened_date) as date) as period_start,
        edge,
        sum(row_count) as eligible,
        coalesce(sum(row_count) filter (where outcome = 'linked'), 0) as linked
    from link_days
    where happened_date is not null
    group by cast(date_trunc('{{ grain }}', happened_date) as date), edge
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

standing as (

    select
        metric_periods.period_grain,
        metric_periods.period_start,
        services.edge,
        services.eligible,
        services.linked
    from metric_periods
    cross join (
        select
            edge,
            sum(row_count) as eligible,
            coalesce(sum(row_count) filter (where outcome = 'linked'), 0) as linked
        from link_days
        where happened_date is null and edge in ('resource→service', 'service→subscription')
        group by edge
    ) as services

),

covered as (

    select * from dated
    union all
    select * from standing

)

select
    needed.metric_id,
    covered.period_grain,
    covered.period_start,
    round(min(cast(covered.linked as double) / covered.eligible), 6) as seen_share,
    arg_min(
        covered.edge, (cast(covered.linked as double) / covered.eligible, covered.edge)
    ) as limiting_edge
from needed
inner join covered
    on needed.edge = covered.edge
group by needed.metric_id, covered.period_grain, covered.period_start
