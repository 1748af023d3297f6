-- Analyst question: which kind of event cost most, and how sure is that? Money over all events seen,
-- from usable effects only; run it after `cx train`, which writes ml.ml_effect.
select
    effects.effect_kind,
    effects.outcome,
    effects.events,
    effects.estimate as caused_per_unit,
    effects.dose_unit as unit,
    effects.amount_per_event,
    effects.amount_low * effects.dose_total as amount_total_low,
    effects.amount_total,
    effects.amount_high * effects.dose_total as amount_total_high,
    effects.amount_total / effects.events
    / nullif(prices.contact_cost, 0) as contacts_it_is_worth_an_event,
    effects.currency
from ml.ml_effect as effects
cross join {{ ref('effect_prices') }} as prices
where effects.status = 'usable'
order by effects.amount_total desc
