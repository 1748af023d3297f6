-- One row per version of a network element. Elements that only alarms name are not invented here:
-- they are orphans, counted in int_link_coverage.
with

resources as (

    select * from {{ in_our_words(ref('stg_resources'), {'status': 'resource_status'}) }}

),

locations as (

    select * from {{ ref('dim_location') }}

),

versions as (

    select *
    from {{ scd2('resources', 'resource_id', [
        'resource_type', 'name', 'technology', 'vendor', 'location_id', 'status', 'started_at',
        'ended_at'
    ]) }}

)

select
    ---------- keys
    {{ surrogate_key(['versions.resource_id', 'versions.valid_from']) }} as resource_key,
    versions.resource_id,
    versions.location_id,

    ---------- attributes
    versions.resource_type,
    versions.name,
    versions.technology,
    versions.vendor,
    versions.status,
    locations.location_name,
    locations.area,
    locations.region,

    ---------- numbers
    locations.latitude,
    locations.longitude,

    ---------- times
    versions.started_at,
    versions.ended_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,

    ---------- lineage
    versions.source_system,
    versions.source_systems,
    versions.conflicts,
    versions.known_at
from versions
left join locations
    on versions.location_id = locations.location_id
