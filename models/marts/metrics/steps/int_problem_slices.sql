-- One row per problem, slice it belongs to and customer it touched there (customer null: nobody). A
-- problem belongs to every segment, family and region it touched, and to one cause, category, first
-- alert and type of element.
with

problems as (

    select * from {{ ref('fct_problem') }}

),

impacts as (

    select
        problem_id,
        subscription_id,
        customer_id,
        impact_from
    from {{ ref('fct_service_impact') }}

),

sliced_impacts as (

    {{ sliced('impacts', 'impact_from') }}

),

touched as (

    select
        problem_id,
        customer_id
    from sliced_impacts
    group by problem_id, customer_id

),

told as (

    select
        problems.problem_id,
        touched.customer_id,
        unnest([
            {'dimension': 'all', 'dimension_value': 'all'},
            {% for slice in [
                'cause', 'cause_group', 'category', 'first_alert', 'resource_type'
            ] -%}
            {
                'dimension': '{{ slice }}',
                'dimension_value': coalesce(problems.{{ slice }}, 'unknown')
            }{{ ',' if not loop.last }}
            {% endfor %}
        ], recursive := true)
    from problems
    left join touched
        on problems.problem_id = touched.problem_id

),

lived as (

    select
        problem_id,
        customer_id,
        unnest([
            {% for slice in ['segment', 'family', 'region'] -%}
            {'dimension': '{{ slice }}', 'dimension_value': coalesce({{ slice }}, 'unknown')}
            {{- ',' if not loop.last }}
            {% endfor %}
        ], recursive := true)
    from sliced_impacts

),

-- A customer with several services in the problem is in a slice once.
lived_once as (

    select
        problem_id,
        customer_id,
        dimension,
        dimension_value
    from lived
    group by problem_id, customer_id, dimension, dimension_value

)

select * from told
union all
select * from lived_once
