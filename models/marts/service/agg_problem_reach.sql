{#
    The periods readers choose from, in days up to what we know, each beside the one before it and
    the one a year ago; `all` is all that is told. A period is a bit of a number, so that one sum
    says of somebody in which of them something hit them.
#}
{% set spans = [('all', none, 'now')] %}
{% for days in [30, 90, 365] %}
{% for versus in ['now', 'prev', 'year'] %}
{% do spans.append((days ~ 'd', days, versus)) %}
{% endfor %}
{% endfor %}
{% set parts = ['region', 'area', 'cause', 'technology', 'kind'] %}
-- One row per part of the network's problems (all, a region, area, cause, technology or kind) and period, and
-- per what it is compared with: whom the problems that began in it hit, and who of them left. It
-- is counted ahead because those hit by several problems cannot be added up when somebody asks.
with

clock as (

    select * from {{ ref('int_clock') }}

),

periods as (

    {% for period, days, versus in spans %}
    select
        '{{ period }}' as period,
        '{{ versus }}' as versus,
        {{ 2 ** loop.index0 }} as period_bit,
        {% if days is none %}
        cast(null as timestamp) as begins_at,
        {% else %}
        as_of - interval {{ days * (2 if versus == 'prev' else 1) }} day
            {{- ' - interval 1 year' if versus == 'year' }} as begins_at,
        {% endif %}
        as_of
            {{- ' - interval ' ~ days ~ ' day' if versus == 'prev' }}
            {{- ' - interval 1 year' if versus == 'year' }} as ends_at
    from clock
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

problems as (

    select
        problem_id,
        coalesce(region, 'unknown') as region,
        coalesce(area, 'unknown') as area,
        coalesce(cause, 'unknown') as cause,
        coalesce(technology, 'unknown') as technology,
        case when is_planned then 'planned' when not is_planned then 'unplanned' end as kind,
        started_at
    from {{ ref('fct_problem') }}
    where not is_withdrawn

),

dated_problems as (

    select
        problems.problem_id,
        problems.region,
        problems.area,
        problems.cause,
        problems.technology,
        problems.kind,
        cast(sum(
            case
                when
                    problems.started_at < periods.ends_at
                    and (periods.begins_at is null or problems.started_at >= periods.begins_at)
                    then periods.period_bit
                else 0
            end
        ) as bigint) as periods
    from problems
    cross join periods
    group by
        problems.problem_id, problems.region, problems.area, problems.cause,
        problems.technology, problems.kind

),

exits as (

    select distinct
        from_id as problem_id,
        to_id as subscription_id
    from {{ ref('bdg_evidence') }}
    where from_type = 'problem' and to_type = 'exit'

),

impacts as (

    select
        impacts.customer_id,
        impacts.subscription_id,
        problems.region,
        problems.area,
        problems.cause,
        problems.technology,
        problems.kind,
        problems.periods as hit_in,
        -- Only where the 30 days have passed can it be told who left within them.
        case
            when impacts.impact_from <= clock.as_of - interval 30 day then problems.periods else 0
        end as followed_in,
        case
            when
                impacts.impact_from <= clock.as_of - interval 30 day
                and exits.problem_id is not null
                then problems.periods
            else 0
        end as left_in
    from {{ ref('fct_service_impact') }} as impacts
    inner join dated_problems as problems
        on impacts.problem_id = problems.problem_id
    left join exits
        on
            impacts.problem_id = exits.problem_id
            and impacts.subscription_id = exits.subscription_id
    cross join clock
    where impacts.subscription_id is not null

),

reached as (

    select
        'customer' as who,
        customer_id as reached_id,
        {{ parts | join(', ') }},
        bit_or(hit_in) as hit_in,
        bit_or(followed_in) as followed_in,
        bit_or(left_in) as left_in
    from impacts
    where customer_id is not null
    group by {{ (['customer_id'] + parts) | join(', ') }}

    union all

    select
        'subscription' as who,
        subscription_id as reached_id,
        {{ parts | join(', ') }},
        0 as hit_in,
        bit_or(followed_in) as followed_in,
        bit_or(left_in) as left_in
    from impacts
    group by {{ (['subscription_id'] + parts) | join(', ') }}

),

-- Each counts once in a part, in every period that something hit them there.
reached_once as (

    {% for part in ['all'] + parts %}
    {% set value = "'all'" if part == 'all' else part %}
    select
        '{{ part }}' as dimension,
        {{ value }} as dimension_value,
        who,
        bit_or(hit_in) as hit_in,
        bit_or(followed_in) as followed_in,
        bit_or(left_in) as left_in
    from reached
    group by who, reached_id{{ ', ' ~ part if part != 'all' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

counted as (

    select
        dimension,
        dimension_value,
        who,
        hit_in,
        followed_in,
        left_in,
        count(*) as reached
    from reached_once
    where dimension_value is not null
    group by dimension, dimension_value, who, hit_in, followed_in, left_in

    union all

    -- of a quiet period, too, that nobody was hit is told
    select
        'all' as dimension,
        'all' as dimension_value,
        'customer' as who,
        0 as hit_in,
        0 as followed_in,
        0 as left_in,
        0 as reached

),

in_periods as (

    select
        counted.dimension,
        counted.dimension_value,
        periods.period,
        periods.versus,
        periods.begins_at,
        periods.ends_at,
        counted.who,
        counted.reached,
        (counted.hit_in & periods.period_bit) > 0 as is_hit,
        (counted.followed_in & periods.period_bit) > 0 as is_followed,
        (counted.left_in & periods.period_bit) > 0 as has_left
    from counted
    cross join periods

)

select
    ---------- keys
    dimension,
    dimension_value,
    period,
    versus,

    ---------- times
    begins_at,
    ends_at,

    ---------- numbers
    {% for name, who, whom in [
        ('affected_customers', 'customer', 'is_hit'),
        ('followed_subscriptions', 'subscription', 'is_followed'),
        ('followed_customers', 'customer', 'is_followed'),
        ('exits_30d', 'subscription', 'has_left'),
        ('exit_customers_30d', 'customer', 'has_left'),
    ] -%}
    cast(
        sum(case when who = '{{ who }}' and {{ whom }} then reached else 0 end) as bigint
    ) as {{ name }}
    {{- ',' if not loop.last }}
    {% endfor %}
from in_periods
where is_hit or is_followed or dimension = 'all'
group by dimension, dimension_value, period, versus, begins_at, ends_at
