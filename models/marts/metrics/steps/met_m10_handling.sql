-- Seconds of work per contact with a person (M10) and times it was passed on (M11), by the end of
-- the contact. A contact whose times, or transfers, the source does not tell is left out of it.
with

contacts as (

    select
        *,
        team_id as team,
        case
            when coalesce(talk_seconds, hold_seconds, wrap_up_seconds) is not null
                then
                    coalesce(talk_seconds, 0)
                    + coalesce(hold_seconds, 0)
                    + coalesce(wrap_up_seconds, 0)
        end as handling_seconds
    from {{ ref('fct_interaction') }}
    where is_contact

),

sliced_contacts as (

    {{ sliced('contacts', 'closed_at') }}

),

{% set kinds = {'M10': 'handling_seconds', 'M11': 'transfers'} %}
{% for metric_id, measured in kinds.items() %}
{{ metric_id | lower }}_contacts as (

    select * from sliced_contacts
    where {{ measured }} is not null

),

{{ metric_id | lower }}_sums as (

    {{ per_period(metric_id | lower ~ '_contacts', 'closed_at', '
        sum(' ~ measured ~ ') as total,
        sum(cast(' ~ measured ~ ' as double) * ' ~ measured ~ ') as squared_total,
        count(*) as contacts,
        count(distinct customer_id) as customers
    ', [
        'segment', 'family', 'region', 'channel', 'channel_kind', 'reason', 'reason_area', 'team'
    ]) }}

){{ ',' if not loop.last }}

{% endfor %}

{% for metric_id in kinds %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(total as double) as numerator,
    cast(contacts as double) as denominator,
    cast(squared_total as double) as sum_of_squares,
    contacts as n,
    customers
from {{ metric_id | lower }}_sums
{{ 'union all' if not loop.last }}
{% endfor %}
