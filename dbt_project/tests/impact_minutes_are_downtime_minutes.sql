-- Two paths to one number: the impacts of all outages on a service, merged, are its downtime where
-- no subscription ever used it, and never more than its downtime where one did (it may have had
-- gaps).
with

impacts as (

    select * from {{ ref('fct_service_impact') }} where is_outage

),

impact_unions as (

    select *
    from {{ merged_periods('impacts', ['service_id'], 'impact_from', 'impact_to') }}

),

impact_totals as (

    select
        service_id,
        sum({{ minutes_between('impact_from', 'impact_to') }}) as impact_minutes
    from impact_unions
    group by service_id

),

downtime_totals as (

    select
        service_id,
        sum(minutes) as downtime_minutes
    from {{ ref('fct_service_downtime') }}
    group by service_id

),

used_services as (

    select service_id
    from {{ ref('bdg_subscription_service') }}
    group by service_id

)

select
    impact_totals.service_id,
    impact_totals.impact_minutes,
    downtime_totals.downtime_minutes
from impact_totals
full join downtime_totals
    on impact_totals.service_id = downtime_totals.service_id
left join used_services
    on coalesce(impact_totals.service_id, downtime_totals.service_id) = used_services.service_id
where
    coalesce(impact_totals.impact_minutes, 0)
    > coalesce(downtime_totals.downtime_minutes, 0) + 0.001
    or (
        used_services.service_id is null
        and coalesce(impact_totals.impact_minutes, 0)
        < coalesce(downtime_totals.downtime_minutes, 0) - 0.001
    )
