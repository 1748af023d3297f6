-- One row per site or coarse area, as known now.
{{ config(pre_hook=keep_hashes('location_id')) }}
with

locations as (

    select * from {{ ref('stg_locations') }}

),

versions as (

    select *
    from {{ scd2('locations', 'location_id', [
        'name', 'area', 'region', 'country', 'latitude', 'longitude'
    ]) }}

)

select
    ---------- keys
    {{ surrogate_key(['location_id']) }} as location_key,
    location_id,

    ---------- attributes
    name as location_name,
    area,
    region,
    country,

    ---------- numbers
    latitude,
    longitude,

    ---------- lineage
    source_system,
    source_systems,
    conflicts,
    known_at
from versions
where is_current
