-- One row per metric that cannot be told without a feed: from which day it can, that on which the last
-- of its feeds begins. Null where one of them is not delivered: then it never can.
with

needed_feeds as (

    select
        metric_id,
        unnest(feeds) as feed
    from {{ ref('dim_metric') }}

),

feed_starts as (

    select * from {{ ref('int_feed_starts') }}

)

select
    needed_feeds.metric_id,
    case
        when count(feed_starts.feed) = count(*) then cast(max(feed_starts.first_at) as date)
    end as told_from
from needed_feeds
left join feed_starts
    on needed_feeds.feed = feed_starts.feed
group by needed_feeds.metric_id
