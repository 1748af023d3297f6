-- One row per metric's contract. What is counted in money is in the currency of all bills, what it
-- costs to serve in that of its prices; of more than one currency the unit stays `money`, and what adds
-- them up is not told (int_measures).
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

-- What is disputed, credited or charged a month is told in no currency of its own.
currencies as (

    select
        'bills' as priced_by,
        cast(count(distinct currency) as integer) as currencies,
        min(currency) as currency
    from bills

    union all

    select
        'unit_costs' as priced_by,
        cast(count(distinct currency) as integer) as currencies,
        min(currency) as currency
    from unit_costs

),

-- Credits are part of what it costs to serve: those of two currencies have no sum either.
added as (

    select
        priced_by,
        case when currencies = 1 then currency end as currency,
        max(currencies) over () as most_currencies,
        currencies
    from currencies

)

select
    catalogue.metric_id,
    catalogue.metric_version,
    catalogue.name as metric_name,
    catalogue.formula,
    replace(catalogue.unit, 'money', coalesce(added.currency, 'money')) as unit,
    catalogue.direction,
    catalogue.scale,
    catalogue.interval_kind,
    catalogue.window_days,
    case
        when catalogue.adds_money
            then if(catalogue.metric_id = 'M41', added.most_currencies, added.currencies)
    end as currencies,
    string_split(catalogue.edges, ' ') as edges,
    string_split(catalogue.feeds, ' ') as feeds,
    catalogue.definition,
    catalogue.made_by,
    catalogue.awaits,
    string_split(catalogue.slices, ' ') as slices,
    string_split(catalogue.grains, ' ') as grains
from catalogue
left join added
    on if(catalogue.metric_id = 'M41', 'unit_costs', 'bills') = added.priced_by
