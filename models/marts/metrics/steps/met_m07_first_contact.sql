-- First-contact resolution as agents code it (M07), as customers live it (M08), and the gap between
-- the two (M09). Where nothing is coded there is no M07, which is not 0 %. Easy to get wrong: in a
-- period with codes a segment, family or region without any has contacts all the same, and its 0 %
-- is in the whole's; a channel, reason or team without any does not code.
{% set slices = ['segment', 'family', 'region', 'channel', 'reason', 'team'] %}
with

contacts as (

    select
        *,
        team_id as team
    from {{ ref('fct_interaction') }}
    where is_contact

),

episodes as (

    select
        *,
        team_id as team
    from {{ ref('int_issue_episodes') }}

),

sliced_contacts as (

    {{ sliced('contacts', 'closed_at') }}

),

sliced_episodes as (

    {{ sliced('episodes', 'closed_at') }}

),

dispositions as (

    {{ per_period('sliced_contacts', 'closed_at', '
        count(*) filter (where is_resolved_first) as numerator,
        count(*) as n,
        count(is_resolved_first) as coded,
        count(distinct customer_id) as customers
    ', slices) }}

),

coded_periods as (

    select
        period_grain,
        period_start
    from dispositions
    where dimension = 'all' and coded > 0

),

coded as (

    select dispositions.*
    from dispositions
    semi join coded_periods
        on
            dispositions.period_grain = coded_periods.period_grain
            and dispositions.period_start = coded_periods.period_start
    where dispositions.coded > 0 or {{ is_of_base('dispositions.dimension') }}

),

durable as (

    {{ per_period('sliced_episodes', 'closed_at', '
        count(*) filter (where is_durable) as numerator,
        count(*) as n,
        count(distinct customer_id) as customers
    ', slices) }}

)

{% for metric_id, counts in [('M07', 'coded'), ('M08', 'durable')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(numerator as double) as numerator,
    cast(n as double) as denominator,
    cast(null as double) as value,
    n,
    customers
from {{ counts }}

union all

{% endfor %}
select
    'M09' as metric_id,
    durable.period_grain,
    durable.period_start,
    durable.dimension,
    durable.dimension_value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    100.0 * coded.numerator / coded.n - 100.0 * durable.numerator / durable.n as value,
    durable.n,
    durable.customers
from durable
inner join coded
    on
        durable.period_grain = coded.period_grain
        and durable.period_start = coded.period_start
        and durable.dimension = coded.dimension
        and durable.dimension_value = coded.dimension_value
