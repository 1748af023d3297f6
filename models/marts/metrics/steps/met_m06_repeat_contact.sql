-- Share of contacts the same customer followed by another for the same reason, within repeat_days
-- (M06) and other windows (M06d1 …), by the end of the first. A contact of an unknown customer or
-- reason is left out: nobody can tell whether it was followed.
{% set windows = {'M06': var('repeat_days')} %}
{% for days in var('repeat_days_also') %}
{% do windows.update({'M06d' ~ days: days}) %}
{% endfor %}
with

contacts as (

    select
        *,
        team_id as team
    from {{ ref('fct_interaction') }}
    where is_contact and customer_id is not null and reason is not null

),

sliced_contacts as (

    {{ sliced('contacts', 'closed_at') }}

),

{% set measures %}
        {% for metric_id, days in windows.items() %}
        count(*) filter (where next_contact_at < started_at + to_days({{ days }}))
            as {{ metric_id | lower }}_followed,
        {% endfor %}
        count(*) as contacts,
        count(distinct customer_id) as customers
{% endset %}
counts as (

    {{ per_period('sliced_contacts', 'closed_at', measures, [
        'segment', 'family', 'region', 'channel', 'reason', 'reason_area', 'team'
    ]) }}

)

{% for metric_id in windows %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast({{ metric_id | lower }}_followed as double) as numerator,
    cast(contacts as double) as denominator,
    contacts as n,
    customers
from counts
{{ 'union all' if not loop.last }}
{% endfor %}
