{#  The few pieces every metric is made of (conventions C1 to C11 of METRICS.md). #}

{#  Rows with the slices a metric is shown by, as they were at `happened_at`; internal customers left
    out. `relation` carries subscription_id and customer_id; a row of no known subscription has its
    customer's slices. #}
{% macro sliced(relation, happened_at) -%}
    select
        {{ relation }}.*,
        coalesce(slices.segment, customers.segment) as segment,
        slices.family,
        coalesce(slices.region, customers.region) as region
    from {{ relation }}
    left join {{ ref('int_subscription_slices') }} as slices
        on
            {{ relation }}.subscription_id = slices.subscription_id
            and {{ holds_at(relation ~ '.' ~ happened_at, 'slices.valid_from', 'slices.valid_to') }}
    left join {{ ref('dim_customer') }} as customers
        on
            {{ relation }}.customer_id = customers.customer_id
            and {{ holds_at(
                relation ~ '.' ~ happened_at, 'customers.valid_from', 'customers.valid_to'
            ) }}
    where not coalesce(slices.is_internal, customers.is_internal, false)
{%- endmacro %}

{#  The pairs of slices that a few metrics are cut by as well, month by month. #}
{% macro pairs_of_slices() -%}
    {{ return(['segment+family', 'segment+region', 'family+region']) }}
{%- endmacro %}

{# … as what they are called, and what a cell of one is. #}
{% macro is_pair(dimension) -%}
{{ dimension }} like '%+%'
{%- endmacro %}

{% macro pair_value(pair) -%}
{%- for slice in pair.split('+') -%}
coalesce({{ slice }}, 'unknown'){{ " || ' + ' || " if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#  Which causes of exits each of some metrics counts; none where it counts all. #}
{% macro exit_kinds(metrics) -%}
    {%- set causes = {
        'M28': none,
        'M29v': ['port_out', 'cancel_other'],
        'M29w': ['port_out', 'cancel_other', 'move_out'],
        'M29i': ['non_pay', 'fraud', 'deceased', 'operator'],
    } -%}
    {%- set kinds = {} -%}
    {%- for metric_id in metrics %}{% do kinds.update({metric_id: causes[metric_id]}) %}{% endfor -%}
    {{ return(kinds) }}
{%- endmacro %}

{#  Aggregates of a sliced relation per period and slice: columns period_grain, period_start,
    dimension, dimension_value, then `measures` (SQL over columns of the relation, by their names).
    Of `pairs` of slices per month only.
    `counted_at` is when a row counts (C3). `distinct`: further columns, each the number of distinct
    ones (name: {'of': columns, 'where': condition or none}) without holding them in memory, as a
    count(distinct) of every slice and period does; for relations of which a line has many rows.
    On an increment only periods whose rows are others than before are counted (kept_counts.sql). #}
{% macro per_period(
    relation, counted_at, measures, dimensions=['segment', 'family', 'region'],
    grains=['month', 'week', 'day'], with_all=true, pairs=[], distinct={}
) -%}
    {% if var('increment') -%}
    {{ kept_counts({
        'relation': relation, 'counted_at': counted_at, 'measures': measures,
        'dimensions': dimensions, 'grains': grains, 'with_all': with_all, 'apart_from': [],
        'pairs': pairs, 'distinct': distinct,
    }) }}
    {%- else -%}
    {{ counts_per_period(
        relation, counted_at, measures, dimensions, grains, with_all, pairs, distinct
    ) }}
    {%- endif %}
{%- endmacro %}

{% macro counts_per_period(
    relation, counted_at, measures, dimensions, grains, with_all, pairs, distinct
) -%}
    {%- if distinct and pairs -%}
        {{ exceptions.raise_compiler_error('distinct ones are not counted by pairs of slices') }}
    {%- endif -%}
    {%- if distinct -%}
    {%- set slices = (['all'] if with_all else []) + dimensions -%}
    {#- What is counted under several conditions is numbered once. -#}
    {%- set keys = {} -%}
    {%- for one in distinct.values() %}{% do keys.update({one['of'] | join('__'): one['of']}) %}{% endfor -%}
    with period_sums as (
        {{ sums_per_period(relation, counted_at, measures, dimensions, grains, with_all, pairs) }}
    ),

    {% for key, columns in keys.items() -%}
    {{ key }}_numbered as (
        select
            {{ columns | join(', ') }},
            cast(row_number() over (order by {{ columns | join(', ') }}) as integer) as number
        from {{ relation }}
        where
            {{ counted_at }} is not null
            {%- for column in columns %}
            and {{ column }} is not null
            {%- endfor %}
        group by {{ columns | join(', ') }}
    ),

    {% endfor -%}
    numbered_rows as (
        select
            {% for slice in slices -%}
            {{ "'all'" if slice == 'all' else "coalesce(" ~ relation ~ "." ~ slice ~ ", 'unknown')" }}
                as {{ slice }}_value,
            {% endfor -%}
            cast({{ relation }}.{{ counted_at }} as date) as counted_on,
            {% for name, one in distinct.items() -%}
            case when {{ one['where'] or 'true' }} then {{ one['of'] | join('__') }}_numbered.number end
                as {{ name }}_number{{ ',' if not loop.last }}
            {% endfor %}
        from {{ relation }}
        {% for key, columns in keys.items() -%}
        left join {{ key }}_numbered
            on
                {% for column in columns -%}
                {{ relation }}.{{ column }} = {{ key }}_numbered.{{ column }}
                {{ 'and' if not loop.last }}
                {% endfor %}
        {% endfor -%}
        where {{ relation }}.{{ counted_at }} is not null
    ),

    cell_rows as (
        {% for slice in slices -%}
        select
            '{{ slice }}' as dimension,
            {{ slice }}_value as dimension_value,
            counted_on,
            {% for name in distinct -%}
            {{ name }}_number{{ ',' if not loop.last }}
            {% endfor %}
        from numbered_rows
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    numbered_cells as (
        select
            dimension,
            dimension_value,
            cast(row_number() over (order by dimension, dimension_value) as integer) as cell_number
        from period_sums
        group by dimension, dimension_value
    ),

    met as (
        select
            numbered_cells.cell_number,
            cell_rows.counted_on,
            {% for name in distinct -%}
            cell_rows.{{ name }}_number{{ ',' if not loop.last }}
            {% endfor %}
        from cell_rows
        inner join numbered_cells
            on
                cell_rows.dimension = numbered_cells.dimension
                and cell_rows.dimension_value = numbered_cells.dimension_value
    ),

    {{ once_per_period(distinct, grains) }}

    select
        period_sums.*,
        {% for name in distinct -%}
        coalesce(once_per_period.{{ name }}, 0) as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from period_sums
    inner join numbered_cells
        on
            period_sums.dimension = numbered_cells.dimension
            and period_sums.dimension_value = numbered_cells.dimension_value
    left join once_per_period
        on
            numbered_cells.cell_number = once_per_period.cell_number
            and period_sums.period_grain = once_per_period.period_grain
            and period_sums.period_start = once_per_period.period_start
    {%- else -%}
    {{ sums_per_period(relation, counted_at, measures, dimensions, grains, with_all, pairs) }}
    {%- endif %}
{%- endmacro %}

{#  CTE `once_per_period` of CTE `met` (cell_number, counted_on, and per name `<name>_number`, null
    where nothing is to be counted): how many different numbers a cell and period have. Who was met
    in the same period before is not counted again: rows in an order can go to disk, sets and lists
    of everybody cannot, and those of a quarter of a million lines held twice the memory there was. #}
{% macro once_per_period(names, grains) -%}
met_again as (
        select
            cell_number,
            counted_on,
            {% for name in names -%}
            {{ name }}_number,
            lag(counted_on) over (
                partition by cell_number, {{ name }}_number
                order by counted_on
            ) as {{ name }}_met_on{{ ',' if not loop.last }}
            {% endfor %}
        from met
    ),

    once_by_day as (
        select
            cell_number,
            counted_on,
            {% for name in names -%}
            {%- set is_last_name = loop.last -%}
            {% for grain in grains -%}
            count({{ name }}_number) filter (
                where
                    {{ name }}_met_on is null
                    or date_trunc('{{ grain }}', {{ name }}_met_on)
                    < date_trunc('{{ grain }}', counted_on)
            ) as {{ grain }}_{{ name }}{{ ',' if not (loop.last and is_last_name) }}
            {% endfor -%}
            {% endfor %}
        from met_again
        group by cell_number, counted_on
    ),

    once_per_period as (
        {% for grain in grains -%}
        select
            cell_number,
            '{{ grain }}' as period_grain,
            cast(date_trunc('{{ grain }}', counted_on) as date) as period_start,
            {% for name in names -%}
            cast(sum({{ grain }}_{{ name }}) as bigint) as {{ name }}{{ ',' if not loop.last }}
            {% endfor %}
        from once_by_day
        group by cell_number, cast(date_trunc('{{ grain }}', counted_on) as date)
        {{ 'union all' if not loop.last }}
        {% endfor %}
    )
{%- endmacro %}

{% macro sums_per_period(relation, counted_at, measures, dimensions, grains, with_all, pairs) -%}
    select
        case
            {% for grain in grains -%}
            when grouping({{ grain }}_start) = 0 then '{{ grain }}'
            {% endfor -%}
        end as period_grain,
        coalesce({% for grain in grains %}{{ grain }}_start{{ ', ' if not loop.last }}{% endfor %}
        {%- if grains | length == 1 %}, null{% endif %}) as period_start,
        case
            {% for pair in pairs -%}
            when grouping({{ pair.split('+') | join(') + grouping(') }}) = 0 then '{{ pair }}'
            {% endfor -%}
            {% for dimension in dimensions -%}
            when grouping({{ dimension }}) = 0 then '{{ dimension }}'
            {% endfor -%}
            else 'all'
        end as dimension,
        case
            {% for pair in pairs -%}
            when grouping({{ pair.split('+') | join(') + grouping(') }}) = 0
                then {{ pair_value(pair) }}
            {% endfor -%}
            {% for dimension in dimensions -%}
            when grouping({{ dimension }}) = 0 then coalesce({{ dimension }}, 'unknown')
            {% endfor -%}
            else 'all'
        end as dimension_value,
        {{ measures }}
    from (
        select
            *,
            {% for grain in grains -%}
            cast(date_trunc('{{ grain }}', {{ counted_at }}) as date) as {{ grain }}_start
            {{- ',' if not loop.last }}
            {% endfor -%}
        from {{ relation }}
        where {{ counted_at }} is not null
    )
    group by grouping sets (
        {% for grain in grains -%}
        {% if with_all %}({{ grain }}_start){{ ', ' if dimensions }}{% endif %}
        {%- for dimension in dimensions -%}
        ({{ grain }}_start, {{ dimension }}){{ ', ' if not loop.last }}
        {%- endfor %}
        {%- if grain == 'month' %}{% for pair in pairs -%}
        , ({{ grain }}_start, {{ pair.replace('+', ', ') }})
        {%- endfor %}{% endif %}{{ ',' if not loop.last }}
        {% endfor -%}
    )
{%- endmacro %}

{#  A rate over the base (C6, C9): counts (numerator per period and slice) over every cell of the
    base, so that a cell without events is 0, not missing. Slices the base does not have (a channel,
    a cause) are taken over the whole base. What is of none of its segments, families or regions
    (unknown, mostly) has a numerator over nothing and no value (C7), so that slices add up to the
    whole; exits are of the base, so they have no such rest (has_rest). `base` is what it is over:
    base days per 30, or another column's SQL. With pairs where the counts have them. #}
{% macro per_base(
    metric_id, counts, base='base.base_days / 30.0', has_rest=true, with_pairs=false
) -%}
    select
        '{{ metric_id }}' as metric_id,
        base.period_grain,
        base.period_start,
        coalesce(counts.dimension, base.dimension) as dimension,
        coalesce(counts.dimension_value, base.dimension_value) as dimension_value,
        cast(coalesce(counts.numerator, 0) as double) as numerator,
        {{ base }} as denominator,
        cast(round(base.average_base) as bigint) as n,
        base.customers
    from {{ ref('int_base_periods') }} as base
    left join {{ counts }} as counts
        on
            base.period_grain = counts.period_grain
            and base.period_start = counts.period_start
            and (
                (base.dimension, base.dimension_value) = (counts.dimension, counts.dimension_value)
                or (
                    base.dimension = 'all'
                    and not {{ is_of_base('counts.dimension') }}
                )
            )
    {%- if not with_pairs %}
    where not base.{{ is_pair('dimension') }}
    {%- endif %}
    {%- if has_rest %}

    union all

    select
        '{{ metric_id }}' as metric_id,
        counts.period_grain,
        counts.period_start,
        counts.dimension,
        counts.dimension_value,
        cast(counts.numerator as double) as numerator,
        0.0 as denominator,
        cast(0 as bigint) as n,
        cast(0 as bigint) as customers
    from {{ counts }} as counts
    inner join {{ ref('int_base_periods') }} as whole
        on
            counts.period_grain = whole.period_grain
            and counts.period_start = whole.period_start
            and whole.dimension = 'all'
    left join {{ ref('int_base_periods') }} as base
        on
            counts.period_grain = base.period_grain
            and counts.period_start = base.period_start
            and counts.dimension = base.dimension
            and counts.dimension_value = base.dimension_value
    where
        {{ is_of_base('counts.dimension') }}
        and base.dimension is null
    {%- endif %}
{%- endmacro %}

{#  Whether the base has this dimension too. #}
{% macro is_of_base(dimension) -%}
({{ dimension }} in ('segment', 'family', 'region') or {{ is_pair(dimension) }})
{%- endmacro %}

{#  Bounds of the 95 % interval (C7). side is '-' or '+'. #}
{% macro wilson_bound(numerator, denominator, side) -%}
(
    {{ numerator }} / nullif({{ denominator }}, 0) + {{ var('z95') }} ^ 2 / (2 * {{ denominator }})
    {{ side }} {{ var('z95') }} * sqrt(
        greatest(
            0.0, {{ numerator }} / {{ denominator }} * (1 - {{ numerator }} / {{ denominator }})
        )
        / {{ denominator }}
        + {{ var('z95') }} ^ 2 / (4 * {{ denominator }} ^ 2)
    )
) / (1 + {{ var('z95') }} ^ 2 / nullif({{ denominator }}, 0))
{%- endmacro %}

{% macro mean_bound(total, n, sum_of_squares, side) -%}
(
    {{ total }} / nullif({{ n }}, 0) {{ side }} {{ var('z95') }} * sqrt(
        greatest(0.0, {{ sum_of_squares }} / {{ n }} - ({{ total }} / {{ n }}) ^ 2) / {{ n }}
    )
)
{%- endmacro %}

{#  Whether what is averaged differs at all, beyond the last bits of adding it up. #}
{% macro has_spread(total, n, sum_of_squares) -%}
{{ sum_of_squares }} / nullif({{ n }}, 0) > ({{ total }} / nullif({{ n }}, 0)) ^ 2 * (1 + 1e-9)
{%- endmacro %}

{#  A double without its last bits, which depend on the order of adding: six decimals and thirteen
    significant digits at least, so that a rate of few or a short time is as exact as a large one. #}
{% macro without_noise(quantity) -%}
round(
    cast({{ quantity }} as double),
    greatest(6, 13 - cast(ceil(log10(abs(nullif(cast({{ quantity }} as double), 0)))) as integer))
)
{%- endmacro %}

{#  Per problem and slice it belongs to, whom it touched there, as a list of numbers: counting
    people once over many problems is the dearest thing a problem's metric does, and numbers in
    lists cost a third of names in rows; `people` says how many they are. CTE `problem_cells`, of a
    CTE of int_problem_slices. #}
{% macro problem_cells(slices) -%}
touched_customers as (

    select
        customer_id,
        cast(row_number() over (order by customer_id) as integer) as customer_number
    from {{ slices }}
    where customer_id is not null
    group by customer_id

),

problem_cells as (

    select
        {{ slices }}.problem_id,
        {{ slices }}.dimension,
        {{ slices }}.dimension_value,
        {% if var('increment') -%}
        -- The numbers are others when somebody joins; who they are is not.
        sum(hash({{ slices }}.customer_id)) as whom,
        {% endif -%}
        count({{ slices }}.customer_id) as people,
        list(touched_customers.customer_number) filter (
            where touched_customers.customer_number is not null
        ) as customers
    from {{ slices }}
    left join touched_customers
        on {{ slices }}.customer_id = touched_customers.customer_id
    group by {{ slices }}.problem_id, {{ slices }}.dimension, {{ slices }}.dimension_value

)
{%- endmacro %}

{#  Aggregates per period and cell of a relation of problem_cells (all its columns, `whom` where there
    is one) with when a problem counts, `counted_at`: columns `keys`, period_grain, period_start,
    dimension, dimension_value, then `measures`. On an increment as `per_period` does. #}
{% macro per_cell(relation, counted_at, measures, keys=[], grains=['month', 'week', 'day']) -%}
    {% if var('increment') -%}
    {{ kept_counts({
        'relation': relation, 'counted_at': counted_at, 'measures': measures, 'keys': keys,
        'grains': grains, 'cell': ['dimension', 'dimension_value', 'whom', 'customers'],
        'apart_from': ['customers'],
    }) }}
    {%- else -%}
    {{ counts_per_cell(relation, counted_at, measures, keys, grains) }}
    {%- endif %}
{%- endmacro %}

{#  The aggregates and, as `customers`, the people, each once a period. #}
{% macro counts_per_cell(relation, counted_at, measures, keys, grains) -%}
    {%- set cell = keys + ['dimension', 'dimension_value'] -%}
    with numbered_cells as (
        select
            {{ cell | join(', ') }},
            cast(row_number() over (order by {{ cell | join(', ') }}) as integer) as cell_number
        from {{ relation }}
        group by {{ cell | join(', ') }}
    ),

    met as (
        select
            numbered_cells.cell_number,
            cast({{ relation }}.{{ counted_at }} as date) as counted_on,
            unnest({{ relation }}.customers) as customers_number
        from {{ relation }}
        inner join numbered_cells
            on
                {% for name in cell -%}
                {{ relation }}.{{ name }} = numbered_cells.{{ name }}
                {{ 'and' if not loop.last }}
                {% endfor %}
    ),

    {{ once_per_period(['customers'], grains) }},

    cell_sums as (
        select
            {{ keys | join(', ') }}{{ ',' if keys }}
            period_grain,
            period_start,
            dimension,
            dimension_value,
            {{ measures }}
        from (
            {% for grain in grains -%}
            select
                * exclude (customers),
                '{{ grain }}' as period_grain,
                cast(date_trunc('{{ grain }}', {{ counted_at }}) as date) as period_start
            from {{ relation }}
            {{ 'union all' if not loop.last }}
            {% endfor -%}
        )
        group by
            {{ keys | join(', ') }}{{ ',' if keys }}
            period_grain, period_start, dimension, dimension_value
    )

    select
        cell_sums.*,
        coalesce(once_per_period.customers, 0) as customers
    from cell_sums
    inner join numbered_cells
        on
            {% for name in cell -%}
            cell_sums.{{ name }} = numbered_cells.{{ name }}
            {{ 'and' if not loop.last }}
            {% endfor %}
    left join once_per_period
        on
            numbered_cells.cell_number = once_per_period.cell_number
            and cell_sums.period_grain = once_per_period.period_grain
            and cell_sums.period_start = once_per_period.period_start
{%- endmacro %}
