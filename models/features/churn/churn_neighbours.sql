-- Who else hangs on the same piece of network, and how many of them have left, as known then.
-- A line may use several resources: the one fewest lines share is the nearest and speaks for it.
{{ config(**increment_by_date('churn_cutoffs')) }}
with

cohort as (

    select * from {{ ref('churn_cohort') }} as cohort
    where {{ is_touched('cohort') }}

),

cutoffs as (

    select as_of_date from cohort
    group by as_of_date

),

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

),

product_services as (

    select * from {{ ref('stg_product_services') }}

),

service_resources as (

    select * from {{ ref('stg_service_resources') }}

),

resource_feed as (

    select min(known_at) as first_known_at from service_resources

),

-- Lines there, and lines that had left by then; not the cohort, whose dates are not all here.
lines as (

    select
        product_versions.product_id,
        cutoffs.as_of_date,
        coalesce(product_versions.ended_at < cutoffs.as_of_date, false) as has_left
    from cutoffs
    inner join product_versions
        on {{ known_as_of('product_versions', 'cutoffs.as_of_date', 'valid_to') }}
    where
        coalesce(product_versions.started_at < cutoffs.as_of_date, true)
        and coalesce(product_versions.ended_at >= cutoffs.as_of_date - interval 90 day, true)

),

-- Several systems may tell of the same link: a line is on a resource once.
links as (

    select distinct
        lines.product_id,
        lines.as_of_date,
        lines.has_left,
        service_resources.resource_id
    from lines
    inner join product_services
        on
            lines.product_id = product_services.product_id
            and {{ known_as_of('product_services', 'lines.as_of_date') }}
    inner join service_resources
        on
            product_services.service_id = service_resources.service_id
            and {{ known_as_of('service_resources', 'lines.as_of_date') }}
            and coalesce(service_resources.valid_from < lines.as_of_date, true)
            and (
                lines.has_left
                or coalesce(service_resources.valid_to >= lines.as_of_date, true)
            )

),

crowds as (

    select
        resource_id,
        as_of_date,
        count(*) filter (where not has_left) as lines_there,
        count(*) filter (where has_left) as lines_gone
    from links
    group by resource_id, as_of_date

),

nearest as (

    select
        links.product_id,
        links.as_of_date,
        arg_min(
            crowds, (crowds.lines_there + crowds.lines_gone, crowds.resource_id)
        ) as crowd
    from links
    inner join crowds
        on
            links.resource_id = crowds.resource_id
            and links.as_of_date = crowds.as_of_date
    where not links.has_left and crowds.lines_there + crowds.lines_gone > 1
    group by links.product_id, links.as_of_date

)

select
    cohort.subscription_id,
    cohort.as_of_date,
    case
        when resource_feed.first_known_at < cohort.as_of_date
            then coalesce(nearest.crowd.lines_there - 1, 0)
    end as neighbours,
    case
        when resource_feed.first_known_at < cohort.as_of_date
            then coalesce(nearest.crowd.lines_gone, 0)
    end as neighbour_exits_90d
from cohort
cross join resource_feed
left join nearest
    on
        cohort.subscription_id = nearest.product_id
        and cohort.as_of_date = nearest.as_of_date
