-- One row per line, habit and choice it showed or most likely makes: its share, smoothed towards that
-- of its segment. Easy to get wrong: a customer seen once has not always done so. How much one's own
-- past weighs is learned from everybody's: the weight of the segment under which each thing done is
-- foretold best by all the others the same customer did (leave one out); where the past foretells
-- nothing the segment stands alone. The likeliest choice is not always the customer's own: of few
-- contacts most come when everybody's do. `leaning` says what it does beyond that.
with

cutoffs as (

    select as_of_date from {{ ref('churn_cutoffs') }}
    order by as_of_date desc
    limit {{ var('preference_fact_dates') }}

),

cohort as (

    select * from {{ ref('preference_cohort') }}
    where as_of_date in (select as_of_date from cutoffs)

),

features as (

    select * from {{ ref('preference_features') }}

),

events as (

    select * from {{ ref('preference_events') }}

),

lines as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        cohort.customer_id,
        coalesce(features.segment, 'unknown') as segment
    from cohort
    inner join features
        on
            cohort.subscription_id = features.subscription_id
            and cohort.as_of_date = features.as_of_date

),

customers as (

    select
        customer_id,
        as_of_date,
        min(segment) as segment
    from lines
    where customer_id is not null
    group by customer_id, as_of_date

),

counted as (

    select
        customers.customer_id,
        customers.as_of_date,
        customers.segment,
        events.habit,
        events.choice,
        count(*) as times,
        max(events.happened_at) as last_at
    from customers
    inner join events
        on
            customers.customer_id = events.customer_id
            and events.happened_at < customers.as_of_date
            and events.known_at < customers.as_of_date
    group by all

),

choices as (

    select
        as_of_date,
        habit,
        choice,
        count(*) over (partition by as_of_date, habit) as choices
    from counted
    group by as_of_date, habit, choice

),

segments as (

    select
        as_of_date,
        segment
    from customers
    group by as_of_date, segment

),

-- The segment's own shares; each choice is given one time more, so that none is impossible.
priors as (

    select
        segments.as_of_date,
        segments.segment,
        choices.habit,
        choices.choice,
        (coalesce(sum(counted.times), 0) + 1)
        / sum(coalesce(sum(counted.times), 0) + 1) over (
            partition by segments.as_of_date, segments.segment, choices.habit
        ) as prior_share
    from segments
    inner join choices
        on segments.as_of_date = choices.as_of_date
    left join counted
        on
            segments.as_of_date = counted.as_of_date
            and segments.segment = counted.segment
            and choices.habit = counted.habit
            and choices.choice = counted.choice
    group by segments.as_of_date, segments.segment, choices.habit, choices.choice

),

evidence as (

    select
        *,
        sum(times) over (partition by customer_id, as_of_date, habit) as all_times
    from counted

),

likelihoods as (

    select
        evidence.as_of_date,
        evidence.habit,
        strengths.strength,
        sum(cast(
            evidence.times * ln(
                (evidence.times - 1 + strengths.strength * priors.prior_share)
                / (evidence.all_times - 1 + strengths.strength)
            ) as decimal(38, 9)
        )) as likelihood
    from evidence
    inner join priors
        on
            evidence.as_of_date = priors.as_of_date
            and evidence.segment = priors.segment
            and evidence.habit = priors.habit
            and evidence.choice = priors.choice
    cross join (
        select unnest([0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 1e6]) as strength
    ) as strengths
    where evidence.all_times > 1
    group by evidence.as_of_date, evidence.habit, strengths.strength

),

strengths as (

    select
        as_of_date,
        habit,
        arg_max(strength, (likelihood, strength)) as strength
    from likelihoods
    group by as_of_date, habit

),

-- Who showed a habit, and how often; everybody else of a segment most likely does the same.
shown as (

    select
        customer_id,
        as_of_date,
        segment,
        habit,
        sum(times) as evidence
    from counted
    group by customer_id, as_of_date, segment, habit

),

weighed as (

    select
        priors.*,
        coalesce(strengths.strength, 1e6) as prior_strength,
        -- How likely the choice is to be the customer's own, as a logarithm: own choices are spread
        -- as all choices are, and made a share `habit_share` of the times (so often two things done
        -- by one customer agree beyond the segment's chance).
        1 / sqrt(1 + prior_strength) as habit_share
    from priors
    left join strengths
        on
            priors.as_of_date = strengths.as_of_date
            and priors.habit = strengths.habit

),

own_shares as (

    select
        shown.customer_id,
        shown.evidence,
        weighed.*,
        coalesce(own.times, 0) as own_times,
        own.last_at,
        (own_times + weighed.prior_strength * weighed.prior_share)
        / (shown.evidence + weighed.prior_strength) as share
    from shown
    inner join weighed
        on
            shown.as_of_date = weighed.as_of_date
            and shown.segment = weighed.segment
            and shown.habit = weighed.habit
    left join counted as own
        on
            shown.customer_id = own.customer_id
            and shown.as_of_date = own.as_of_date
            and weighed.habit = own.habit
            and weighed.choice = own.choice

),

likeliest as (

    select
        *,
        prior_strength * prior_share / prior_strength as share
    from weighed
    qualify
        row_number() over (
            partition by as_of_date, segment, habit
            order by share desc, prior_share desc, choice
        ) = 1

),

others as (

    select
        customers.customer_id,
        0 as evidence,
        likeliest.*,
        0 as own_times,
        cast(null as timestamp) as last_at,
        1 as choice_rank
    from customers
    inner join likeliest
        on
            customers.as_of_date = likeliest.as_of_date
            and customers.segment = likeliest.segment
    anti join shown
        on
            customers.customer_id = shown.customer_id
            and customers.as_of_date = shown.as_of_date
            and likeliest.habit = shown.habit

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, as_of_date, habit
            order by share desc, prior_share desc, choice
        ) as choice_rank
    from own_shares

    union all by name

    select * from others

)

select
    ---------- keys
    lines.subscription_id,
    lines.as_of_date,
    ranked.habit,
    ranked.choice,

    ---------- numbers
    ranked.own_times as times,
    ranked.evidence,
    ranked.share,
    ranked.prior_share,
    ranked.prior_strength,
    ranked.evidence / (ranked.evidence + ranked.prior_strength) as confidence,
    ranked.choice_rank,
    round(
        ranked.own_times
        * ln(1 + ranked.habit_share / ((1 - ranked.habit_share) * ranked.prior_share))
        + ln(ranked.prior_share),
        6
    ) as leaning,

    ---------- times
    ranked.last_at
from lines
inner join ranked
    on
        lines.customer_id = ranked.customer_id
        and lines.as_of_date = ranked.as_of_date
where ranked.own_times > 0 or ranked.choice_rank = 1
