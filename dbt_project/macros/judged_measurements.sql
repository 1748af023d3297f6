{#
    Measurements of `service_qualities`, a CTE, that say whether their KPI is beyond its floor in
    `cxi_parameters`, another, as a subquery. A floor above the target means that lower is better; of a
    KPI without a floor nothing is beyond.
#}
{% macro judged_measurements() -%}
(
    with

    kpi_floors as (

        select
            substr(event_type, length('quality_') + 1) as kpi,
            target,
            floor
        from cxi_parameters
        where
            parameter_version = {{ var('cxi_version') }}
            and level = 'event'
            and starts_with(event_type, 'quality_')

    )

    select
        service_qualities.service_id,
        service_qualities.measured_from,
        service_qualities.measured_to,
        coalesce(
            case
                when kpi_floors.floor > kpi_floors.target
                    then service_qualities.value > kpi_floors.floor
                else service_qualities.value < kpi_floors.floor
            end,
            false
        ) as is_below_floor
    from service_qualities
    left join kpi_floors
        on service_qualities.kpi = kpi_floors.kpi
)
{%- endmacro %}
