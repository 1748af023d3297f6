-- Analyst question: how much money is at risk next month, and where? Residual value times the risk
-- of leaving, by segment, family and decile of risk. Risk, not persuadability: see ml.ml_uplift for
-- whether a call keeps anybody. Run it after `cx train` and `cx score`.
select
    lines.segment,
    lines.family,
    scores.score_decile as risk_decile,
    count(*) as subscriptions,
    avg(scores.score) as risk_next_month,
    avg(worths.expected_lifetime_months) as expected_lifetime_months,
    avg(worths.clv) as clv_each,
    sum(worths.clv * scores.score) as clv_at_risk,
    any_value(worths.currency) as currency
from ml.ml_value as worths
inner join {{ ref('value_lines') }} as lines
    on
        worths.subscription_id = lines.subscription_id
        and worths.as_of_date = lines.as_of_date
left join ml.ml_score as scores
    on
        worths.subscription_id = scores.subscription_id
        and worths.as_of_date = scores.as_of_date
        and scores.target = 'churn'
group by lines.segment, lines.family, scores.score_decile
order by clv_at_risk desc
