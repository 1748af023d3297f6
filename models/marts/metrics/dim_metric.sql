-- One row per metric's contract. What is counted in money is in the currency of all bills, what it
-- costs to serve in that of its prices; of more than one currency the unit stays `money`.
with

catalogue as (

    select * from {{ ref('metric_catalogue') }}

),

bills as (

    select * from {{ ref('fct_bill') }}

),

unit_costs as (

    select * from {{ ref('unit_costs') }}

),

currencies as (

    select
        'bills' as priced_by,
        min(currency) as currency
    from bills
    having count(distinct currency) = 1

    union all

    select
        'unit_costs' as priced_by,
        min(currency) as currency
    from unit_costs
    having count(distinct currency) = 1

)

select
    catalogue.metric_id,
    catalogue.metric_version,
    catalogue.name as metric_name,
    catalogue.formula,
    replace(catalogue.unit, 'money', coalesce(currencies.currency, 'money')) as unit,
    catalogue.direction,
    catalogue.scale,
    catalogue.interval_kind,
    catalogue.window_days,
    string_split(catalogue.edges, ' ') as edges,
    string_split(catalogue.feeds, ' ') as feeds,
    catalogue.definition,
    catalogue.made_by,
    catalogue.awaits,
    string_split(catalogue.slices, ' ') as slices,
    string_split(catalogue.grains, ' ') as grains
from catalogue
left join currencies
    on if(catalogue.metric_id = 'M41', 'unit_costs', 'bills') = currencies.priced_by
