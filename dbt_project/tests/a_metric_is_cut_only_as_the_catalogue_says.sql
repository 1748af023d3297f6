-- What the guide and the app offer to cut by, and the periods they tell, is what there is, and no metric of the models has rows
-- the catalogue knows nothing of.
select
    metric_value.metric_id,
    metric_value.dimension
from {{ ref('metric_value') }} as metric_value
inner join {{ ref('dim_metric') }} as catalogue
    on metric_value.metric_id = catalogue.metric_id
where
    catalogue.made_by <> 'models'
    or not list_contains(catalogue.grains, metric_value.period_grain)
    or (
        metric_value.dimension <> 'all'
        and not coalesce(list_contains(catalogue.slices, metric_value.dimension), false)
    )
group by metric_value.metric_id, metric_value.dimension
