-- A link misspelt in the metric catalogue would silently limit nothing.
select
    metric_id,
    edge
from (
    select
        metric_id,
        unnest(string_split(edges, ' ')) as edge
    from {{ ref('metric_catalogue') }}
    where edges is not null
)
where edge not in (
    {%- for edge in link_edges() %}
    '{{ edge }}'{{ ',' if not loop.last }}
    {%- endfor %}
)
