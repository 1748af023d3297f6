-- Inbound contacts per 1,000 subscriptions and 30 days: with a person (M05), without one (M05b).
with

interactions as (

    select
        *,
        team_id as team
    from {{ ref('fct_interaction') }}
    where direction = 'inbound'

),

sliced_interactions as (

    {{ sliced('interactions', 'closed_at') }}

),

human_handled as (

    select * from sliced_interactions
    where is_contact

),

self_service as (

    select * from sliced_interactions
    where not is_human_handled

),

{% set slices = [
    'segment', 'family', 'region', 'channel', 'channel_kind', 'reason', 'reason_area'
] %}
contact_counts as (

    {{ per_period(
        'human_handled', 'closed_at', 'count(*) as numerator', slices + ['team'],
        pairs=pairs_of_slices()
    ) }}

),

self_service_counts as (

    {{ per_period(
        'self_service', 'closed_at', 'count(*) as numerator', slices, pairs=pairs_of_slices()
    ) }}

)

{{ per_base('M05', 'contact_counts', with_pairs=true) }}
union all
{{ per_base('M05b', 'self_service_counts', with_pairs=true) }}
