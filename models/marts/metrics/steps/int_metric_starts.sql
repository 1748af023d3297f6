-- One row per metric that cannot be told without a feed: from which day it can, that on which the last
-- of its feeds begins. Null where one of them is not delivered: then it never can. One with a
-- question mark counts only where it is delivered: without it the metric is of what else is known.
with

needed_feeds as (

    select
        metric_id,
        unnest(feeds) as feed
    from {{ ref('dim_metric') }}

),

marked_feeds as (

    select
        metric_id,
        replace(feed, '?', '') as feed,
        feed like '%?' as is_optional
    from needed_feeds

),

feed_starts as (

    select * from {{ ref('int_feed_starts') }}

)

select
    marked_feeds.metric_id,
    case
        when count(feed_starts.feed) = count(*) then cast(max(feed_starts.first_at) as date)
    end as told_from
from marked_feeds
left join feed_starts
    on marked_feeds.feed = feed_starts.feed
where feed_starts.feed is not null or not marked_feeds.is_optional
group by marked_feeds.metric_id
