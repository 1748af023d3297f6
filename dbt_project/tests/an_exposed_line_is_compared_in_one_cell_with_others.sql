-- An exposed line that stood in two cells would count twice; a cell of one side compares nobody.
with

panel as (

    select * from {{ ref('effect_panel') }}

),

repeated_lines as (

    select
        effect_kind,
        event_id
    from panel
    where is_exposed
    group by effect_kind, event_id, subscription_id
    having count(*) > 1

),

lonely_cells as (

    select
        effect_kind,
        cell_id
    from panel
    group by effect_kind, cell_id
    having
        count(*) filter (where is_exposed) = 0
        or count(*) filter (where not is_exposed) = 0

)

select * from repeated_lines
union all
select * from lonely_cells
