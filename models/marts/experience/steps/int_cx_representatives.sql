-- One row per experience that stands for its root problem, and from when to when it does: one
-- root counts once per subscription and domain, by its worst experience as faded. Two experiences
-- of one domain fade alike, so which is worse never turns over; only a further, worse one takes
-- over once it is known. Neither a storm nor one more bad experience can ever raise the index.
{{ config(pre_hook=keep_hashes('subscription_id')) }}
with

experiences as (

    select * from {{ ref('fct_cx_event') }}

),

domains as (

    select * from {{ ref('cxi_parameters') }}
    where level = 'domain' and parameter_version = {{ var('cxi_version') }}

),

-- How bad it is at any later date, up to what fading does to all alike: in halvings.
ranked as (

    select
        experiences.cx_event_id,
        experiences.subscription_id,
        experiences.domain,
        experiences.root_id,
        experiences.significance * (1 - experiences.quality) as fresh_loss,
        experiences.occurred_at,
        domains.half_life_days,
        greatest(experiences.occurred_at, experiences.known_at) as counts_from,
        log2(fresh_loss) + epoch(experiences.occurred_at) / 86400.0 / domains.half_life_days
            as badness
    from experiences
    inner join domains
        on experiences.domain = domains.domain
    where experiences.significance > 0

),

compared as (

    select
        *,
        max(badness) over (
            partition by subscription_id, domain, root_id
            order by counts_from, badness desc, cx_event_id
            rows between unbounded preceding and 1 preceding
        ) as worst_before
    from ranked

),

worst_so_far as (

    select * exclude (worst_before)
    from compared
    where worst_before is null or badness > worst_before

)

select
    cx_event_id,
    subscription_id,
    domain,
    root_id,
    fresh_loss,
    half_life_days,
    occurred_at,
    counts_from,
    lead(counts_from) over (
        partition by subscription_id, domain, root_id order by counts_from, badness
    ) as counts_to
from worst_so_far
