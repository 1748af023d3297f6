-- One row per feed that metrics need: from when it tells. Easy to get wrong: the first row of a feed
-- is not its beginning, for what is rare (a port-out, a dispute) does not happen every day, nor is
-- anything billed before the day of the cycle. So a feed tells from where the first of them does, else
-- from where the month of its first row begins, unless in the like days of a later month, as many as
-- it was silent for, it told of feed_silence_events or more: then it began with its first row, and
-- the period that day lies in is known in part. One that never tells what a metric asks (of what type
-- a ticket is, whether a problem is an outage, why a line left) does not begin for it: that is no 0.
{% set feeds = {
    'contacts': ('fct_interaction', 'started_at', 'true'),
    'tickets': ('fct_ticket', 'opened_at', 'true'),
    'typed_tickets': ('fct_ticket', 'opened_at', 'ticket_type is not null'),
    'regulatory_tickets': ('fct_ticket', 'opened_at', 'is_regulatory is not null'),
    'problems': ('int_problems', 'started_at', 'category is not null'),
    'port_requests': ('fct_port_request', 'requested_at', "direction = 'out'"),
    'exits': ('int_sliced_periods', 'active_to', 'exit_cause is not null'),
    'exit_causes': ('int_sliced_periods', 'active_to', "exit_cause not in ('unknown', 'inactive')"),
    'bills': ('int_revenues', 'billed_at', 'true'),
    'disputes': ('fct_payment', 'occurred_at', "payment_type in ('dispute', 'adjustment')"),
    'measurements': ('fct_service_day', 'service_date', 'measurements > 0'),
    'activities': ('int_service_activities', 'closed_at', 'true'),
    'notices': ('fct_notice', 'sent_at', 'true'),
} %}
{# What comes of other things comes after them, and the first one late. #}
{% set consequences = ['exits', 'exit_causes', 'port_requests', 'disputes', 'notices'] %}
with

clock as (

    select * from {{ ref('int_clock') }}

),

{% for feed, (relation, happened_at, condition) in feeds.items() %}
{{ feed }} as (

    select
        '{{ feed }}' as feed,
        cast({{ happened_at }} as timestamp) as happened_at
    from {{ ref(relation) }}
    where {{ condition }} and {{ happened_at }} is not null

),

{% endfor %}
told as (

    {% for feed in feeds %}
    select * from {{ feed }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- What happened before the data begin says that the feed does not begin after them.
known as (

    select
        told.feed,
        greatest(told.happened_at, clock.first_at) as happened_at,
        clock.first_at as data_from,
        clock.as_of as known_to
    from told
    cross join clock
    where told.happened_at < clock.as_of

),

own_days as (

    select
        feed,
        data_from,
        known_to,
        date_trunc('day', min(happened_at)) as first_day
    from known
    group by feed, data_from, known_to

),

-- Orders made long before and master data reach further back than anything was told of.
first_days as (

    select
        *,
        min(first_day) over () as known_from
    from own_days

),

silences as (

    select
        feed,
        known_to,
        first_day,
        known_from as silent_from
    from first_days

    union

    select
        feed,
        known_to,
        first_day,
        greatest(data_from, date_trunc('month', first_day)) as silent_from
    from first_days

),

likes as (

    select
        *,
        cast(date_diff('month', silent_from, first_day) + 1 as integer) as months_later,
        silent_from + to_months(months_later) as like_from,
        first_day + to_months(months_later) as like_to
    from silences

),

-- Where no such days have passed yet, its rhythm since its first row is all there is to go by.
judged as (

    select
        likes.feed,
        likes.first_day,
        likes.silent_from,
        case
            when likes.like_to <= likes.known_to
                then cast(count(*) filter (
                    where
                        known.happened_at >= likes.like_from
                        and known.happened_at < likes.like_to
                ) as double)
            else
                cast(count(*) as double)
                * date_diff('day', likes.silent_from, likes.first_day)
                / greatest(date_diff('day', likes.first_day, likes.known_to), 1)
        end as expected_events
    from likes
    inner join known
        on likes.feed = known.feed
    group by
        likes.feed, likes.known_to, likes.first_day, likes.silent_from, likes.like_from,
        likes.like_to

),

starts as (

    select
        judged.feed,
        judged.first_day,
        first_days.known_from,
        coalesce(
            min(judged.silent_from) filter (
                where judged.expected_events < {{ var('feed_silence_events') }}
            ),
            judged.first_day
        ) as first_at
    from judged
    inner join first_days
        on judged.feed = first_days.feed
    group by judged.feed, judged.first_day, first_days.known_from

)

select
    feed,
    case
        when
            feed in ('{{ consequences | join("', '") }}')
            and first_day <= known_from + to_days({{ var('feed_slow_days') }})
            then min(first_at) over ()
        else first_at
    end as first_at
from starts
