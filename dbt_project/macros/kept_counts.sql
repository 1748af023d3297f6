{#
    Counting customers once in every slice, day, week and month is most of a metric, and a new day
    changes the counts of few periods. So on an increment `per_period` counts a period anew only
    where the rows it counts are not those of the build before. Which those are is not reasoned out
    (late files, corrections, other slices of the past, the clock), it is read off the rows: per
    period the sum of their hashes over every column the counts are made of.

    dbt gives a model one statement, and what its rows are is said by the CTEs of that statement. So
    the model reads the kept counts, and `keep_counts`, its pre-hook, brings them up to date before:
    it takes the compiled model up to the CTE that counts, and asks it for the rows.

    A table of schema `kept` holds the counts of one `per_period`, and of each period what was
    counted (`content`). A full build counts everything, and drops them all.
#}
{% macro kept_counts(of) -%}
    {%- set what = tojson(of) -%}
    {%- if '*/' in what -%}
        {{ exceptions.raise_compiler_error('what is counted ends a comment: ' ~ what) }}
    {%- endif -%}
    {%- set kept = 'kept.' ~ this.name ~ '__' ~ of['relation'] ~ '_' ~ local_md5(what)[:8] -%}
    /*counted {{ kept }} {{ what }} counted*/
    select * exclude (content) from {{ kept }}
{%- endmacro %}

{# Pre-hook of every metric's model, whose compiled SQL is `sql`. #}
{% macro keep_counts(sql) -%}
    {%- if execute and var('increment') -%}
        {%- set parts = modules.re.split('/\\*counted (\\S+) (.*?) counted\\*/', sql) -%}
        {%- for n in range(1, parts | length, 3) -%}
            {%- set until_here = parts[:n:3] | join -%}
            {%- set rows_of = modules.re.sub(
                '(?s)^(.*\\)),\\s+(?:--[^\\n]*\\s+)*\\w+ as \\(.*$', '\\1', until_here
            ) -%}
            {{ brought_up_to_date(parts[n], rows_of, fromjson(parts[n + 1])) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Statements after which `kept` holds the counts of `of`, whose rows `rows_of` begins to ask for. #}
{% macro brought_up_to_date(kept, rows_of, of) -%}
{%- set words = modules.re.findall('\\w+', of.values() | join(' ')) -%}
create or replace temp table counted_rows as
{{ rows_of }}
select columns('^({{ words | unique | join("|") }})$')
from {{ of['relation'] }}
where {{ of['counted_at'] }} is not null;

create or replace temp table counted_periods as
with days as (
    select
        cast({{ of['counted_at'] }} as date) as counted_on,
        sum({{ row_hash(of['apart_from']) }}) as content
    from counted_rows
    group by counted_on
)
{% for grain in of['grains'] %}
select
    '{{ grain }}' as period_grain,
    cast(date_trunc('{{ grain }}', counted_on) as date) as period_start,
    sum(content) as content
from days
group by period_start
{{ 'union all' if not loop.last }}
{% endfor %};

create table if not exists {{ kept }} as
select
    counts.*,
    cast(null as hugeint) as content
from (
    {{ counts(of, 'counted_rows', of['grains']) }}
) as counts
where false;

delete from {{ kept }}
where (period_grain, period_start, content) not in (
    select (period_grain, period_start, content) from counted_periods
);

insert into {{ kept }}
with
{% for grain in of['grains'] %}
{{ grain }}_rows as (
    select * from counted_rows
    where cast(date_trunc('{{ grain }}', {{ of['counted_at'] }}) as date) in (
        select period_start
        from counted_periods
        anti join {{ kept }} as kept using (period_grain, period_start)
        where period_grain = '{{ grain }}'
    )
){{ ',' if not loop.last }}
{% endfor %}
select
    counts.*,
    counted_periods.content
from (
    {% for grain in of['grains'] %}
    select * from (
        {{ counts(of, grain ~ '_rows', [grain]) }}
    )
    {{ 'union all' if not loop.last }}
    {% endfor %}
) as counts
inner join counted_periods
    on
        counts.period_grain = counted_periods.period_grain
        and counts.period_start = counted_periods.period_start;

drop table counted_rows;
drop table counted_periods;
{%- endmacro %}

{% macro counts(of, relation, grains) -%}
    {% if 'dimensions' in of -%}
    {{ counts_per_period(
        relation, of['counted_at'], of['measures'], of['dimensions'], grains, of['with_all'],
        of['pairs'], of['distinct']
    ) }}
    {%- else -%}
    {{ counts_per_cell(relation, of['counted_at'], of['measures'], of['keys'], grains) }}
    {%- endif %}
{%- endmacro %}

{# Before a build: none of what an earlier code, or another way of building, counted. #}
{% macro make_room_for_kept() -%}
    {%- if not var('increment') %}drop schema if exists kept cascade; {% endif -%}
    create schema if not exists kept
{%- endmacro %}
