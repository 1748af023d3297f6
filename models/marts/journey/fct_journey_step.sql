-- One row per journey and step: from entering a stage to entering the next. The steps of a journey
-- neither overlap nor leave a gap, so their times add up to the journey's.
{% set in_order = 'marked_at, stage_order, source_model, source_id, team_id nulls first' %}
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

marks as (

    select * from {{ ref('int_journey_marks') }}

),

stages as (

    select * from {{ ref('dim_stage') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- What is said to have happened before the start or after the end belongs to its edge. What failed
-- without telling when lasts to the last thing we know of it.
lasting as (

    select
        journey_id,
        journey_type,
        started_at,
        case outcome
            when 'open' then greatest(clock.as_of, started_at)
            else ended_at
        end as known_end
    from journeys
    cross join clock

),

placed as (

    select
        marks.journey_id,
        lasting.journey_type,
        lasting.started_at as journey_started_at,
        lasting.known_end,
        greatest(marks.marked_at, lasting.started_at) as marked_at,
        marks.stage,
        marks.team_id,
        marks.source_model,
        marks.source_id,
        stages.stage_key,
        stages.stage_order,
        stages.office,
        stages.is_customer_wait
    from marks
    inner join lasting
        on marks.journey_id = lasting.journey_id
    inner join stages
        on
            lasting.journey_type = stages.journey_type
            and marks.stage = stages.stage
    where marks.marked_at <= lasting.known_end or lasting.known_end is null

),

-- One step a moment, so the moment's place is the step's number: known before the steps are, and
-- the marks are put in an order once.
spans as (

    select
        *,
        lead(marked_at) over (
            partition by journey_id order by {{ in_order }}
        ) as next_marked_at,
        dense_rank() over (partition by journey_id order by marked_at) as step_number
    from placed

),

steps as (

    select
        *,
        coalesce(next_marked_at, known_end, marked_at) as left_at
    from spans
    -- of marks of one moment the last one holds
    where next_marked_at is null or next_marked_at > marked_at

)

select
    ---------- keys
    steps.journey_id,
    steps.step_number,
    steps.stage_key,
    teams.team_key,

    ---------- attributes
    steps.journey_type,
    steps.stage,
    case
        when steps.is_customer_wait then 'customer'
        else coalesce(teams.office, steps.office)
    end as office,
    teams.team_id,
    teams.team_name,

    ---------- numbers
    date_diff('second', steps.marked_at, steps.left_at) / 60.0 as cal_minutes,
    {{ business_seconds('steps.marked_at', 'steps.left_at') }} / 60.0 as bus_minutes,
    case
        when steps.is_customer_wait then 0.0
        else date_diff('second', steps.marked_at, steps.left_at) / 60.0
    end as cust_minutes,

    ---------- times
    steps.marked_at as started_at,
    steps.left_at as ended_at,

    ---------- lineage
    steps.source_model,
    steps.source_id
from steps
left join teams
    on
        steps.team_id = teams.team_id
        and {{ holds_at('steps.marked_at', 'teams.valid_from', 'teams.valid_to') }}
