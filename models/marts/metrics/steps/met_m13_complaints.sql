-- Complaints per 1,000 subscriptions and 30 days: settled in the period (M13, C3) and opened in it
-- (M13b), and those of them taken to the regulator (M13r), known from the first ticket that tells.
-- A complaint still open is not in M13.
{% set counted = {
    'M13': ('complaints', 'settled_at'),
    'M13b': ('complaints', 'opened_at'),
    'M13r': ('escalations', 'opened_at'),
} %}
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

escalations as (

    select * from complaints
    where is_regulatory

),

{% for metric_id, (relation, counted_at) in counted.items() %}
{{ metric_id | lower }}_complaints as (

    {{ sliced(relation, counted_at) }}

),

{{ metric_id | lower }}_counts as (

    {{ per_period(
        metric_id | lower ~ '_complaints', counted_at, 'count(*) as numerator',
        ['segment', 'family', 'region', 'channel', 'reason', 'reason_area'],
        pairs=pairs_of_slices()
    ) }}

){{ ',' if not loop.last }}

{% endfor %}

{% for metric_id in counted %}
{{ per_base(metric_id, metric_id | lower ~ '_counts', with_pairs=true) }}
{{ 'union all' if not loop.last }}
{% endfor %}
