{#
    Two paths to one number: `measure` of the mart, over the rows of `only`, is `of_measure` of the
    table it is made from, over the rows of `of_only`. What stays out is named there.
#}
{% test reconciles(model, of, measure='count(*)', of_measure=none, only=none, of_only=none) %}
select
    here.total as total_here,
    there.total as total_there
from (

    select coalesce({{ measure }}, 0) as total
    from {{ model }}
    {{ 'where ' ~ only if only }}

) as here
cross join (

    select coalesce({{ of_measure or measure }}, 0) as total
    from {{ of }}
    {{ 'where ' ~ of_only if of_only }}

) as there
-- Doubles are added in any order.
where abs(here.total - there.total) > 1e-9 * greatest(1, abs(there.total))
{% endtest %}
