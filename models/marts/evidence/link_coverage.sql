-- One row per edge of the model and system whose rows should be linked over it (M48): how many
-- are, how the others fail, and the one change at the source that would win back most of them.
with

link_days as (

    select * from {{ ref('int_link_days') }}

),

edges as (

    {% for edge, columns in link_edges().items() %}
    select
        '{{ edge }}' as edge,
        '{{ columns.key }}' as key_column,
        '{{ columns.partner }}' as partner_column,
        '{{ columns.surer }}' as surer_column
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

counted as (

    select
        edge,
        source_system,
        cast(sum(row_count) as bigint) as eligible,
        {% for outcome in ['linked', 'low_confidence', 'ambiguous', 'orphan', 'nameless'] %}
        cast(coalesce(sum(row_count) filter (where outcome = '{{ outcome }}'), 0) as bigint)
            as {{ 'orphans' if outcome == 'orphan' else outcome }},
        {% endfor %}
        cast(sum(written_differently) as bigint) as written_differently
    from link_days
    group by edge, source_system

),

-- What is written differently is an orphan too: it is won by the contract, without a delivery.
judged as (

    select
        counted.*,
        edges.key_column,
        edges.partner_column,
        edges.surer_column,
        orphans - written_differently as undelivered,
        greatest(written_differently, undelivered, ambiguous, low_confidence, nameless) as fix_rows,
        case fix_rows
            when 0 then 'none'
            when written_differently then 'align_keys'
            when undelivered then 'deliver_partner'
            when nameless then 'fill_key'
            when ambiguous then 'tell_apart'
            else 'give_surer_key'
        end as fix
    from counted
    inner join edges
        on counted.edge = edges.edge

)

select
    ---------- keys
    edge,
    source_system,

    ---------- attributes
    fix,
    case fix
        when 'none' then null
        when 'deliver_partner' then partner_column
        when 'tell_apart' then surer_column
        when 'give_surer_key' then surer_column
        else key_column
    end as fix_column,
    case fix
        when 'align_keys'
            then key_column || ' is written differently from ' || partner_column
            || ': align case, separators and leading zeros in the contract of ' || source_system
        when 'deliver_partner'
            then source_system || ' names in ' || key_column || ' what no system delivers as '
            || partner_column || ': deliver those'
        when 'fill_key'
            then source_system || ' leaves ' || key_column || ' empty: fill it'
        when 'tell_apart'
            then 'several things fit: ' || source_system || ' should fill ' || surer_column
        when 'give_surer_key'
            then 'linked by timing or an old number only: ' || source_system || ' should fill '
            || surer_column
    end as likely_fix,

    ---------- numbers
    eligible,
    linked,
    low_confidence,
    ambiguous,
    orphans,
    nameless,
    written_differently,
    fix_rows,
    cast(linked as double) / eligible as coverage
from judged
