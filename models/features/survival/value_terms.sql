-- One row: what a residual value is reckoned with. The horizon, the discount and the margin are
-- assumptions (dbt_project.yml), as the unit costs behind M41 are.
with

bills as (

    select * from {{ ref('fct_bill') }}
    where amount_ex_tax is not null and amount > 0

)

select
    {{ var('clv_horizon_months') }} as horizon_months,
    cast({{ var('clv_discount_rate') }} as double) as discount_rate,
    cast({{ var('clv_margin_share') }} as double) as margin_share,
    {{ var('survival_draws') }} as survival_draws,
    mode(currency order by currency) as currency,
    -- A top-up is told with tax and a bill's tax is known.
    coalesce(cast(sum(amount_ex_tax) / sum(amount) as double), 1.0) as share_without_tax
from bills
