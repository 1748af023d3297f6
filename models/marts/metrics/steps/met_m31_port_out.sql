-- Numbers carried away (M31) and asked to be (M31b), each by its own time, per average base: of the
-- whole period, not per 30 days.
{% set slices = ['segment', 'family', 'region', 'other_operator'] %}
with

port_requests as (

    select * from {{ ref('fct_port_request') }}
    where direction = 'out'

),

port_outs as (

    select * from port_requests
    where is_completed

),

sliced_port_outs as (

    {{ sliced('port_outs', 'completed_at') }}

),

sliced_requests as (

    {{ sliced('port_requests', 'requested_at') }}

),

port_out_counts as (

    {{ per_period(
        'sliced_port_outs', 'completed_at', 'count(*) as numerator', slices, pairs=pairs_of_slices()
    ) }}

),

request_counts as (

    {{ per_period('sliced_requests', 'requested_at', 'count(*) as numerator', slices) }}

)

{{ per_base('M31', 'port_out_counts', 'base.average_base', with_pairs=true) }}
union all
{{ per_base('M31b', 'request_counts', 'base.average_base') }}
