-- One row per question we answer: can we, with what this operator delivers?
-- missing: a column it cannot do without is empty. partial: a column that would improve it is.
with

answers as (

    select * from {{ source('raw', 'answers') }}

),

column_fill as (

    select * from {{ source('raw', 'column_fill') }}

),

needed as (

    select
        answer_id,
        unnest(needs) as column_path,
        true as is_needed
    from answers

),

helpful as (

    select
        unnest(answers) as answer_id,
        entity || '.' || column_name as column_path,
        false as is_needed
    from column_fill

),

wanted as (

    select
        answer_id,
        column_path,
        bool_or(is_needed) as is_needed
    from (
        select * from needed
        union all
        select * from helpful
    )
    group by answer_id, column_path

),

-- A column never heard of holds nothing.
unfilled as (

    select
        wanted.answer_id,
        wanted.column_path,
        wanted.is_needed
    from wanted
    left join column_fill
        on wanted.column_path = column_fill.entity || '.' || column_fill.column_name
    where coalesce(column_fill.filled_count, 0) = 0

),

gaps as (

    select
        answer_id,
        bool_or(is_needed) as is_missing,
        list(column_path order by is_needed desc, column_path) as missing_columns
    from unfilled
    group by answer_id

)

select
    answers.answer_id,
    answers.question,
    case
        when gaps.is_missing then 'missing'
        when gaps.answer_id is not null then 'partial'
        else 'available'
    end as status,
    coalesce(gaps.missing_columns, []) as missing_columns
from answers
left join gaps
    on answers.answer_id = gaps.answer_id
