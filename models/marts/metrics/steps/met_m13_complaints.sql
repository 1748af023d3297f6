-- Complaints per 1,000 subscriptions and 30 days: settled in the period (M13, C3) and opened in it
-- (M13b). A complaint still open is in M13b only.
{% set moments = {'M13': 'settled_at', 'M13b': 'opened_at'} %}
with

tickets as (

    select
        *,
        coalesce(resolved_at, closed_at) as settled_at
    from {{ ref('fct_ticket') }}

),

complaints as (

    select * from tickets
    where ticket_type = 'complaint'

),

{% for metric_id, counted_at in moments.items() %}
{{ metric_id | lower }}_complaints as (

    {{ sliced('complaints', counted_at) }}

),

{{ metric_id | lower }}_counts as (

    {{ per_period(
        metric_id | lower ~ '_complaints', counted_at, 'count(*) as numerator',
        ['segment', 'family', 'region', 'channel', 'reason', 'reason_area']
    ) }}

){{ ',' if not loop.last }}

{% endfor %}

{% for metric_id in moments %}
{{ per_base(metric_id, metric_id | lower ~ '_counts', 'tickets', 'opened_at') }}
{{ 'union all' if not loop.last }}
{% endfor %}
